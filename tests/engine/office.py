"""Two or more desks in memory under a written configuration, started and stopped as a daemon is.

The desks outlive the daemon, the store is a file, and time moves only when the daemon sleeps.
"""

from __future__ import annotations

import asyncio
import atexit
import functools
import itertools
import re
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from sync_service.adapters.base import Adapter
from sync_service.adapters.memory import Manners, MemoryAdapter, MemoryDesk
from sync_service.bootstrap import at_work, read_config
from sync_service.core.pair import Problem
from sync_service.engine.level import until_level
from sync_service.engine.link import Tally
from sync_service.scheduling.judging import Turn, turn
from sync_service.scheduling.opening import Opened, open_links
from sync_service.scheduling.requests import carry_out
from sync_service.scheduling.service import Service
from sync_service.store import LinkState, Store
from tests.engine.world import Clock

T = TypeVar("T")

ADA, TECH = "ada@school.example", "tech@city.example"
FIELDS = """
      fields:
        - {here: title, there: short}
        - {here: status, there: state}
"""


_NUMBERS = itertools.count(1)


@functools.cache
def _memory() -> Path:
    """Give a folder where a commit costs nothing."""
    shared = Path("/dev/shm")
    folder = tempfile.mkdtemp("-sync-office", dir=shared if shared.is_dir() else None)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


@functools.cache
def _empty() -> Path:
    """Make an empty store once; a copy is far quicker than its migrations."""
    file = _memory() / "empty.db"
    store = Store.open(f"sqlite:///{file}")
    store.migrate()
    store.close()
    return file


@dataclass
class Office:
    """Desks by system name, and the folder of their configuration and store."""

    folder: Path
    systems: tuple[str, ...] = ("here", "there")
    manners: dict[str, Manners] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.clock = Clock()
        self.desks = {
            name: MemoryDesk(name, self.clock, self.manners.get(name)) for name in self.systems
        }
        self.adapters = {name: MemoryAdapter(name, desk) for name, desk in self.desks.items()}
        self.file = self.folder / "sync.yaml"
        self.tally = Tally()

        self.store = _memory() / f"{next(_NUMBERS)}.db"
        self.lose_store()

    @property
    def url(self) -> str:
        return f"sqlite:///{self.store}"

    def lose_store(self) -> None:
        """Begin with an empty store beside live desks."""
        for file in self.store.parent.glob(f"{self.store.name}*"):
            file.unlink()
        shutil.copy(_empty(), self.store)

    def write(self, links: str, names: tuple[str, ...] = (), more: str = "") -> None:
        """Write the configuration; `more` goes to the end of the systems' block."""
        systems = "".join(f"  {name}: {{adapter: memory}}\n" for name in names or self.systems)
        text = f"store: {{url: '{self.url}'}}\nsystems:\n{systems}{more}links:\n{links}"
        self.file.write_text(text)

    def desk(self, mapping: str = FIELDS, name: str = "desk", **settings: Any) -> None:
        """Write one link between the first two systems."""
        self.write(link(mapping, name, self.systems[0], self.systems[1], **settings))

    def service(self, adapters: dict[str, Adapter] | None = None) -> Service:
        config = read_config(self.file)
        mine = adapters or {name: self.adapters[name] for name in config.systems}
        return Service(config, mine, Store.open(self.url, self.clock), at_work, self.clock)

    def open(self, do: Callable[[Opened], Awaitable[T]]) -> T:
        """Start as the daemon does, do something, and stop."""

        async def whole() -> T:
            opened = await open_links(self.service())
            try:
                return await do(opened)
            finally:
                await opened.close()

        return asyncio.run(whole())

    def day(self, minutes: float = 20) -> dict[str, str]:
        """Run the links that may run until they are level; give why the others wait."""
        return self.open(lambda opened: self.work(opened, minutes))

    async def work(self, opened: Opened, minutes: float = 20) -> dict[str, str]:
        """Judge changed configurations, and run the links that may run until they are level."""
        self.tally = Tally()
        await judged(opened)
        links = [one for name, one in opened.links.items() if name not in opened.waiting]
        assert await until_level(links, timedelta(minutes=minutes), self.clock.sleep)
        for one in links:
            self.tally.add(one.tally)
        return dict(opened.waiting)

    def ask(self, command: str, **args: Any) -> str:
        """Carry a command out as one that finds no daemon does."""
        from sync_service.scheduling.opening import open_store

        async def whole() -> str:
            opened = open_store(self.service())
            try:
                return await carry_out(opened, command, args)
            finally:
                await opened.close()

        return asyncio.run(whole())

    def look(self, at: Callable[[Store], T]) -> T:
        """Look into the store."""
        store = Store.open(self.url, self.clock)
        try:
            return at(store)
        finally:
            store.close()

    def state(self, name: str = "desk") -> LinkState:
        """Give what is remembered of a link's configuration."""
        return self.look(lambda store: store.link_state(name))

    def problems(self) -> dict[str, Problem]:
        """Give the open problems by code."""
        return self.look(lambda store: {one.problem.code: one.problem for one in store.problems()})

    def writes(self) -> int:
        """Count the writes of all adapters so far."""
        names = ("create", "update", "reply", "note", "rewrite", "hide")
        distinct = {id(one): one for one in self.adapters.values()}.values()
        return sum(one.requests.get(name, 0) for one in distinct for name in names)

    def shown(self, system: str, name: str) -> list[object]:
        """Give one field of every ticket of a desk."""
        return [one.fields.get(name) for one in self.desks[system].records.values()]


async def judged(opened: Opened) -> None:
    """Plan changed configurations to their end, as far as the systems answer."""
    for name in list(opened.waiting):
        while await turn(opened, opened.links[name]) is Turn.ON:
            pass


def link(mapping: str, name: str, left: str, right: str, **settings: Any) -> str:
    """Write one link's block."""
    given = {"since": "all", "on_conflict": left, **settings}
    lines = "".join(f"    {key}: {value}\n" for key, value in given.items())
    both = {"here": left, "there": right}
    named = re.sub(r"\b(here|there):", lambda found: f"{both[found[1]]}:", mapping)
    return f"  {name}:\n    between: [{left}, {right}]\n{lines}    mapping:{named}"
