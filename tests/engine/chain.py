"""Three desks and any links between them, over one store: chains, rings and twin links."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sync_service.adapters.memory import MemoryAdapter, MemoryDesk
from sync_service.core.guard import Flood
from sync_service.core.mapping import Line
from sync_service.core.pair import Problem
from sync_service.core.values import Sides
from sync_service.engine.level import until_level
from sync_service.engine.link import LinkAtWork
from tests.engine.link_rules import CLAIM, Breaking, rules_for
from tests.engine.world import Clock, Crash, emptied

#: Name, left and right system, and changed rules of each link.
Links = tuple[tuple[str, str, str, dict[str, Any]], ...]

LINES = (
    Line("title = title", Sides(("title",), ("title",))),
    Line("status = status", Sides(("status",), ("status",))),
)


@dataclass(eq=False)
class Chain:
    """Desks `a`, `b` and `c`, and the links between them."""

    links: Links
    fuse: int | None = field(default=None)

    def __post_init__(self) -> None:
        self.clock = Clock()
        self.desks = {name: MemoryDesk(name, self.clock) for name in "abc"}
        self.adapters = {name: self._adapter(name) for name in "abc"}
        self.store = emptied(self.clock)
        self.points, self.dead = 0, False

    def _adapter(self, name: str) -> MemoryAdapter:
        adapter = MemoryAdapter(name, self.desks[name])

        async def wire(_when: str, _what: str) -> None:
            self.burn()

        adapter.wire = wire
        return adapter

    def burn(self) -> None:
        """Pass a point at which the process may die."""
        if self.dead:
            raise Crash
        self.points += 1
        if self.fuse is not None:
            self.fuse -= 1
            self.dead = self.fuse < 0
            if self.dead:
                self.fuse = None
                raise Crash

    def run(self) -> bool:
        """Run all links until they are level; False if the daemon crashed or is not level."""
        return asyncio.run(self._run())

    async def _run(self) -> bool:
        self.dead = False
        run = self.store.begin_run(self.clock(), "test")
        works = [self.at_work(link, run) for link in self.links]
        try:
            return await until_level(works, timedelta(minutes=30), self.clock.sleep)
        except Crash:
            return False

    def at_work(self, link: tuple[str, str, str, dict[str, Any]], run: Any) -> LinkAtWork:
        """Make a link ready, under a run."""
        name, left, right, changes = link
        adapters = Sides(self.adapters[left], self.adapters[right])
        return LinkAtWork(
            rules_for(name, adapters, **{"lines": LINES, **changes}),
            adapters,  # type: ignore[arg-type]
            Breaking(self.store, self.burn),  # type: ignore[arg-type]
            run,
            self.clock,
            claim=CLAIM,
            flood=Flood(floor=1000),
            jitter=lambda: 0.0,
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
