"""Failures found where several links share a system, as plain named tests."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from sync_service.adapters.memory import US, Manners
from sync_service.core.values import Side
from sync_service.engine.cycle import cycle
from tests.engine.acts import ADA, TECH
from tests.engine.chain import Chain, Links
from tests.engine.chain_play import ChainJudge, ChainPlay, drawn

FORWARD = {"forward": True}
RING: Links = (("ab", "a", "b", FORWARD), ("bc", "b", "c", FORWARD), ("ca", "c", "a", FORWARD))
CHAIN: Links = (("ab", "a", "b", {}), ("bc", "b", "c", FORWARD))


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


def test_a_copy_is_not_forwarded_on_the_word_of_another_links_pair() -> None:
    """R14, dagger: with a new store the copy's next pair is found first, and its own a little later."""
    twins: Links = (("ab", "a", "b", {}), ("ba", "b", "a", FORWARD), ("bc", "b", "c", FORWARD))
    chain = Chain(twins)
    chain.desks["a"].open({"title": "Printer", "status": "New"}, ADA)
    chain.settle()
    chain.lose_store()
    chain.clock.tick(60)

    chain.settle()

    assert [["Printer"]] * 3 == [chain.titles(name) for name in "abc"]


def test_an_old_copy_is_forwarded_though_a_new_store_does_not_know_it_yet() -> None:
    """R14, R15: the link that made it has still to find it; the next one waits for that."""
    chain = Chain(CHAIN[:1])
    chain.desks["a"].open({"title": "Printer", "status": "New"}, ADA)
    chain.settle()
    chain.lose_store()
    chain.clock.tick(3600)
    chain.links = (CHAIN[1], CHAIN[0])

    chain.settle()

    assert ["Printer"] == chain.titles("c")


def test_a_link_that_is_not_at_work_holds_up_no_other_for_long() -> None:
    """R14, R25: its copy is left alone, and the next ticket goes on at once."""
    chain = Chain(CHAIN[1:], manners={"b": Manners(page_size=1)})
    chain.desks["b"].open({"title": "Copy", "status": "New"}, US, "test:ab:a:A1")
    chain.clock.tick(3600)
    chain.desks["b"].open({"title": "Printer", "status": "New"}, TECH)
    chain.store.take_config(chain.begin_run(), "bc", "a configuration")
    chain.clock.tick(60)

    chain.settle()

    assert ["Printer"] == chain.titles("c")


def test_a_ring_that_lost_its_store_makes_nothing_twice() -> None:
    """R14: a link forwarded a copy to a desk where another link's copy stood that nobody had joined yet."""
    chain = Chain(RING)
    chain.desks["c"].open({"title": "Laptop", "status": "New"}, ADA)
    chain.settle()
    chain.desks["a"].open({"title": "Printer", "status": "New"}, TECH)
    chain.settle()
    chain.lose_store()

    chain.settle()

    assert {name: ["Laptop", "Printer"] for name in "abc"} == {
        name: chain.titles(name) for name in "abc"
    }


def test_an_affair_of_which_one_link_was_refused_in_every_pass_comes_to_rest() -> None:
    """R14, R28: a link that waited took the other's look at one pair for progress, and ran for ever."""
    play = ChainPlay(drawn(1, 44))

    play.play()

    ChainJudge(play).judge()
