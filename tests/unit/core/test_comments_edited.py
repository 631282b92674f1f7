"""What becomes of copies whose originals were edited, hidden or refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sync_service.core import record
from sync_service.core.actions import AddReply, Hide, Rewrite
from sync_service.core.comments import Edits
from sync_service.core.fold import refuse
from sync_service.core.outgoing import Note, Traits
from sync_service.core.pair import Problem, Solved
from sync_service.core.rules import Rules
from sync_service.core.values import Comment, InternalNote, Sides, Ticket
from tests.unit.core.examples import (
    BOTH,
    LEFT,
    RIGHT,
    perform,
    plan_for,
    rules,
    said,
    ticket,
)
from tests.unit.core.test_comments import C1, ONE, TALK, talk, tickets, words


def synced(comment: Comment, by: Rules | None = None):
    """Give the pair and tickets after this left comment was copied."""
    by = by or rules(BOTH)
    now = tickets((comment,))
    return *perform(plan_for(ONE, now, by), now, by), by


def copied(now: Sides[Ticket]) -> Comment:
    """Give the right ticket's only comment."""
    assert now.right.comments
    (copy,) = now.right.comments
    return copy


def test_an_edit_follows() -> None:
    """R21: `edits: follow` where the vendor can edit."""
    one, now, by = synced(said("c1"))
    edited = replace(now, left=ticket(LEFT, None, said("c1", "ho")))

    (action,) = plan_for(one, edited, by).actions

    assert isinstance(action, Rewrite)
    assert "Ada (left)\n\nho" == action.text.body
    again, after = perform(plan_for(one, edited, by), edited, by)
    assert () == plan_for(again, after, by).actions


@pytest.mark.parametrize(
    ("edits", "can_edit", "appended"),
    [(Edits.APPEND, True, True), (Edits.FOLLOW, False, True), (Edits.IGNORE, True, False)],
    ids=["append", "a vendor that cannot edit gets append", "ignore"],
)
def test_an_edit_is_appended_or_ignored(edits: Edits, can_edit: bool, appended: bool) -> None:
    """R21: an appended wording has an origin of its own, so that it is appended once."""
    by = rules(
        BOTH,
        comments=replace(TALK, edits=edits),
        traits=Sides(Traits(), Traits(edits_comments=can_edit)),
    )
    one, now, _ = synced(said("c1"), by)
    edited = replace(now, left=ticket(LEFT, None, said("c1", "ho")))

    made = plan_for(one, edited, by)

    assert appended == any(
        isinstance(a, AddReply) and "Edited: " in a.reply.body for a in made.actions
    )
    again, after = perform(made, edited, by)
    assert () == plan_for(again, after, by).actions


def test_an_appended_wording_whose_record_was_lost_is_not_appended_again() -> None:
    """R21: its origin names the wording."""
    by = rules(BOTH, comments=replace(TALK, edits=Edits.APPEND))
    one, now, _ = synced(said("c1"), by)
    edited = replace(now, left=ticket(LEFT, None, said("c1", "ho")))
    _, after = perform(plan_for(one, edited, by), edited, by)

    assert () == plan_for(one, after, by).actions


@pytest.mark.parametrize("turned", [said("c1", public=False), said("c1", deleted=True)])
def test_a_public_copy_of_what_is_public_no_more_is_hidden(turned: Comment) -> None:
    """R13: once."""
    one, now, by = synced(said("c1"))
    hidden = replace(now, left=ticket(LEFT, None, turned))

    made = plan_for(one, hidden, by)

    assert [Hide] == [type(action) for action in made.actions]
    assert () == plan_for(refuse(made.pair, RIGHT, str(C1), "hide"), hidden, by).actions


def test_a_notes_copy_that_somebody_made_public_is_hidden_and_not_reworded() -> None:
    """R13: what its system shows counts, not what we recorded of the copy."""
    one, now, by = synced(said("c1", public=False))
    copy = copied(now)
    assert isinstance(copy, InternalNote)
    exposed = said(copy.id, copy.body, copy.origin)
    public = Sides(
        ticket(LEFT, None, said("c1", "worse", public=False)), ticket(RIGHT, None, exposed)
    )

    made = plan_for(one, public, by)

    assert [Hide(RIGHT, copy.id, C1)] == list(made.actions)


def test_a_copy_that_somebody_hid_is_reworded_as_a_note() -> None:
    """R13: a person's word on visibility stands."""
    one, now, by = synced(said("c1"))
    copy = copied(now)
    hidden = said(copy.id, copy.body, copy.origin, public=False)
    now = Sides(ticket(LEFT, None, said("c1", "ho")), ticket(RIGHT, None, hidden))

    (action,) = plan_for(one, now, by).actions

    assert isinstance(action, Rewrite)
    assert isinstance(action.text, Note)


def test_what_is_made_public_again_after_we_hid_it_is_a_problem() -> None:
    """R13: we do not fight with a rule that publishes; a person must look."""
    one, now, by = synced(said("c1"))
    now = replace(now, left=ticket(LEFT, None, said("c1", public=False)))
    (hide,) = plan_for(one, now, by).actions
    assert isinstance(hide, Hide)
    after = record.hidden(plan_for(one, now, by).pair, hide, by).pair

    made = plan_for(after, now, by)  # the copy is still shown to the requester

    assert () == made.actions
    (told,) = [p for p in made.problems if p.code == "cannot-hide" and isinstance(p, Problem)]
    assert "after we hid it" in told.message
    gone = replace(now, right=ticket(RIGHT))
    solved = [p for p in plan_for(after, gone, by).problems if p.code == "cannot-hide"]
    assert [True] == [isinstance(one, Solved) for one in solved]


def test_a_vendor_that_cannot_hide_makes_it_a_problem() -> None:
    """R13: and the words are not rewritten in public meanwhile."""
    by = rules(BOTH, traits=Sides(Traits(), Traits(hides_comments=False)))
    one, now, _ = synced(said("c1"), by)

    made = plan_for(one, replace(now, left=ticket(LEFT, None, said("c1", "ho", public=False))), by)

    assert () == made.actions
    assert ["cannot-hide"] == [p.code for p in made.problems if p.code == "cannot-hide"]


def test_a_refused_comment_does_not_hold_up_later_ones() -> None:
    """R21, R25: the same words are not sent again by themselves; other words are."""
    blocked = refuse(ONE, RIGHT, str(C1), words(said("c1")))

    made = talk(said("c1"), said("c2", "later"), one=blocked)
    assert ["c2"] == [one.source.id for one in made.actions if isinstance(one, AddReply)]
    assert 1 == len(talk(said("c1", "other words"), one=blocked).actions)
