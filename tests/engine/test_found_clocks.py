"""Failures found where the systems' clocks differ from ours, as plain named tests."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sync_service.core.values import Side, Sides
from sync_service.errors import UnknownOutcome
from tests.engine.acts import ADA, TECH, joined, once
from tests.engine.world import World

HOUR, EVEN = timedelta(hours=1), timedelta(0)


@pytest.mark.parametrize("skew", [Sides(EVEN, -HOUR), Sides(HOUR, EVEN), Sides(HOUR, -HOUR)])
def test_a_copy_is_looked_for_by_its_own_systems_clock(skew: Sides[timedelta]) -> None:
    """R16: the copy was stamped an hour before our note of it, and is found all the same."""
    world = World(skew=skew)
    world.desks.left.open({"title": "Printer", "status": "New"}, ADA)
    world.between = once(UnknownOutcome("silence"), ("right", "after", "create"))

    world.settle()

    assert 1 == len(world.desks.right.records)


@pytest.mark.parametrize("side", list(Side))
def test_a_comment_from_after_the_adoption_is_copied_whatever_the_clock(side: Side) -> None:
    """R14: only comments from before stay where they are, by the clock of the desk they are on."""
    world = World(skew=Sides(EVEN, EVEN).put(side, -timedelta(minutes=5)))
    near, far = joined(world)
    ids = Sides(near, far)
    world.store.unpair(world.pair().id, forget=False)
    world.desks.of(side).say(ids.of(side), "Before", TECH)
    world.clock.tick(10)
    world.store.pair_by_hand("desk", Sides("left", "right"), near, far)
    world.clock.tick(10)
    world.desks.of(side).say(ids.of(side), "After", TECH)

    world.settle()

    there = world.desks.of(side.far).records[ids.of(side.far)].comments
    assert ["After"] == [one.body.split("\n\n")[-1] for one in there]


def test_a_ticket_from_right_after_the_start_is_not_taken_for_an_old_one() -> None:
    """R14, `since: now`: its system stamps it five minutes before the moment that we noted."""
    world = World(skew=Sides(-timedelta(minutes=5), EVEN))
    world.desks.left.open({"title": "old", "status": "New"}, ADA)
    world.clock.tick(60)
    world.since = world.clock()
    world.settle()
    world.clock.tick(60)
    world.desks.left.open({"title": "new", "status": "New"}, ADA)

    world.settle()

    assert ["new"] == [one.fields["short"] for one in world.desks.right.records.values()]
