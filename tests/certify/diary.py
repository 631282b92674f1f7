"""What people did, as the judge remembers it, and which of their edits must still be somewhere.

An edit is *live* from the moment it is made until somebody who could see it edits the same line.
Whoever edits a side that does not show it yet edits beside it: both are live, and one of the two
has to end in `conflicts`. So the law is written from who saw what, not from who came last.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from sync_service.core.pair import Making, Pair
from sync_service.core.values import Side
from sync_service.store import Store
from tests.certify.desks import US, Dump
from tests.certify.lines import LINES, Value, line_named, plain

#: A ticket of a person, from which copies are made: (side, id).
Root = tuple[str, str]
INSTANCE, LINK = "demo", "helpdesk"
SIDES = {"incidentiq": Side.LEFT, "servicenow": Side.RIGHT}
#: The vendors' fields of each line.
FIELDS = {
    "incidentiq": {
        "subject": "Subject", "description": "IssueDescription", "status": "Status",
        "priority": "PriorityLevel", "assignee": "AssignedToUser",
        "room": "Custom Fields.Room Access",
    },
    "servicenow": {
        "subject": "short_description", "description": "description", "status": "state",
        "assignee": "assigned_to", "room": "u_room",
    },
}  # fmt: skip


def root_of(side: str, ticket: Dump) -> Root:
    """Give the ticket that a person made, of which this one is the copy or itself."""
    custom = ticket.get("custom", {}).get("Sync Key")
    key = custom if side == "incidentiq" else ticket["fields"].get("correlation_id")
    maker = ticket["owner"] if side == "incidentiq" else ticket["created_by"]
    parts = (key or "").split(":")
    if maker == US and len(parts) == 4 and parts[0] == INSTANCE:
        return parts[2], parts[3]
    return side, ticket["id"]


@dataclass(eq=False)
class Edit:
    """What a person put into a line of a ticket, where and when.

    `window`: our write landed on it between our read and our write, where the vendor has no way
    to tell (R20).
    """

    side: str
    ticket: str
    line: str
    value: Value
    at: float
    window: bool = False
    before: Value = None

    def stands(self, shown: Value) -> bool:
        """Tell whether every field of a coupled line that the person changed still shows their word."""
        if not isinstance(self.value, tuple) or not isinstance(self.before, tuple):
            return bool(shown == self.value)
        parts = zip(self.value, self.before, shown, strict=True)
        return all(now == new for new, old, now in parts if new != old)


@dataclass(eq=False)
class Said:
    """A comment of a person: every wording it had, and where it stands now."""

    side: str
    ticket: str
    id: str
    texts: list[str]
    public: bool
    was_public: bool
    deleted: bool = False
    touched: bool = False
    """Its visibility or existence was changed after it was said."""


@dataclass
class Diary:
    """Edits, comments and secrets."""

    now: Callable[[], float]
    live: dict[tuple[Root, str], list[Edit]] = field(default_factory=lambda: defaultdict(list))
    said: dict[str, Said] = field(default_factory=dict)
    secrets: dict[str, list[str]] = field(default_factory=dict)
    """Words typed into an Incident IQ ticket while it is sensitive, by its id."""
    reads: dict[str, float] = field(default_factory=dict)
    """When the daemon last got a ticket by id."""
    kept: set[tuple[str, str, str]] = field(default_factory=set)
    """What conflicts of stores that were lost kept: (ticket id, line, value)."""
    lost_store: bool = False
    ever_deleted: set[Root] = field(default_factory=set)
    unknown: set[Root] = field(default_factory=set)
    """Copies that somebody deleted before the store knew that they had been made."""
    parted: set[Root] = field(default_factory=set)
    """Tickets whose pair was ended by command: they need not be alike, but have no second copy."""
    clones: set[str] = field(default_factory=set)
    count: int = 0
    windows: int = 0

    def token(self) -> str:
        """Give a word that was never used before."""
        self.count += 1
        return f"w{self.count:03d}x"

    def opened(self, side: str, ticket: Dump) -> None:
        """Note the words of a new ticket; what the screen fills in by itself nobody wrote."""
        for name in ("subject", "description"):
            value = LINES[name].of(side, ticket)
            self.live[(side, ticket["id"]), name] = [
                Edit(side, ticket["id"], name, value, self.now())
            ]

    def commented(self, side: str, ticket: str, do: str, comment: Dump) -> None:
        """Note what was said, and what became of it."""
        ident, text = comment["id"], comment["text"]
        if do in ("comment", "note"):
            public = bool(comment["public"])
            self.said[ident] = Said(side, ticket, ident, [text], public, public)
            return
        known = self.said.get(ident)
        if known is None:
            return
        known.touched = known.touched or do != "edit_comment"
        known.deleted = comment.get("deleted", False) or do == "delete_comment"
        known.public = bool(comment["public"])
        known.was_public = known.was_public or known.public
        if text != known.texts[-1]:
            known.texts.append(text)

    def edited(
        self,
        side: str,
        before: Dump,
        after: Dump,
        base: Mapping[str, Value],
        lines: Collection[str] = tuple(LINES),
    ) -> None:
        """Note each line that a person's act changed; `base` is what the last sync saw of it.

        A return to what was seen last is no edit that anybody could find (R1), nor is an emptied
        line that was never seen: without a past the empty side is filled (R7).
        """
        for name in lines:
            value = LINES[name].of(side, after)
            if LINES[name].of(side, before) != value:
                unseen = name not in base and not value
                returns = unseen or base.get(name, _NEW) == value
                self._one(side, after, before, name, value, returns=returns)

    def _one(
        self, side: str, ticket: Dump, before: Dump, name: str, value: Value, *, returns: bool
    ) -> None:
        mark, shown = (root_of(side, ticket), name), LINES[name].of(side, before)
        rest = [one for one in self.live[mark] if not self.visible(one, side, shown)]
        if not returns:
            rest.append(Edit(side, ticket["id"], name, value, self.now(), before=shown))
        self.live[mark] = rest

    def ruled(self, side: str, ticket: Dump, name: str, shown: Value) -> None:
        """Note that a rule of the site changed a line that showed `shown`: whose word it was, it saw."""
        mark = (root_of(side, ticket), name)
        self.live[mark] = [one for one in self.live[mark] if not self.visible(one, side, shown)]

    def visible(self, edit: Edit, side: str, shown: Value) -> bool:
        """Tell whether somebody who looks at `shown` on a side sees what the edit said."""
        if edit.side == side:
            return bool(edit.value == shown)
        return LINES[edit.line].shows(edit.side, edit.value, shown)

    def decided(self, root: Root, name: str) -> None:
        """A person has settled a line by command: what stood there was seen."""
        self.live[root, name] = []

    def overwrites(
        self, side: str, ticket: str, lines: set[str], until: float = float("inf")
    ) -> None:
        """Mark edits that our write, at `until`, meets unseen: made since the ticket was read."""
        since = self.reads.get(ticket, 0.0)
        for (_, name), edits in self.live.items():
            for edit in edits:
                if (
                    name in lines
                    and (edit.side, edit.ticket) == (side, ticket)
                    and since <= edit.at <= until
                ):
                    self.windows += not edit.window
                    edit.window = True


_NEW = object()


def seen_lines(store: Store, side: str, ticket: Dump) -> dict[str, Value]:
    """Give what the last sync saw of a ticket's lines, out of the store, or put into its copy."""
    pairs = store.find_pairs(ticket["id"], system=side)
    seen = pairs[0].seen.of(SIDES[side]) if pairs else None
    fields = dict(seen.fields) if seen is not None else _being_made(store, side, ticket)
    found = {line: fields[name] for line, name in FIELDS[side].items() if name in fields}
    if {"impact", "urgency"} <= set(fields):
        found["priority"] = (str(fields["impact"])[:1], str(fields["urgency"])[:1])
    return found


def _being_made(store: Store, side: str, ticket: Dump) -> dict[str, Value]:
    """Give what the create says that nobody has recorded yet: that is the copy's past (R16)."""
    system, ident = root_of(side, ticket)
    notes = [note for pair in store.find_pairs(ident, system=system) for note in pair.intents]
    made = (one for one in notes if one.making is Making.TICKET and one.to is SIDES[side])
    return dict(next((note.values for note in made), {}))


def kept_values(store: Store) -> set[tuple[str, str, str]]:
    """Give what conflicts keep, open or closed: (ticket id of either side, line, value)."""
    pairs: dict[int, Pair] = {one.id: one for one in store.iterate(LINK)}
    found = set()
    for row in store.conflicts(closed=True):
        pair, name = pairs.get(row.conflict.pair), line_named(row.conflict.line)
        if pair is None or name is None:
            continue
        for values in (row.conflict.values.left, row.conflict.values.right):
            value = values if len(values) > 1 else (values[0] if values else None)
            for ident in (pair.ids.left, pair.ids.right):
                if ident:
                    found.add((ident, name, plain(name, value)))
    return found
