"""Two vendors, a daemon between them and its store, in one process and in virtual time.

The daemon is the product's own, from the configuration to the HTTP client; what is not its own is
the clock, the wire below httpx, and that a transaction is run without a thread's hop. It can die at
every point where there is one: before a request, when it is sent, after its answer, and before and
after each transaction. What died does nothing more; what its requests set off goes on.
"""

from __future__ import annotations

import asyncio
import random as global_random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any, TypeVar

from sync_service.bootstrap import at_work, make_adapters
from sync_service.engine import level
from sync_service.engine.cycle import cycle
from sync_service.engine.level import until_level
from sync_service.engine.link import LinkAtWork
from sync_service.scheduling.opening import Opened, start_links
from sync_service.scheduling.requests import carry_out_all
from sync_service.scheduling.service import Service
from sync_service.store import Store
from tests.certify.desks import Desk, open_desks
from tests.certify.diary import LINK
from tests.certify.network import Call, Host, Network
from tests.certify.scenery import STARTS, URLS, Revision, Scenery
from tests.certify.virtual import VirtualClock, VirtualLoop
from tests.engine.world import Backup, emptied

T = TypeVar("T")


class Crash(BaseException):
    """The process is gone: nothing may catch this."""


class _Lock:
    def release(self) -> None:
        """Nothing holds it: there is one process."""

    def renew(self) -> None:
        """Nobody else can have taken it."""


