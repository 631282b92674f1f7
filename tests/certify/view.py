"""What a judge looks at: both vendors' own dumps, the diary, and what the product told people.

Nothing here goes through an adapter: tickets and comments are read from the simulators, and the
store is asked only for what it told people (problems, conflicts) and for what it holds as disputed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from sync_service.core.pair import Pair, State
from sync_service.store import Store
from tests.certify.desks import US, Dump
from tests.certify.diary import LINK, Diary, Root, Said, kept_values, root_of
from tests.certify.lines import LINES
from tests.certify.scenery import SYSTEMS, Revision

_MARKER = re.compile(r"\[sync:(\w+):([0-9a-f-]+):([0-9a-f-]+)((?:~\w+)*)\]")


class Broken(AssertionError):
    """A promise does not hold; `kind` is duplicate, lost, leak, loop, apart, silent or bug."""

    def __init__(self, kind: str, what: str) -> None:
        super().__init__(f"{kind}: {what}")
        self.kind = kind


class Case(Protocol):
    """What a judge looks at when everything has come to rest."""

    diary: Diary
    level: bool
    revisions: set[Revision]
    """Every configuration that there was."""

    @property
    def store(self) -> Store:
        """What the daemon remembers and told people."""

    @property
    def policies(self) -> Mapping[str, str]:
        """The link's policies by name, as `scenery.POLICIES`."""

    @property
    def revision(self) -> Revision:
        """The configuration in force."""

    @property
    def broken(self) -> Sequence[str]:
        """What went wrong inside the simulators themselves."""

    def tickets(self, side: str) -> dict[str, Dump]:
        """Dump a side."""

    def sweep(self) -> None:
        """Let the nightly sweep look, without repairing."""

    def idle(self) -> int:
        """Let the daemon go on with nothing to do; give the writes that it made."""

    def secrets_are_kept(self) -> None:
        """Raise AssertionError if words of a sensitive ticket left home."""


class View:
    """One look at a case that has come to rest."""

    def __init__(self, case: Case) -> None:
        self.case, self.diary = case, case.diary

    def read(self) -> None:
        """Look again."""
        self.shown = {side: self.case.tickets(side) for side in SYSTEMS}
        self.pairs: list[Pair] = list(self.case.store.iterate(LINK))
        rows = self.case.store.problems(closed=True)
        self.open = [row.problem for row in rows if row.closed_at is None]
        self.problems = [r.problem for r in rows if r.closed_at is None or r.closed == "dismissed"]
        self.kept = self.diary.kept | kept_values(self.case.store)

    def told(self) -> str:
        """Say what is open, for the message of a break."""
        rows = [
            (one.code, one.pair, one.item, one.message[:150])
            for one in (row.problem for row in self.case.store.problems())
        ]
        held = [
            (p.id, p.state, p.sent, p.intents)
            for p in self.case.store.iterate(LINK)
            if p.sent or p.intents
        ]
        return f"problems {rows}; open {held}"

    def ours(self) -> Iterator[tuple[str, Dump]]:
        """Give what our own user made, but for what is told to stand alone: side and ticket."""
        for side, tickets in self.shown.items():
            for ticket in tickets.values():
                maker = ticket["owner"] if side == "incidentiq" else ticket["created_by"]
                alone = ticket["id"] in self.diary.clones or self.stray(side, ticket["id"])
                if maker == US and not alone:
                    yield side, ticket

    def stray(self, side: str, ident: str) -> bool:
        """Tell whether a copy was deleted before anybody knew of it, and was reported once back (R16)."""
        item = f"{side}:{ident}"
        told = any((one.code, one.item) == ("cloned-key", item) for one in self.problems)
        return told and (side, ident) in self.diary.unknown

    def whole(self) -> Iterator[tuple[Root, Dump, Dump]]:
        """Give the joined tickets of which both are there: root, Incident IQ's, ServiceNow's."""
        for side, ticket in self.ours():
            root = root_of(side, ticket)
            original = self.shown[root[0]].get(root[1])
            if original is None or original["deleted"] or ticket["deleted"]:
                continue
            if root in self.diary.parted:
                continue
            yield (root, original, ticket) if side == "servicenow" else (root, ticket, original)

    def named(self, ticket: str, source: Said) -> bool:
        """Tell whether a problem tells of this comment, or the pair stands still with one."""
        numbers = {pair.id for pair in self.pairs if ticket in (pair.ids.left, pair.ids.right)}
        return any(
            one.pair in numbers
            and (source.id in one.item or one.code in ("withheld", "gone", "merged"))
            for one in self.problems
        )

    def lost(self, source: Said) -> bool:
        """Tell whether the sweep told that comments of this ticket went while their copies stay."""
        return any(
            one.code == "lost-original" and source.ticket in one.tickets for one in self.problems
        )

    def stopped(self, ident: str) -> bool:
        """Tell whether a problem names this ticket or its pair."""
        numbers = {one.id for one in self.pairs if ident in (one.ids.left, one.ids.right)}
        return any(one.pair in numbers or ident in one.tickets for one in self.problems)

    def disputed(self, left: str, right: str, line: str) -> bool:
        """Tell whether the store says of this line that a person must look."""
        name = LINES[line].name
        for pair in self.pairs:
            if left != pair.ids.left and right != pair.ids.right:
                continue
            if pair.state is State.PARKED or any(one.startswith(name) for one in pair.contested):
                return True
            if any(one.item.startswith(name) for one in pair.refusals):
                return True
            if any(one.pair == pair.id and not one.item for one in self.open):
                return True  # the whole pair stands still, as long as nobody dismisses that
            for one in self.problems:
                if one.pair == pair.id and one.item.startswith(name):
                    return True
                if (
                    one.code == "unmapped"
                    and one.item.startswith(name)
                    and {left, right} & set(one.tickets)
                ):
                    return True
        return False

    def pair_stands(self, ticket: str) -> bool:
        """Tell whether the ticket's pair was stopped until a person looks."""
        return any(
            ticket in (one.ids.left, one.ids.right) and one.state is State.PARKED
            for one in self.pairs
        )


def origin_of(comment: Dump) -> str | None:
    """Give the original's comment id, with the mark of an appended wording."""
    if comment.get("external_id"):
        found = _MARKER.fullmatch(f"[sync:{comment['external_id']}]")
    else:
        found = None
        for found in _MARKER.finditer(comment["text"]):  # noqa: B007 - the last one counts
            pass
    return f"{found[3]}{found[4] or ''}" if found else None
