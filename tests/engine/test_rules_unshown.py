"""A field that a system does not show any more is not an empty one (R4, ADR 0044)."""

from __future__ import annotations

from sync_service.core.unshown import mapped
from sync_service.core.values import Side
from tests.engine.acts import ADA, joined
from tests.engine.link_rules import LINES
from tests.engine.world import World


def state(world: World, far: str) -> object:
    """Give what the right ticket's state really is."""
    return world.desks.right.records[far].fields.get("state")


def test_a_field_that_vanished_from_every_answer_empties_nothing() -> None:
    """R4, R7: a right was taken away; the next edit of the ticket emptied the other side."""
    world = World()
    near, far = joined(world)
    world.desks.left.edit(near, {"status": "open"}, ADA)
    world.settle()
    world.desks.right.unreadable = frozenset({"state"})
    world.desks.right.edit(far, {"short": "Plotter"}, ADA)

    world.settle()

    assert ("Plotter", "open") == tuple(
        world.desks.left.records[near].fields[name] for name in ("title", "status")
    )
    (row,) = world.store.problems()
    assert ("unshown", "right", "state", (far,)) == (
        row.problem.code, row.problem.system, row.problem.item, row.problem.tickets,
    )  # fmt: skip
    assert "right does not show state" in row.problem.message


def test_an_edit_waits_for_the_field_and_goes_on_when_it_is_shown_again() -> None:
    """R4, R7, R10: nothing is written over what nobody can see; one problem lists all tickets."""
    world = World()
    pairs = [joined(world), joined(world)]
    world.desks.right.unreadable = frozenset({"state"})
    for near, _ in pairs:
        world.desks.left.edit(near, {"status": "open"}, ADA)
    world.settle()
    (row,) = world.store.problems()
    assert sorted(far for _, far in pairs) == sorted(row.problem.tickets)
    assert ["New", "New"] == [state(world, far) for _, far in pairs]

    world.desks.right.unreadable = frozenset()
    world.store.retry([row.id])
    world.settle()

    assert ["open", "open"] == [state(world, far) for _, far in pairs]
    assert [] == world.store.problems()


def test_a_copy_is_made_without_what_is_not_shown_and_filled_later() -> None:
    """R4, R7: a create must not stop, and must not say that the field is empty."""
    world = World()
    world.desks.left.unreadable = frozenset({"status"})
    near = world.desks.left.open({"title": "Printer", "status": "open"}, ADA).id
    world.settle()
    ((far, record),) = world.desks.right.records.items()
    assert ("Printer", None) == (record.fields["short"], state(world, far))
    (row,) = world.store.problems()
    assert ("unshown", (near,)) == (row.problem.code, row.problem.tickets)

    world.desks.left.unreadable = frozenset()
    world.store.retry([row.id])
    world.settle()

    assert "open" == state(world, far)
    assert [] == world.store.problems()


def test_a_problem_ends_with_the_last_line_that_has_its_field() -> None:
    """R10: taking the line out of the mapping is one of the two ways out."""
    assert mapped("state, urgency", Side.RIGHT, LINES)
    assert not mapped("state", Side.LEFT, LINES)
