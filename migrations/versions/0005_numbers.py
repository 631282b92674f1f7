"""What people call a ticket, so that lists need not show a vendor's ids. An older daemon ignores it."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("seen", sa.Column("number", sa.String()))


def downgrade() -> None:
    op.drop_column("seen", "number")
