"""Writes that take longer than their claim: the pair goes on with a new note, and is not put off."""

from tests.engine.acts import ADA
from tests.engine.link_rules import CLAIM
from tests.engine.world import World

WORDS = 7


def test_a_pair_whose_writes_outlast_their_claim_is_noted_anew_and_not_put_off() -> None:
    """R16, R18: nothing leaves after its deadline, and slowness is no failure."""
    world = World()
    made = world.desks.left.open({"title": "Printer", "status": "New"}, "ada@school.example")
    for n in range(WORDS):
        world.desks.left.say(made.id, f"Word {n}", "ada@school.example")
    world.between = lambda _side, when, _what: world.clock.tick(3 if when == "after" else 0)

    assert world.run()

    (copy,) = world.desks.right.records.values()
    assert [f"ada (left)\n\nWord {n}" for n in range(WORDS)] == [one.body for one in copy.comments]
    assert "put off" not in {row.event.what for row in world.store.history(made.id)}


def test_a_ticket_that_turns_sensitive_during_slow_writes_says_nothing_more() -> None:
    """R13: what was read before the first write is no ground for the others, seconds later."""
    world = World()
    near = world.desks.left.open({"title": "Printer", "status": "New"}, ADA)
    for number in range(3):
        world.desks.left.say(near.id, f"It smells, {number}", ADA)

    def between(_side: str, when: str, what: str) -> None:
        if (when, what) == ("before", "create"):
            world.clock.tick(CLAIM.total_seconds())
        if (when, what) == ("after", "create"):
            world.desks.left.mark_sensitive(near.id)
            world.clock.tick(1)

    world.between = between

    world.settle()

    (copy,) = world.desks.right.records.values()
    assert [] == copy.comments
    assert "withheld" in world.problems()
