"""What becomes of writes that were noted and not recorded, and how long a pair must rest."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sync_service.core.outgoing import Touch
from sync_service.core.pair import Intent, Making, Pair, Sent
from sync_service.core.settle import (
    Patience,
    Start,
    Trail,
    abandon,
    known_until,
    lines_in_doubt,
    moved_unwatched,
    rest_until,
    settle_create,
    settle_sent,
    suspect,
)
from sync_service.core.values import Side, Sides, Ticket, Version
from tests.unit.core.examples import AT, LEFT, RIGHT, later, pair, ticket

PATIENCE = Patience(
    Sides(timedelta(seconds=2), timedelta(seconds=3)), timedelta(seconds=20), Sides(True, True)
)
COARSE = replace(PATIENCE, exact=Sides(False, False))
RUN = Start(7, later(100))
OURS = pair({"title": "old"}, {"short": "old"}, run=7)
READ = Version(later(1), 3)
NOTE = Sent(
    "title = short",
    RIGHT,
    Sides({"title": "new"}, {"short": "old"}),
    Sides({"title": "new"}, {"short": "new"}),
    READ,
    later(10),
    later(17),
    hops=("half-way",),
)


def settled(
    shows: str, version: Version, patience: Patience = PATIENCE, trail: Trail = None
) -> Pair:
    """Settle the note on a right ticket that shows this."""
    right = ticket(RIGHT, {"short": shows}, version=version)
    now: Sides[Ticket | None] = Sides(ticket(LEFT, {"title": "new"}), right)
    return settle_sent(replace(OURS, sent=(NOTE,)), now, Sides(None, trail), patience).pair


def seen(one: Pair) -> tuple[object, object]:
    """Give what both sides are remembered to have shown."""
    left, right = one.seen.left, one.seen.right
    assert left is not None
    assert right is not None
    return left.fields["title"], right.fields["short"]


def touch(new: str, seconds: float, *, ours: bool = True) -> Touch:
    """Give an entry of the right ticket's trail."""
    return Touch("short", later(seconds), ours, new=new)


MOVED = Version(later(12), 4)


@pytest.mark.parametrize(
    ("shows", "version", "patience", "trail", "past", "contested"),
    [
        ("new", MOVED, PATIENCE, None, ("new", "new"), False),
        ("new", MOVED, PATIENCE, [touch("new", 12)], ("new", "new"), False),
        ("new", MOVED, PATIENCE, [touch("new", 12, ours=False)], ("old", "old"), False),
        ("half-way", MOVED, PATIENCE, None, ("old", "half-way"), False),
        ("half-way", MOVED, PATIENCE, [touch("half-way", 11)], ("old", "half-way"), False),
        (
            "half-way",
            MOVED,
            PATIENCE,
            [touch("half-way", 11), touch("new", 12), touch("half-way", 13, ours=False)],
            ("new", "new"),
            False,
        ),
        (
            "half-way",
            MOVED,
            PATIENCE,
            [touch("half-way", 11), touch("half-way", 13, ours=False)],
            ("old", "old"),
            False,
        ),
        ("old", READ, PATIENCE, None, ("old", "old"), False),
        ("old", READ, COARSE, None, ("old", "old"), True),
        ("old", MOVED, PATIENCE, None, ("old", "old"), True),
        ("third", MOVED, PATIENCE, None, ("old", "old"), True),
        ("third", MOVED, PATIENCE, [touch("new", 12)], ("new", "new"), False),
        ("third", MOVED, PATIENCE, [touch("third", 12, ours=False)], ("old", "old"), False),
        (
            "old",
            MOVED,
            PATIENCE,
            [touch("new", 11), touch("old", 13, ours=False)],
            ("new", "new"),
            False,
        ),
    ],
    ids=[
        "after: landed",
        "after, by us",
        "after, by a person: an edit of theirs",
        "a hop: the target only",
        "our hop by the trail: the target only",
        "landed, and a person went back to a hop",
        "a person came between our hops",
        "before, unmoved: not landed",
        "dagger: a coarse stamp proves nothing",
        "before, moved, no trail: a conflict",
        "something else, no trail: a conflict",
        "the trail tells that it landed",
        "the trail tells that it did not",
        "landed and reverted by a person",
    ],
)
def test_an_open_write_is_settled_by_what_its_target_shows(
    shows: str,
    version: Version,
    patience: Patience,
    trail: Trail,
    past: tuple[str, str],
    contested: bool,
) -> None:
    """R17, every row: a conflict, never a guess."""
    one = settled(shows, version, patience, trail)

    assert past == seen(one)
    assert contested == (NOTE.line in one.contested)
    assert () == one.sent


