"""The contract between the engine and a vendor's API.

The docstrings of `Adapter` are what `sync_service.conformance` holds every adapter to.
The surprise: no method retries a write (R18). A write ends as landed (it returns), refused
(`Rejected`, `Stale`, `TryLater`: somebody answered that nothing was written), not sent (`NotSent`)
or unknown (`UnknownOutcome`), and the engine's settling decides what follows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

from sync_service.core.outgoing import Draft, Kind, Note, Reply, Touch, Traits
from sync_service.core.values import Comment, Fields, Reading, Ticket, Value

__all__ = [
    "Adapter",
    "Draft",
    "FieldInfo",
    "Found",
    "Kind",
    "Note",
    "Page",
    "QuietComments",
    "Reply",
    "Touch",
    "Traits",
    "Written",
]


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """One field that a mapping line may name.

    `values` are the display names that a choice accepts, or empty where they are not known.
    `longest` is the vendor's limit in characters, 0 for none.
    """

    name: str
    kind: Kind = Kind.TEXT
    writable: bool = True
    required: bool = False
    longest: int = 0
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """One reply of a change feed or scan.

    `rows` are tickets without comments. `next` asks for the page after, None when drained.
    `watermark` is where the feed stood when this drain *began* (meaningful on the first page) in
    the vendor's own form; `clock` the system's own time of the reply. Both come from one reply, so
    that the engine lets a watermark stay whose clock has leapt.
    `torn` says that rows moved between pages (R2): the drain must start again.
    `doubt` says why the reply cannot be what was asked for (R3), or is empty.
    `left` is how many rows the vendor says follow this page, None where it does not say; it is
    shown to people and decides nothing.
    `unread` are tickets of the page that no value could be made of, by id, with what is wrong: the
    others go on. Where nothing of a page can be read the call raises `Unreadable` instead.
    """

    rows: tuple[Ticket, ...]
    next: str | None
    watermark: str
    clock: datetime
    torn: bool = False
    doubt: str = ""
    left: int | None = None
    unread: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """What a look-up by key showed.

    Absence counts only if `proven` (R4): the reply showed that the filter was applied, or the
    adapter listed by creation time and compared by itself.
    """

    tickets: Mapping[str, tuple[Ticket, ...]]
    proven: bool


@dataclass(frozen=True, slots=True)
class Written:
    """The outcome of a landed write.

    `ticket` is the ticket as the write's own reply or a read right after it showed it, without
    comments; None where neither was had. `own_reply` tells which: only a deviation in the write's
    own reply counts as the vendor's normalising (R19).
    """

    ticket: Ticket | None
    own_reply: bool


@runtime_checkable
class QuietComments(Protocol):
    """What an adapter adds whose change feed does not show every comment.

    The engine then asks for the marks of its pairs at a slower pace, and looks at those that have
    a mark it does not know.
    """

    async def comment_marks(self, ids: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        """Give, for each ticket, its comments' ids and versions, in as few requests as may be."""


class Adapter(Protocol):
    """One system, through one account. All methods are safe to call concurrently.

    Reads raise `TryLater`, `AuthFailed` or `NeedsHuman`; they may retry inside. An answer of another
    shape is never an absence (R4). While a system has asked for a pause nothing is sent to it:
    reads raise `TryLater` and writes `NotSent`, with what is left of it.
    Writes take a `deadline` (aware, our clock): past it they raise `NotSent` without sending (R16).
    """

    @property
    def system(self) -> str:
        """The configured name of this system."""

    @property
    def traits(self) -> Traits:
        """What the engine must know of it; constant once `start` has returned."""

    async def start(self) -> None:
        """Learn who we are and read the lists that names are resolved through.

        Raises `AuthFailed` or `NeedsHuman` saying what to do; `TryLater` if it is unreachable.
        Safe to call again.
        """

    async def close(self) -> None:
        """Release connections; in-flight calls are not waited for."""

    def kind(self, name: str) -> Kind | None:
        """Tell what the field holds; None if the vendor has no such field.

        Works before `start` for the vendor's built-in fields and for its custom-field prefix.
        """

    async def describe(self) -> Sequence[FieldInfo]:
        """List the live fields with their accepted values."""

    def fit(self, name: str, value: Value) -> Value:
        """Foretell what `get` will show after `value` was written to the field.

        Pure: cuts, trims and normalises as the vendor does; `fit(fit(v)) == fit(v)`.
        """

    async def changed(self, since: str | None, page: str | None = None) -> Page:
        """Read one page of tickets changed at or after `since` minus this adapter's overlap (R2).

        `since` is a watermark that an earlier page gave; None reads nothing but the present
        watermark and clock, and tries whether the feed's filter or sort is applied: it asks for
        what cannot be there, and `doubt` says so if something is (R3). `page` is the former page's `next`.
        """

    async def scan(self, created_since: datetime | None, cursor: str | None = None) -> Page:
        """Read one page of tickets created at or after a moment, in ascending order of creation.

        The backfill (R26). `cursor` is the former page's `next` and may be kept over restarts.
        """

    async def get(self, ids: Sequence[str]) -> Mapping[str, Reading]:
        """Read tickets by id, fresh: for each its comments first, then the ticket itself (R1).

        Every id asked is a key of the answer; comments are in order of creation.
        """

    async def find(self, keys: Sequence[str], created_since: datetime) -> Found:
        """Look up tickets by the content of the key field, deleted ones not included."""

    async def match(self, name: str, values: Sequence[Value]) -> Mapping[Value, tuple[str, ...]]:
        """Give the ids of tickets whose field shows each value, compared exactly by us."""

    async def people(self, emails: Iterable[str]) -> frozenset[str]:
        """Tell which of these addresses, spelled as asked, this system knows as active people."""

    def creatable(self, name: str) -> bool:
        """Tell whether the create call itself can carry the field.

        The engine writes the others in an update right after the create.
        """

    async def create(self, draft: Draft, deadline: datetime) -> Written:
        """Make a ticket, with the key inside the call. Sends no e-mail where the vendor allows."""

    async def update(self, ticket: Ticket, changes: Fields, deadline: datetime) -> Written:
        """Write these fields, in as few calls as the vendor allows, narrow routes first (R24).

        `ticket` is the reading that the plan was made on; its version is the precondition where
        the vendor has one (`Stale`). A status value is one legal hop. `Rejected.fields` names the
        refused fields when the vendor says so and nothing else of the update was refused.
        """

    async def reply(self, ticket: Ticket, reply: Reply, deadline: datetime) -> Comment:
        """Add a public comment carrying its origin, and give it as the system now shows it."""

    async def note(self, ticket: Ticket, note: Note, deadline: datetime) -> Comment:
        """Add an internal note carrying its origin, and give it as the system now shows it."""

    async def rewrite(
        self, ticket: Ticket, comment_id: str, text: Reply | Note, deadline: datetime
    ) -> Comment:
        """Replace the body of a copy that we wrote; only where `traits.edits_comments`."""

    async def hide(self, ticket: Ticket, comment_id: str, deadline: datetime) -> None:
        """Make a public copy of ours internal, or delete it; only where `traits.hides_comments`."""

    async def touched(self, ticket_id: str, since: datetime) -> Sequence[Touch] | None:
        """Read the audit trail from `since` on, oldest first; None where there is none to read."""
