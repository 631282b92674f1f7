"""Lines of which a side does not show a field any more: they wait, and one problem says so.

The surprise: absent is not empty (R4). A right that was taken away makes a field vanish from every
answer; taken for a cleared value, the next edit of the ticket would empty the other side.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sync_service.core.fold import UNSHOWN, refuse
from sync_service.core.mapping import Line
from sync_service.core.pair import Pair, Problem, Scope, Solved
from sync_service.core.rules import Rules
from sync_service.core.values import Side, Sides, Ticket

Names = tuple[str, ...]
_ALL_SHOWN: Sides[Names] = Sides((), ())


def unshown(line: Line, now: Sides[Ticket] | Sides[Ticket | None]) -> Sides[Names]:
    """Name the line's fields that its tickets do not show; there is nothing to show of no ticket."""
    if not any(one is not None and one.unshown for one in (now.left, now.right)):
        return _ALL_SHOWN

    def absent(side: Side) -> Names:
        ticket = now.of(side)
        hidden = ticket.unshown if ticket else frozenset()
        return tuple(name for name in line.names.of(side) if name in hidden)

    return Sides.build(absent)


def tell(
    pair: Pair, line: Line, absent: Sides[Names], rules: Rules
) -> tuple[Pair, list[Problem | Solved]]:
    """Name what a line's sides do not show, and end what was said of fields that are shown again."""
    told: list[Problem | Solved] = []
    if not pair.refusals and absent == _ALL_SHOWN:
        return pair, told
    for side in Side:
        item, names = line.name + UNSHOWN, ", ".join(absent.of(side))
        for mark in [one for one in pair.refusals if (one.to, one.item) == (side, item)]:
            if mark.value != names:
                told.append(_over(pair, side, mark.value, rules))
                kept = tuple(one for one in pair.refusals if one is not mark)
                pair = replace(pair, refusals=kept)
        if names:
            pair = refuse(pair, side, item, names)
            told.append(_problem(pair, side, names, line, rules))
    return pair, told


def _problem(pair: Pair, side: Side, names: str, line: Line, rules: Rules) -> Problem:
    """Say it once for a system and its fields: all tickets that lack them are listed."""
    system = rules.systems.of(side)
    return Problem(
        Scope.LINK,
        "unshown",
        f"{rules.link}: {system} does not show {names} of these tickets, so nothing is written of"
        f" the line {line.name!r}, on either side. Let our user read {names} again, or take"
        " the line out of the mapping.",
        system=system,
        link=rules.link,
        item=names,
        tickets=(pair.ids.of(side) or "",),
    )


def _over(pair: Pair, side: Side, names: str, rules: Rules) -> Solved:
    system, tickets = rules.systems.of(side), (pair.ids.of(side) or "",)
    return Solved(Scope.LINK, "unshown", system, rules.link, item=names, tickets=tickets)


def named(item: str) -> frozenset[str]:
    """Give the fields that a problem of this kind is about."""
    return frozenset(item.split(", "))


def mapped(item: str, side: Side, lines: Iterable[Line]) -> bool:
    """Tell whether some line still has one of these fields."""
    return any(named(item) & set(line.names.of(side)) for line in lines)
