"""Three desks and any links between them, over one store: chains, rings and twin links."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sync_service.adapters.memory import Manners, MemoryDesk
from sync_service.core.guard import Flood
from sync_service.core.mapping import Line
from sync_service.core.neighbours import neighbours
from sync_service.core.pair import Problem
from sync_service.core.values import Sides
from sync_service.engine.level import until_level
from sync_service.engine.link import LinkAtWork
from sync_service.store import Run
from tests.engine.link_rules import CLAIM, Breaking, rules_for
from tests.engine.wired import WiredAdapter
from tests.engine.world import Clock, Crash, emptied

#: Name, left and right system, and changed rules of each link.
Links = tuple[tuple[str, str, str, dict[str, Any]], ...]

LINES = (
    Line("title = title", Sides(("title",), ("title",))),
    Line("status = status", Sides(("status",), ("status",))),
)


class _Shuffled(Breaking):
    """The store as a dying daemon sees it, with room for other links before each transaction."""

    def __init__(self, chain: Chain) -> None:
        super().__init__(chain.store, chain.burn)
        self._chain = chain

    async def run(self, method: Any, *args: Any, **kwargs: Any) -> Any:
        await self._chain.pause()
        return await super().run(method, *args, **kwargs)


@dataclass(eq=False)
class Chain:
    """Desks `a`, `b` and `c`, and the links between them."""

    links: Links
    fuse: int | None = field(default=None)
    manners: Mapping[str, Manners] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.clock = Clock()
        self.desks = {
            name: MemoryDesk(name, self.clock, self.manners.get(name, Manners())) for name in "abc"
        }
        self.adapters = {name: self._adapter(name) for name in "abc"}
        self.store = emptied(self.clock)
        self.points, self.dead = 0, False
        self.died: Callable[[str], None] = lambda _at: None
        self.pause: Callable[[], Awaitable[None]] = self.no_pause

    async def no_pause(self) -> None:
        """Go straight on, where steps of several links could be shuffled."""

    def _adapter(self, name: str) -> WiredAdapter:
        adapter = WiredAdapter(name, self.desks[name])

        async def wire(when: str, what: str) -> None:
            await self.pause()
            self.burn(f"{when} {what}")

        async def read_wire(_when: str, _what: str) -> None:
            await self.pause()

        adapter.wire, adapter.read_wire = wire, read_wire
        return adapter

    def burn(self, at: str) -> None:
        """Pass a point at which the process may die."""
        if self.dead:
            raise Crash
        self.points += 1
        if self.fuse is not None:
            self.fuse -= 1
            self.dead = self.fuse < 0
            if self.dead:
                self.fuse = None
                self.died(at)
                raise Crash

    def lose_store(self) -> None:
        """Begin again with an empty store beside live desks."""
        emptied(self.clock)

    def begin_run(self) -> Run:
        """Start a daemon, of which the links are still to be made ready."""
        self.dead = False
        return self.store.begin_run(self.clock(), "test")

    def run(self, minutes: float = 30) -> bool:
        """Run all links until they are level; False if the daemon crashed or is not level."""
        return asyncio.run(self._run(minutes))

    async def _run(self, minutes: float) -> bool:
        run = self.begin_run()
        works = [self.at_work(link, run) for link in self.links]
        try:
            return await until_level(works, timedelta(minutes=minutes), self.clock.sleep)
        except Crash:
            return False

    def at_work(self, link: tuple[str, str, str, dict[str, Any]], run: Any) -> LinkAtWork:
        """Make a link ready, under a run."""
        name, left, right, changes = link
        adapters = Sides(self.adapters[left], self.adapters[right])
        ends = {one[0]: Sides(one[1], one[2]) for one in self.links}
        return LinkAtWork(
            rules_for(name, adapters, **{"lines": LINES, **changes}),
            adapters,  # type: ignore[arg-type]
            _Shuffled(self),  # type: ignore[arg-type]
            run,
            self.clock,
            claim=CLAIM,
            flood=Flood(floor=1000),
            jitter=lambda: 0.0,
            neighbours=neighbours(ends, name),
        )

    def settle(self) -> None:
        """Run until level, past a crash."""
        assert self.run() or self.run(), "not level"

    def titles(self, desk: str) -> list[str]:
        """List what a desk's tickets are called."""
        return sorted(str(one.fields.get("title")) for one in self.desks[desk].records.values())

    def talk(self, desk: str) -> list[str]:
        """List what was said on a desk, without signatures."""
        records = self.desks[desk].records.values()
        return [one.body.split("\n\n")[-1] for record in records for one in record.comments]

    def writes(self) -> int:
        """Count all writes so far."""
        names = ("create", "update", "reply", "note", "rewrite", "hide")
        return sum(one.requests.get(name, 0) for one in self.adapters.values() for name in names)

    def problems(self) -> dict[str, Problem]:
        """Give the open problems by code."""
        return {row.problem.code: row.problem for row in self.store.problems()}
