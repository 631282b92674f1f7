"""A value without a counterpart is one problem, which ends by itself once it has one (R10)."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync_service.adapters.memory import MemoryAdapter
from sync_service.core.outgoing import Kind
from sync_service.store import ProblemRow
from tests.engine.office import ADA, TECH, Office

TABLE = """
      fields:
        - {{here: title, there: short}}
        - here: status
          there: state
          values: {{{rows}}}
{more}
"""
ROWS = "New: New, Open: Active"


def table(rows: str = ROWS, more: str = "") -> str:
    """Write a mapping with these rows; `more` continues the line."""
    return TABLE.format(rows=rows, more=more)


@pytest.fixture(name="office")
def an_office(tmp_path: Path) -> Office:
    """Two desks and a link whose table knows two values."""
    made = Office(tmp_path)
    made.desk(table())
    return made


def ticket(office: Office, status: str = "New") -> str:
    """Open a ticket and let it meet its copy."""
    made = office.desks["here"].open({"title": "t", "status": status}, ADA)
    office.day()
    return made.id


def odd(office: Office, count: int = 1) -> list[str]:
    """Let tickets show a value that has no row."""
    made = [ticket(office) for _ in range(count)]
    for one in made:
        office.desks["here"].edit(one, {"status": "Odd"}, ADA)
    office.day()
    assert tuple(sorted(made)) == office.problems()["unmapped"].tickets
    return made


def all_rows(office: Office) -> list[ProblemRow]:
    """List every problem there ever was."""
    return office.look(lambda store: store.problems(closed=True))


def test_a_row_for_the_value_lets_every_ticket_go_on_by_itself(office: Office) -> None:
    """R10: nobody has to retry; the problem is over when the value has been carried."""
    odd(office, 2)
    office.desk(table(ROWS + ", Odd: Strange"))

    office.day()

    assert ["Strange"] * 2 == office.shown("there", "state")
    assert {} == office.problems()
    assert ["solved"] == [row.closed for row in all_rows(office)]


def test_a_row_for_another_value_looks_at_nothing(office: Office) -> None:
    """R10, promise 7: only values that have a counterpart now are tried again."""
    odd(office)
    office.desk(table(ROWS + ", Done: Closed"))
    before = dict(office.adapters["here"].requests)

    office.day()

    assert "unmapped" in office.problems()
    assert before["get"] == office.adapters["here"].requests.get("get")


def test_the_problem_ends_with_its_last_ticket(office: Office) -> None:
    """R10: a person's edit takes one ticket off the list, the others stay on it."""
    one, two = odd(office, 2)
    office.desks["here"].edit(one, {"status": "Open"}, ADA)
    office.day()
    assert (two,) == office.problems()["unmapped"].tickets

    office.desks["here"].edit(two, {"status": "New"}, ADA)  # as the other side shows it
    office.day()

    assert {} == office.problems()


def test_a_value_that_goes_from_one_odd_word_to_another_moves_to_its_problem(
    office: Office,
) -> None:
    """R10: one problem per value."""
    (one,) = odd(office)
    office.desks["here"].edit(one, {"status": "Odder"}, ADA)

    office.day()

    assert ['here: "Odder"'] == [
        f"{row.problem.system}: {row.problem.value}" for row in all_rows(office) if not row.closed
    ]


def test_a_copy_that_was_born_without_its_value_gets_it(office: Office) -> None:
    """R10, R16: the create went without it; the row brings it, whatever the far desk's default."""
    made = office.desks["here"].open({"title": "t", "status": "Odd"}, ADA)
    office.day()
    assert [None] == office.shown("there", "state")
    assert (made.id,) == office.problems()["unmapped"].tickets
    office.desk(table(ROWS + ", Odd: Strange"))

    office.day()

    assert ["Strange"] == office.shown("there", "state")
    assert {} == office.problems()


def test_the_other_direction_ends_as_well(office: Office) -> None:
    """R10: a far value that the table did not know."""
    ticket(office)
    (copy,) = office.desks["there"].records
    office.desks["there"].edit(copy, {"state": "Pending"}, TECH)
    office.day()
    assert "there" == office.problems()["unmapped"].system
    office.desk(table("New: New, Open: Active, Waiting: Pending"))

    office.day()

    assert ["Waiting"] == office.shown("here", "status")
    assert {} == office.problems()


def test_a_default_is_an_answer_too_once_its_line_was_judged(office: Office) -> None:
    """R10, R27: a default belongs to the line, which has no past; here its plan would write."""
    odd(office)
    office.desk(table(more="          default: {there: Other}"))

    assert ["desk"] == list(office.day())
    office.ask("accept", link="desk")
    office.day()

    assert ["Other"] == office.shown("there", "state")
    assert {} == office.problems()


def test_a_row_for_a_person_whom_nobody_knows_is_an_answer(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R10: with `unknown: problem`, a row for the person is the answer."""
    monkeypatch.setattr(MemoryAdapter, "kind", lambda _self, _name: Kind.PERSON)
    people = "\n      fields:\n        - {{here: who, there: owner, unknown: problem{more}}}\n"
    office.desk(people.format(more=""))
    office.desks["there"].people = frozenset({TECH})
    made = office.desks["here"].open({"who": ADA}, ADA)
    office.day()
    assert (made.id,) == office.problems()["unmapped"].tickets

    office.desk(people.format(more=f", values: {{{ADA}: {TECH}}}"))
    office.day()

    assert [TECH] == office.shown("there", "owner")
    assert {} == office.problems()


def test_a_line_that_is_gone_takes_its_problems_along(office: Office) -> None:
    """R10: nobody can answer for it any more."""
    odd(office)
    office.desk("\n      fields:\n        - {here: title, there: short}\n")

    office.day()

    assert ["line removed"] == [row.closed for row in all_rows(office)]


def test_an_unpaired_ticket_leaves_the_list(office: Office) -> None:
    """R10, R14: else the problem could never end."""
    one, two = odd(office, 2)

    def unpair(number: str) -> None:
        (pair,) = office.look(lambda store: store.find_pairs(number))
        office.ask("unpair", pair=pair.id)

    unpair(one)
    assert (two,) == office.problems()["unmapped"].tickets
    unpair(two)
    assert {} == office.problems()


def test_a_retry_leaves_what_else_was_refused_refused(office: Office) -> None:
    """R25: another item's refused value is not sent again by it."""
    (one,) = odd(office)
    office.desks["there"].refuses = lambda name, _value: "too rude" if name == "short" else ""
    office.desks["here"].edit(one, {"title": "rude"}, ADA)
    office.day()
    assert "refused" in office.problems()
    tried = office.adapters["there"].requests["update"]
    number = next(row.id for row in all_rows(office) if row.problem.code == "unmapped")

    office.ask("retry", ids=[number])
    office.day()

    assert tried == office.adapters["there"].requests["update"]
