"""Count the tickets that are missing, and stop a side that hides them before any pair is parked (R26).

One missing ticket parks its pair (R5). When all are missing, a right was taken away or a site was
mixed up. The surprise: what is counted is what was asked for by id, in looks and in sweeps alike;
an empty page of a search proves nothing (R4).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta

from sync_service.core.guard import emptied
from sync_service.core.pair import Pair, State
from sync_service.core.values import Gone, Reading, Side, Sides
from sync_service.engine.link import LinkAtWork
from sync_service.errors import Emptied

_WINDOW = timedelta(hours=1)


async def believe(link: LinkAtWork, shown: Iterable[tuple[Pair, Sides[Reading | None]]]) -> None:
    """Count both sides of these readings; raise `Emptied` where too many tickets are missing.

    Pairs that are parked already are no news. A person's `accept` holds until the sweep that
    follows has ended, and what rested then was worked on.
    """
    active = [(pair, both) for pair, both in shown if pair.state is State.ACTIVE]
    for side in Side:
        asked = [reading for _, both in active if (reading := both.of(side)) is not None]
        gone = sum(isinstance(reading, Gone) for reading in asked)
        before = _recent(link, side)
        why = ""
        if gone:
            missing = gone + sum(count for _, count, _ in before)
            why = emptied(missing, len(asked) + sum(n for *_, n in before), link.walk.missing)
        if why:
            if not await _accepted(link):
                raise Emptied(_told(link, side, why), link.system(side))
            before.clear()  # a person has judged them
        elif asked:
            before.append((link.clock(), gone, len(asked)))


def _recent(link: LinkAtWork, side: Side) -> deque[tuple[datetime, int, int]]:
    """Give the counts of the last hour: when, how many were gone, of how many asked for."""
    counts = link.walk.counts.setdefault(side, deque())
    while counts and link.clock() - counts[0][0] > _WINDOW:
        counts.popleft()
    return counts


async def _accepted(link: LinkAtWork) -> bool:
    row = await link.store.run(link.store.store.sweep, link.name)
    return row.believed_at is not None


def _told(link: LinkAtWork, side: Side, why: str) -> str:
    return (
        f"{link.name}: on {link.system(side)}, {why}. Nothing is parked and nothing is written. Check"
        f" that our user may still see its tickets; if they are gone indeed, run `sync-service"
        f" accept {link.name}`."
    )
