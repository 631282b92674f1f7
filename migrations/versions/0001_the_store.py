"""The store: links, pairs with all that is remembered of them, and what is told of them.

The first revision; `sync_service/store/tables.py` says what each table is for.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _make_links()
    _make_pairs()
    _make_sides()
    _make_parts()
    _make_reports()
    _make_conflicts()


def downgrade() -> None:
    for table in (
        "history",
        "conflict",
        "problem_ticket",
        "problem",
        "tombstone",
        "work",
        "comment",
        "seen",
        "pair",
        "member",
        "ticket_group",
        "request",
        "feed",
        "link",
        "run",
    ):
        op.drop_table(table)


def _only(where: str) -> dict[str, Any]:
    """Make a partial index, on either database."""
    return {"sqlite_where": sa.text(where), "postgresql_where": sa.text(where)}


def _make_links() -> None:
    op.create_table(
        "run",
        sa.Column("id", ID, nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_run"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "link",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("accepted", sa.Text()),
        sa.Column("began_at", MOMENT),
        sa.Column("pending", sa.Text()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_link"),
    )
    op.create_table(
        "feed",
        sa.Column("link", sa.String(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("watermark", sa.Text()),
        sa.Column("cursor", sa.Text()),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("doubt", sa.Text(), nullable=False),
        sa.Column("doubt_since", MOMENT),
        sa.Column("pulled_at", MOMENT),
        sa.Column("believed", sa.Text(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("link", "side", name="pk_feed"),
    )
    op.create_table(
        "request",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("args", sa.Text(), nullable=False),
        sa.Column("taken", ID),
        sa.Column("answered_at", MOMENT),
        sa.Column("answer", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_request"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_request_open", "request", ["id"], **_only("answered_at IS NULL"))


def _make_pairs() -> None:
    op.create_table(
        "ticket_group",
        sa.Column("id", ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ticket_group"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "member",
        sa.Column("group_id", ID, nullable=False),
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.String()),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["ticket_group.id"],
            name="fk_member_group_id_ticket_group",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("group_id", "system", name="pk_member"),
        sa.UniqueConstraint("system", "ticket_id", name="uq_member_system_ticket_id"),
    )
    op.create_table(
        "pair",
        sa.Column("id", ID, nullable=False),
        sa.Column("link", sa.String(), nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("made", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("born_at", MOMENT),
        sa.Column("adopted_at", MOMENT),
        sa.Column("recorded_at", MOMENT),
        sa.Column("run", ID, nullable=False),
        sa.Column("sent", sa.Text()),
        sa.Column("intents", sa.Text()),
        sa.Column("contested", sa.Text()),
        sa.Column("refusals", sa.Text()),
        sa.ForeignKeyConstraint(
            ["group_id"], ["ticket_group.id"], name="fk_pair_group_id_ticket_group"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_pair"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_pair_group_id", "pair", ["group_id"])
    op.create_index("ix_pair_intents", "pair", ["link"], **_only("intents IS NOT NULL"))
    op.create_index("ix_pair_link_state", "pair", ["link", "state", "id"])
    op.create_index("ix_pair_sent", "pair", ["link"], **_only("sent IS NOT NULL"))


def _make_sides() -> None:
    op.create_table(
        "seen",
        sa.Column("pair_id", ID, nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("link", sa.String(), nullable=False),
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.String()),
        sa.Column("stamp", MOMENT),
        sa.Column("serial", sa.BigInteger()),
        sa.Column("certain", sa.Boolean()),
        sa.Column("provisional", sa.Boolean()),
        sa.Column("fields", sa.Text()),
        sa.ForeignKeyConstraint(
            ["pair_id"], ["pair.id"], name="fk_seen_pair_id_pair", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pair_id", "side", name="pk_seen"),
        sa.UniqueConstraint("ticket_id", "link", "side", name="uq_seen_ticket_id_link_side"),
    )
    op.create_index("ix_seen_half", "seen", ["link", "side"], **_only("ticket_id IS NULL"))


def _make_parts() -> None:
    op.create_table(
        "comment",
        sa.Column("pair_id", ID, nullable=False),
        sa.Column("pos", sa.Integer(), nullable=False),
        sa.Column("origin_system", sa.String(), nullable=False),
        sa.Column("origin_ticket", sa.String(), nullable=False),
        sa.Column("origin_comment", sa.String(), nullable=False),
        sa.Column("home", sa.String(), nullable=False),
        sa.Column("left_id", sa.Text()),
        sa.Column("right_id", sa.Text()),
        sa.Column("left_digest", sa.Text(), nullable=False),
        sa.Column("right_digest", sa.Text(), nullable=False),
        sa.Column("left_version", sa.Text(), nullable=False),
        sa.Column("right_version", sa.Text(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("skipped", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pair_id"], ["pair.id"], name="fk_comment_pair_id_pair", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pair_id", "pos", name="pk_comment"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "work",
        sa.Column("pair_id", ID, autoincrement=False, nullable=False),
        sa.Column("link", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("due", MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("rows", sa.Text()),
        sa.Column("claimed", ID),
        sa.ForeignKeyConstraint(
            ["pair_id"], ["pair.id"], name="fk_work_pair_id_pair", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pair_id", name="pk_work"),
    )
    op.create_index("ix_work_link_due", "work", ["link", "due", "pair_id"])
    op.create_table(
        "tombstone",
        sa.Column("link", sa.String(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("link", "side", "ticket_id", name="pk_tombstone"),
    )


def _make_reports() -> None:
    op.create_table(
        "problem",
        sa.Column("id", ID, nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("link", sa.String(), nullable=False),
        sa.Column("pair_id", ID, nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT),
        sa.Column("closed", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_problem"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_problem_open",
        "problem",
        ["pair_id", "item", "code", "scope", "link", "system"],
        unique=True,
        **_only("closed_at IS NULL"),
    )
    op.create_table(
        "problem_ticket",
        sa.Column("problem_id", ID, nullable=False),
        sa.Column("ticket_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["problem_id"],
            ["problem.id"],
            name="fk_problem_ticket_problem_id_problem",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("problem_id", "ticket_id", name="pk_problem_ticket"),
    )


def _make_conflicts() -> None:
    op.create_table(
        "conflict",
        sa.Column("id", ID, nullable=False),
        sa.Column("pair_id", ID, nullable=False),
        sa.Column("link", sa.String(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("left", sa.Text(), nullable=False),
        sa.Column("right", sa.Text(), nullable=False),
        sa.Column("winner", sa.String()),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT),
        sa.Column("closed", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_conflict"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_conflict_open", "conflict", ["pair_id", "line"], **_only("closed_at IS NULL")
    )
    op.create_table(
        "history",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("link", sa.String(), nullable=False),
        sa.Column("pair_id", ID),
        sa.Column("ticket_id", sa.String()),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("facts", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_history"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_history_pair_id", "history", ["pair_id"])
    op.create_index(
        "ix_history_ticket_id", "history", ["ticket_id"], **_only("ticket_id IS NOT NULL")
    )
