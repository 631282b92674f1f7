"""Failures found in what our write replaced unseen (R20), as plain named tests."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sync_service.adapters.memory import Manners
from sync_service.core.values import Side
from sync_service.errors import AuthFailed, SyncServiceError, TryLater, UnknownOutcome
from tests.engine.acts import ADA, TECH, joined
from tests.engine.world import World

STEPS = {"New": ("Open",), "Open": ("New", "Closed"), "Closed": ("Open",)}


@pytest.mark.parametrize("settled", [False, True], ids=["at once", "by settling"])
def test_what_a_person_typed_between_our_read_and_our_write_is_kept(settled: bool) -> None:
    """R20, dagger: without a precondition the counter gives it away and the trail tells."""
    world = World(right=Manners(guarded=False))
    near, far = joined(world)
    world.desks.left.edit(near, {"title": "Printer on fire"}, ADA)

    def between(side: str, when: str, what: str) -> None:
        if (side, what) == ("right", "update") and when == "before":
            world.desks.right.edit(far, {"short": "Theirs"}, TECH)
        if (side, what) == ("right", "update") and when == "after":
            world.between = lambda *_: None
            if settled:
                raise UnknownOutcome("silence")

    world.between = between

    world.settle()

    (row,) = world.conflicts()
    assert (("Printer on fire",), ("Theirs",)) == (
        row.conflict.values.left,
        row.conflict.values.right,
    )
    assert Side.LEFT is row.conflict.winner
    assert "Printer on fire" == world.desks.right.records[far].fields["short"]


def typed_meanwhile(world: World, far: str) -> None:
    """Let a person type into the far title right before our first write of it."""

    def between(side: str, when: str, what: str) -> None:
        if (side, when, what) == ("right", "before", "update"):
            world.between = lambda *_: None
            world.desks.right.edit(far, {"short": "Theirs"}, TECH)

    world.between = between


def test_what_was_replaced_is_asked_where_a_start_found_no_trail_yet() -> None:
    """R20: found by a history: on a new site the trail begins with the first edit."""
    world = World(right=Manners(guarded=False))
    near, far = joined(world)
    world.adapters.right.traits = replace(world.adapters.right.traits, audit=False)
    world.desks.left.edit(near, {"title": "Printer on fire"}, ADA)
    typed_meanwhile(world, far)

    world.settle()

    assert "Theirs" in kept(world)


def kept(world: World) -> set[object]:
    """Give the values that conflicts keep."""
    return {value for _, value in world.kept_values()}


@pytest.mark.parametrize("error", [TryLater("busy"), AuthFailed("renew the token")])
def test_what_was_replaced_is_asked_again_if_the_trail_could_not_be_read(
    error: SyncServiceError,
) -> None:
    """R20, dagger: the note stays until the trail has told, so settling asks."""
    world = World(right=Manners(guarded=False))
    near, far = joined(world)
    world.desks.left.edit(near, {"title": "Printer on fire"}, ADA)
    typed_meanwhile(world, far)
    touched, failing = world.adapters.right.touched, [error]

    async def touched_later(*args: object) -> object:
        if failing:
            raise failing.pop()
        return await touched(*args)  # type: ignore[arg-type]

    world.adapters.right.touched = touched_later  # type: ignore[method-assign,assignment]

    world.settle()

    assert "Theirs" in kept(world)
    assert [] == failing


def test_what_was_replaced_before_the_first_step_of_a_path_is_kept() -> None:
    """R20, R22: each step moves the counter by one; what moved it more was a person."""
    world = World(right=Manners(guarded=False, status="state", workflow=STEPS))
    near, far = joined(world)
    world.desks.left.edit(near, {"title": "Printer on fire", "status": "Closed"}, ADA)
    typed_meanwhile(world, far)

    world.settle()

    assert "Theirs" in kept(world)
    assert "Printer on fire" == world.desks.right.records[far].fields["short"]


def test_what_was_replaced_is_kept_though_the_other_ticket_is_gone() -> None:
    """R20, dagger: the check runs for parked pairs before they stop."""
    world = World(right=Manners(guarded=False))
    near, far = joined(world)
    world.desks.left.edit(near, {"title": "Printer on fire"}, ADA)

    def between(side: str, when: str, what: str) -> None:
        if (side, what) == ("right", "update") and when == "before":
            world.desks.right.edit(far, {"short": "Theirs"}, TECH)
        if (side, what) == ("right", "update") and when == "after":
            world.between = lambda *_: None
            world.desks.left.delete(near)
            raise UnknownOutcome("silence")

    world.between = between

    world.settle()

    assert "gone" in world.problems()
    assert "Theirs" in kept(world)
