"""A tombstone that was lifted stays, and says so.

The ticket may start a pair again, but its key may stand on a copy already, so that copy is looked
for first. An older daemon takes a lifted tombstone for one that holds.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("tombstone") as table:
        table.add_column(
            sa.Column("lifted", sa.Boolean(), nullable=False, server_default=sa.false())
        )


def downgrade() -> None:
    tombstone = sa.table("tombstone", sa.column("lifted", sa.Boolean()))
    op.execute(sa.delete(tombstone).where(tombstone.c.lifted))
    with op.batch_alter_table("tombstone") as table:
        table.drop_column("lifted")
