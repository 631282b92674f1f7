"""What a new ticket needs besides its lines, and a ticket that has not got it."""

from dataclasses import replace
from datetime import timedelta

from sync_service.core.expressions import ExpressionError
from sync_service.core.values import Side, Sides, Ticket
from tests.engine.world import World


def _wants_a_room(ticket: Ticket) -> dict[str, object]:
    if not ticket.fields.get("room"):
        raise ExpressionError("mapping.yaml:9:5: the ticket has no `room`")
    return {"room": ticket.fields["room"]}


def test_a_need_that_the_ticket_does_not_meet_is_a_problem_that_says_so() -> None:
    """Promise 6: the create waits, with the place in the mapping, and goes on by itself (R25)."""
    world = World()
    plain = world.rules
    world.rules = lambda: replace(  # type: ignore[method-assign]
        plain(), extras=Sides(lambda _: {}, _wants_a_room)
    )
    made = world.desks.left.open({"title": "Printer"}, "ada@school.example")

    world.run(minutes=2)

    assert {} == world.desks.right.records
    (row,) = world.store.problems(link="desk")
    assert "mapping.yaml:9:5" in row.problem.message
    world.clock.tick(timedelta(minutes=1).total_seconds())
    world.desks.of(Side.LEFT).edit(made.id, {"room": "101"}, "ada@school.example")
    assert world.run(minutes=2)
    assert 1 == len(world.desks.right.records)
    assert [] == world.store.problems(link="desk")
