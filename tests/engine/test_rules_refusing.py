"""What a system refuses, aloud or without a word, and what it writes in its own way."""

from __future__ import annotations

import pytest

from sync_service.adapters.memory import Manners
from sync_service.core.values import Sides
from tests.engine.acts import ADA, joined
from tests.engine.world import World


def test_a_silent_refusal_is_a_problem_and_moves_nothing() -> None:
    """R19: the desk takes the call and keeps the old value."""
    world = World()
    near, far = joined(world)
    deaf = world.desks.right.edit
    world.desks.right.edit = lambda one, _fields, _by: deaf(one, {}, _by)  # type: ignore[method-assign,assignment]
    world.desks.left.edit(near, {"title": "Printer on fire"}, ADA)

    world.settle()

    assert "still shows the old value" in world.problems()["refused"].message
    assert "Printer on fire" == world.desks.left.records[near].fields["title"]
    world.desks.right.edit = deaf  # type: ignore[method-assign]
    world.store.retry([row.id for row in world.store.problems()])
    world.settle()
    assert "Printer on fire" == world.desks.right.records[far].fields["short"]


def test_a_vendors_normalising_is_no_edit() -> None:
    """R19: a deviation in the write's own reply is stored, and nothing comes back."""
    world = World()
    near, far = joined(world)
    plain = world.desks.right.edit
    world.desks.right.edit = lambda one, fields, by: plain(  # type: ignore[method-assign,assignment]
        one, {n: str(v).title() for n, v in fields.items()}, by
    )
    world.desks.left.edit(near, {"title": "printer on fire"}, ADA)

    world.settle()

    assert "Printer On Fire" == world.desks.right.records[far].fields["short"]
    assert "printer on fire" == world.desks.left.records[near].fields["title"]


@pytest.mark.parametrize("vague", [False, True], ids=["named", "unnamed"])
def test_a_refused_update_of_several_fields_is_split(vague: bool) -> None:
    """R25: the one refused field waits, the others arrive, also where the vendor does not say which."""
    world = World(right=Manners(vague=vague))
    near, far = joined(world)
    world.desks.right.refuses = lambda _name, value: "no swearing" if value == "Damn" else ""
    world.desks.left.edit(near, {"title": "Damn", "status": "Open", "where": "Annex"}, ADA)

    world.settle()

    fields = world.desks.right.records[far].fields
    assert {"short": "Printer", "state": "Open", "place": "Annex"} == fields
    problem = world.problems()["refused"]
    assert ("title = short", "no swearing") == (problem.item, problem.words)


def test_of_several_refused_fields_each_is_found_and_the_same_value_never_sent_again() -> None:
    """R25, R18: a vendor that names no field gets each line once by itself, and then no more."""
    world = World(right=Manners(vague=True))
    near, far = joined(world, where="Hall")
    world.desks.right.refuses = lambda _name, value: "no" if value in ("Damn", "Hell") else ""
    world.desks.left.edit(near, {"title": "Damn", "status": "Open", "where": "Hell"}, ADA)
    world.settle()

    fields = world.desks.right.records[far].fields
    assert {"short": "Printer", "state": "Open", "place": "Hall"} == fields
    refused = {row.problem.item for row in world.store.problems()}
    assert {"title = short", "where = place"} == refused
    before = world.writes()
    world.desks.left.edit(near, {"status": "New"}, ADA)
    world.settle()
    assert "New" == world.desks.right.records[far].fields["state"]
    assert before + 1 == world.writes()


def test_a_person_retries_a_refused_value() -> None:
    """R25: it is planned anew from both tickets, so nothing stale is sent."""
    world = World()
    near, far = joined(world)
    world.desks.right.refuses = lambda _name, value: "not today" if value == "Damn" else ""
    world.desks.left.edit(near, {"title": "Damn"}, ADA)
    world.settle()
    world.desks.right.refuses = lambda _name, _value: ""
    world.settle()
    assert "Printer" == world.desks.right.records[far].fields["short"]

    world.store.retry([row.id for row in world.store.problems()])
    world.settle()

    assert "Damn" == world.desks.right.records[far].fields["short"]
    assert {} == world.problems()


def test_a_refused_comment_does_not_hold_up_the_next() -> None:
    """R21, R25."""
    world = World()
    near, far = joined(world)
    world.desks.right.refuses = lambda _n, value: "too rude" if "Damn" in str(value) else ""
    world.desks.left.say(near, "Damn", ADA)
    world.clock.tick(1)
    world.desks.left.say(near, "Sorry", ADA)

    world.settle()

    assert ["ada (left)\n\nSorry"] == [one.body for one in world.desks.right.records[far].comments]
    assert "too rude" == world.problems()["refused"].words


def test_a_refused_create_waits_for_another_value() -> None:
    """R25: the pair stays half, and the next edit tries again."""
    world = World()
    world.desks.right.refuses = lambda _name, value: "no swearing" if value == "Damn" else ""
    near = world.desks.left.open({"title": "Damn", "status": "New"}, ADA)
    world.settle()
    world.settle()
    assert {} == world.desks.right.records
    assert ["refused"] == list(world.problems())

    world.desks.left.edit(near.id, {"title": "Printer"}, ADA)
    world.settle()

    assert 1 == len(world.desks.right.records)
    assert {} == world.problems()


def test_a_refused_create_is_tried_again_with_other_needs() -> None:
    """R25: what `on_create` brings is part of the value, so a corrected mapping needs no retry by hand."""
    world = World()
    world.desks.right.refuses = lambda _name, _value: "a requester is needed"
    near = world.desks.left.open({"title": "Printer", "status": "New"}, ADA)
    world.settle()
    world.desks.right.refuses = lambda _name, _value: ""
    world.desks.left.say(near.id, "Anybody?", ADA)
    world.settle()
    assert {} == world.desks.right.records

    world.changes = {"extras": Sides(lambda _: {}, lambda _: {"requester": "help"})}
    world.desks.left.say(near.id, "Hello?", ADA)
    world.settle()

    assert 1 == len(world.desks.right.records)
    assert {} == world.problems()
