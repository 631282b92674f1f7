"""What was attempted and what stood there before, by which run, and how far a sweep has come.

A problem that asks a person something must show both (R25), history names the run that wrote a
line, and a sweep goes on where it was after a restart. An older daemon ignores all of it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("work", sa.Column("tried", sa.Text()))
    op.add_column("problem", sa.Column("before", sa.Text(), server_default="", nullable=False))
    op.add_column("problem", sa.Column("tried", sa.Text()))
    retried = sa.text("closed = 'retried'")
    op.create_index(
        "ix_problem_retried",
        "problem",
        ["pair_id", "item", "code"],
        sqlite_where=retried,
        postgresql_where=retried,
    )
    op.add_column("problem_ticket", sa.Column("at", MOMENT))
    op.add_column("history", sa.Column("run", ID))
    op.create_table(
        "sweep",
        sa.Column("link", sa.String(), nullable=False),
        sa.Column("place", ID, nullable=False),
        sa.Column("began_at", MOMENT),
        sa.Column("asked_at", MOMENT),
        sa.Column("repair", sa.Boolean(), nullable=False),
        sa.Column("tally", sa.Text()),
        sa.Column("ended_at", MOMENT),
        sa.Column("last", sa.Text()),
        sa.Column("believed_at", MOMENT),
        sa.PrimaryKeyConstraint("link", name="pk_sweep"),
    )


def downgrade() -> None:
    op.drop_table("sweep")
    op.drop_column("history", "run")
    op.drop_column("problem_ticket", "at")
    op.drop_index("ix_problem_retried", "problem")
    op.drop_column("problem", "tried")
    op.drop_column("problem", "before")
    op.drop_column("work", "tried")
