"""Values without a counterpart, from the birth of a copy on (R7, R10)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sync_service.core.mapping import Line, Row, Table
from sync_service.core.outgoing import Kind
from sync_service.core.values import Fields, Side, Sides
from tests.engine.acts import ADA, TECH
from tests.engine.link_rules import LINES
from tests.engine.world import World

TABLE = Table((Row(Sides(("New",), ("1",))), Row(Sides(("Open",), ("2",)))))
WHOLE = Table((*TABLE.rows, Row(Sides(("Odd",), ("9",)))))


def with_table(table: Table) -> tuple[Line, ...]:
    """Give the lines with a value table for the status."""
    return (LINES[0], replace(LINES[1], table=table))


def filling(world: World) -> None:
    """Let the right desk give each new ticket a state by itself, as real ones do."""
    plain = world.desks.right.open

    def opened(fields: Fields, by: str, key: str | None = None):
        return plain({"state": "1", **fields}, by, key)

    world.desks.right.open = opened  # type: ignore[method-assign]


def born_odd() -> tuple[World, str, str]:
    """Let a ticket whose status has no row meet its copy."""
    world = World(lines=with_table(TABLE))
    filling(world)
    near = world.desks.left.open({"title": "Printer", "status": "Odd"}, ADA).id
    world.settle()
    (far,) = world.desks.right.records
    return world, near, far


def test_a_value_without_a_row_at_birth_is_no_conflict() -> None:
    """R10: it is one problem, however often the pair is looked at; the copy's default is nobody's edit."""
    world, near, far = born_odd()

    world.desks.left.edit(near, {"title": "Printer on fire"}, ADA)
    world.settle()

    assert [] == world.conflicts()
    assert ["unmapped"] == list(world.problems())
    assert {"short": "Printer on fire", "state": "1"} == world.desks.right.records[far].fields


def test_a_row_that_comes_after_birth_carries_the_value() -> None:
    """R10: no person is asked about a copy that nobody touched."""
    world, _, far = born_odd()
    world.settle()

    world.lines = with_table(WHOLE)
    world.store.retry([row.id for row in world.store.problems()])
    world.settle()

    assert "9" == world.desks.right.records[far].fields["state"]
    assert [] == world.conflicts()
    assert {} == world.problems()


@pytest.mark.parametrize(("value", "flows"), [("2", "Open"), ("8", "Odd")])
def test_an_edit_of_such_a_copy_is_an_edit(value: str, flows: str) -> None:
    """R7, R10: where a person sets the copy's own value, both sides have changed, and the policy decides."""
    world, near, far = born_odd()
    world.policy = replace(world.policy, conflict=Side.RIGHT)

    world.desks.right.edit(far, {"state": value}, TECH)
    world.settle()

    assert flows == world.desks.left.records[near].fields["status"]
    assert value == world.desks.right.records[far].fields["state"]


PERSON: Sides[tuple[Kind, ...]] = Sides((Kind.PERSON,), (Kind.PERSON,))
WHO = Line("owner = agent", Sides(("owner",), ("agent",)), kinds=PERSON)


def test_a_person_whom_the_far_side_does_not_know_never_empties_its_field() -> None:
    """R10: neither when the ticket is reassigned to a stranger, nor later by any other edit."""
    world = World(lines=(LINES[0], WHO))
    world.desks.right.people = frozenset({TECH})
    near = world.desks.left.open({"title": "Printer", "owner": TECH}, ADA).id
    world.settle()
    (far,) = world.desks.right.records
    assert TECH == world.desks.right.records[far].fields["agent"]

    world.desks.left.edit(near, {"owner": ADA}, ADA)
    world.settle()
    world.desks.left.edit(near, {"title": "Printer on fire"}, ADA)
    world.settle()

    assert {"short": "Printer on fire", "agent": TECH} == world.desks.right.records[far].fields
    assert ADA == world.desks.left.records[near].fields["owner"]
    assert {} == world.problems()