def test_a_no_is_believed_of_a_target_that_shows_the_value_before() -> None:
    """R17: also where the stamp is coarse or somebody moved it, else each 429 would be a dispute."""
    right = ticket(RIGHT, {"short": "old"}, version=MOVED)
    now: Sides[Ticket | None] = Sides(ticket(LEFT, {"title": "new"}), right)
    noted = replace(OURS, sent=(replace(NOTE, answered=True),))

    one = settle_sent(noted, now, Sides(None, None), COARSE).pair

    assert (("old", "old"), frozenset()) == (seen(one), one.contested)


def test_a_field_that_is_not_shown_settles_nothing() -> None:
    """R17, R4: it shows neither what was before the write nor what was sent."""
    note = replace(NOTE, before=NOTE.before.put(RIGHT, {"short": None}))
    hidden = replace(ticket(RIGHT, {}, version=READ), unshown=frozenset({"short"}))
    now: Sides[Ticket | None] = Sides(ticket(LEFT, {"title": "new"}), hidden)

    one = settle_sent(replace(OURS, sent=(note,)), now, Sides(None, None), PATIENCE).pair

    assert ("old", "old") == seen(one)
    assert "title = short" in one.contested


def test_an_earlier_write_of_ours_does_not_stand_for_this_one() -> None:
    """R17: the trail is cut to seconds, so a write a moment before must have sent this value."""
    one = settled("old", MOVED, trail=[touch("old", 9)])

    assert ("old", "old") == seen(one)


def test_a_landed_write_ends_the_dispute() -> None:
    """R8: a contested line is contested until a write of it is recorded, settled ones included."""
    contested = replace(OURS, sent=(NOTE,), contested=frozenset({NOTE.line}))
    now: Sides[Ticket | None] = Sides(ticket(LEFT), ticket(RIGHT, {"short": "new"}))

    one = settle_sent(contested, now, Sides(None, None), PATIENCE).pair

    assert frozenset() == one.contested


def test_a_pair_rests_until_its_calls_are_off_the_wire_and_indexed() -> None:
    """R16, R17, dagger: the read that settles must begin after that, also after a restart."""
    intent = Intent(Making.COMMENT, LEFT, "k", later(10), later(30))

    assert rest_until(OURS, RUN, PATIENCE) is None
    assert later(17) + timedelta(seconds=3) == rest_until(
        replace(OURS, sent=(NOTE,)), RUN, PATIENCE
    )
    assert later(30) + timedelta(seconds=2) == rest_until(
        replace(OURS, sent=(NOTE,), intents=(intent,)), RUN, PATIENCE
    )


def test_every_start_makes_every_pair_suspect_until_it_was_recorded() -> None:
    """R16, dagger: the store may be a restored backup; a ticket born after the start may not."""
    old = replace(OURS, run=6)

    assert suspect(old, RUN)
    assert later(120) == rest_until(old, RUN, PATIENCE)
    assert not suspect(OURS, RUN)
    assert suspect(replace(old, born_at=RUN.at + timedelta(minutes=4)), RUN)
    assert not suspect(replace(old, born_at=RUN.at + timedelta(minutes=6)), RUN)
    assert suspect(replace(old, born_at=None), RUN)


