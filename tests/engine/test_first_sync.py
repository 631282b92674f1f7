"""The plain way: tickets, edits and comments meet in the middle, and then nothing is written."""

from tests.engine.world import World


def test_a_new_ticket_appears_on_the_far_side_with_its_comments() -> None:
    """Promises 1 and 2: both sides agree, and a further cycle writes nothing."""
    world = World()
    made = world.desks.left.open(
        {"title": "Printer on fire", "status": "New"}, "ada@school.example"
    )
    world.desks.left.say(made.id, "It smells", "ada@school.example")
    world.desks.left.say(made.id, "She is furious", "bob@school.example", public=False)

    assert world.run()

    (copy,) = world.desks.right.records.values()
    assert copy.fields["short"] == "Printer on fire"
    assert copy.fields["state"] == "New"
    assert ["ada (left)\n\nIt smells", "bob (left)\n\nShe is furious"] == [
        one.body for one in copy.comments
    ]
    before = world.writes()
    assert world.run()
    assert before == world.writes()


def test_edits_of_different_fields_in_the_same_minute_both_survive() -> None:
    """Promise 4."""
    world = World()
    made = world.desks.left.open({"title": "Printer", "status": "New"}, "ada@school.example")
    world.settle()
    (copy,) = world.desks.right.records.values()
    world.desks.left.edit(made.id, {"title": "Printer on fire"}, "ada@school.example")
    world.desks.right.edit(copy.id, {"state": "In Progress"}, "tech@city.example")

    world.settle()

    assert {"title": "Printer on fire", "status": "In Progress"} == made.fields
    assert {"short": "Printer on fire", "state": "In Progress"} == copy.fields
