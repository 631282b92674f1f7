"""Find what is too old without reading the whole table.

Closed problems, and conflicts by their age; history needs none, since its ids grow with time. An
older daemon ignores them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    closed = sa.text("closed_at IS NOT NULL")
    op.create_index(
        "ix_problem_closed_at",
        "problem",
        ["closed_at"],
        sqlite_where=closed,
        postgresql_where=closed,
    )
    op.create_index("ix_conflict_at", "conflict", ["at"])


def downgrade() -> None:
    op.drop_index("ix_conflict_at", "conflict")
    op.drop_index("ix_problem_closed_at", "problem")
