"""Run links until they are level (R28), for `once --until-level`, tests and the demo."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from sync_service.core.values import Side
from sync_service.engine.cycle import cycle
from sync_service.engine.link import LinkAtWork

Sleep = Callable[[float], Awaitable[None]]

_SHORTEST = 0.02
_LONGEST = 5.0


async def until_level(
    links: Sequence[LinkAtWork], most: timedelta, sleep: Sleep = asyncio.sleep
) -> bool:
    """Cycle until every link is level in one pass, for at most `most`; tell whether it is.

    Level: both feeds drained, nothing due or put off within `most`, no open note, and no write in
    a cycle that began later than the last write plus index lag.
    """
    end = links[0].clock() + most if links else None
    for link in links:
        link.sweep_batches = None  # the first cycle asks for all comments, the others for none
    while links and end is not None:
        began, done = links[0].clock(), _progress(links)
        waits = [await _wait(link, end, began, links) for link in links]
        if not any(waits) and _awaited(links) and done != _progress(links):
            waits = [_SHORTEST]  # what one of them has joined by now is another's to forward
        if not any(waits):
            return not await _noted(links)
        if links[0].clock() >= end:
            return False
        await sleep(min(max(min(wait for wait in waits if wait), _SHORTEST), _LONGEST))
    return True


async def _wait(
    link: LinkAtWork, end: datetime, began: datetime, links: Sequence[LinkAtWork]
) -> float:
    """Run one cycle; give how many seconds to wait before the next, 0 if the link is level.

    What counts is when the pass `began`, and the last write of any of the links: one link's write
    is another's news.
    """
    before = link.tally.writes
    whole = await cycle(link)
    if whole:
        link.sweep_batches = 0
    now = link.clock()
    if link.runaway:
        return _LONGEST  # only a person can end it
    if not whole:
        # A side whose time has passed was asked just now, and is still listed for the other's sake.
        until = min((down.until for down in link.down.values() if down.until > now), default=now)
        return max((until - now).total_seconds(), _SHORTEST)
    settled = max((at for one in links if (at := _settled_at(one)) is not None), default=None)
    if settled is not None and began <= settled:
        return max((settled - now).total_seconds(), _SHORTEST)
    if link.tally.writes > before:
        return _SHORTEST
    return await _work_left(link, now, end)


def _progress(links: Sequence[LinkAtWork]) -> list[object]:
    """Give what moves as links join copies; a pair that is looked at and refused again is no progress."""
    return [(link.tally.done, sorted(map(str, link.awaits.items()))) for link in links]


def _awaited(links: Sequence[LinkAtWork]) -> bool:
    """Tell whether one of these links holds its feed back for a copy that another has made (R14)."""
    names = {link.name for link in links}
    return any(names & makers for link in links for makers in link.awaits.values())


async def _noted(links: Sequence[LinkAtWork]) -> bool:
    """Tell whether a write is still open: only a person can tell its outcome, so nobody waits."""
    counts = [await link.store.run(link.store.store.open_notes, link.name) for link in links]
    return any(counts)


def _settled_at(link: LinkAtWork) -> datetime | None:
    """Give when the last write has surely reached the indexes."""
    if link.last_write is None:
        return None
    lags = [link.adapters.of(side).traits.index_lag for side in Side]
    return link.last_write + max(lags)


async def _work_left(link: LinkAtWork, now: datetime, end: datetime) -> float:
    store = link.store
    backlog = await store.run(store.store.backlog, link.name, now)
    if backlog.due:
        return _SHORTEST
    if backlog.next_due is not None and backlog.next_due <= end:
        return max((backlog.next_due - now).total_seconds(), _SHORTEST)
    return 0.0
