"""The tables, as SQLAlchemy Core sees them; `migrations/` makes the same ones.

What is read and written only whole is a document in a text column (`sent`, `intents`, `fields`);
what is looked up, counted or kept unique has columns of its own. The surprise: the documents are
our own JSON in TEXT, not a JSON type, so that both databases keep every character a vendor sends.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from sync_service.store.columns import Moment, Words
from sync_service.store.parts import Id, metadata, only, pair_id

__all__ = ["metadata"]

run = Table(
    "run",
    metadata,
    Column("id", Id, primary_key=True),
    Column("started_at", Moment, nullable=False),
    Column("holder", Text, nullable=False),
    sqlite_autoincrement=True,
)

link = Table(
    "link",
    metadata,
    Column("name", String, primary_key=True),
    Column("accepted", Text),
    Column("began_at", Moment),
    Column("pending", Text),
    Column("reason", Words, nullable=False),
    Column("paused", Boolean, nullable=False),
    Column("plan", Text),
)

feed = Table(
    "feed",
    metadata,
    Column("link", String, nullable=False),
    Column("side", String, nullable=False),
    Column("watermark", Text),
    Column("cursor", Text),
    Column("done", Boolean, nullable=False),
    Column("doubt", Words, nullable=False),
    Column("doubt_since", Moment),
    Column("pulled_at", Moment),
    Column("believed", Text, nullable=False, server_default=""),
    Column("ahead", Float),
    PrimaryKeyConstraint("link", "side"),
)

ticket_group = Table(
    "ticket_group", metadata, Column("id", Id, primary_key=True), sqlite_autoincrement=True
)

#: A ticket of a group; without an id it is the place kept for one that is being made (R14).
member = Table(
    "member",
    metadata,
    Column("group_id", Id, ForeignKey("ticket_group.id", ondelete="CASCADE"), nullable=False),
    Column("system", String, nullable=False),
    Column("ticket_id", String),
    PrimaryKeyConstraint("group_id", "system"),
    UniqueConstraint("system", "ticket_id"),
)

pair = Table(
    "pair",
    metadata,
    Column("id", Id, primary_key=True),
    Column("link", String, nullable=False),
    Column("group_id", Id, ForeignKey("ticket_group.id"), nullable=False, index=True),
    Column("made", String, nullable=False),
    Column("state", String, nullable=False),
    Column("born_at", Moment),
    Column("adopted_at", Moment),
    Column("recorded_at", Moment),
    Column("run", Id, nullable=False),
    Column("sent", Text),
    Column("intents", Text),
    Column("contested", Text),
    Column("refusals", Text),
    Index("ix_pair_link_state", "link", "state", "id"),
    Index("ix_pair_sent", "link", **only("sent IS NOT NULL")),
    Index("ix_pair_intents", "link", **only("intents IS NOT NULL")),
    sqlite_autoincrement=True,
)

#: One side of a pair. (link, side, ticket id) is unique (R5); the id stands first in the index
#: because people ask for a ticket without naming a link.
seen = Table(
    "seen",
    metadata,
    pair_id(),
    Column("side", String, nullable=False),
    Column("link", String, nullable=False),
    Column("system", String, nullable=False),
    Column("ticket_id", String),
    Column("stamp", Moment),
    Column("serial", BigInteger),
    Column("certain", Boolean),
    Column("provisional", Boolean),
    Column("fields", Text),
    Column("number", String),
    Column("newest_stamp", Moment),
    Column("newest_serial", BigInteger),
    PrimaryKeyConstraint("pair_id", "side"),
    UniqueConstraint("ticket_id", "link", "side"),
    Index("ix_seen_half", "link", "side", **only("ticket_id IS NULL")),
)

comment = Table(
    "comment",
    metadata,
    pair_id(),
    Column("pos", Integer, nullable=False),
    Column("origin_system", String, nullable=False),
    Column("origin_ticket", String, nullable=False),
    Column("origin_comment", String, nullable=False),
    Column("home", String, nullable=False),
    *(
        Column(f"{side}_{what}", Text, nullable=what == "id")
        for what in ("id", "digest", "version")
        for side in ("left", "right")
    ),
    Column("public", Boolean, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("skipped", Words, nullable=False),
    PrimaryKeyConstraint("pair_id", "pos"),
    sqlite_with_rowid=False,
)

work = Table(
    "work",
    metadata,
    Column(
        "pair_id",
        Id,
        ForeignKey("pair.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("link", String, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("due", Moment, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("reason", Words, nullable=False),
    Column("rows", Text),
    Column("claimed", Id),
    Column("tried", Text),
    Index("ix_work_link_due", "link", "due", "pair_id"),
)

#: `pair_id` is 0 where the problem is not a pair's: NULL would never equal itself in the index.
problem = Table(
    "problem",
    metadata,
    Column("id", Id, primary_key=True),
    Column("scope", String, nullable=False),
    Column("code", String, nullable=False),
    Column("system", String, nullable=False),
    Column("link", String, nullable=False),
    Column("pair_id", Id, nullable=False),
    Column("item", Words, nullable=False),
    Column("message", Words, nullable=False),
    Column("value", Words, nullable=False),
    Column("words", Words, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
    Column("closed_at", Moment),
    Column("closed", String, nullable=False),
    Column("before", Words, nullable=False, server_default=""),
    Column("tried", Text),
    Index("ix_problem_closed_at", "closed_at", **only("closed_at IS NOT NULL")),
    Index("ix_problem_retried", "pair_id", "item", "code", **only("closed = 'retried'")),
    Index(
        "ix_problem_open",
        "pair_id",
        "item",
        "code",
        "scope",
        "link",
        "system",
        unique=True,
        **only("closed_at IS NULL"),
    ),
    sqlite_autoincrement=True,
)

#: `at` is when the ticket was last found to have the problem.
problem_ticket = Table(
    "problem_ticket",
    metadata,
    Column("problem_id", Id, ForeignKey("problem.id", ondelete="CASCADE"), nullable=False),
    Column("ticket_id", String, nullable=False),
    Column("at", Moment),
    PrimaryKeyConstraint("problem_id", "ticket_id"),
)

conflict = Table(
    "conflict",
    metadata,
    Column("id", Id, primary_key=True),
    Column("pair_id", Id, nullable=False),
    Column("link", String, nullable=False),
    Column("line", Text, nullable=False),
    Column("left", Text, nullable=False),
    Column("right", Text, nullable=False),
    Column("winner", String),
    Column("why", Words, nullable=False),
    Column("at", Moment, nullable=False),
    Column("closed_at", Moment),
    Column("closed", String, nullable=False),
    Index("ix_conflict_open", "pair_id", "line", **only("closed_at IS NULL")),
    Index("ix_conflict_at", "at"),
    sqlite_autoincrement=True,
)

#: A ticket that was unpaired. One that was `lifted` may start a pair, after a look for its copy.
tombstone = Table(
    "tombstone",
    metadata,
    Column("link", String, nullable=False),
    Column("side", String, nullable=False),
    Column("ticket_id", String, nullable=False),
    Column("at", Moment, nullable=False),
    Column("lifted", Boolean, nullable=False, server_default=false()),
    PrimaryKeyConstraint("link", "side", "ticket_id"),
)

#: `ticket_id` stands only where the pair cannot tell it: before there is one, or once it is gone.
history = Table(
    "history",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("link", String, nullable=False),
    Column("pair_id", Id, index=True),
    Column("ticket_id", String),
    Column("what", String, nullable=False),
    Column("facts", Text),
    Column("run", Id),
    Index("ix_history_ticket_id", "ticket_id", **only("ticket_id IS NOT NULL")),
    sqlite_autoincrement=True,
)

request = Table(
    "request",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("command", String, nullable=False),
    Column("args", Text, nullable=False),
    Column("taken", Id),
    Column("answered_at", Moment),
    Column("answer", Text),
    Index("ix_request_open", "id", **only("answered_at IS NULL")),
    sqlite_autoincrement=True,
)

#: A link's walk over all its pairs: where it is, what this round found, and how the last one ended.
#: `asked_at`: a person asks for a round. `believed_at`: a person says that missing tickets are gone.
sweep = Table(
    "sweep",
    metadata,
    Column("link", String, primary_key=True),
    Column("place", Id, nullable=False),
    Column("began_at", Moment),
    Column("asked_at", Moment),
    Column("repair", Boolean, nullable=False),
    Column("tally", Text),
    Column("ended_at", Moment),
    Column("last", Text),
    Column("believed_at", Moment),
)
