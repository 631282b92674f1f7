"""What a plan holds besides the merge: privacy, paths, companions, refusals, and its types."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sync_service.core.actions import Update
from sync_service.core.fold import contest, refuse, value_text
from sync_service.core.mapping import Line, Row, Table
from sync_service.core.outgoing import Traits
from sync_service.core.pair import Conflict, Intent, Made, Making
from sync_service.core.resolve import resolved
from sync_service.core.values import Side, Sides
from tests.unit.core.examples import (
    AT,
    BOTH,
    LEFT,
    ONE_WAY,
    RIGHT,
    STATUS,
    pair,
    plan_for,
    rules,
    said,
    ticket,
)

OLD = pair({"title": "old"}, {"short": "old"})
EDITED = Sides(ticket(LEFT, {"title": "new"}), ticket(RIGHT, {"short": "old"}))
WORKFLOW = {"New": ("Open",), "Open": ("Closed",), "Closed": ("Open",)}


@pytest.mark.parametrize("side", list(Side))
def test_nothing_flows_of_a_ticket_that_turned_sensitive(side: Side) -> None:
    """R13: judged on the values read, on either side, for fields and comments, in a pair too."""
    now = EDITED.put(LEFT, replace(EDITED.left, comments=(said("c1"),)))
    now = now.put(side, replace(now.of(side), sensitive=True))

    made = plan_for(OLD, now, rules(BOTH))

    assert () == made.actions
    assert ["withheld"] == [one.code for one in made.problems]
    assert plan_for(OLD, now, rules(BOTH, keep_home=False)).actions


def test_a_stopped_pair_settles_its_comments_before_it_stops() -> None:
    """R13, R20, dagger: else its note would stay open for ever."""
    note = Intent(Making.COMMENT, RIGHT, "left:L1:c1", AT, AT)
    now = EDITED.put(LEFT, replace(EDITED.left, sensitive=True))

    assert () == plan_for(replace(OLD, intents=(note,)), now, rules(BOTH)).pair.intents


@pytest.mark.parametrize(("stop", "flows"), [(True, False), (False, True)])
def test_a_deselected_pair_goes_on_unless_told_to_stop(stop: bool, flows: bool) -> None:
    """R13: `when_deselected: keep | stop`."""
    by = rules(BOTH, select=Sides(lambda _: False, lambda _: False), stop_when_deselected=stop)

    assert flows is bool(plan_for(OLD, EDITED, by).actions)


@pytest.mark.parametrize(
    ("copies", "selected", "flows"),
    [
        ({RIGHT}, Sides(False, True), False),
        ({RIGHT}, Sides(True, False), True),
        ({LEFT}, Sides(False, True), True),
        (set(), Sides(False, True), True),
        ({LEFT, RIGHT}, Sides(False, True), True),
    ],
    ids=["its original is not", "its original is", "from the right", "matched", "both ours"],
)
def test_a_copy_of_ours_keeps_no_pair_selected(
    copies: set[Side], selected: Sides[bool], flows: bool
) -> None:
    """R13: most links select on one side only; every copy is "selected" on the other."""
    by = rules(BOTH, select=selected.map(lambda one: lambda _: one), stop_when_deselected=True)
    now = Sides.build(lambda side: replace(EDITED.of(side), ours=side in copies))

    assert flows is bool(plan_for(OLD, now, by).actions)


def test_comments_go_before_fields() -> None:
    """R11: a closing status comes last, or the vendor may refuse the comment."""
    now = EDITED.put(LEFT, replace(EDITED.left, comments=(said("c1"),)))

    made = plan_for(OLD, now, rules(BOTH))

    assert ["AddReply", "Update"] == [type(one).__name__ for one in made.actions]


def test_changes_of_one_side_are_one_update_with_their_companions() -> None:
    """R11: each line knows its own companions, so that it can be sent alone."""
    table = Table((Row(Sides(("Done",), ("Closed",)), Sides({}, {"close_code": "Solved"})),))
    one = pair({"title": "old", "status": "New"}, {"short": "old", "state": "New"})
    now = Sides(
        ticket(LEFT, {"title": "new", "status": "Done"}),
        ticket(RIGHT, {"short": "old", "state": "New"}),
    )

    (update,) = plan_for(one, now, rules(BOTH, replace(STATUS, table=table))).actions

    assert isinstance(update, Update)
    assert {"short": "new", "state": "Closed", "close_code": "Solved"} == dict(update.changes)
    alone = replace(update, lines=update.lines[:1])
    assert {"short": "new"} == dict(alone.changes)


def test_coupled_fields_are_compared_and_written_together() -> None:
    """R11: rows are tuples."""
    line = Line(
        "priority = impact + urgency",
        Sides(("priority",), ("impact", "urgency")),
        table=Table((Row(Sides(("High",), ("2", "1"))), Row(Sides(("Low",), ("3", "3"))))),
    )
    one = pair({"priority": "Low"}, {"impact": "3", "urgency": "3"})
    now = Sides(ticket(LEFT, {"priority": "High"}), ticket(RIGHT, {"impact": "3", "urgency": "3"}))

    (update,) = plan_for(one, now, rules(line)).actions
    assert isinstance(update, Update)
    assert {"impact": "2", "urgency": "1"} == dict(update.changes)

    now = Sides(ticket(LEFT, {"priority": "Low"}), ticket(RIGHT, {"impact": "2", "urgency": "1"}))
    (back,) = plan_for(one, now, rules(line)).actions
    assert isinstance(back, Update)
    assert {"priority": "High"} == dict(back.changes)


def status(goal: str, present: str = "New"):
    """Plan a status that the left side has changed."""
    by = rules(STATUS, traits=Sides(Traits(), Traits(status_field="state")))
    now = Sides(
        ticket(LEFT, {"status": goal}), ticket(RIGHT, {"state": present}, workflow=WORKFLOW)
    )
    return plan_for(pair({"status": present}, {"state": present}), now, by)


def test_a_status_takes_its_legal_hops() -> None:
    """R22: noted as hops, so that a hop that comes back is ours."""
    (update,) = status("Closed").actions

    assert isinstance(update, Update)
    assert (("state", "Open"),) == update.path
    assert ("Open",) == update.lines[0].hops
    assert {"state": "Closed"} == dict(update.changes)


def test_a_status_that_cannot_be_reached_is_a_problem() -> None:
    """R22: told with what can be reached, and closed when the sides agree."""
    made = status("Lost")

    assert () == made.actions
    (problem,) = [one for one in made.problems if one.code == "no-path"]
    level = Sides(ticket(LEFT, {"status": "Open"}), ticket(RIGHT, {"state": "Open"}))
    solved = [
        one for one in plan_for(made.pair, level, rules(STATUS)).problems if one.code == "no-path"
    ]
    assert [(problem.system, problem.item)] == [(one.system, one.item) for one in solved]


def test_a_status_that_already_means_the_same_is_not_written() -> None:
    """R10, R22: backwards the present value wins if it already maps."""
    table = Table(
        (Row(Sides(("New",), ("1",))), Row(Sides(("Open",), ("1",))), Row(Sides(("Done",), ("2",))))
    )
    one = pair({"status": "Open"}, {"state": "2"})
    now = Sides(ticket(LEFT, {"status": "Open"}), ticket(RIGHT, {"state": "1"}))

    assert () == plan_for(one, now, rules(replace(STATUS, table=table))).actions


def test_the_same_refused_value_is_not_sent_again_by_itself() -> None:
    """R25: another value is."""
    refused = refuse(OLD, RIGHT, BOTH.name, value_text({"short": "new"}))

    assert () == plan_for(refused, EDITED, rules(BOTH)).actions
    other = EDITED.put(LEFT, ticket(LEFT, {"title": "newer"}))
    assert plan_for(refused, other, rules(BOTH)).actions


def test_a_value_that_was_taken_back_closes_its_problem() -> None:
    """R25."""
    refused = refuse(OLD, RIGHT, BOTH.name, value_text({"short": "new"}))
    back = EDITED.put(LEFT, ticket(LEFT, {"title": "old"}))

    made = plan_for(refused, back, rules(BOTH))

    assert () == made.pair.refusals
    assert ("right", BOTH.name) in [
        (one.system, one.item) for one in made.problems if one.code == "refused"
    ]


def test_a_value_without_a_row_writes_nothing_and_is_one_problem() -> None:
    """R10: it waits unrecorded, so that it goes through once the table has a row."""
    line = replace(STATUS, table=Table((Row(Sides(("New",), ("1",))),)))
    one = pair({"status": "New"}, {"state": "1"})
    now = Sides(ticket(LEFT, {"status": "Odd"}), ticket(RIGHT, {"state": "1"}))

    made = plan_for(one, now, rules(line))
    assert () == made.actions
    assert ['status = state="Odd"'] == [p.item for p in made.problems if p.code == "unmapped"]

    mapped = replace(line, table=Table((*line.table.rows, Row(Sides(("Odd",), ("9",))))))  # type: ignore[union-attr]
    (update,) = plan_for(made.pair, now, rules(mapped)).actions
    assert isinstance(update, Update)
    assert {"state": "9"} == dict(update.changes)


def test_a_changed_value_table_changes_nothing_by_itself() -> None:
    """R6: `seen` holds the vendors' own values."""
    one = pair({"status": "New"}, {"state": "1"})
    now = Sides(ticket(LEFT, {"status": "New"}), ticket(RIGHT, {"state": "1"}))

    for far in ("1", "7"):
        line = replace(STATUS, table=Table((Row(Sides(("New",), (far,))),)))
        assert () == plan_for(one, now, rules(line)).actions


