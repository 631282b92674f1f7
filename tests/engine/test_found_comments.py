"""Failures found in what becomes of comments, as plain named tests."""

from __future__ import annotations

import pytest

from sync_service.adapters.memory import Manners
from sync_service.core.comments import CommentRules, Edits
from sync_service.core.pair import Making
from sync_service.core.values import InternalNote, Side
from sync_service.errors import UnknownOutcome
from tests.engine.acts import ADA, joined, once
from tests.engine.world import World


def test_an_old_copy_of_a_hidden_comment_is_hidden_too() -> None:
    """R13, R21: the store is new, the original is internal by now, its copy is still public."""
    world = World()
    near, far = joined(world)
    said = world.desks.left.say(near, "She is furious", ADA)
    world.settle()
    world.desks.left.turn_internal(near, said.id)
    world.lose_store()

    world.settle()

    (copy,) = world.desks.right.records[far].comments
    assert isinstance(copy, InternalNote)


def test_a_refused_hiding_is_not_sent_again() -> None:
    """R25: it waits for a person, as every refused item does."""
    world = World()
    near, _ = joined(world)
    said = world.desks.left.say(near, "She is furious", ADA)
    world.settle()
    adapter = world.adapters.right
    tries = []

    async def hide(*_args: object) -> None:
        from sync_service.errors import Rejected

        tries.append(1)
        raise Rejected("right refused to hide: not allowed", "not allowed")

    adapter.hide = hide  # type: ignore[method-assign,assignment]
    world.desks.left.turn_internal(near, said.id)
    world.settle()
    world.desks.left.edit(near, {"title": "Printer on fire"}, ADA)
    world.settle()

    assert [1] == tries
    assert "refused" in world.problems()


def test_a_rewrite_with_an_unknown_outcome_rests_too() -> None:
    """R17: a call that may still be on the wire could undo the next wording."""
    world = World()
    near, _ = joined(world)
    said = world.desks.left.say(near, "first", ADA)
    world.settle()
    world.desks.left.reword(near, said.id, "second")
    world.between = once(UnknownOutcome("silence"), ("right", "before", "rewrite"))
    world.run(minutes=0.2)

    (note,) = world.pair().intents
    assert Making.REWRITE is note.making
    rewrites = []
    world.between = lambda _side, when, what: (
        rewrites.append(world.clock()) if what == "rewrite" else None
    )
    world.settle()
    assert min(rewrites) > note.wire_until
    assert () == world.pair().intents


def test_a_wording_that_came_back_is_appended_again() -> None:
    """R21: first, second, first, second: the far side's last word is the author's."""
    world = World(comments=CommentRules(edits=Edits.APPEND))
    near, far = joined(world)
    said = world.desks.left.say(near, "first", ADA)
    world.settle()
    for body in ("second", "first", "second"):
        world.desks.left.reword(near, said.id, body)
        world.settle()

    bodies = [one.body.split("\n\n")[1] for one in world.desks.right.records[far].comments]
    assert ["first", "second", "first", "second"] == bodies


def test_a_note_that_was_made_public_is_copied() -> None:
    """R21: what did not flow because it was internal flows once it is public."""
    world = World(comments=CommentRules(public=frozenset(Side)))
    near, far = joined(world)
    said = world.desks.left.say(near, "done", ADA, public=False)
    world.settle()
    assert [] == world.desks.right.records[far].comments

    world.desks.left.turn_public(near, said.id)
    world.settle()

    assert 1 == len(world.desks.right.records[far].comments)


def test_a_copy_that_was_removed_by_hand_is_no_problem_any_more() -> None:
    """R13: a person did what the vendor's API cannot do."""
    world = World(right=Manners(edits=False))
    near, far = joined(world)
    said = world.desks.left.say(near, "She is furious", ADA)
    world.settle()
    world.desks.left.turn_internal(near, said.id)
    world.settle()
    assert "cannot-hide" in world.problems()

    (copy,) = world.desks.right.records[far].comments
    world.desks.right.turn_internal(far, copy.id)
    world.settle()

    assert {} == world.problems()


@pytest.mark.parametrize("edits", Edits)
@pytest.mark.parametrize("kind", [True, False], ids=["kind", "cannot edit"])
def test_a_copy_that_was_made_twice_is_named_and_left_alone(edits: Edits, kind: bool) -> None:
    """R21: it was rewritten thirty times, or said a third time without a word to anybody."""
    there = Manners(edits=kind, origin_field=kind)
    world = World(there, there, comments=CommentRules(edits=edits))
    near, far = joined(world)
    world.desks.left.say(near, "hello", ADA)
    world.settle()
    (copy,) = world.desks.right.records[far].comments
    world.desks.right.say(far, copy.body, copy.author.email, origin=copy.origin)

    world.settle()
    world.clock.tick(60)
    world.desks.left.edit(near, {"title": "Printer on fire"}, ADA)
    world.settle()

    assert 2 == len(world.desks.right.records[far].comments)
    assert "rewrite" not in world.adapters.right.requests
    assert ["second-copy"] == list(world.problems())
