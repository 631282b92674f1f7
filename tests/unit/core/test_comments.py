"""Which comment is which, and which still needs a copy."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sync_service.core.actions import AddNote, AddReply, Hide, Rewrite
from sync_service.core.align import align
from sync_service.core.comments import CommentRules, candidates
from sync_service.core.outgoing import Traits
from sync_service.core.pair import Intent, Made, Making, Pair, Problem, Row, Solved
from sync_service.core.plan_comments import compose
from sync_service.core.rules import Rules
from sync_service.core.text import digest
from sync_service.core.values import Comment, Origin, Sides
from tests.unit.core.examples import (
    AT,
    BOTH,
    LEFT,
    RIGHT,
    later,
    pair,
    plan_for,
    rules,
    said,
    ticket,
)

ONE = pair({}, {})
C1 = Origin("left", "L1", "c1")
TALK = CommentRules(internal=frozenset({RIGHT}))


def words(comment: Comment) -> str:
    """Give the digest of a comment's normal form."""
    return digest(comment.body, html=comment.html)


def tickets(left: tuple[Comment, ...] = (), right: tuple[Comment, ...] = ()):
    """Give both tickets with these comments."""
    return Sides(ticket(LEFT, None, *left), ticket(RIGHT, None, *right))


def aligned(one: Pair, left: tuple[Comment, ...] = (), right: tuple[Comment, ...] = ()) -> Pair:
    """Align the pair's rows with what both sides show."""
    return align(one, tickets(left, right), Sides("left", "right"), words)


def talk(
    *comments: Comment, by: Rules | None = None, one: Pair = ONE, right: tuple[Comment, ...] = ()
):
    """Plan a pair whose left side has these comments."""
    return plan_for(one, tickets(comments, right), by or rules(BOTH))


def test_a_comment_we_copied_is_not_copied_back() -> None:
    """R21: the copy names its origin, so the side that has the original is left alone."""
    made = talk(said("c1"), right=(said("z9", origin=C1),))

    assert () == made.actions
    assert [Sides("c1", "z9")] == [row.ids for row in made.pair.rows]


def test_a_comment_of_ours_that_nothing_explains_is_never_copied() -> None:
    """R21, dagger: it may be a copy whose note was lost with a restored store."""
    made = talk(said("c1", ours=True))

    assert () == made.actions
    assert ["origin unknown"] == [row.skipped for row in made.pair.rows]


def test_an_origin_counts_only_in_our_own_words() -> None:
    """R21: a person who quotes our marker, or clones, says something new."""
    quoted = replace(said("c1", "He wrote: [sync left:L1:c7]"), origin=Origin("left", "L1", "c7"))

    (action,) = talk(quoted).actions

    assert isinstance(action, AddReply)
    assert C1 == action.origin


@pytest.mark.parametrize(
    ("comment", "found"),
    [
        (said("z2", ours=True), True),
        (said("z1", ours=True), False),
        (said("z2"), False),
        (said("z2", "ho", ours=True), False),
        (said("z2", ours=True, public=False), False),
    ],
    ids=[
        "new, ours, equal",
        "there before the write",
        "a person's",
        "other words",
        "the wrong visibility",
    ],
)
def test_recovery_accepts_only_a_new_comment_of_ours_with_the_same_words(
    comment: Comment, found: bool
) -> None:
    """R21: without an origin field, the intent and the ids that were present tell."""
    note = Intent(
        Making.COMMENT,
        RIGHT,
        str(C1),
        AT,
        AT,
        normal=words(said("x")),
        public=True,
        present=("z1",),
    )

    one = aligned(replace(ONE, intents=(note,)), (said("c1"),), (comment,))

    assert found == any(row.ids == Sides("c1", comment.id) for row in one.rows)
    assert () == one.intents


def test_each_note_explains_one_comment() -> None:
    """R21: two equal copies are not both explained by one note."""
    note = Intent(Making.COMMENT, RIGHT, str(C1), AT, AT, normal=words(said("x")), public=True)

    one = aligned(
        replace(ONE, intents=(note,)), (said("c1"),), (said("z1", ours=True), said("z2", ours=True))
    )

    assert ["", "origin unknown"] == [row.skipped for row in one.rows]


def test_only_one_of_two_equal_texts_is_on_the_wire() -> None:
    """R21, dagger: else an internal "hi" is taken for a public one."""
    made = talk(said("c1"), said("c2", public=False))

    assert 1 == len(made.actions)
    assert made.more


def test_the_oldest_comment_goes_first() -> None:
    """R21: a conversation keeps its order."""
    made = talk(said("c2", "second", created=later(2)), said("c1", "first", created=later(1)))

    assert ["c1", "c2"] == [one.source.id for one in made.actions if isinstance(one, AddReply)]


@pytest.mark.parametrize(
    ("comment", "changes", "why"),
    [
        (said("c1", deleted=True), {}, "deleted"),
        (said("c1", automation=True), {}, "written by a rule or robot"),
        (said("c1", public=False), {"internal": frozenset()}, "its kind does not flow that way"),
        (said("c1"), {"public": frozenset({LEFT})}, "its kind does not flow that way"),
    ],
)
def test_what_gets_no_copy(comment: Comment, changes: dict[str, object], why: str) -> None:
    """R21, R23: robots are copied only if asked, since two would answer each other for ever."""
    by = rules(BOTH, comments=replace(TALK, **changes))  # type: ignore[arg-type]

    made = talk(comment, by=by)

    assert ((), [why]) == (made.actions, [row.skipped for row in made.pair.rows])


