"""Writes that take longer than their claim: the pair goes on with a new note, and is not put off."""

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
