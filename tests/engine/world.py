"""A world in which the real engine and the real store run against two desks in memory.

Time is a number that only `sleep` moves, a crash is an exception from the wire or the store after
which everything but the desks and the database file is thrown away, and people are method calls.
"""

from __future__ import annotations

import asyncio
import atexit
import functools
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sync_service.adapters.memory import Manners, MemoryDesk
from sync_service.core.comments import CommentRules
from sync_service.core.guard import Census, Flood
from sync_service.core.mapping import Line
from sync_service.core.merge import Policy
from sync_service.core.pair import Pair, Problem
from sync_service.core.rules import Rules
from sync_service.core.values import Side, Sides
from sync_service.engine.level import until_level
from sync_service.engine.link import LinkAtWork, Walk
from sync_service.store import ConflictRow, Store
from sync_service.store.tables import metadata
from tests.engine.link_rules import CLAIM, LINES, Breaking, rules_for
from tests.engine.wired import WiredAdapter

#: Every table's rows by name.
Backup = dict[str, list[dict[str, Any]]]

START = datetime(2026, 8, 3, 8, 0, tzinfo=UTC)


@functools.cache
def _one_store() -> Store:
    """Give the process's one store: a new engine would compile every statement anew."""
    memory = Path("/dev/shm")
    folder = tempfile.mkdtemp("-sync-world", dir=memory if memory.is_dir() else None)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    store = Store.open(f"sqlite:///{Path(folder) / 'store.db'}")
    atexit.register(store.close)
    store.migrate()
    return store


def emptied(clock: Clock) -> Store:
    """Give the one store without anything in it."""
    store = _one_store()
    store._now = clock
    with store.database.writing() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())
    return store


class Crash(BaseException):
    """The process is gone: nothing may catch this."""


