"""Failures found where an answer says that a write was not taken, and it was, as plain named tests."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from sync_service.adapters.memory import Manners
from sync_service.errors import NeedsHuman, NotSent, Rejected, TryLater
from tests.engine.acts import ADA, joined, once
from tests.engine.world import World

LAG = timedelta(seconds=2)
NOES = pytest.mark.parametrize(
    "error",
    [TryLater("429", 5), Rejected("400: no", "no"), NeedsHuman("403")],
    ids=["later", "refused", "forbidden"],
)


@NOES
def test_a_ticket_that_was_made_and_denied_is_not_made_again(error: Exception) -> None:
    """R16: after any answer the key counts as used, and is looked up once the index shows it."""
    world = World(right=Manners(lag=LAG))
    world.desks.left.open({"title": "Printer", "status": "New"}, ADA)
    denied: list[datetime] = []
    asked: list[datetime] = []

    def between(side: str, when: str, what: str) -> None:
        if (side, when, what) == ("right", "after", "create") and not denied:
            denied.append(world.clock())
            raise error

    world.between = between
    world.during = lambda _, __, what: asked.append(world.clock()) if what == "find" else None

    world.run()
    world.store.retry([row.id for row in world.store.problems()])
    world.go_on()

    assert 1 == len(world.desks.right.records)
    assert 1 == world.adapters.right.requests["create"]
    assert {} == world.problems()
    assert [True] == [at - denied[0] > LAG for at in asked if at > denied[0]][:1]


@NOES
@pytest.mark.parametrize("field", [True, False], ids=["field", "marker"])
def test_a_comment_that_was_made_and_denied_is_not_made_again(
    error: Exception, field: bool
) -> None:
    """R16, R21: its note, and the copy itself, tell of it."""
    world = World(right=Manners(origin_field=field))
    near, far = joined(world)
    world.desks.left.say(near, "hello", ADA)
    world.between = once(error, ("right", "after", "reply"))

    world.run()
    world.store.retry([row.id for row in world.store.problems()])
    world.go_on()

    assert 1 == len(world.desks.right.records[far].comments)
    assert {} == world.problems()


@pytest.mark.parametrize("manners", [Manners(), Manners(serial=False, audit=False)])
def test_an_update_that_landed_and_was_denied_is_no_edit_of_somebodys(manners: Manners) -> None:
    """R17: a person took their edit back meanwhile, and our own write undid that."""
    world = World(right=manners)
    near, far = joined(world)
    world.desks.left.edit(near, {"title": "Printer on fire"}, ADA)

    def between(side: str, when: str, what: str) -> None:
        if (side, when, what) == ("right", "after", "update"):
            world.between = lambda _side, _when, _what: None
            world.desks.left.edit(near, {"title": "Printer"}, ADA)
            raise TryLater("429", 5)

    world.between = between
    world.settle()

    shown = (world.desks.left.records[near].fields, world.desks.right.records[far].fields)
    assert ["Printer", "Printer"] == [shown[0]["title"], shown[1]["short"]]
    assert [] == world.conflicts()


def test_tickets_that_are_put_off_again_and_again_are_looked_up_together() -> None:
    """R16: a look-up asks for all of a chunk at once, and after what was never sent for none."""
    world = World(right=Manners(lag=LAG))
    for number in range(5):
        world.desks.left.open({"title": f"Printer {number}", "status": "New"}, ADA)
    noes = [TryLater("429", 5)] * 10 + [NotSent("a pause", 5)] * 10

    def between(side: str, when: str, what: str) -> None:
        if (side, when, what) == ("right", "before", "create") and noes:
            raise noes.pop(0)

    world.between = between
    world.settle()

    assert 5 == len(world.desks.right.records)
    assert 3 == world.adapters.right.requests["find"], "at the start, and after each round of noes"
