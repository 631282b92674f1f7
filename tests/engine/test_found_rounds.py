"""Failures found between the rounds of one pass, as plain named tests."""

from __future__ import annotations

import pytest

from sync_service.adapters.memory import Manners
from tests.engine.acts import ADA, joined
from tests.engine.world import World


@pytest.mark.parametrize(
    "manners", [Manners(), Manners(origin_field=False)], ids=["field", "marker"]
)
def test_what_was_written_in_one_round_is_not_read_as_it_was_before_in_the_next(
    manners: Manners,
) -> None:
    """R1: an edit and the same words twice need two rounds; the second wrote the old title back."""
    world = World(Manners(), manners)
    near, far = joined(world)
    world.desks.left.edit(near, {"title": "Printer on fire"}, ADA)
    world.desks.left.say(near, "On my way", ADA)
    world.desks.left.say(near, "On my way", ADA, public=False)

    world.settle()

    mine = [touch for touch in world.desks.left.records[near].trail if touch.ours]
    assert [] == mine
    assert "Printer on fire" == world.desks.right.records[far].fields["short"]
    assert 2 == len(world.desks.right.records[far].comments)
