"""What a person is told about an item of a pair, and when that is over.

The surprise: a problem is known by its names, the system among them, so what closes it must carry
the very same.
"""

from __future__ import annotations

import json

from sync_service.core.fold import UNMAPPED, refuse
from sync_service.core.mapping import Line, Unmapped
from sync_service.core.pair import Pair, Problem, Refusal, Scope, Solved
from sync_service.core.rules import Rules
from sync_service.core.values import Side, Ticket
from sync_service.core.would import as_text


def stays_home(pair: Pair, reason: str) -> Problem:
    """Say that nothing of a pair flows (R13)."""
    return Problem(
        Scope.PAIR,
        "withheld",
        f"Nothing of this pair flows: {reason}. It goes on by itself when that changes.",
        link=pair.link,
        pair=pair.id,
    )


def undecided(tickets: tuple[str, ...], side: Side, why: str, rules: Rules) -> Problem:
    """Say that a selection cannot be decided: one problem a side, which lists its tickets (R13)."""
    system = rules.systems.of(side)
    return Problem(
        Scope.LINK,
        "undecided",
        f"{rules.link}: it cannot be told whether these tickets of {system} are selected, so they"
        f" start no pair. {why}",
        system=system,
        link=rules.link,
        item="select",
        tickets=tickets,
    )


def decided(tickets: tuple[str, ...], side: Side, rules: Rules) -> Solved:
    """Take tickets whose selection can be decided by now from their side's problem."""
    system = rules.systems.of(side)
    return Solved(Scope.LINK, "undecided", system, rules.link, item="select", tickets=tickets)


def unmapped(line: Line, said: Unmapped, near: Ticket, rules: Rules) -> Problem:
    """Say that a value has no counterpart: one problem per (link, line, value) (R10).

    It lists ticket ids, not numbers: a retry looks at their pairs again.
    """
    value = json.dumps(said.value, ensure_ascii=False, default=str)
    return Problem(
        Scope.LINK,
        "unmapped",
        f"{rules.link}: {said.why}",
        system=rules.systems.of(said.side),
        link=rules.link,
        item=f"{line.name}={value}",
        value=value,
        tickets=(near.id,),
    )


def without_counterpart(
    pair: Pair, line: Line, said: Unmapped, near: Ticket, rules: Rules
) -> tuple[Pair, list[Problem | Solved]]:
    """Name a value without a counterpart, remember that in the pair, and end what an earlier one had."""
    told = unmapped(line, said, near, rules)
    before = [one for one in _marks(pair, line.name) if one.value != told.value]
    over = [_mapped(pair, one, rules) for one in before]
    return refuse(pair, said.side.far, line.name + UNMAPPED, told.value), [*over, told]


def _marks(pair: Pair, line: str) -> list[Refusal]:
    return [one for one in pair.refusals if one.item == line + UNMAPPED]


def _mapped(pair: Pair, mark: Refusal, rules: Rules) -> Solved:
    """Take the pair's ticket from the problem of a value that it no longer waits with."""
    side = mark.to.far
    return Solved(
        Scope.LINK,
        "unmapped",
        rules.systems.of(side),
        rules.link,
        item=mark.item + mark.value,
        tickets=(pair.ids.of(side) or "",),
    )


def no_way(line: Line, goal: str, ticket: Ticket, to: Side, rules: Rules, pair: Pair) -> Problem:
    """Say that a status cannot be reached by legal steps (R22)."""
    status = rules.traits.of(to).status_field
    present = str(ticket.fields.get(status))
    reachable = ", ".join(ticket.workflow.get(present, ())) or "nothing"
    return Problem(
        Scope.ITEM,
        "no-path",
        f"{rules.systems.of(to)} {ticket.number or ticket.id}: no legal way from {present!r} to"
        f" {goal!r} in the ticket's workflow. From {present!r} it can go to {reachable}. Map the"
        " value to a status that can be reached, or move the ticket by hand.",
        system=rules.systems.of(to),
        link=rules.link,
        pair=pair.id,
        item=line.name,
        value=as_text({status: goal}),
        before=as_text({status: present}),
    )


def solved(pair: Pair, item: str, rules: Rules) -> list[Problem | Solved]:
    """Close what stands against an item, if anything was refused of it (R25) or unmapped (R10)."""
    scope = Scope.PAIR if item == "create" else Scope.ITEM
    return [
        *(_mapped(pair, one, rules) for one in _marks(pair, item)),
        *(
            Solved(scope, code, rules.systems.of(one.to), pair.link, pair.id, item)
            for one in pair.refusals
            if one.item == item
            for code in ("refused", "no-path", "breaker")
        ),
    ]
