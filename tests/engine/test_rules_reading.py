"""What counts as the read, and what a page may and may not decide."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from sync_service.adapters.base import Page
from sync_service.adapters.memory import Manners
from sync_service.core.values import Side, Sides
from sync_service.engine.pull import pull
from sync_service.store.notes import Feed
from tests.engine.acts import ADA, TECH, joined
from tests.engine.world import World

LAG = Manners(lag=timedelta(seconds=3))
COARSE = Manners(resolution=timedelta(seconds=1), serial=False, audit=False)


def test_a_lagging_row_is_not_taken_for_a_revert() -> None:
    """R1, dagger: pages only name tickets; both are got by id before any write."""
    world = World(LAG, LAG)
    near, far = joined_late(world)
    for title in ("Printer on fire", "Printer on ice", "Printer gone"):
        world.desks.left.edit(near, {"title": title}, ADA)
        world.clock.tick(1)
        world.settle()

    assert "Printer gone" == world.desks.right.records[far].fields["short"]
    assert "Printer gone" == world.desks.left.records[near].fields["title"]
    assert [] == world.conflicts()


def joined_late(world: World) -> tuple[str, str]:
    """Join a ticket with its copy on desks whose search lags."""
    made = world.desks.left.open({"title": "Printer", "status": "New"}, ADA)
    world.clock.tick(5)
    world.settle()
    (copy,) = world.desks.right.records.values()
    return made.id, copy.id


def test_a_row_alone_writes_nothing() -> None:
    """R1: a feed full of lies costs reads, and not a single write."""
    world = World()
    _, far = joined(world)
    adapter, before = world.adapters.right, world.writes()
    honest = adapter.changed

    async def lying(since: str | None, page: str | None = None) -> Page:
        told = await honest(since, page)
        row = world.adapters.right._ticket(world.desks.right.records[far])
        lie = replace(row, fields={"short": "lie"}, version=replace(row.version, serial=99))
        return replace(told, rows=(lie,))

    adapter.changed = lying  # type: ignore[method-assign]

    world.settle()

    assert before == world.writes()


def test_an_edit_between_the_read_and_the_write_is_not_swallowed() -> None:
    """R1, R19: what is stored is what was read, so the edit is news in the next cycle."""
    world = World()
    near, far = joined(world)
    world.desks.left.edit(near, {"title": "Printer on fire"}, ADA)

    def between(side: str, when: str, what: str) -> None:
        if (side, when, what) == ("right", "after", "update"):
            world.between = lambda *_: None
            world.desks.right.edit(far, {"state": "Open"}, TECH)

    world.between = between

    world.settle()

    assert "Open" == world.desks.left.records[near].fields["status"]
    assert "Printer on fire" == world.desks.right.records[far].fields["short"]


def test_two_edits_within_one_stamp_both_arrive() -> None:
    """R2: a row stamped within the resolution is provisional, and a repeat of it is not dropped."""
    world = World(COARSE, COARSE)
    near, far = joined(world)
    world.clock.tick(60)
    world.desks.left.edit(near, {"title": "first"}, ADA)
    world.settle()
    world.clock.tick(0.01)
    world.desks.left.edit(near, {"status": "Open"}, ADA)
    world.settle()

    assert "Open" == world.desks.right.records[far].fields["state"]


def test_the_watermark_moves_only_when_the_feed_is_drained() -> None:
    """R2: a drain that dies half-way is begun again, and nothing of it is lost."""
    world = World(Manners(page_size=2))
    world.settle()
    before = world.store.feed("desk", Side.LEFT)
    for number in range(6):
        world.desks.left.open({"title": f"ticket {number}", "status": "New"}, ADA)
    world.fuse = 8

    assert not world.run()

    assert before == world.store.feed("desk", Side.LEFT)
    world.settle()
    assert 6 == len(world.desks.right.records)


def test_the_watermark_never_passes_the_start_of_the_drain() -> None:
    """R2, dagger: what is edited while we page, and hidden by a lag, is older than the last page."""
    world = World(Manners(page_size=2))
    world.settle()
    for number in range(6):
        world.desks.left.open({"title": f"ticket {number}", "status": "New"}, ADA)
    honest = world.adapters.left.changed
    drains: list[list[str]] = []

    async def slow(since: str | None, page: str | None = None) -> Page:
        world.clock.tick(5)
        told = await honest(since, page)
        told = replace(told, watermark=world.clock().isoformat())
        if page is None:
            drains.append([])
        drains[-1].append(told.watermark)
        return told

    world.adapters.left.changed = slow  # type: ignore[method-assign]
    link = world.start()
    asyncio.run(pull(link, Side.LEFT))

    feed = world.store.feed("desk", Side.LEFT)
    assert feed is not None
    assert len(drains[-1]) > 1
    assert drains[-1][0] == feed.watermark


def test_rows_that_move_between_pages_are_asked_for_again() -> None:
    """R2, dagger: the last row read must be there when the next page is asked for."""
    world = World(Manners(page_size=2))
    world.settle()
    tickets = [
        world.desks.left.open({"title": f"ticket {n}", "status": "New"}, ADA) for n in range(6)
    ]
    honest = world.adapters.left.changed
    pages: list[str] = []

    async def moving(since: str | None, page: str | None = None) -> Page:
        if page and not pages:
            pages.append(page)
            world.clock.tick(1)
            world.desks.left.edit(tickets[0].id, {"title": "moved to the end"}, ADA)
        return await honest(since, page)

    world.adapters.left.changed = moving  # type: ignore[method-assign]

    world.settle()

    assert pages
    assert 6 == len(world.desks.right.records)


def test_rows_that_never_stand_still_stop_the_side() -> None:
    """R2, R26: after a few drains it is told, and the watermark stays."""
    world = World()
    world.settle()
    before = world.store.feed("desk", Side.LEFT)
    honest = world.adapters.left.changed

    async def torn(since: str | None, page: str | None = None) -> Page:
        return replace(await honest(since, page), torn=True)

    world.adapters.left.changed = torn  # type: ignore[method-assign]

    assert not world.run(minutes=1)

    assert "unbelievable" in world.problems()
    assert before == world.store.feed("desk", Side.LEFT)


def test_a_doubtful_page_is_not_acted_on() -> None:
    """R3: a filter that was ignored stops the side and says so; nothing of it is taken in."""
    world = World()
    world.settle()
    world.desks.left.open({"title": "Printer", "status": "New"}, ADA)
    honest = world.adapters.left.changed

    async def doubtful(since: str | None, page: str | None = None) -> Page:
        return replace(await honest(since, page), doubt="the filter was ignored")

    world.adapters.left.changed = doubtful  # type: ignore[method-assign]

    assert not world.run(minutes=1)
    assert {} == world.desks.right.records
    assert "the filter was ignored" in world.problems()["filter"].message

    world.adapters.left.changed = honest  # type: ignore[method-assign]
    world.clock.tick(3600)
    world.settle()
    assert 1 == len(world.desks.right.records)
    assert {} == world.problems()


def test_an_empty_page_deletes_nothing() -> None:
    """R4, R26: absence proves nothing."""
    world = World()
    near, far = joined(world)
    honest = world.adapters.right.changed

    async def empty(since: str | None, page: str | None = None) -> Page:
        return replace(await honest(since, page), rows=(), next=None)

    world.adapters.right.changed = empty  # type: ignore[method-assign]
    world.desks.left.edit(near, {"title": "Printer on fire"}, ADA)

    world.settle()

    assert "Printer on fire" == world.desks.right.records[far].fields["short"]
    assert {} == world.problems()


@pytest.mark.parametrize("gone", ["delete", "merge"])
@pytest.mark.parametrize("side", list(Side))
def test_a_ticket_that_is_gone_parks_its_pair(gone: str, side: Side) -> None:
    """R5: nothing is deleted far away; when it comes back the pair goes on."""
    world = World()
    near, far = joined(world)
    ids, desk = Sides(near, far), world.desks.of(side)
    record = desk.records[ids.of(side)]
    other = world.desks.of(side.far)
    if gone == "delete":
        desk.delete(record.id)
    else:
        desk.merge(record.id, "X9")
    name = "title" if side is Side.RIGHT else "short"
    other.edit(ids.of(side.far), {name: "Printer on fire"}, TECH)

    world.settle()

    assert {"gone" if gone == "delete" else "merged"} == set(world.problems())
    assert not other.records[ids.of(side.far)].deleted
    record.deleted, record.merged_into = False, None
    desk.edit(record.id, {"status" if side is Side.LEFT else "state": "Open"}, ADA)
    world.settle()
    assert {} == world.problems()
    assert "Printer on fire" == world.desks.left.records[near].fields["title"]
    assert "Printer on fire" == world.desks.right.records[far].fields["short"]


def test_a_paused_link_keeps_its_watermark() -> None:
    """R2: what changed meanwhile is found when it goes on."""
    world = World()
    world.settle()
    before = world.store.feed("desk", Side.LEFT)
    assert isinstance(before, Feed)

    world.store.pause("desk")

    assert before == world.store.feed("desk", Side.LEFT)
    assert world.store.link_state("desk").paused
    assert not world.store.resume("desk").paused


def test_seen_holds_the_vendors_own_names_and_values() -> None:
    """R6: so a changed mapping changes nothing by itself."""
    world = World(right=Manners(cut=4))
    joined(world)

    seen = world.pair().seen

    assert seen.left is not None
    assert seen.right is not None
    assert {"title": "Printer", "status": "New", "where": None} == dict(seen.left.fields)
    assert "Prin" == seen.right.fields["short"]
