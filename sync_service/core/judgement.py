"""How far a changed configuration has been judged by its plan, and what that plan would write (R27).

It is kept in the store while its link waits, so that a restart goes on where it was. It counts and
names tickets and fields; what tickets say is in no part of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from sync_service.core.actions import Action, AddReply, Create, Hide, Rewrite, Update
from sync_service.core.config_change import Reach, reach
from sync_service.core.values import Sides

#: So many changes are kept as examples.
FIRST = 20
#: Once something would be written, this much of the plan is enough to show to a person.
ENOUGH = 2000


class Step(StrEnum):
    """What is planned next; the scans only where the change may start pairs.

    A scan shows every ticket that may start one, those of the feed included.
    """

    PAIRS = "pairs"
    LEFT_SCAN = "left scan"
    RIGHT_SCAN = "right scan"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Change:
    """One write of the plan: what it does on which system, to which tickets, in which fields.

    `tickets` gives each system's number of the ticket, None where there is none yet.
    """

    do: str
    system: str
    tickets: Mapping[str, str | None]
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """The plan of a changed configuration, as far as it is made.

    `parts` are what changed and may write. `cursor` is where `step` has come to: the last pair's
    id, or a scan's own. `planned` counts pairs, `read` tickets without one. `writes` counts what
    the change would write by its kind, of which `first` holds the first ones.
    """

    parts: tuple[str, ...]
    step: Step = Step.PAIRS
    cursor: str = ""
    planned: int = 0
    read: int = 0
    writes: Mapping[str, int] = field(default_factory=dict)
    first: tuple[Change, ...] = ()
    cut: bool = False
    """Whether enough was seen, and the rest is not planned."""
    lost: tuple[str, ...] = ()
    """What the mapping lost most of; then a person is asked, whatever would be written (R26)."""

    @property
    def waits(self) -> bool:
        """Tell whether it is sure that a person must accept it."""
        return bool(self.writes or self.lost)

    @property
    def reach(self) -> Reach:
        """Say what the change may write."""
        return reach(self.parts)

    @property
    def done(self) -> bool:
        """Tell whether there is nothing left to plan."""
        return self.step is Step.DONE

    @property
    def place(self) -> int | None:
        """Give the id behind which pairs were not planned; None if all were."""
        if self.step is Step.PAIRS or (self.cut and self.cursor):
            return int(self.cursor or 0)
        return None

    def moved(self, cursor: str, *, planned: int = 0, read: int = 0) -> Judgement:
        """Go on behind `cursor` after so many pairs or tickets; stop where that is enough."""
        new = replace(self, cursor=cursor, planned=self.planned + planned, read=self.read + read)
        if new.writes and new.planned + new.read >= ENOUGH:
            kept = cursor if self.step is Step.PAIRS else ""
            return replace(new, step=Step.DONE, cursor=kept, cut=True)
        return new

    def passed(self) -> Judgement:
        """Go on to the next step."""
        steps = list(Step)
        last = self.step is Step.PAIRS and not (self.reach.starts or self.reach.whole)
        following = Step.DONE if last else steps[steps.index(self.step) + 1]
        return replace(self, step=following, cursor="")

    def with_writes(self, changes: Sequence[Change]) -> Judgement:
        """Count what one pair's plan would write."""
        counts = Counter(self.writes)
        counts.update(one.do for one in changes)
        first = (*self.first, *changes)[:FIRST]
        return replace(self, writes=dict(counts), first=first)


def change_of(action: Action, systems: Sides[str], tickets: Mapping[str, str | None]) -> Change:
    """Say in names what an action would do."""
    to = systems.of(action.to)
    match action:
        case Create():
            return Change("create", to, tickets)
        case Update():
            return Change("update", to, tickets, tuple(sorted(action.changes)))
        case Rewrite():
            return Change("rewrite comment", to, tickets)
        case Hide():
            return Change("hide comment", to, tickets)
        case _:
            kind = "public reply" if isinstance(action, AddReply) else "internal note"
            return Change(kind, to, tickets)


def dumped(told: Judgement) -> dict[str, Any]:
    """Give it as plain data."""
    return {
        "parts": list(told.parts),
        "step": told.step.value,
        "cursor": told.cursor,
        "planned": told.planned,
        "read": told.read,
        "writes": dict(told.writes),
        "first": [
            {
                "do": one.do,
                "in": one.system,
                "tickets": dict(one.tickets),
                "fields": list(one.fields),
            }
            for one in told.first
        ],
        "cut": told.cut,
        "lost": list(told.lost),
    }


def loaded(raw: Mapping[str, Any]) -> Judgement:
    """Read what `dumped` gave."""
    return Judgement(
        parts=tuple(raw["parts"]),
        step=Step(raw["step"]),
        cursor=raw["cursor"],
        planned=raw["planned"],
        read=raw["read"],
        writes=raw["writes"],
        first=tuple(
            Change(one["do"], one["in"], one["tickets"], tuple(one["fields"]))
            for one in raw["first"]
        ),
        cut=raw["cut"],
        lost=tuple(raw.get("lost", ())),
    )


def in_words(told: Judgement) -> str:
    """Say in a line what the plan would write, with the first few of it."""
    counts = ", ".join(f"{count} x {what}" for what, count in told.writes.items())
    over = f"{told.planned} pairs" + (f" and {told.read} other tickets" if told.read else "")
    part = (
        "" if told.done and not told.cut else " so far" if not told.done else " (no more planned)"
    )
    named = "; ".join(_named(one) for one in told.first[:3])
    more = "; ..." if sum(told.writes.values()) > len(told.first[:3]) else ""
    return f"{counts} in {over}{part}" + (f" ({named}{more})" if named else "")


def _named(one: Change) -> str:
    both = " = ".join(f"{system} {number or '(new)'}" for system, number in one.tickets.items())
    fields = f": {', '.join(one.fields)}" if one.fields else ""
    return f"{both}: {one.do} in {one.system}{fields}"
