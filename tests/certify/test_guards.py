"""Guards that no other test missed when they were taken out (tests/certify/mutations.py)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sync_service.adapters.base import Page
from sync_service.adapters.memory import Manners
from sync_service.core.actions import Create
from sync_service.core.notes import note
from sync_service.core.outgoing import Draft
from sync_service.core.pair import Pair
from sync_service.core.values import Side, Sides
from sync_service.engine.pull import pull
from sync_service.errors import TryLater
from tests.engine.acts import ADA, joined
from tests.engine.world import Crash, World
from tests.unit.core.examples import AT, LEFT, RIGHT, later, ticket


def test_the_intent_of_a_create_tells_how_long_its_call_can_be_on_the_wire() -> None:
    """R16: nobody may look it up before that."""
    half = Pair(1, "desk", Sides("L1", None))

    noted = note(half, (Create(RIGHT, Draft({}, "k")),), Sides(ticket(LEFT), None), AT, later(7))

    assert [(AT, later(7))] == [(one.noted_at, one.wire_until) for one in noted.intents]


def test_a_drain_whose_second_page_fails_leaves_the_watermark() -> None:
    """R2: what the failed page would have shown is asked for again."""
    world = World(Manners(page_size=2))
    world.settle()
    before = world.store.feed("desk", Side.LEFT)
    for number in range(6):
        world.desks.left.open({"title": f"ticket {number}", "status": "New"}, ADA)
    honest = world.adapters.left.changed

    async def failing(since: str | None, page: str | None = None) -> Page:
        if page is not None:
            raise TryLater("the second page never comes")
        return await honest(since, page)

    world.adapters.left.changed = failing  # type: ignore[method-assign]
    world.run(minutes=1)

    assert before is not None
    feed = world.store.feed("desk", Side.LEFT)
    assert feed is not None
    assert before.watermark == feed.watermark


def test_a_drain_whose_rows_moved_is_begun_again_before_the_watermark_moves() -> None:
    """R2: rows move between pages without the total falling."""
    world = World()
    world.settle()
    link, honest, drains = world.start(), world.adapters.left.changed, list[str | None]()
    link.tested[Side.LEFT] = world.clock()  # or the filter would be tried first
    near = world.desks.left.open({"title": "Printer", "status": "New"}, ADA)

    async def torn(since: str | None, page: str | None = None) -> Page:
        drains.append(since)
        told = await honest(since, page)
        return replace(told, rows=(), torn=True) if len(drains) == 1 else told

    world.adapters.left.changed = torn  # type: ignore[method-assign]
    asyncio.run(pull(link, Side.LEFT))

    assert [drains[0]] * 2 == drains
    assert near.id in world.store.known("desk", Side.LEFT, [near.id])


def test_a_pair_whose_daemon_died_before_its_write_is_still_to_be_looked_at() -> None:
    """R19: work is cleared by the last transaction of a pass, not by the note."""
    world = World()
    near, _ = joined(world, where="Annex")
    world.desks.left.edit(near, {"title": "Beamer"}, ADA)
    world.between = _dies_before(world, "update")

    assert not world.run()

    backlog = world.store.backlog("desk", world.clock() + timedelta(days=1))
    assert 1 == backlog.due


def _dies_before(world: World, call: str) -> Callable[[str, str, str], None]:
    def between(_side: str, when: str, what: str, *_: Any) -> None:
        if (when, what) == ("before", call):
            world.dead = True
            raise Crash

    return between
