"""Every failure ever found, as a plain named test: by reading, by random histories, by users."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sync_service.adapters.memory import US, Manners
from sync_service.core.mapping import Drift
from sync_service.core.merge import Policy
from sync_service.core.values import Side
from sync_service.errors import NotSent, TryLater, UnknownOutcome
from tests.engine.acts import ADA, TECH, joined, once
from tests.engine.link_rules import LINES
from tests.engine.world import World

STEPS = {"New": ("Open",), "Open": ("New", "Closed"), "Closed": ("Open",)}
WORKFLOW = Manners(status="state", workflow=STEPS)


@pytest.mark.parametrize("error", [NotSent("no route"), UnknownOutcome("silence")])
def test_a_status_path_that_stopped_half_way_is_no_edit(error: Exception) -> None:
    """R17, R22: the hop that landed is ours; the way goes on from there without a conflict."""
    world = World(right=replace(WORKFLOW, serial=False))
    near, far = joined(world)
    world.desks.left.edit(near, {"status": "Closed"}, ADA)
    world.between = once(error, ("right", "before", "update"), skip=1)

    world.settle()

    assert "Closed" == world.desks.left.records[near].fields["status"]
    assert "Closed" == world.desks.right.records[far].fields["state"]
    assert [] == world.conflicts()


def test_a_path_whose_goal_is_refused_does_not_come_back() -> None:
    """R17, R19: a hop is ours, so it is not carried to the side that asked for the goal."""
    world = World(right=WORKFLOW)
    near, far = joined(world)
    world.desks.right.refuses = lambda _name, value: "needs a cause" if value == "Closed" else ""
    world.desks.left.edit(near, {"status": "Closed"}, ADA)

    world.settle()
    world.settle()

    assert "Closed" == world.desks.left.records[near].fields["status"]
    assert "Open" == world.desks.right.records[far].fields["state"]
    assert [] == world.conflicts()
    assert "refused" in world.problems()


def test_lines_sent_one_by_one_take_only_what_is_theirs() -> None:
    """R11, R25: the hops of a status go with the status, not with another line of the update."""
    world = World(right=WORKFLOW)
    near, far = joined(world)
    world.desks.right.refuses = lambda _name, value: "no swearing" if value == "Damn" else ""
    world.desks.left.edit(near, {"status": "Closed", "title": "Damn"}, ADA)

    world.settle()

    assert "Closed" == world.desks.right.records[far].fields["state"]
    assert "Closed" == world.desks.left.records[near].fields["status"]
    assert [] == world.conflicts()
    assert "title = short" == world.problems()["refused"].item


@pytest.mark.parametrize("audit", [False, True])
def test_in_a_restored_store_a_side_that_shows_its_past_may_have_changed(audit: bool) -> None:
    """R16: left and right were edited and synced after the backup, then right went back.

    The store believes right untouched and would carry left's older value over it.
    """
    world = World(Manners(audit=audit), Manners(audit=audit))
    near, far = joined(world)
    backup = world.backup()
    world.desks.left.edit(near, {"title": "Printer on fire"}, ADA)
    world.settle()
    world.clock.tick(60)
    world.restore(backup)
    world.desks.right.edit(far, {"short": "Printer"}, TECH)
    world.clock.tick(60)

    world.settle()
    world.settle()

    kept = {
        value
        for row in world.conflicts()
        for side in Side
        for value in row.conflict.values.of(side)
    }
    assert {"Printer", "Printer on fire"} <= kept
    assert [None] == [row.conflict.winner for row in world.conflicts() if not row.closed] or audit


def test_a_refused_value_that_was_taken_back_is_no_problem_any_more() -> None:
    """R25: it blocks until the value changes, and then the problem closes."""
    world = World()
    near, _ = joined(world)
    world.desks.right.refuses = lambda _name, value: "no swearing" if value == "Damn" else ""
    world.desks.left.edit(near, {"title": "Damn"}, ADA)
    world.settle()
    assert "refused" in world.problems()

    world.desks.left.edit(near, {"title": "Printer"}, ADA)
    world.settle()

    assert {} == world.problems()
    assert () == world.pair().refusals


def test_a_second_ticket_of_ours_with_the_same_key_is_a_problem() -> None:
    """R14: its partner is taken; an automation of our own account may have cloned the copy."""
    world = World()
    _, far = joined(world)
    world.desks.right.open({"short": "Printer"}, US, world.desks.right.records[far].key)

    world.settle()

    assert "cloned-key" in world.problems()


def test_newest_looks_into_the_audit_trail() -> None:
    """R8: the later edit wins by the vendors' trails, beyond the skew; both values are kept."""
    world = World(policy=Policy(Side.LEFT, None, newest=True))
    near, far = joined(world)
    world.clock.tick(60)
    world.desks.left.edit(near, {"title": "older"}, ADA)
    world.clock.tick(60)
    world.desks.right.edit(far, {"short": "newer"}, TECH)

    world.settle()

    assert "newer" == world.desks.left.records[near].fields["title"]
    assert [Side.RIGHT] == [row.conflict.winner for row in world.conflicts()]


def test_newest_stands_when_its_write_is_put_off() -> None:
    """R8: the pass that ended in an outage takes nothing from what the trails tell."""
    world = World(policy=Policy(Side.LEFT, None, newest=True))
    near, far = joined(world)
    world.clock.tick(60)
    world.desks.left.edit(near, {"title": "older"}, ADA)
    world.clock.tick(60)
    world.desks.right.edit(far, {"short": "newer"}, TECH)
    world.clock.tick(60)
    world.between = once(TryLater("busy", 30), ("left", "before", "update"))

    world.settle()

    assert "newer" == world.desks.left.records[near].fields["title"]


def test_drift_is_restored_where_the_mapping_says_so() -> None:
    """R9: an edit on the target of a one-way line is undone with `drift: restore`."""
    lines = (*LINES[:2], replace(LINES[2], drift=Drift.RESTORE))
    world = World(lines=lines)
    near, far = joined(world, where="Annex")
    world.desks.right.edit(far, {"place": "Cellar"}, TECH)

    world.settle()

    assert "Annex" == world.desks.right.records[far].fields["place"]
    assert "Annex" == world.desks.left.records[near].fields["where"]