def test_comments_of_one_moment_keep_the_order_that_their_side_shows() -> None:
    """R16, R21: six that were said in one millisecond arrived as 0, 2, 3, 1, 5, 4."""
    talked = tuple(said(name) for name in ("c7", "c2", "c9", "c1"))
    one = aligned(ONE, talked)

    wanted, _ = candidates(one, tickets(talked), TALK)

    assert len({comment.created for comment in talked}) == 1
    assert ["c7", "c2", "c9", "c1"] == [copying.comment.id for copying in wanted]


def test_robots_are_copied_if_asked() -> None:
    """R23: `automation: both`."""
    assert talk(
        said("c1", automation=True), by=rules(BOTH, comments=replace(TALK, automation=True))
    ).actions


def test_comments_from_before_an_adoption_stay_where_they_are() -> None:
    """R14: only of tickets that were joined by `match:` or by hand."""
    matched = replace(ONE, made=Made.MATCH, adopted_at=later(5))
    comments = (said("c1", "old", created=later(4)), said("c2", "new", created=later(6)))

    made = talk(*comments, one=matched)

    assert ["c2"] == [one.source.id for one in made.actions if isinstance(one, AddReply)]
    assert 2 == len(talk(*comments, one=replace(matched, made=Made.KEY)).actions)


def test_a_copy_of_a_copy_hands_the_original_on() -> None:
    """R21: and is never written to the ticket that has the original."""
    far = Origin("third", "T1", "c9")
    (action,) = talk(said("c1", origin=far)).actions

    assert isinstance(action, AddReply)
    assert far == action.origin
    assert () == talk(said("c1", origin=far), right=(said("z1", origin=far),)).actions


def test_an_internal_note_stays_internal() -> None:
    """R13: and goes only where notes may go."""
    (action,) = talk(said("c1", public=False)).actions

    assert isinstance(action, AddNote)


@pytest.mark.parametrize("html", [True, False])
def test_a_copy_is_signed_and_written_as_the_far_side_takes_it(html: bool) -> None:
    """R21: the signature is no part of the marker, and markup of a text is not taken for HTML."""
    by = rules(BOTH, traits=Sides(Traits(), Traits(html_comments=html)))

    body, is_html = compose(said("c1", "1 < 2"), RIGHT, by)

    assert html is is_html
    assert ("<p>Ada (left)</p><p>1 &lt; 2</p>" if html else "Ada (left)\n\n1 < 2") == body


def test_the_copy_decides_what_is_public() -> None:
    """R13: a row made from an original that is internal by now finds its old public copy."""
    one = aligned(ONE, (said("c1", public=False),), (said("z1", origin=C1),))

    assert [True] == [row.public for row in one.rows]


def test_a_comment_that_was_read_by_nobody_is_no_candidate() -> None:
    """R21: a page row has no comments; that is not the same as none."""
    row = Row(C1, LEFT, Sides("c1", None))
    now = tickets()
    unread = replace(now, left=replace(now.left, comments=None))

    assert ((), ()) == candidates(replace(ONE, rows=(row,)), unread, TALK)


def test_a_second_copy_of_one_origin_is_a_problem_and_no_row_to_write_to() -> None:
    """R21: of a copy that stands twice the first stays the row, and a person deletes the second."""
    twins = (said("z1", "Ada (left)\n\nhi", C1), said("z2", "Ada (left)\n\nhi", C1))
    now = tickets((said("c1"),), twins)
    made = talk(said("c1"), right=twins)

    (told,) = [one for one in made.problems if one.code == "second-copy"]
    assert isinstance(told, Problem)
    assert all(word in told.message for word in ("R1", "z1", "z2", "Delete z2"))
    after = plan_for(
        made.pair, replace(now, left=ticket(LEFT, None, said("c1", "ho"))), rules(BOTH)
    )
    (action,) = after.actions
    assert isinstance(action, Rewrite)
    assert "z1" == action.comment_id


def test_the_problem_of_a_second_copy_ends_with_it() -> None:
    """R21, R25: nothing is missing then, and no copy is made in its place."""
    twins = (said("z1", origin=C1), said("z2", origin=C1))
    one = talk(said("c1"), right=twins).pair

    made = plan_for(one, tickets((said("c1"),), twins[:1]), rules(BOTH))

    assert () == made.actions
    (told,) = [one for one in made.problems if one.code == "second-copy"]
    assert isinstance(told, Solved)


def test_a_second_copy_is_hidden_with_its_original() -> None:
    """R13, R21: whoever reads the ticket sees both."""
    twins = (said("z1", origin=C1), said("z2", origin=C1))
    one = talk(said("c1"), right=twins).pair

    made = plan_for(one, tickets((said("c1", public=False),), twins), rules(BOTH))

    hidden = [act.comment_id for act in made.actions if isinstance(act, Hide)]
    assert ["z1", "z2"] == hidden


def test_a_copy_that_stands_twice_is_handed_on_once() -> None:
    """R21: never written to a system that already has that origin, in a chain of links either."""
    far = Origin("third", "T1", "c9")
    made = talk(said("c1", origin=far), said("c2", origin=far))

    assert ["c1"] == [one.source.id for one in made.actions if isinstance(one, AddReply)]
    assert ["second-copy"] == [p.code for p in made.problems if isinstance(p, Problem)]
