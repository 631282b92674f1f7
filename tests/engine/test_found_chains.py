"""Failures found where several links share a system, as plain named tests."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from sync_service.adapters.memory import US
from sync_service.core.values import Side
from sync_service.engine.cycle import cycle
from tests.engine.acts import ADA, TECH
from tests.engine.chain import Chain, Links

CHAIN: Links = (("ab", "a", "b", {}), ("bc", "b", "c", {"forward": True}))


@pytest.mark.parametrize("guarded", [True, False])
def test_two_links_do_not_overwrite_each_other_unseen(guarded: bool) -> None:
    """R8, R20: edits at both ends meet in the middle as a conflict, also if both links run at once."""
    chain = Chain(CHAIN)
    for desk in chain.desks.values():
        desk.manners = replace(desk.manners, guarded=guarded)
    made = chain.desks["a"].open({"title": "Printer", "status": "New"}, ADA)
    chain.settle()
    (end,) = chain.desks["c"].records
    chain.desks["a"].edit(made.id, {"title": "From A"}, ADA)
    chain.desks["c"].edit(end, {"title": "From C"}, TECH)

    asyncio.run(_at_once(chain))
    chain.settle()

    titles = {title for name in "abc" for title in chain.titles(name)}
    kept = {
        value
        for row in chain.store.conflicts(closed=True)
        for side in Side
        for value in row.conflict.values.of(side)
    }
    assert 1 == len(titles)
    assert {"From A", "From C"} <= kept | titles


async def _at_once(chain: Chain) -> None:
    """Run the second link's cycle while the first one's write to the middle is on its way."""
    run = chain.store.begin_run(chain.clock(), "test")
    first, second = (chain.at_work(link, run) for link in CHAIN)
    chain.clock.tick(60)
    wire = chain.adapters["b"].wire

    async def meanwhile(when: str, what: str) -> None:
        chain.adapters["b"].wire = wire
        await cycle(second)
        await wire(when, what)

    chain.adapters["b"].wire = meanwhile
    await cycle(first)


def test_a_copy_that_waits_to_be_forwarded_survives_a_crash_of_the_scan() -> None:
    """R14, R26: the page with it is read again, whatever transaction was the last."""
    for fuse in range(12):
        chain = Chain(CHAIN)
        made = chain.desks["a"].open({"title": "Printer", "status": "New"}, ADA)
        chain.desks["b"].open({"title": "Printer", "status": "New"}, US, f"test:ab:a:{made.id}")
        chain.clock.tick(300)
        chain.links = CHAIN[1:]  # the copy's own link comes later
        chain.fuse = fuse
        chain.run()
        chain.fuse, chain.links = None, CHAIN
        chain.settle()

        assert ["Printer"] == chain.titles("c"), f"a crash after {fuse} steps"
