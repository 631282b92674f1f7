"""A selection that cannot be decided for a ticket keeps it home, and says so (R13): never in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync_service.core.expressions import Expression
from sync_service.core.values import Sides, Ticket
from tests.engine.acts import TECH
from tests.engine.office import ADA, Office
from tests.engine.world import World

#: Cannot be decided for a ticket without a room.
BY_ROOM = """{here: "ticket.room == '12' or ticket.room.wing == 'A'"}"""


@pytest.fixture(name="office")
def an_office(tmp_path: Path) -> Office:
    """Two desks, a link that selects by room, and three tickets, two of them without one."""
    made = Office(tmp_path)
    made.desk(select=BY_ROOM)
    for title, room in (("one", "12"), ("two", None), ("three", None)):
        fields = {"title": title, "status": "New"} | ({"room": room} if room else {})
        made.desks["here"].open(fields, ADA)
    made.day()
    return made


def test_tickets_that_cannot_be_decided_are_one_problem_that_lists_them(office: Office) -> None:
    """R13, R25: they start no pair, the others do, and the problem names the condition."""
    (problem,) = office.problems().values()

    assert 1 == len(office.desks["there"].records)
    assert "undecided" == problem.code
    assert 2 == len(problem.tickets)
    assert "select" in problem.message


def test_a_ticket_that_can_be_decided_by_now_starts_its_pair_and_leaves_the_list(
    office: Office,
) -> None:
    """R13: the problem closes with the last ticket that it lists."""
    two, three = (one.id for one in list(office.desks["here"].records.values())[1:])
    office.clock.tick(60)
    office.desks["here"].edit(two, {"room": "12"}, ADA)
    office.day()

    assert (three,) == office.problems()["undecided"].tickets
    office.clock.tick(60)
    office.desks["here"].edit(three, {"room": "14 B"}, ADA)
    office.day()
    assert 2 == len(office.desks["there"].records)


def test_a_selection_that_was_put_right_closes_the_problem(office: Office) -> None:
    """R27: all tickets are judged anew."""
    office.clock.tick(3600)
    office.desk(select="""{here: "ticket.title != ''"}""")
    office.day()
    office.ask("accept", link="desk")
    office.day()

    assert 3 == len(office.desks["there"].records)
    assert {} == office.problems()


def test_a_retry_does_not_close_what_no_work_can_settle(office: Office) -> None:
    """R25: these tickets have no pair to look at again, so they stay listed."""
    retried = office.look(lambda store: store.retry([row.id for row in store.problems()]))

    assert [] == retried
    assert ["undecided"] == list(office.problems())


def test_a_pair_whose_selection_cannot_be_decided_any_more_says_so() -> None:
    """R13, `when_deselected: stop`: nothing flows, and the reason is no plain "not selected"."""
    condition = Expression("ticket.place[0] == 'A'", where="links.yaml:3:9")

    def chosen(ticket: Ticket) -> bool:
        return condition.holds({"ticket": dict(ticket.fields)})

    rules = Sides(chosen, lambda one: bool(one.ours))
    world = World(changes={"select": rules, "stop_when_deselected": True})
    made = world.desks.left.open({"title": "Printer", "status": "New", "place": "A1"}, TECH)
    world.settle()
    world.clock.tick(60)
    world.desks.left.edit(made.id, {"title": "Toner", "place": None}, TECH)
    world.settle()

    (problem,) = (row.problem for row in world.store.problems())
    assert "withheld" == problem.code
    assert "cannot be told" in problem.message
    assert "links.yaml:3:9" in problem.message
