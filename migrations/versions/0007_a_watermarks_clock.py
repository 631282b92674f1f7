"""By how many seconds a system's clock was ahead of ours when its watermark was taken.

An older daemon ignores it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("feed", sa.Column("ahead", sa.Float()))


def downgrade() -> None:
    op.drop_column("feed", "ahead")
