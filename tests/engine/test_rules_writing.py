"""Notes before writes, look-ups before repeats, and how writes end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sync_service.adapters.memory import Manners
from sync_service.core.comments import CommentRules
from sync_service.core.values import InternalNote, Side
from sync_service.errors import NotSent, Stale, TryLater, UnknownOutcome
from tests.engine.acts import ADA, TECH, joined, once
from tests.engine.link_rules import CLAIM
from tests.engine.world import World

BLIND = Manners(audit=False, serial=False, resolution=timedelta(seconds=1))


def test_the_key_stands_in_the_ticket_from_its_first_moment() -> None:
    """R15: a crash right after the create leaves a copy that names its original."""
    world = World()
    near = world.desks.left.open({"title": "Printer", "status": "New"}, ADA)
    world.between = lambda _s, when, what: (
        setattr(world, "fuse", 0) if (when, what) == ("after", "create") else None
    )

    assert not world.run()

    (copy,) = world.desks.right.records.values()
    assert f"test:desk:left:{near.id}" == copy.key


def test_an_intent_is_in_the_store_before_the_call_is_on_the_wire() -> None:
    """R16, R17: every write of every kind finds its note there, with the end of its time."""
    world = World()
    near = world.desks.left.open({"title": "Printer", "status": "New"}, ADA)
    said = world.desks.left.say(near.id, "It smells", ADA)
    seen: dict[str, bool] = {}

    def between(_side: str, when: str, what: str) -> None:
        if when == "before":
            pair = world.pair()
            ends = [n.wire_until for n in pair.sent] + [n.wire_until for n in pair.intents]
            seen[what] = bool(ends) and min(ends) > world.clock()

    world.between = between
    world.settle()
    world.desks.left.edit(near.id, {"title": "Printer on fire"}, ADA)
    world.desks.left.reword(near.id, said.id, "It burns")
    world.desks.left.say(near.id, "psst", ADA, public=False)
    world.settle()
    world.desks.left.turn_internal(near.id, said.id)
    world.settle()

    assert dict.fromkeys(["create", "reply", "update", "rewrite", "note", "hide"], True) == seen


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("what", ["create", "update", "reply"])
@pytest.mark.parametrize("manners", [Manners(), BLIND], ids=["kind", "blind"])
def test_a_write_with_an_unknown_outcome_is_looked_for_before_it_is_repeated(
    when: str, what: str, manners: Manners
) -> None:
    """R16, R17, R18: whether it landed or not, it is there once in the end."""
    world = World(manners, manners)
    if what != "create":
        near, _ = joined(world)
        world.desks.left.edit(near, {"title": "Printer on fire"}, ADA)
    else:
        near = world.desks.left.open({"title": "Printer on fire", "status": "New"}, ADA).id
    world.desks.left.say(near, "It smells", ADA)
    world.between = once(UnknownOutcome("silence"), ("right", when, what))

    world.settle()

    (copy,) = world.desks.right.records.values()
    assert "Printer on fire" == copy.fields["short"]
    assert 1 == len(copy.comments)


def test_nobody_settles_a_write_that_may_still_be_on_the_wire() -> None:
    """R16, R17, dagger: the read that settles begins after its time and the index lag."""
    world = World(right=Manners(lag=timedelta(seconds=3)))
    near, _ = joined_late(world)
    world.desks.left.edit(near, {"title": "Printer on fire"}, ADA)
    sent_at = []

    def between(_side: str, when: str, what: str) -> None:
        if what == "update" and when == "before":
            sent_at.append(world.clock())
            if len(sent_at) == 1:
                raise UnknownOutcome("silence")

    world.between = between

    world.settle()

    assert sent_at[1] - sent_at[0] >= CLAIM + timedelta(seconds=2 + 3)


def joined_late(world: World) -> tuple[str, str]:
    """Join a ticket with its copy on a desk whose search lags."""
    made = world.desks.left.open({"title": "Printer", "status": "New"}, ADA)
    world.settle()
    world.clock.tick(10)
    world.settle()
    (copy,) = world.desks.right.records.values()
    return made.id, copy.id


def test_after_a_start_nothing_old_is_written_before_the_rest() -> None:
    """R16, dagger: another daemon's last call may still be on the wire."""
    world = World()
    near, _ = joined(world)
    world.desks.left.edit(near, {"title": "Printer on fire"}, ADA)
    started, wrote = world.clock(), []
    world.between = lambda _s, when, _w: wrote.append(world.clock()) if when == "before" else None

    world.settle()

    assert min(wrote) - started >= CLAIM + timedelta(seconds=2)