class _Points:
    """The store as a daemon sees it that may die before and after each of its transactions."""

    def __init__(self, store: Store, burn: Callable[[str], None]) -> None:
        self.store, self._burn = store, burn

    async def run(self, method: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Run a method of the store; other tasks have their turn meanwhile, as with threads."""
        await asyncio.sleep(0)
        if getattr(method, "reads", False):
            return method(*args, **kwargs)
        name = method.__name__
        self._burn(f"before commit {name}")
        result = method(*args, **kwargs)
        self._burn(f"after commit {name}")
        await asyncio.sleep(0)
        return result

    async def close(self) -> None:
        """The store is the world's."""


@dataclass(eq=False)
class World:
    """All of it. `between` is told of every point of the wire, and may let people act there."""

    scenery: Scenery
    seed: int = 0
    revision: Revision = field(default_factory=Revision)

    def __post_init__(self) -> None:
        self.loop = VirtualLoop()
        self.loop.set_exception_handler(lambda _loop, _context: None)  # a dead daemon's tasks
        asyncio.set_event_loop(self.loop)
        self.clock = VirtualClock(self.loop, STARTS[self.scenery.start])
        self.desks: dict[str, Desk] = open_desks(self.scenery, self.clock)
        self.store = emptied(self.clock)  # type: ignore[arg-type]
        self.random = Random(self.seed)
        self.network = Network(
            {URLS[side]: Host(side, desk.app) for side, desk in self.desks.items()},
            self._wire,
            lambda: self.random.random() * self.scenery.latency,
        )
        self.daemon: Opened | None = None
        self.fuse: tuple[str, int] | None = None
        self.dead = False
        self.crashed_at = ""
        self.crashes: Counter[str] = Counter()
        self.passed: Counter[str] = Counter()
        self.writes = 0
        self.between: Callable[[str, Call], None] = lambda _when, _call: None

    # The wire and the points to die at

    def _wire(self, when: str, call: Call) -> None:
        if not self.dead:
            self.between(when, call)
            self.writes += when == "sent" and call.write
        self._burn(f"{when} {call.kind}")

    def _burn(self, point: str) -> None:
        """Pass a point at which the process may die; once dead it does nothing more."""
        if self.dead:
            raise Crash
        self.passed[point] += 1
        if self.fuse is None:
            return
        wanted, left = self.fuse
        if wanted in ("", point):
            self.fuse = (wanted, left - 1)
            if left <= 0:
                self.fuse, self.dead, self.crashed_at = None, True, point
                self.crashes[point] += 1
                raise Crash

    # The daemon's life

    def do(self, work: Callable[[], Awaitable[T]]) -> T | None:
        """Let the daemon work; None if it died of it."""
        task = self.loop.create_task(_awaited(work))
        try:
            return self.loop.run_until_complete(task)
        except Crash:
            self._bury()
            return None

    def _bury(self) -> None:
        """Take away what is left of a dead daemon; the vendors go on."""
        left = asyncio.all_tasks(self.loop) - self.network.served
        for task in left:
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self.daemon, self.dead, self.fuse = None, False, None

    async def start(self) -> Opened:
        """Start a daemon, which makes every pair suspect; a running one is stopped first."""
        await self.stop()
        config = self.scenery.config(self.revision)
        adapters = make_adapters(config, self.clock)
        service = Service(config, adapters, self.store, at_work, self.clock)
        self._burn("before commit begin_run")
        run = self.store.begin_run(self.clock(), "certify")
        self._burn("after commit begin_run")
        points: Any = _Points(self.store, self._burn)
        opened = Opened(service, points, run, _Lock(), {}, {})
        await start_links(opened)
        self.daemon = opened
        return opened

    async def stop(self) -> None:
        """Stop the daemon in order."""
        if self.daemon is not None:
            await self.daemon.close()
            self.daemon = None

    async def cycle(self) -> None:
        """Do what the daemon does in one turn: requests of commands, then its link."""
        opened = self.daemon or await self.start()
        await carry_out_all(opened)
        if not self.held():
            await cycle(opened.links[LINK])

    async def level(self, minutes: float) -> bool:
        """Run until level (R28), unless the link waits or is paused."""
        opened = self.daemon or await self.start()
        await carry_out_all(opened)
        if self.held():
            return False
        return await until_level(list(opened.links.values()), timedelta(minutes=minutes))

    def held(self) -> bool:
        """Tell whether the link is paused or waits for `accept`."""
        state = self.store.link_state(LINK)
        return state.paused or state.pending is not None

    @property
    def link(self) -> LinkAtWork | None:
        """The running daemon's link."""
        return self.daemon.links.get(LINK) if self.daemon else None

    def wait(self, seconds: float) -> None:
        """Let time pass; servers end what they were asked for meanwhile."""
        self.loop.run_until_complete(asyncio.sleep(seconds))

    # The store's fate

    def lose_store(self) -> None:
        """Begin again with an empty store beside live desks."""
        self.loop.run_until_complete(self.stop())
        emptied(self.clock)  # type: ignore[arg-type]

    def backup(self) -> Backup:
        """Copy the store."""
        from sync_service.store.tables import metadata

        with self.store.database.reading() as connection:
            return {
                table.name: [dict(row._mapping) for row in connection.execute(table.select())]
                for table in metadata.sorted_tables
            }

    def restore(self, backup: Backup) -> None:
        """Put an older store in place of the present one."""
        from sync_service.store.tables import metadata

        self.lose_store()
        with self.store.database.writing() as connection:
            for table in metadata.sorted_tables:
                if rows := backup[table.name]:
                    connection.execute(table.insert(), rows)

    def close(self) -> None:
        """Give the loop back."""
        left = asyncio.all_tasks(self.loop)
        for task in left:
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self.loop.close()
        asyncio.set_event_loop(None)


async def _awaited(work: Callable[[], Awaitable[T]]) -> T:
    return await work()


@contextmanager
def _unhurried() -> Iterator[None]:
    """Let `until_level` sleep until something is due, instead of looking every 5 seconds."""
    usual = level._LONGEST
    level._LONGEST = 60.0
    try:
        yield
    finally:
        level._LONGEST = usual


@contextmanager
def world(scenery: Scenery, seed: int = 0) -> Iterator[World]:
    """Make a world for one history; the same seed takes the same course."""
    global_random.seed(seed)  # the product's jitter
    made = World(scenery, seed)
    with made.network.under(), _unhurried():
        try:
            yield made
        finally:
            made.close()
