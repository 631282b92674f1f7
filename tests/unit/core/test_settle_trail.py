"""Settling by an audit trail that names fields, but not what they were set to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from sync_service.core.outgoing import Touch
from sync_service.core.pair import Sent
from sync_service.core.settle import Patience, settle_sent
from sync_service.core.values import Sides, Ticket, Version
from tests.unit.core.examples import LEFT, RIGHT, later, pair, ticket

COARSE = Patience(
    Sides(timedelta(seconds=2), timedelta(seconds=3)), timedelta(seconds=20), Sides(False, False)
)
NOTE = Sent(
    "title = short",
    RIGHT,
    Sides({"title": "new"}, {"short": "old"}),
    Sides({"title": "new"}, {"short": "new"}),
    Version(later(9), 3),
    noted_at=later(10),
    wire_until=later(17),
)
#: The vendor's clock is a minute ahead of ours.
AHEAD = Sides(timedelta(0), timedelta(minutes=1))


@pytest.mark.parametrize(
    ("entry", "ahead", "past"),
    [
        (later(9), Sides(timedelta(0), timedelta(0)), "old"),
        (later(11), Sides(timedelta(0), timedelta(0)), "new"),
        (later(9), AHEAD, "old"),
        (later(11), AHEAD, "new"),
    ],
    ids=["what was read", "after it", "what was read, by another clock", "after it, by its clock"],
)
def test_an_entry_without_a_value_is_our_write_only_if_it_is_later_than_what_was_read(
    entry: datetime, ahead: Sides[timedelta], past: str
) -> None:
    """R17: else an earlier write of the field would stand for one that never landed."""
    read = Version(later(9) + ahead.right, 3)
    noted = pair({"title": "old"}, {"short": "old"}, sent=(replace(NOTE, version=read),))
    shown = ticket(RIGHT, {"short": "old"}, version=Version(later(30) + ahead.right, 9))
    now: Sides[Ticket | None] = Sides(ticket(LEFT, {"title": "new"}), shown)
    trail = [Touch("short", entry, ours=True)]

    settled = settle_sent(noted, now, Sides(None, trail), COARSE, ahead).pair

    assert settled.seen.right is not None
    assert past == settled.seen.right.fields["short"]


@pytest.mark.parametrize(
    ("steps", "past"),
    [((11, 12), "new"), ((9, 11), "old"), ((11,), "old")],
    ids=["every step", "one of them is an earlier write's", "the first step only"],
)
def test_a_way_ended_before_a_person_took_a_hop_if_all_its_steps_are_listed(
    steps: Sequence[float], past: str
) -> None:
    """R17: where entries name no values, what the ticket shows is the person's, and their number tells."""
    noted = pair({"title": "old"}, {"short": "old"}, sent=(replace(NOTE, hops=("half-way",)),))
    shown = ticket(RIGHT, {"short": "half-way"}, version=Version(later(30), 9))
    now: Sides[Ticket | None] = Sides(ticket(LEFT, {"title": "new"}), shown)
    ours = [Touch("short", later(at), ours=True) for at in steps]
    trail = [*ours, Touch("short", later(13), ours=False)]

    one = settle_sent(noted, now, Sides(None, trail), COARSE).pair

    assert one.seen.right is not None
    assert past == one.seen.right.fields["short"]
