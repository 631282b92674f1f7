"""Look for tickets that no feed has shown and that have no pair, which a walk over pairs cannot find.

A side is scanned by creation, as a backfill is, and a ticket that may start a pair starts it as if
the feed had shown it (R14). The surprise: only what has no pair counts, and what is so young that
the feed has not had its time is left to the feed (R2).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from sync_service.core.sweeping import Found, Kind, Round
from sync_service.core.values import Side, Ticket
from sync_service.engine.believing import Drain, believe
from sync_service.engine.link import LinkAtWork
from sync_service.engine.pull import sort_rows
from sync_service.store.notes import Feed

log = structlog.get_logger(__name__)

#: How old a ticket may be that a round looks for by itself; one that a person asks for goes back to
#: the link's `since`.
BACK = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Rescanned:
    """A page: what it brought, and where the next one begins, None after the last."""

    new: tuple[Found, ...]
    next: str | None

    @property
    def started(self) -> int:
        """Count the pairs that were begun."""
        return sum(one.kind is Kind.UNFED for one in self.new)


async def rescan(link: LinkAtWork, side: Side, now: Round) -> Rescanned:
    """Read one page of a side by creation, and let what has no pair start one.

    Raises `Unbelievable` where the page is not what was asked for, and what the adapter raises.
    """
    rules = link.rules
    if (side.far not in rules.create and not rules.match) or link.walk.drained.get(side) is None:
        return Rescanned((), None)
    page = await link.adapters.of(side).scan(_since(link, side, now), now.cursor)
    believe(link, side, page)
    if page.torn:  # rows moved between pages: the next round begins at the first one again
        return Rescanned((Found(Kind.UNREADABLE, side),), None)
    store, rows = link.store, [row for row in page.rows if _heard(link, side, row)]
    known = await store.run(store.store.known, link.name, side, [row.id for row in rows])
    strangers = [row for row in rows if row.id not in known]
    note = await sort_rows(link, side, strangers, Drain(Feed(), judged=False))
    done = await store.run(
        store.store.take_page, link.run, link.name, side, replace(note, feed=None)
    )
    new = [one.ticket_id for one in note.starts if one.ticket_id not in done.refused]
    for ticket in new:
        log.info("sweep.unfed", link=link.name, system=link.system(side), ticket=ticket)
    return Rescanned(tuple(Found(Kind.UNFED, side) for _ in new), page.next)


def _since(link: LinkAtWork, side: Side, now: Round) -> datetime | None:
    since = link.since(side)
    if now.asked:
        return since
    back = link.vendor_time(side, now.began - BACK)
    return back if since is None else max(since, back)


def _heard(link: LinkAtWork, side: Side, row: Ticket) -> bool:
    """Tell whether the last good pull began late enough to have shown a ticket of this age."""
    traits = link.rules.traits.of(side)
    shown = max(row.created, row.version.stamp) + traits.index_lag + traits.resolution
    return shown < link.vendor_time(side, link.walk.drained[side])
