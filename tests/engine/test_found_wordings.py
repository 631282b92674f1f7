"""Failures found in comments that were edited or changed their visibility, as plain named tests."""

from __future__ import annotations

import pytest

from sync_service.adapters.memory import Manners
from sync_service.core.comments import CommentRules, Edits
from sync_service.core.values import InternalNote, PublicComment, Side
from tests.engine.acts import ADA, joined
from tests.engine.world import World


def talk(edits: Edits) -> CommentRules:
    """Give rules by which notes go to the right."""
    return CommentRules(internal=frozenset({Side.RIGHT}), edits=edits)


def public(world: World, far: str) -> list[str]:
    """List what the requester of the right ticket reads, without signatures."""
    shown = world.desks.right.records[far].comments
    return [one.body.split("\n\n")[-1] for one in shown if isinstance(one, PublicComment)]


def test_a_wording_that_was_appended_is_hidden_with_its_comment() -> None:
    """R13: the edit was what should never have been said in public."""
    world = World(comments=talk(Edits.APPEND))
    near, far = joined(world)
    said = world.desks.left.say(near, "On my way", ADA)
    world.settle()
    world.desks.left.reword(near, said.id, "On my way, the code is 1234")
    world.settle()
    assert 2 == len(public(world, far))
    world.desks.left.turn_internal(near, said.id)

    world.settle()

    assert [] == public(world, far)
    assert {} == world.problems()


def test_a_wording_that_cannot_be_hidden_is_a_problem_of_its_own() -> None:
    """R13: each of the two copies must be removed by hand, and each is named."""
    world = World(right=Manners(edits=False), comments=talk(Edits.FOLLOW))
    near, far = joined(world)
    said = world.desks.left.say(near, "On my way", ADA)
    world.settle()
    world.desks.left.reword(near, said.id, "On my way, the code is 1234")
    world.settle()
    world.desks.left.turn_internal(near, said.id)

    world.settle()

    copies = {one.id for one in world.desks.right.records[far].comments}
    assert copies == {
        row.problem.value for row in world.store.problems() if row.problem.code == "cannot-hide"
    }


def test_a_refused_wording_is_not_sent_again() -> None:
    """R25: it waits for another wording or for a person, as every refused item does."""
    world = World(comments=talk(Edits.APPEND))
    near, far = joined(world)
    said = world.desks.left.say(near, "first", ADA)
    world.settle()
    tries = []

    def refuses(name: str, value: object) -> str:
        if name == "comment" and "second" in str(value):
            tries.append(value)
            return "no seconds"
        return ""

    world.desks.right.refuses = refuses
    world.desks.left.reword(near, said.id, "second")
    world.settle()
    world.desks.left.edit(near, {"title": "Printer on fire"}, ADA)
    world.settle()
    assert 1 == len(tries)
    assert "refused" in world.problems()

    world.desks.left.reword(near, said.id, "third")
    world.settle()

    assert ["first", "third"] == public(world, far)


@pytest.mark.parametrize("manners", [Manners(), Manners(origin_field=False)])
def test_an_edit_in_the_hours_without_a_store_is_carried(manners: Manners) -> None:
    """R15, R21: how the original looked went with the store; its copy tells that it was edited."""
    world = World(right=manners)
    near, far = joined(world)
    said = world.desks.left.say(near, "first", ADA)
    world.desks.left.say(near, "other", ADA)
    world.settle()
    world.desks.left.reword(near, said.id, "second")
    world.lose_store()
    before = world.writes()

    world.settle()

    assert ["second", "other"] == [one.split("\n[sync ")[0] for one in public(world, far)]
    assert 1 == world.writes() - before


def test_a_note_that_was_copied_as_a_note_is_said_again_once_it_is_public() -> None:
    """R21, promise 4: the far requester would never read what the near one does."""
    world = World(comments=talk(Edits.FOLLOW))
    near, far = joined(world)
    said = world.desks.left.say(near, "Your printer is ready", ADA, public=False)
    world.settle()
    assert [] == public(world, far)
    world.desks.left.turn_public(near, said.id)

    world.settle()
    world.settle()

    assert ["Your printer is ready"] == public(world, far)
    world.desks.left.reword(near, said.id, "Your printer is broken")
    world.settle()
    assert "Your printer is broken" == public(world, far)[-1]


def test_a_comment_that_turns_internal_and_public_again_is_public_again() -> None:
    """R13, R21: hidden, said again, hidden with the rest, and said again."""
    world = World(comments=talk(Edits.FOLLOW))
    near, far = joined(world)
    said = world.desks.left.say(near, "Your printer is ready", ADA)
    world.settle()
    for _ in range(2):
        world.desks.left.turn_internal(near, said.id)
        world.settle()
        assert [] == public(world, far)
        world.desks.left.turn_public(near, said.id)
        world.settle()
        assert ["Your printer is ready"] == public(world, far)


def test_what_a_person_hid_on_the_far_side_stays_hidden() -> None:
    """R13: an edit of its original does not bring it back before the requester's eyes."""
    world = World(comments=talk(Edits.FOLLOW))
    near, far = joined(world)
    said = world.desks.left.say(near, "Call me", ADA)
    world.settle()
    (copy,) = world.desks.right.records[far].comments
    world.desks.right.turn_internal(far, copy.id)
    world.desks.left.reword(near, said.id, "Call me today")

    world.settle()
    world.settle()

    (kept,) = world.desks.right.records[far].comments
    assert isinstance(kept, InternalNote)
    assert kept.body.endswith("Call me today")


def test_a_note_goes_on_being_edited_after_its_copy_was_hidden_by_hand() -> None:
    """R13, R21: by then nobody but the staff reads either, so the edit follows."""
    world = World(right=Manners(edits=False), comments=talk(Edits.FOLLOW))
    near, far = joined(world)
    said = world.desks.left.say(near, "first", ADA)
    world.settle()
    world.desks.left.turn_internal(near, said.id)
    world.settle()
    (copy,) = world.desks.right.records[far].comments
    world.desks.right.turn_internal(far, copy.id)
    world.settle()
    world.desks.left.reword(near, said.id, "second")

    world.settle()

    assert [] == public(world, far)
    assert world.desks.right.records[far].comments[-1].body.endswith("second")
