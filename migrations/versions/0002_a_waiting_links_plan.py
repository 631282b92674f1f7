"""Keep the plan that a changed configuration is judged by, while its link waits (R27).

Expand step: an older program ignores the column.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("link", sa.Column("plan", sa.Text()))


def downgrade() -> None:
    op.drop_column("link", "plan")