class Clock:
    """A clock that only `sleep` and `tick` move."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def tick(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    async def sleep(self, seconds: float) -> None:
        self.tick(seconds)
        await asyncio.sleep(0)


@dataclass(eq=False)
class World:
    """Two desks, a store on disk, and the means to crash between any two steps."""

    left: Manners = field(default_factory=Manners)
    right: Manners = field(default_factory=Manners)
    lines: tuple[Line, ...] = LINES
    policy: Policy = field(default_factory=lambda: Policy(Side.LEFT, None))
    comments: CommentRules = field(
        default_factory=lambda: CommentRules(internal=frozenset({Side.RIGHT}))
    )
    since: datetime | None = None
    match: tuple[Sides[str], ...] = ()

    changes: dict[str, Any] = field(default_factory=dict)
    """Further parts of the rules, by name."""
    skew: Sides[timedelta] = field(default_factory=lambda: Sides(timedelta(0), timedelta(0)))
    """By how much each desk's clock is ahead of ours."""

    def __post_init__(self) -> None:
        self.clock = Clock()
        self.desks = Sides(
            MemoryDesk("left", lambda: self.clock() + self.skew.left, self.left),
            MemoryDesk("right", lambda: self.clock() + self.skew.right, self.right),
        )
        self.store = emptied(self.clock)
        self.fuse: int | None = None
        self.points = 0
        self.crashes = 0
        self.dead = False
        self.hiccup: Callable[[], None] = lambda: None
        self.between: Callable[[str, str, str], None] = lambda _side, _when, _what: None
        self.during: Callable[[str, str, str], None] = lambda _side, _when, _what: None
        self.read_points = False
        self.dies_at = ""
        self.died: Callable[[str], None] = lambda _at: None
        self.adapters = Sides(self._adapter(Side.LEFT), self._adapter(Side.RIGHT))
        self.link: LinkAtWork | None = None

    def _adapter(self, side: Side) -> WiredAdapter:
        adapter = WiredAdapter(str(side), self.desks.of(side), clock=self.clock)

        async def wire(when: str, what: str) -> None:
            self.between(str(side), when, what)
            self.burn(f"{when} {what}")

        async def read_wire(when: str, what: str) -> None:
            self.during(str(side), when, what)
            if self.read_points:
                self.burn(f"{when} {what}")

        adapter.wire, adapter.read_wire = wire, read_wire
        return adapter

    def store_point(self, at: str) -> None:
        """Pass a point before or after a writing transaction: the process or the store may fail."""
        self.burn(at)
        self.hiccup()

    def burn(self, at: str) -> None:
        """Pass a point at which the process may die; once dead it does nothing more."""
        if self.dead:
            raise Crash
        self.points += 1
        if self.dies_at and at == self.dies_at:
            self.fuse, self.dies_at = 0, ""
        if self.fuse is not None:
            self.fuse -= 1
            if self.fuse < 0:
                self.fuse, self.dead = None, True
                self.crashes += 1
                self.died(at)
                raise Crash

    def rules(self) -> Rules:
        return rules_for(
            "desk",
            self.adapters,
            lines=self.lines,
            policy=self.policy,
            comments=self.comments,
            since=self.since,
            match=self.match,
            **self.changes,
        )

    def run(self, minutes: float = 30) -> bool:
        """Start a daemon, run it until level, and stop it; False if it crashed or is not level."""
        return asyncio.run(self._run(minutes))

    def go_on(self, minutes: float = 30) -> bool:
        """Let the daemon that runs already go on until level, as `run` does for a new one."""
        return asyncio.run(self._run(minutes, new=False))

    async def _run(self, minutes: float, *, new: bool = True) -> bool:
        self.dead = False
        try:
            if new:
                self.start()
            assert self.link is not None
            return await until_level([self.link], timedelta(minutes=minutes), self.clock.sleep)
        except Crash:
            return False

    def start(self) -> LinkAtWork:
        """Start a daemon, which makes every pair suspect, and give its link."""
        run = self.store.begin_run(self.clock(), "test")
        self.link = LinkAtWork(
            self.rules(),
            self.adapters,  # type: ignore[arg-type]
            Breaking(self.store, self.store_point),  # type: ignore[arg-type]
            run,
            self.clock,
            claim=CLAIM,
            flood=Flood(floor=1000),
            walk=Walk(missing=Census(floor=1000, every=1000)),
            jitter=lambda: 0.0,
        )
        return self.link

    def lose_store(self) -> None:
        """Begin again with an empty store beside live desks."""
        emptied(self.clock)

    def backup(self) -> Backup:
        """Copy the store."""
        with self.store.database.reading() as connection:
            return {
                table.name: [dict(row._mapping) for row in connection.execute(table.select())]
                for table in metadata.sorted_tables
            }

    def restore(self, backup: Backup) -> None:
        """Put an older store in place of the present one."""
        self.lose_store()
        with self.store.database.writing() as connection:
            for table in metadata.sorted_tables:
                if rows := backup[table.name]:
                    connection.execute(table.insert(), rows)

    def settle(self) -> None:
        """Run until level, however often the fuse burns down meanwhile."""
        for _ in range(8):
            before = self.crashes
            if self.run():
                return
            if self.crashes == before:
                break
        raise AssertionError(f"not level: {self.shown()}")

    def shown(self) -> Sides[dict[str, object]]:
        """Give what both desks hold, for messages."""
        return self.desks.map(
            lambda desk: {
                one.id: (one.fields, [(c.body, type(c).__name__) for c in one.comments])
                for one in desk.records.values()
            }
        )

    def conflicts(self) -> list[ConflictRow]:
        """List every conflict, open or closed."""
        return self.store.conflicts("desk", closed=True)

    def _pairs(self) -> dict[int, Pair]:
        return {pair.id: pair for pair in self.store.iterate("desk")}

    def pair(self) -> Pair:
        """Give the only pair."""
        (pair,) = self._pairs().values()
        return pair

    def problems(self) -> dict[str, Problem]:
        """Give the open problems by code."""
        return {row.problem.code: row.problem for row in self.store.problems()}

    def disputed(self) -> set[tuple[str | None, str]]:
        """Give the contested or refused lines as (left ticket, left field)."""
        pairs = self._pairs().values()
        contested = {(pair.ids.left, one.split(" ")[0]) for pair in pairs for one in pair.contested}
        refused = {
            (pair.ids.left, one.item.split(" ")[0]) for pair in pairs for one in pair.refusals
        }
        return contested | refused

    def kept_values(self) -> set[tuple[str | None, object]]:
        """Give the values that conflicts keep, as (left ticket, value)."""
        pairs = self._pairs()
        return {
            (pairs[row.conflict.pair].ids.left, value)
            for row in self.conflicts()
            for side in Side
            for value in row.conflict.values.of(side)
            if row.conflict.pair in pairs
        }

    def writes(self) -> int:
        """Count the writes of both adapters so far."""
        names = ("create", "update", "reply", "note", "rewrite", "hide")
        return sum(
            adapter.requests.get(name, 0)
            for adapter in (self.adapters.left, self.adapters.right)
            for name in names
        )
