"""The newest version that a system has shown of a ticket, since a replica may show an older one.

An older daemon ignores it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("seen", sa.Column("newest_stamp", sa.DateTime(timezone=True)))
    op.add_column("seen", sa.Column("newest_serial", sa.BigInteger()))


def downgrade() -> None:
    op.drop_column("seen", "newest_serial")
    op.drop_column("seen", "newest_stamp")