def test_a_suspect_side_moved_only_if_it_did_so_after_what_the_store_knows() -> None:
    """R16: our own recorded write moved the version too, and is no reason for doubt."""
    old = replace(OURS, run=6, recorded_at=later(10))

    def moved(seconds: float, one: Pair = old, **changes: object) -> bool:
        there = ticket(RIGHT, version=replace(Version(later(seconds), 4), **changes))  # type: ignore[arg-type]
        return moved_unwatched(one, RIGHT, there, RUN, known_until(one))

    assert moved(11)
    assert not moved(9)
    assert not moved(11, OURS)
    assert moved(9, certain=False)
    assert not moved(16, replace(old, sent=(NOTE,)))
    assert moved(18, replace(old, sent=(NOTE,)))
    assert not moved(11, replace(old, recorded_at=None))


def test_the_trail_tells_which_fields_are_in_doubt() -> None:
    """R16: without one, all of them are; a write of ours that the store knows is none."""
    both = Sides(False, True)
    trail = [touch("old", 5), touch("new", 6), Touch("state", later(6), ours=False, new="Open")]

    assert {LEFT: frozenset(), RIGHT: None} == lines_in_doubt(OURS, both, Sides(None, None))
    doubts = lines_in_doubt(OURS, both, Sides(None, trail))
    assert {LEFT: frozenset(), RIGHT: frozenset({"short", "state"})} == doubts
    assert frozenset() == lines_in_doubt(OURS, both, Sides(None, trail[:1]))[RIGHT]


def test_a_copy_that_was_found_has_the_past_that_its_intent_noted() -> None:
    """R16: so an edit made meanwhile is an edit, and not an adoption without a past."""
    intent = Intent(
        Making.TICKET, RIGHT, "key", AT, AT, values={"short": "sent"}, sources={"title": "sent"}
    )
    half = Pair(1, "desk", Sides("L1", None), intents=(intent,))

    one = settle_create(half, intent, ticket(RIGHT, {"short": "edited"}))

    assert ("sent", "sent") == seen(one)
    assert ("R1", ()) == (one.ids.right, one.intents)


def test_the_notes_of_a_ticket_that_is_gone_end_in_a_dispute() -> None:
    """R5, R17: nobody can read it; if it comes back, nothing is guessed and no ticket made twice."""
    made = Intent(Making.TICKET, RIGHT, "key", AT, AT)
    comment = Intent(Making.COMMENT, RIGHT, "c", AT, AT)

    noted = replace(OURS, sent=(NOTE,), intents=(made, comment))
    one = abandon(settle_sent(noted, Sides(ticket(LEFT), None), Sides(None, None), PATIENCE).pair)

    assert ((), (made,)) == (one.sent, one.intents)
    assert NOTE.line in one.contested


@pytest.mark.parametrize("side", list(Side))
def test_a_side_without_a_past_is_not_in_doubt(side: Side) -> None:
    """R7, R16: what was never seen cannot have changed unseen."""
    fresh = pair(run=6)

    assert not moved_unwatched(fresh, side, ticket(side, version=MOVED), RUN, AT)


@pytest.mark.parametrize(
    ("title", "past"), [("new", "old"), ("old", "new"), ("newer", "old")], ids=str
)
def test_a_source_that_went_back_while_its_target_stood_half_way_counts_as_changed(
    title: str, past: str
) -> None:
    """R17: both sides showed their past, so a target half-way stayed there, and nobody was told."""
    right = ticket(RIGHT, {"short": "half-way"}, version=Version(later(12), 4))
    now: Sides[Ticket | None] = Sides(ticket(LEFT, {"title": title}), right)

    one = settle_sent(replace(OURS, sent=(NOTE,)), now, Sides(None, None), PATIENCE).pair

    assert (past, "half-way") == seen(one)
