"""The store fails at one moment while the daemon lives on: nothing is lost, nothing comes twice."""

from __future__ import annotations

import asyncio
import itertools
from datetime import timedelta

import pytest

from sync_service.core.values import Side, Sides
from sync_service.engine.level import until_level
from sync_service.errors import StoreAway
from tests.engine.test_crash_points import KIND, ROUGH, Day, judge
from tests.engine.world import World


def _play(fails_at: int) -> tuple[Day, bool]:
    """Play the day with a store that fails once, after so many points; tell whether it did."""
    world = World(ROUGH, KIND, match=(Sides("number", "sibling"),))
    day, points, failed = Day(world), itertools.count(), []

    def hiccup() -> None:
        if next(points) == fails_at:
            failed.append(fails_at)
            raise StoreAway("the disk is full")

    day.morning()
    world.clock.tick(10)
    world.hiccup = hiccup
    for what_people_do in (day.noon, lambda: None):
        _keep_on(world)
        what_people_do()
        world.clock.tick(60)
    _keep_on(world)
    return day, bool(failed)


def _keep_on(world: World) -> None:
    """Run as one daemon does, which outlives its store's outages."""

    async def live() -> bool:
        link = world.start()
        for _ in range(3):
            try:
                return await until_level([link], timedelta(minutes=30), world.clock.sleep)
            except StoreAway:
                world.clock.tick(3)
        return False

    assert asyncio.run(live()), world.shown()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_store_that_fails_at_any_point_is_a_pause_and_no_loss() -> None:
    """R16, R17, R19: before and after transactions, every third point; claims of nobody are free again."""
    reached = 0
    for point in itertools.count(0, 3):
        day, failed = _play(point)
        judge(day)
        if not failed:
            break
        reached += 1
    assert reached > 14
    assert 3 == len(day.world.desks.of(Side.LEFT).records)
