"""How a half pair finds its far ticket, or makes it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sync_service.core.actions import Create
from sync_service.core.begin import (
    LookUp,
    Words,
    key_of,
    may_create,
    needs_key_lookup,
    plan_create,
    take_found,
)
from sync_service.core.fold import refuse, value_text
from sync_service.core.mapping import Table
from sync_service.core.pair import Intent, Made, Making, Pair, Problem, Scope
from sync_service.core.rules import Rules
from sync_service.core.settle import Start
from sync_service.core.speak import Speaker
from sync_service.core.values import Key, Sides, Ticket
from tests.unit.core.examples import AT, BOTH, LEFT, ONE_WAY, RIGHT, STATUS, later, rules, ticket

HALF = Pair(1, "desk", Sides("L1", None), born_at=AT, run=7)
RUN = Start(7, AT)
INTENT = Intent(
    Making.TICKET, RIGHT, "test:desk:left:L1", AT, later(7), values={"short": "Printer"}
)
NEAR = ticket(LEFT, {"title": "Printer", "status": "New", "where": "Annex"})


def create(near: Ticket = NEAR, pair: Pair = HALF, by: Rules | None = None):
    """Plan the create of the far ticket."""
    by = by or rules()
    speaker = Speaker(Sides(near, None), by.systems, by.fit)
    values = {line.name: speaker.values(line, LEFT) for line in by.lines}
    return plan_create(pair, near, by, Words(speaker, values))


def copy(name: str = "R1", *, ours: bool = True) -> Ticket:
    """Give a far ticket that carries the key."""
    return ticket(RIGHT, {"short": "Printer"}, id=name, key=str(key_of(HALF, rules())), ours=ours)


def test_the_key_says_whose_copy_it_is_in_clear() -> None:
    """R15: `instance:link:system:ticket id`, and a parsed key is the same again."""
    key = key_of(HALF, rules())

    assert "test:desk:left:L1" == str(key)
    assert key == Key.parse(" test:desk:left:L1 ")
    assert Key("a", "b", "c", "has:colons") == Key.parse("a:b:c:has:colons")
    assert Key.parse("three:parts:only") is None


def test_the_key_travels_inside_the_create() -> None:
    """R15: never in a second call that a crash could lose."""
    (action,) = create().actions

    assert isinstance(action, Create)
    assert "test:desk:left:L1" == action.draft.key
    assert {"short": "Printer", "state": "New", "place": "Annex"} == dict(action.draft.fields)


def test_a_first_attempt_needs_no_look_up() -> None:
    """R16: its key was never used; a second attempt and a suspect pair may have used it."""
    assert not needs_key_lookup(HALF, RUN)
    assert needs_key_lookup(replace(HALF, intents=(INTENT,)), RUN)
    assert needs_key_lookup(replace(HALF, run=6), RUN)


@pytest.mark.parametrize("intents", [(), (INTENT,)])
def test_the_copy_that_carries_the_key_is_taken(intents: tuple[Intent, ...]) -> None:
    """R14, R16: with the past that an intent noted; without one it is an adoption."""
    made = take_found(replace(HALF, intents=intents), rules(), LookUp((copy(),)))

    assert made is not None
    assert ("R1", ()) == (made.pair.ids.right, made.pair.intents)
    assert (Made.CREATED if intents else Made.KEY) is made.pair.made
    assert bool(intents) == (made.pair.seen.right is not None)


@pytest.mark.parametrize(
    "found",
    [
        LookUp((copy(ours=False),)),
        LookUp((copy("R1"), copy("R2"))),
        LookUp((copy(),), taken=frozenset({"R1"})),
    ],
    ids=["a clone by a person", "two of ours", "its partner is taken"],
)
def test_a_key_that_proves_nothing_is_a_problem(found: LookUp) -> None:
    """R14, dagger: a key counts only on a ticket of our own user that nobody else has."""
    made = take_found(HALF, rules(), found)

    assert made is not None
    assert (HALF, ()) == (made.pair, made.actions)
    assert ["ambiguous-key"] == [one.code for one in made.problems]


def test_absence_that_proves_nothing_makes_nothing() -> None:
    """R4: the outcome stays unknown, and a person is asked."""
    made = take_found(replace(HALF, intents=(INTENT,)), rules(), LookUp(proven=False))

    assert made is not None
    assert ["unknown-create"] == [one.code for one in made.problems]
    assert (INTENT,) == made.pair.intents


def test_a_match_is_tried_before_a_create() -> None:
    """R14: one free match is joined, several are a problem, taken ones do not count."""
    one = take_found(HALF, rules(), LookUp(by_match=("R5", "R6"), taken=frozenset({"R6"})))
    assert one is not None
    assert ("R5", Made.MATCH) == (one.pair.ids.right, one.pair.made)

    many = take_found(HALF, rules(), LookUp(by_match=("R5", "R6")))
    assert many is not None
    assert ["many-matches"] == [problem.code for problem in many.problems]
    assert take_found(HALF, rules(), LookUp()) is None


def test_a_note_that_did_not_land_is_closed_even_if_nobody_wants_the_ticket_any_more() -> None:
    """R16, dagger."""
    made = create(replace(NEAR, sensitive=True), replace(HALF, intents=(INTENT,)))

    assert ((), ()) == (made.actions, made.pair.intents)
    assert "sensitive" in made.withheld


@pytest.mark.parametrize(
    ("near", "changes", "why"),
    [
        (replace(NEAR, sensitive=True), {}, "sensitive"),
        (NEAR, {"select": Sides(lambda _: False, lambda _: True)}, "not selected"),
        (NEAR, {"create": frozenset({LEFT})}, "creates no tickets in right"),
    ],
    ids=["sensitive", "not selected", "not created there"],
)
def test_who_gets_no_copy(near: Ticket, changes: dict[str, Any], why: str) -> None:
    """R13, R14: judged on the values read, before the create."""
    assert why in may_create(HALF, near, rules(**changes))


def test_a_sensitive_ticket_leaves_if_the_mapping_says_so() -> None:
    """R13: only then."""
    assert not may_create(HALF, replace(NEAR, sensitive=True), rules(keep_home=False))


def test_a_refused_create_is_not_sent_again() -> None:
    """R25: until one of its values changes."""
    (action,) = create().actions
    assert isinstance(action, Create)
    refused = refuse(HALF, RIGHT, "create", value_text(action.draft.fields))

    assert () == create(pair=refused).actions
    other = replace(NEAR, fields={**NEAR.fields, "title": "Printer on fire"})
    assert 1 == len(create(other, refused).actions)


def test_a_value_without_a_row_is_left_out_and_told_once() -> None:
    """R10: one problem per (link, field, value), named alike at a create and at an update."""
    line = replace(STATUS, table=Table(()))
    made = create(by=rules(BOTH, line))

    (action,) = made.actions
    assert isinstance(action, Create)
    assert {"short": "Printer"} == dict(action.draft.fields)
    (problem,) = made.problems
    assert isinstance(problem, Problem)
    assert ("unmapped", 'status = state="New"', ("L1",)) == (
        problem.code,
        problem.item,
        problem.tickets,
    )
    assert Scope.LINK is problem.scope


def test_what_the_call_cannot_carry_is_left_for_an_update() -> None:
    """R16: the create notes only what it sends."""
    by = rules(BOTH, ONE_WAY, creatable=Sides(lambda _: True, lambda name: name != "place"))

    (action,) = create(by=by).actions

    assert isinstance(action, Create)
    assert {"short": "Printer"} == dict(action.draft.fields)
    assert (ONE_WAY,) == action.left_out
