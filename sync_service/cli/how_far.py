"""How far links at work are, as a bar shows it: tickets read, then pairs looked at.

A total is told only where somebody knows it: the vendor for what is read, the store for the pairs
that are due. The surprise: the count begins anew once nothing is due, since a later cycle looks
again at pairs that it finds changed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from sync_service.cli.progress import Told

if TYPE_CHECKING:
    from sync_service.engine.link import Intake, LinkAtWork, Tally
    from sync_service.store import Backlog

_WROTE = ("created", "updated", "commented")


def read_so_far(intakes: Sequence[Intake], doing: str, also: str = "") -> Told:
    """Tell how much was read, of how much where every system counts what is left."""
    rows, total = sum(one.rows for one in intakes), 0
    for one in intakes:
        if one.left is None:
            return Told(doing, rows, None, "tickets", also)
        total += one.rows + one.left
    return Told(doing, rows, total, "tickets", also)


def pairs_so_far(done: int, backlogs: Sequence[Backlog], now: datetime, also: str = "") -> Told:
    """Tell how many pairs are done of those that were due, or what is waited for."""
    due = sum(one.due for one in backlogs)
    if due:
        return Told("syncing", done, done + due, "pairs", also)
    moments = [one.next_due for one in backlogs if one.next_due is not None]
    if not moments:
        return Told("seeing that it is level", also=also)
    later = sum(one.later for one in backlogs)
    seconds = max(math.ceil((min(moments) - now).total_seconds()), 0)
    rest = f"{later:,} pairs, the next in {seconds} s"
    return Told("resting", also=f"{rest}  {also}" if also else rest)


@dataclass
class HowFar:
    """Looks at links while they run."""

    links: Callable[[], Collection[LinkAtWork]]
    _before: dict[str, tuple[Tally, int]] = field(default_factory=dict)

    async def look(self) -> Told | None:
        """Tell how far all of them are; None where there is no link at work."""
        links = self.links()
        if not links:
            return None
        also = wrote(link.tally for link in links)
        if intakes := [one for link in links for one in link.intake.values()]:
            return read_so_far(intakes, "reading", also)
        backlogs = [await _backlog(link) for link in links]
        done = sum(self._done(one, left) for one, left in zip(links, backlogs, strict=True))
        return pairs_so_far(done, backlogs, next(iter(links)).clock(), also)

    def _done(self, link: LinkAtWork, left: Backlog) -> int:
        """Count the pairs that were done since nothing was due; a cycle may count from 0 again."""
        tally, before = self._before.get(link.name, (link.tally, 0))
        if not left.due:
            before = link.tally.done
        elif tally is not link.tally:
            before = 0
        self._before[link.name] = (link.tally, before)
        return link.tally.done - before


async def _backlog(link: LinkAtWork) -> Backlog:
    return await link.store.run(link.store.store.backlog, link.name, link.clock())


def wrote(tallies: Iterable[Tally]) -> str:
    """Say what was written; empty while nothing was."""
    counts = dict.fromkeys(_WROTE, 0)
    for tally in tallies:
        for name in counts:
            counts[name] += getattr(tally, name)
    return ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
