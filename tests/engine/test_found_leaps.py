"""Failures found where a system's clock leapt for a while, as plain named tests."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from sync_service.adapters.base import Page
from sync_service.core.values import Side, Sides
from sync_service.engine.cycle import cycle
from sync_service.engine.link import LinkAtWork
from tests.engine.acts import ADA, joined
from tests.engine.world import World

EVEN, HOUR = timedelta(0), timedelta(hours=1)


def go_on(world: World, link: LinkAtWork, minutes: int, *, restarts: bool = False) -> LinkAtWork:
    """Let a daemon poll once a minute, or one after the other once each."""
    for _ in range(minutes):
        world.clock.tick(60)
        link = world.start() if restarts else link
        asyncio.run(cycle(link))
    return link


def something_happens(world: World, near: str) -> None:
    """Let a person change the left ticket and open another."""
    world.clock.tick(20)
    world.desks.left.edit(near, {"title": "Printer on fire"}, ADA)
    world.desks.left.open({"title": "New one", "status": "New"}, ADA)


def shown(world: World) -> list[str]:
    """Give the titles of the copies."""
    return sorted(str(one.fields["short"]) for one in world.desks.right.records.values())


@pytest.mark.parametrize("restarts", [False, True], ids=["one daemon", "a start each"])
@pytest.mark.parametrize("wrong", [1, 30, 90], ids=["one poll", "half an hour", "believed"])
def test_what_changes_after_a_clock_was_put_right_is_fed(wrong: int, *, restarts: bool) -> None:
    """R2: the watermark is never later than can be believed, or the backfill begins anew."""
    world = World()
    near, _ = joined(world)
    link = go_on(world, world.start(), 2)
    world.skew = Sides(HOUR, EVEN)
    link = go_on(world, link, wrong, restarts=restarts)
    world.skew = Sides(EVEN, EVEN)
    something_happens(world, near)

    go_on(world, go_on(world, link, 2, restarts=restarts), 4)

    assert ["New one", "Printer on fire"] == shown(world)


def test_what_changes_while_a_clock_is_ahead_is_fed(caplog: pytest.LogCaptureFixture) -> None:
    """R2, promise 6: at once, and the doubt is told of until the clock is believed."""
    world = World()
    near, _ = joined(world)
    link = go_on(world, world.start(), 2)
    world.skew = Sides(HOUR, EVEN)
    link = go_on(world, link, 1)
    something_happens(world, near)
    go_on(world, link, 1)

    assert ["New one", "Printer on fire"] == shown(world)
    feed = world.store.feed("desk", Side.LEFT)
    assert feed is not None
    assert "3600 seconds ahead" in feed.doubt
    go_on(world, link, 61)
    feed = world.store.feed("desk", Side.LEFT)
    assert feed is not None
    assert ("", 3600) == (feed.doubt, feed.ahead)


@pytest.mark.parametrize("off", [HOUR, -HOUR], ids=["ahead", "behind"])
def test_one_reply_of_a_wrong_moment_hides_nothing(off: timedelta) -> None:
    """R2: an HTTP date of another node, or out of a cache, is no reason to read everything anew."""
    world = World()
    near, _ = joined(world)
    link = go_on(world, world.start(), 2)
    honest, odd = world.adapters.left.changed, [off]

    async def changed(since: str | None, page: str | None = None) -> Page:
        answer = await honest(since, page)
        at = answer.clock + (odd.pop() if odd and since else EVEN)
        return replace(answer, clock=at, watermark=at.isoformat())

    world.adapters.left.changed = changed  # type: ignore[method-assign]
    link = go_on(world, link, 1)
    something_happens(world, near)
    scans = world.adapters.left.requests["scan"]

    go_on(world, link, 2)

    assert ["New one", "Printer on fire"] == shown(world)
    assert scans == world.adapters.left.requests["scan"]