def test_the_client_sends_nothing_past_its_deadline() -> None:
    """R16, R18: it is not sent, and planned again."""
    world = World()
    near, far = joined(world)
    world.desks.left.edit(near, {"title": "Printer on fire"}, ADA)
    slow = [True]

    def between(_side: str, when: str, what: str) -> None:
        if (when, what) == ("before", "update") and slow:
            slow.clear()
            world.clock.tick(60)

    world.between = between
    world.settle()

    assert "Printer on fire" == world.desks.right.records[far].fields["short"]
    assert 1 == world.adapters.right.requests["update"]


@pytest.mark.parametrize(
    "error",
    [NotSent("no route"), TryLater("busy", 5), Stale("moved")],
    ids=["not sent", "busy", "stale"],
)
def test_a_write_that_surely_did_not_happen_leaves_no_note(error: Exception) -> None:
    """R18: it is tried again without a dispute."""
    world = World(BLIND, BLIND)
    near, far = joined(world)
    world.desks.left.edit(near, {"title": "Printer on fire"}, ADA)
    world.between = once(error, ("right", "before", "update"))

    world.settle()

    assert "Printer on fire" == world.desks.right.records[far].fields["short"]
    assert [] == world.conflicts()


def test_a_ticket_whose_status_changed_since_the_comments_is_planned_anew() -> None:
    """R17, R20: after we wrote, the target is read again before its fields are written."""
    world = World(right=Manners(serial=False))
    near, far = joined(world)
    world.desks.left.edit(near, {"title": "Printer on fire"}, ADA)
    world.desks.left.say(near, "It smells", ADA)

    def between(side: str, when: str, what: str) -> None:
        if (side, when, what) == ("right", "after", "reply"):
            world.desks.right.edit(far, {"short": "Theirs"}, TECH)

    world.between = between

    world.settle()

    kept = {value for _, value in world.kept_values()}
    assert {"Theirs", "Printer on fire"} <= kept


def test_a_marker_is_the_last_line_and_nothing_else() -> None:
    """R21: a desk without a field for it; a quotation of the marker is a person's words."""
    world = World(right=Manners(origin_field=False))
    near, far = joined(world)
    said = world.desks.left.say(near, "It smells", ADA)
    world.settle()
    (copy,) = world.desks.right.records[far].comments
    assert f"ada (left)\n\nIt smells\n[sync left:{near}:{said.id}]" == copy.body

    world.desks.right.say(far, f"You said:\n{copy.body}\nReally?", TECH)
    world.settle()

    assert 2 == len(world.desks.left.records[near].comments)


def test_equal_words_of_two_people_are_two_comments() -> None:
    """R21: they are never matched by text, also with a crash between them."""
    for fuse in range(0, 40, 3):
        world = World(Manners(origin_field=False), Manners(origin_field=False))
        near, far = joined(world)
        for public in (True, True, False):
            world.desks.left.say(near, "hi", ADA, public=public)
        world.desks.right.say(far, "hi", TECH)
        world.fuse = fuse
        world.settle()
        world.fuse = None
        world.settle()

        here, there = world.desks.left.records[near], world.desks.right.records[far]
        assert [4, 4] == [len(here.comments), len(there.comments)], fuse
        assert 1 == sum(isinstance(one, InternalNote) for one in there.comments), fuse


@pytest.mark.parametrize("public", [True, False])
def test_a_comment_whose_visibility_changes_on_the_wire_does_not_leak(public: bool) -> None:
    """R13: what was public when it was read is hidden once it is internal."""
    world = World(comments=CommentRules(internal=frozenset({Side.RIGHT})))
    near, far = joined(world)
    said = world.desks.left.say(near, "psst", ADA, public=public)

    def between(_side: str, when: str, what: str) -> None:
        if when == "before" and what in ("reply", "note"):
            world.desks.left.turn_internal(near, said.id)

    world.between = between
    world.settle()

    (copy,) = world.desks.right.records[far].comments
    assert isinstance(copy, InternalNote)


def test_a_ticket_that_turns_sensitive_stops_at_once_and_goes_on_later() -> None:
    """R13: for fields and comments, and it says so."""
    world = World()
    near, far = joined(world)
    world.desks.left.mark_sensitive(near)
    world.desks.left.edit(near, {"title": "Secret"}, ADA)
    world.desks.left.say(near, "secret", ADA)
    world.settle()

    assert "Printer" == world.desks.right.records[far].fields["short"]
    assert [] == world.desks.right.records[far].comments
    assert {"withheld"} == set(world.problems())

    world.desks.left.mark_sensitive(near, sensitive=False)
    world.settle()
    assert "Secret" == world.desks.right.records[far].fields["short"]
    assert {} == world.problems()
