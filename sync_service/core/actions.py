"""A plan as data: remote writes in order, and what is known once they are done.

A plan is printable, so a dry run is free: nothing here has been written or noted yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sync_service.core.mapping import Line
from sync_service.core.outgoing import Draft, Note, Reply
from sync_service.core.pair import Conflict, Event, Pair, Problem, Solved
from sync_service.core.values import Comment, Fields, Origin, Side, Sides, Value


@dataclass(frozen=True, slots=True)
class Carry:
    """One line of an update: the vendor fields of both sides before it, and once it is there.

    `companions` are written in the same call (R11). `path` holds the legal hops of a status before
    its goal as (field, value), each a call of its own (R22).
    """

    line: Line
    before: Sides[Fields]
    after: Sides[Fields]
    companions: Fields = field(default_factory=dict)
    path: tuple[tuple[str, str], ...] = ()

    @property
    def hops(self) -> tuple[Value, ...]:
        """Give the values that a status passes on its way."""
        return tuple(value for _, value in self.path)


@dataclass(frozen=True, slots=True)
class Update:
    """Write the target values of these lines, and their companions, in one call (R11)."""

    to: Side
    lines: tuple[Carry, ...]

    @property
    def path(self) -> tuple[tuple[str, str], ...]:
        """Give the hops before that call."""
        return tuple(hop for one in self.lines for hop in one.path)

    @property
    def changes(self) -> Mapping[str, Value]:
        """Give what is sent: the lines' target values and their companions."""
        brought = {name: value for one in self.lines for name, value in one.companions.items()}
        sent = {name: value for one in self.lines for name, value in one.after.of(self.to).items()}
        return {**brought, **sent}


@dataclass(frozen=True, slots=True)
class AddReply:
    """Copy a public comment to side `to`."""

    to: Side
    reply: Reply
    source: Comment
    normal: str
    present: tuple[str, ...] = ()

    @property
    def origin(self) -> Origin:
        """Give the person's original."""
        return self.reply.origin


@dataclass(frozen=True, slots=True)
class AddNote:
    """Copy a comment to side `to` as an internal note."""

    to: Side
    note: Note
    source: Comment
    normal: str
    present: tuple[str, ...] = ()

    @property
    def origin(self) -> Origin:
        """Give the person's original."""
        return self.note.origin


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Replace the body of a copy of ours after its original was edited."""

    to: Side
    comment_id: str
    text: Reply | Note
    source: Comment
    origin: Origin


@dataclass(frozen=True, slots=True)
class Hide:
    """Take a public copy of ours from the requester's sight (R13)."""

    to: Side
    comment_id: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Create:
    """Make the far ticket of a half pair.

    `lines` are those that the call itself carries; `left_out` those that only an update can write.
    """

    to: Side
    draft: Draft
    lines: tuple[Carry, ...] = ()
    left_out: tuple[Line, ...] = ()

    def fields(self, side: Side) -> Fields:
        """Give what the lines show on a side once the ticket is there, by vendor field."""
        return {name: value for one in self.lines for name, value in one.after.of(side).items()}


Action = Create | AddReply | AddNote | Rewrite | Hide | Update


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do about one pair.

    `pair` is the pair with everything folded in that needs no write. `withheld` says why nothing
    may flow at all (R13), or is empty. `more` asks for another plan once this one is carried out.
    """

    pair: Pair
    actions: tuple[Action, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    problems: tuple[Problem | Solved, ...] = ()
    events: tuple[Event, ...] = ()
    withheld: str = ""
    more: bool = False
