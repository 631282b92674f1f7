"""What is remembered of a pair: the base of the three-way merge and the notes of open writes.

A pair is a value. Deciding and recording both mean making the next `Pair` from the present one;
the store writes down the difference. The one surprise is `Pair.run`: a pair that the running
daemon has not yet recorded is *suspect*, because the store may be a restored backup (R16).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sync_service.core.attempts import Attempt
from sync_service.core.values import NEVER, Fields, Origin, Side, Sides, Value, Version

_BLANK = Sides("", "")
_UNSEEN: Sides[Seen | None] = Sides(None, None)
_UNREAD: Sides[Version | None] = Sides(None, None)


@dataclass(frozen=True, slots=True)
class Seen:
    """How one side looked at the last sync, in the vendor's own values (R6).

    A field that is absent has no past. `provisional`: a repeat of this version proves nothing (R2).
    `number` is what people call the ticket; it decides nothing. `newest` is the newest version that
    the system has shown, also in a write's reply: what is older is no reading (R1).
    """

    version: Version
    fields: Fields
    provisional: bool = True
    number: str = ""
    newest: Version = NEVER


@dataclass(frozen=True, slots=True)
class Sent:
    """One mapping line on its way to a side, noted before the write (R17).

    `before` and `after` hold the line's vendor fields of both sides; `hops` the values that a
    status passes on its way; `version` the target's version as read. Until `wire_until` the call
    may still be on the wire.
    """

    line: str
    to: Side
    before: Sides[Fields]
    after: Sides[Fields]
    version: Version
    noted_at: datetime
    wire_until: datetime
    hops: tuple[Value, ...] = ()
    answered: bool = False
    """Its system answered that it took nothing, which is its word and no proof (R16)."""


class Making(StrEnum):
    """What an intent is about to make."""

    TICKET = "ticket"
    COMMENT = "comment"
    REWRITE = "rewrite"
    """No create: a copy's new wording or hiding, which may be repeated but not overtaken (R17)."""


@dataclass(frozen=True, slots=True)
class Intent:
    """A create on its way to a side, noted before the call (R16).

    For a ticket `key` is the key text, `values` what is sent and `sources` what the near side
    showed, so that a copy found later has a past. For a comment `key` is its origin, `normal` the
    digest of the normal form sent and `present` the far comment ids before the write (R21).
    """

    making: Making
    to: Side
    key: str
    noted_at: datetime
    wire_until: datetime
    values: Fields = field(default_factory=dict)
    sources: Fields = field(default_factory=dict)
    normal: str = ""
    public: bool = False
    present: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One comment on both sides (R21).

    `home` is the side of the pair on which the original (or the copy nearer to it) stands. `ids`
    and `digests` are per side, None and "" where the comment is not. `skipped` says why a comment
    gets no copy, or is empty.
    """

    origin: Origin
    home: Side
    ids: Sides[str | None]
    digests: Sides[str] = _BLANK
    versions: Sides[str] = _BLANK
    public: bool = False
    deleted: bool = False
    skipped: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A value that a system refused; it is not sent again by itself (R25).

    `item` is a line's name, an origin's text, or "create".
    """

    to: Side
    item: str
    value: str


class State(StrEnum):
    """Whether a pair is worked on."""

    ACTIVE = "active"
    PARKED = "parked"
    """A problem of the whole pair stops it, such as a ticket that is gone (R5)."""


class Made(StrEnum):
    """How the two tickets came together."""

    CREATED = "created"
    KEY = "key"
    """Adopted by the key that its copy carries (R14)."""
    MATCH = "match"
    """Adopted by `match:` or by hand: older comments stay where they are (R14)."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two tickets that are one piece of work; half until the far one exists."""

    id: int
    link: str
    ids: Sides[str | None]
    made: Made = Made.CREATED
    state: State = State.ACTIVE
    seen: Sides[Seen | None] = _UNSEEN
    sent: tuple[Sent, ...] = ()
    intents: tuple[Intent, ...] = ()
    rows: tuple[Row, ...] = ()
    contested: frozenset[str] = frozenset()
    refusals: tuple[Refusal, ...] = ()
    born_at: datetime | None = None
    """When its first ticket was created, by that system's clock."""
    adopted_at: datetime | None = None
    """When its tickets were joined, by our clock; None for a pair that we created."""
    recorded_at: datetime | None = None
    run: int = 0
    """The daemon run that last recorded it; another run's pair is suspect (R16)."""

    def called(self, side: Side) -> str | None:
        """Give the number that people know a side's ticket by; its id where that was not read."""
        seen = self.seen.of(side)
        return (seen.number if seen else "") or self.ids.of(side)

    @property
    def whole(self) -> bool:
        """Tell whether both tickets are known."""
        return self.ids.left is not None and self.ids.right is not None


@dataclass(frozen=True, slots=True)
class Work:
    """Look at this pair by this time: a name, never a payload. `seq` tells whether it was asked for again meanwhile.

    `rows` holds, per side, the version of the page row that asked, as the first read (R1).
    `tried` are the failed attempts of this pass so far.
    """

    pair: int
    seq: int
    due: datetime
    attempts: int = 0
    reason: str = ""
    rows: Sides[Version | None] = _UNREAD
    tried: tuple[Attempt, ...] = ()


class Scope(StrEnum):
    """What a problem blocks (R25)."""

    SYSTEM = "system"
    LINK = "link"
    PAIR = "pair"
    ITEM = "item"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that needs a person; `code` and the names make it one of a kind while open.

    `item` is a line, a comment's origin, "create", or for an unmapped value "line=value" with no
    pair (one problem for all its tickets, R10; `tickets` lists them). `words` are the vendor's own.
    `value` is what was refused or would be written, as JSON by vendor field, and `before` what
    stands there now. `kind` says how the attempt ended, where the code does not; `tried` are
    failed attempts from before there was a problem.
    """

    scope: Scope
    code: str
    message: str
    system: str = ""
    link: str = ""
    pair: int | None = None
    item: str = ""
    value: str = ""
    words: str = ""
    tickets: tuple[str, ...] = ()
    before: str = ""
    kind: str = ""
    tried: tuple[Attempt, ...] = ()


@dataclass(frozen=True, slots=True)
class Solved:
    """Close the open problem that has these names, if there is one.

    With `tickets` it is over for these alone, and the problem closes with the last it lists.
    """

    scope: Scope
    code: str
    system: str = ""
    link: str = ""
    pair: int | None = None
    item: str = ""
    tickets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Conflict:
    """A line that both sides changed, apart (R8). `winner` is None while a person is asked."""

    pair: int
    line: str
    values: Sides[tuple[Value, ...]]
    winner: Side | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a ticket's history: what was read, decided or written."""

    what: str
    facts: Mapping[str, Any] = field(default_factory=dict)
