"""Tell of tickets whose selection cannot be decided, and when it can: never in silence (R13)."""

from __future__ import annotations

from collections.abc import Sequence

from sync_service.core import complaints
from sync_service.core.admit import Forward, Nothing, Start, Undecided
from sync_service.core.pair import Problem, Solved
from sync_service.core.values import Side, Ticket
from sync_service.engine.link import LinkAtWork


async def tell_undecided(
    link: LinkAtWork, side: Side, verdicts: Sequence[tuple[Ticket, object]]
) -> list[Problem | Solved]:
    """List the tickets that cannot be decided, and those that were and now can."""
    rules = link.rules
    told: list[Problem | Solved] = []
    whys = {row.id: verdict.why for row, verdict in verdicts if isinstance(verdict, Undecided)}
    if whys:
        told.append(complaints.undecided(tuple(whys), side, next(iter(whys.values())), rules))
    judged = [row.id for row, verdict in verdicts if isinstance(verdict, Start | Forward | Nothing)]
    if judged and (over := tuple(await _listed(link, side) & set(judged))):
        told.append(complaints.decided(over, side, rules))
    return told


async def _listed(link: LinkAtWork, side: Side) -> frozenset[str]:
    """Give the tickets of a side that its open problem lists."""
    store = link.store
    rows = await store.run(store.store.problems, link.system(side), link.name, code="undecided")
    return frozenset(ticket for row in rows for ticket in row.problem.tickets)
