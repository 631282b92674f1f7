"""The daemon: ticks that ask for runs, requests of commands carried out, and an orderly end.

A scheduler's job is a tick: it asks for a link's run and is over at once, so the scheduler never
holds work that its shutdown could cut off.
"""

from __future__ import annotations

import asyncio
import itertools
from datetime import UTC, timedelta
from enum import StrEnum
from functools import partial

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from sync_service.engine.link import LinkAtWork, Tally
from sync_service.errors import Fenced, StoreAway
from sync_service.scheduling import judging
from sync_service.scheduling.dispatcher import LocalDispatcher
from sync_service.scheduling.keeping import keep
from sync_service.scheduling.opening import Opened
from sync_service.scheduling.requests import carry_out_all

log = structlog.get_logger(__name__)

#: What a stop may take: what was begun ends, the rest waits for the next start.
GRACE = timedelta(seconds=6)
#: How often the store is asked for requests of commands.
_ASK = 1.0
#: How often it is asked whether the lock is still ours.
_LOCK = 10
_JITTER = 0.1
_MOST_JITTER = 10.0


class End(StrEnum):
    """Why the daemon ended."""

    STOPPED = "stopped"
    FENCED = "fenced"


class Daemon:
    """Runs the links of an opened service until it is told to stop, or was taken over.

    `totals` is what each link did since the start.
    """

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        config = opened.service.config.links
        self.links = {name: link for name, link in opened.links.items() if not config[name].paused}
        self.totals: dict[str, Tally] = {name: Tally() for name in opened.links}
        every = {name: config[name].every for name in self.links}
        judge = partial(judging.turn, opened)
        self._dispatcher = LocalDispatcher(self.links, every, opened.watch, judge, self._count)
        self._scheduler = AsyncIOScheduler(timezone=UTC)

    async def run(self, stop: asyncio.Event) -> End:
        """Work until `stop` is set; then end within `GRACE`."""
        self._start()
        asking = asyncio.create_task(self._carry_out(), name="requests")
        keeping = asyncio.create_task(keep(self._opened), name="retention")
        waits = [asyncio.create_task(one.wait()) for one in (stop, self._dispatcher.fenced)]
        try:
            await asyncio.wait([*waits, asking], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (*waits, keeping, asking):
                task.cancel()
            ends = await asyncio.gather(*waits, keeping, asking, return_exceptions=True)
            await self._stop()
        fenced = self._dispatcher.fenced.is_set() or isinstance(ends[-1], Fenced)
        return End.FENCED if fenced else End.STOPPED

    def _start(self) -> None:
        for name in self.links:
            every = self._opened.service.config.links[name].every.total_seconds()
            jitter = min(every * _JITTER, _MOST_JITTER)
            self._scheduler.add_job(
                self._tick,
                IntervalTrigger(seconds=every, jitter=jitter, timezone=UTC),
                args=[name],
                id=name,
                coalesce=True,
                misfire_grace_time=None,
            )
        self._scheduler.start()
        self._dispatcher.start()
        for name in self.links:
            self._dispatcher.request(name)
        log.info("daemon.started", links=sorted(self.links), waiting=sorted(self._opened.waiting))

    async def _tick(self, link: str) -> None:
        """Ask for a run. A coroutine, since APScheduler runs plain functions in other threads."""
        self._dispatcher.request(link)

    async def _carry_out(self) -> None:
        for turn in itertools.count():
            try:
                if turn % _LOCK == 0:
                    await asyncio.to_thread(self._opened.lock.renew)
                if await carry_out_all(self._opened):
                    for name in self.links:
                        self._dispatcher.request(name)
            except Fenced:
                raise
            except StoreAway as error:
                self._opened.watch.away(error)
            except Exception:
                log.exception("requests.failed")
            await asyncio.sleep(_ASK)

    async def _count(self, link: LinkAtWork) -> None:
        self.totals[link.name].add(link.tally)

    async def _stop(self) -> None:
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        drained = await self._dispatcher.stop(GRACE)
        log.info("daemon.stopped", drained=drained)
