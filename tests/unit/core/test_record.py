"""What is remembered of a write: only what the vendor shows."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from sync_service.core import record, versions
from sync_service.core.actions import AddNote, AddReply, Carry, Create, Hide, Rewrite, Update
from sync_service.core.fold import refuse
from sync_service.core.notes import note, unsent
from sync_service.core.outgoing import Draft, Note, PublicWords, Reply
from sync_service.core.pair import Making, Pair, Problem, Row, Solved
from sync_service.core.values import (
    NEVER,
    Fields,
    Origin,
    PublicComment,
    Side,
    Sides,
    Ticket,
    Version,
)
from tests.unit.core.examples import AT, BOTH, LEFT, RIGHT, STATUS, later, pair, rules, said, ticket

CARRY = Carry(
    BOTH, Sides({"title": "new"}, {"short": "old"}), Sides({"title": "new"}, {"short": "new"})
)
UPDATE = Update(RIGHT, (CARRY,))
ONE = pair({"title": "old"}, {"short": "old"}, contested=frozenset({BOTH.name}))
ORIGIN = Origin("left", "L1", "c1")


def updated(
    shows: str | None, *, own_reply: bool, one: Pair = ONE, action: Update = UPDATE
) -> record.Recorded:
    """Record the update by what the right side shows."""
    noted = note(one, (action,), Sides(ticket(LEFT), ticket(RIGHT)), AT, later(7))
    return record.updated(
        noted, action, ticket(RIGHT, {"short": shows}), rules(), own_reply=own_reply
    )


def seen(one: Pair) -> tuple[Fields, Fields]:
    """Give what both sides are remembered to have shown."""
    left, right = one.seen.left, one.seen.right
    assert left is not None
    assert right is not None
    return left.fields, right.fields


@pytest.mark.parametrize(
    ("shows", "own_reply", "past", "events", "problem"),
    [
        ("new", True, ("new", "new"), {"updated"}, False),
        ("new", False, ("new", "new"), {"updated"}, False),
        ("old", True, ("old", "old"), {"updated"}, True),
        ("old", False, ("old", "old"), {"updated"}, True),
        ("New!", True, ("new", "New!"), {"updated", "fit_mismatch"}, False),
        ("theirs", False, ("new", "new"), {"updated"}, False),
    ],
    ids=[
        "as sent",
        "as sent, read again",
        "refused without a word",
        "refused without a word, read again",
        "the write's own reply deviates: the vendor's normalising",
        "a later read deviates: somebody's edit",
    ],
)
def test_a_written_field_is_recorded_by_what_the_vendor_shows(
    shows: str, own_reply: bool, past: tuple[str, str], events: set[str], problem: bool
) -> None:
    """R19, every row: a refusal leaves both sides as they were and opens a problem."""
    recorded = updated(shows, own_reply=own_reply)

    assert ({"title": past[0]}, {"short": past[1]}) == seen(recorded.pair)
    assert events == {event.what for event in recorded.events}
    assert problem == any(isinstance(one, Problem) for one in recorded.problems)
    assert problem == bool(recorded.pair.refusals)
    assert () == recorded.pair.sent


def test_a_recorded_write_ends_the_dispute_and_a_refused_one_does_not() -> None:
    """R8, dagger: a refused write leaves the line contested."""
    assert frozenset() == updated("new", own_reply=True).pair.contested
    assert ONE.contested == updated("old", own_reply=True).pair.contested
    refused = record.refused(ONE, UPDATE, "no", "right refused it", rules())
    assert ONE.contested == refused.pair.contested


def test_a_value_that_went_through_closes_the_problem_of_the_refused_one() -> None:
    """R25: by the very names under which the problem was opened."""
    opened = record.refused(ONE, UPDATE, "no", "right refused it", rules())
    (problem,) = opened.problems
    assert isinstance(problem, Problem)

    recorded = updated("new", own_reply=True, one=opened.pair)

    names = ("scope", "code", "system", "link", "pair", "item")
    closed = [
        tuple(getattr(one, n) for n in names)
        for one in recorded.problems
        if isinstance(one, Solved)
    ]
    assert tuple(getattr(problem, n) for n in names) in closed
    assert () == recorded.pair.refusals


def test_without_a_reply_the_notes_stay() -> None:
    """R17: the next read settles them."""
    noted = note(ONE, (UPDATE,), Sides(ticket(LEFT), ticket(RIGHT)), AT, later(7))

    assert noted == record.updated(noted, UPDATE, None, rules(), own_reply=True).pair


def test_an_unwritten_field_keeps_what_was_read() -> None:
    """R19: the reply may hold somebody's edit of another field, which must not be swallowed."""
    one = pair({"title": "old", "status": "New"}, {"short": "old", "state": "New"})
    reply = ticket(RIGHT, {"short": "new", "state": "Closed"}, version=Version(later(9), 9))

    recorded = record.updated(one, UPDATE, reply, rules(), own_reply=True).pair

    assert "New" == seen(recorded)[1]["state"]
    assert recorded.seen.right is not None
    assert Version(AT, 1) == recorded.seen.right.version


def test_a_hop_is_folded_on_the_target_only() -> None:
    """R17, R22: the source still wants more."""
    one = pair({"status": "New"}, {"state": "New"})
    carry = Carry(
        STATUS,
        Sides({"status": "Closed"}, {"state": "New"}),
        Sides({"status": "Closed"}, {"state": "Closed"}),
    )
    stepped = record.stepped(one, Update(RIGHT, (carry,)), "state", "Open")

    assert ({"status": "New"}, {"state": "Open"}) == seen(stepped)