@pytest.mark.parametrize("winner", list(Side))
def test_a_person_decides_a_contested_line_once(winner: Side) -> None:
    """R8: the chosen value goes on, the question is over, and a newer edit is a new conflict."""
    both = Sides(ticket(LEFT, {"title": "mine"}), ticket(RIGHT, {"short": "theirs"}))
    asked = contest(OLD, BOTH.name, ask=True)
    told = Conflict(1, BOTH.name, Sides(("mine",), ("theirs",)), None)
    assert () == plan_for(asked, both, rules(BOTH)).actions

    chosen = resolved(asked, BOTH, told, winner)
    made = plan_for(chosen, both, rules(BOTH))

    (update,) = made.actions
    assert isinstance(update, Update)
    assert (winner.far, ["mine" if winner is LEFT else "theirs"]) == (
        update.to,
        list(update.changes.values()),
    )
    assert ((), frozenset()) == (made.conflicts, chosen.contested)
    name = BOTH.names.of(winner.far)[0]
    edited = both.put(winner.far, ticket(winner.far, {name: "edited since"}))
    assert 1 == len(plan_for(chosen, edited, rules(BOTH)).conflicts)


def test_a_newborn_copy_takes_its_original_value() -> None:
    """R7: whatever a copy shows by itself, nobody put it there."""
    born = pair(made=Made.CREATED, recorded_at=None)
    now = Sides(ticket(LEFT, {"where": "Annex"}), ticket(RIGHT, {"place": "Default"}, ours=True))

    (update,) = plan_for(born, now, rules(ONE_WAY)).actions

    assert isinstance(update, Update)
    assert {"place": "Annex"} == dict(update.changes)
