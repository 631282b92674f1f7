"""One supervised task a link; asking for a run costs nothing and is never lost.

A tick sets an event and returns. A link that is asked for while it runs, runs again at once, so an
overrun drops nothing. The surprise: a task also wakes by itself, for work that comes due between
ticks, such as a pair that rests until an unknown outcome may be settled, and when no tick has come
for two intervals: ticks go by the machine's clock, and that can be set back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Protocol

import structlog

from sync_service.engine.cycle import cycle
from sync_service.engine.link import LinkAtWork, Tally
from sync_service.errors import Fenced, StoreAway
from sync_service.scheduling.judging import Turn
from sync_service.scheduling.watch import StoreWatch

log = structlog.get_logger(__name__)

#: While the store is away each link asks for it so often.
_AFTER_AWAY = timedelta(seconds=3)
#: Between two turns of judging a changed configuration, so that other links get their share.
_BETWEEN_TURNS = timedelta(seconds=1)
#: After an error that nobody foresaw the link pauses this long.
_AFTER_BUG = timedelta(seconds=30)

Hook = Callable[[LinkAtWork], Awaitable[None]]
#: Plans on for a link that waits with a changed configuration, and says how that ended (R27).
Judge = Callable[[LinkAtWork], Awaitable[Turn]]


class Dispatcher(Protocol):
    """Brings a request for a link's run to whoever runs it."""

    def request(self, link: str) -> None:
        """Ask for a run of the link; return at once."""


class LocalDispatcher:
    """Runs every link in this process."""

    def __init__(
        self,
        links: Mapping[str, LinkAtWork],
        every: Mapping[str, timedelta],
        watch: StoreWatch,
        judge: Judge,
        after: Hook | None = None,
    ) -> None:
        self._links, self._every = links, every
        self._watch, self._judge = watch, judge
        self._judging: set[str] = set()
        self._asked = {name: asyncio.Event() for name in links}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._after = after
        self._ending = asyncio.Event()
        self.fenced = asyncio.Event()

    def request(self, link: str) -> None:
        """Ask for a run of the link; return at once."""
        self._asked[link].set()

    def start(self) -> None:
        """Begin to run links when asked."""
        for name, link in self._links.items():
            self._tasks[name] = asyncio.create_task(self._supervise(link), name=f"link:{name}")

    async def stop(self, grace: timedelta) -> bool:
        """Let running cycles end what they have begun; tell whether all did within `grace`."""
        self._ending.set()
        for link in self._links.values():
            link.stopping = True
            self._asked[link.name].set()
        if not self._tasks:
            return True
        _, late = await asyncio.wait(self._tasks.values(), timeout=grace.total_seconds())
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        return not late

    async def _supervise(self, link: LinkAtWork) -> None:
        while not self._ending.is_set():
            try:
                await self._await_turn(link)
                await self._run(link)
                self._watch.back()
            except StoreAway as error:
                self._watch.away(error)
                await self._pause(_AFTER_AWAY)
            except Fenced as error:
                log.warning("store.taken_over", link=link.name, why=str(error))
                self.fenced.set()
                return
            except Exception:
                log.exception("link.failed", link=link.name)
                await self._pause(_AFTER_BUG)

    async def _pause(self, longest: timedelta) -> None:
        """Wait, unless the end comes first."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._ending.wait(), longest.total_seconds())

    async def _await_turn(self, link: LinkAtWork) -> None:
        asked = self._asked[link.name]
        wait = await self._until_due(link)
        with suppress(TimeoutError):  # work came due by itself
            await asyncio.wait_for(asked.wait(), wait.total_seconds())
        asked.clear()

    async def _until_due(self, link: LinkAtWork) -> timedelta:
        if link.name in self._judging:
            return _BETWEEN_TURNS
        store, now, longest = link.store, link.clock(), 2 * self._every[link.name]
        if link.walk.hurried and not link.down:
            return _BETWEEN_TURNS
        backlog = await store.run(store.store.backlog, link.name, now)
        if backlog.due and not link.down:
            return timedelta(seconds=1)  # given back by a failed pass; not in a hot loop
        if backlog.next_due is None:
            return longest
        return min(max(backlog.next_due - now, timedelta(milliseconds=20)), longest)

    async def _may_go(self, link: LinkAtWork) -> bool:
        """Judge a changed configuration for a turn; tell whether the link may run by it."""
        self._judging.discard(link.name)
        turn = await self._judge(link)
        if turn is Turn.ON:
            self._judging.add(link.name)
        return turn is Turn.GO

    async def _run(self, link: LinkAtWork) -> None:
        state = await link.store.run(link.store.store.link_state, link.name)
        if link.stopping or state.paused:
            return
        if state.pending is not None and not await self._may_go(link):
            return
        link.tally, began = Tally(), link.clock()
        await cycle(link)
        tally = link.tally
        if tally.looked or tally.problems:
            said = tally.writes or tally.conflicts or tally.problems
            (log.info if said else log.debug)(
                "cycle.ended",
                link=link.name,
                looked=tally.looked,
                created=tally.created,
                updated=tally.updated,
                commented=tally.commented,
                conflicts=tally.conflicts,
                problems=tally.problems,
                seconds=round((link.clock() - began).total_seconds(), 3),
            )
        if self._after is not None:
            await self._after(link)