def test_every_write_is_noted_with_the_end_of_its_time_on_the_wire() -> None:
    """R16, R17: before, after, the version read, the comments present; and undone if not sent."""
    reply = AddReply(
        RIGHT, Reply(PublicWords("hi"), html=False, origin=ORIGIN), said("c1"), "digest", ("z1",)
    )
    hide = Hide(RIGHT, "z9", Origin("left", "L1", "c2"))
    now: Sides[Ticket | None]
    now = Sides(ticket(LEFT), ticket(RIGHT, version=Version(later(1), 5)))

    noted = note(ONE, (UPDATE, reply, hide), now, AT, later(7))

    (sent,) = noted.sent
    assert (Version(later(1), 5), later(7)) == (sent.version, sent.wire_until)
    assert ("old", "new") == (sent.before.right["short"], sent.after.right["short"])
    comment, hiding = noted.intents
    assert (str(ORIGIN), ("z1",), True) == (comment.key, comment.present, comment.public)
    assert (Making.REWRITE, later(7)) == (hiding.making, hiding.wire_until)
    assert ONE == unsent(unsent(unsent(noted, UPDATE), reply), hide)


def test_a_new_ticket_has_the_past_that_it_shows() -> None:
    """R19: a value that vanished without a word was refused; an empty one has no past."""
    empty = Carry(
        STATUS, Sides({"status": None}, {"state": None}), Sides({"status": None}, {"state": None})
    )
    action = Create(RIGHT, Draft({"short": "new"}, "k"), (CARRY, empty))
    half = Pair(1, "desk", Sides("L1", None))

    born = record.created(
        half, action, ticket(RIGHT, {"short": "new", "state": "New"}), rules(), own_reply=True
    )
    assert ({"title": "new"}, {"short": "new"}) == seen(born.pair)

    bare = record.created(half, action, ticket(RIGHT), rules(), own_reply=True)
    assert [BOTH.name] == [refusal.item for refusal in bare.pair.refusals]


HI = Reply(PublicWords("hi"), html=False, origin=ORIGIN)


@pytest.mark.parametrize(
    ("action", "shown", "public"),
    [
        (AddReply(RIGHT, HI, said("c1"), "d"), True, True),
        (AddReply(RIGHT, HI, said("c1"), "d"), False, True),
        (AddNote(RIGHT, Note("hi", html=False, origin=ORIGIN), said("c1"), "d"), False, False),
        (AddNote(RIGHT, Note("hi", html=False, origin=ORIGIN), said("c1"), "d"), True, True),
    ],
    ids=["a reply", "a reply that shows as internal", "a note", "a note that shows as public"],
)
def test_a_copied_comment_is_known_on_both_sides(
    action: AddReply | AddNote, shown: bool, public: bool
) -> None:
    """R13, R21: its id and its looks; public if it was meant so, and if it shows so."""
    row = Row(ORIGIN, LEFT, Sides("c1", None), skipped="once internal")

    one = record.commented(
        replace(ONE, rows=(row,)), action, said("z1", public=shown), rules()
    ).pair

    (known,) = one.rows
    assert (Sides("c1", "z1"), public, "") == (known.ids, known.public, known.skipped)
    assert known.digests.left == known.digests.right


@pytest.mark.parametrize("kind", [AddReply, Rewrite])
def test_a_refused_comment_blocks_only_itself(kind: type) -> None:
    """R25: by the digest of its words, so that another wording is tried; the problem shows it."""
    text = Reply(PublicWords("Ada\n\nhi"), html=False, origin=ORIGIN)
    source = said("c1")
    assert isinstance(source, PublicComment)
    action = (
        AddReply(RIGHT, text, source, "d")
        if kind is AddReply
        else Rewrite(RIGHT, "z1", text, source, ORIGIN)
    )

    recorded = record.refused(ONE, action, "too rude", "right refused it", rules())

    assert [str(ORIGIN)] == [one.item for one in recorded.pair.refusals]
    (problem,) = recorded.problems
    assert isinstance(problem, Problem)
    assert "too rude" == problem.words
    assert ["Ada\n\nhi"] == list(json.loads(problem.value).values())


OLD, ROW, READ = Version(later(1)), Version(later(2)), Version(later(3))


@pytest.mark.parametrize(
    ("first", "read", "stored"),
    [(ROW, ROW, ROW), (ROW, READ, ROW), (None, OLD, OLD), (None, READ, OLD)],
    ids=["as the row", "moved since the row", "unmoved without a row", "moved without a row"],
)
def test_the_first_version_read_is_stored(
    first: Version | None, read: Version, stored: Version
) -> None:
    """R1, dagger: what moved while we read is looked at again."""
    one = replace(ONE, seen=Sides(None, replace(ONE.seen.right, version=OLD)))  # type: ignore[type-var]
    now = Sides(None, ticket(RIGHT, version=read))

    observed = versions.observe(one, now, Sides(None, first), Sides(True, True))

    assert observed.seen.right is not None
    assert (stored, False) == (observed.seen.right.version, observed.seen.right.provisional)
    assert observed.seen.left is None


def test_the_newest_refusal_of_an_item_stands_for_it() -> None:
    """R25: one refused value an item and side."""
    one = refuse(refuse(ONE, RIGHT, "x", "1"), RIGHT, "x", "2")

    assert ["2"] == [refusal.value for refusal in one.refusals]
    assert NEVER < OLD
    assert Side.LEFT is Side.RIGHT.far
