"""What our write replaced unseen, as the audit trail tells it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sync_service.core.outgoing import Touch
from sync_service.core.overwritten import overwritten
from sync_service.core.values import Fields, Side, Sides

AT = datetime(2026, 9, 1, 14, 0, 24, tzinfo=UTC)
THEIRS = Touch("description", AT, False, "w1", "theirs", "marcus")
READ: Sides[Fields] = Sides({"text": "ours"}, {"description": "w1"})
SENT: Sides[Fields] = Sides({"text": "ours"}, {"description": "ours"})
OURS = Touch("description", AT, True, "theirs", "ours", "sync")


@pytest.mark.parametrize("trail", [(THEIRS, OURS), (OURS, THEIRS)])
def test_within_a_second_our_own_entry_tells_what_it_replaced(trail: tuple[Touch, ...]) -> None:
    """R20: the trail has no order there, and a history lost a description to that."""
    lost = overwritten(1, "text = description", Side.RIGHT, READ, SENT, trail, AT)

    assert lost is not None
    assert Sides(("ours",), ("theirs",)) == lost.values


def test_what_was_written_over_ours_in_the_same_second_is_not_lost() -> None:
    """R20: it stands there, and the next cycle reads it."""
    later = Touch("description", AT, False, "ours", "later", "marcus")
    first = Touch("description", AT, True, "w1", "ours", "sync")

    assert overwritten(1, "text", Side.RIGHT, READ, SENT, (first, later), AT) is None


def test_of_a_coupled_line_the_whole_of_what_stood_there_is_kept() -> None:
    """R11, R20: a person moved one of two fields, and the other was kept as what we wrote."""
    read: Sides[Fields] = Sides({"level": "High"}, {"impact": "2", "urgency": "2"})
    sent: Sides[Fields] = Sides({"level": "High"}, {"impact": "2", "urgency": "1"})
    trail = (
        Touch("impact", AT, False, "2", "1", "marcus"),
        Touch("impact", AT, True, "1", "2", "sync"),
        Touch("urgency", AT, True, "2", "1", "sync"),
    )

    lost = overwritten(1, "level = impact + urgency", Side.RIGHT, read, sent, trail, AT)

    assert lost is not None
    assert Sides(("High",), ("1", "2")) == lost.values


def test_a_field_that_a_person_had_set_to_what_we_wrote_is_kept_as_theirs() -> None:
    """R11, R20: our write of it is in no trail, and the line was kept half as read, half as theirs."""
    read: Sides[Fields] = Sides({"level": "Medium"}, {"impact": "3", "urgency": "3"})
    sent: Sides[Fields] = Sides({"level": "Medium"}, {"impact": "2", "urgency": "2"})
    trail = (
        Touch("impact", AT, False, "3", "2", "marcus"),
        Touch("urgency", AT, False, "3", "1", "marcus"),
        Touch("urgency", AT, True, "1", "2", "sync"),
    )

    lost = overwritten(1, "level = impact + urgency", Side.RIGHT, read, sent, trail, AT)

    assert lost is not None
    assert Sides(("Medium",), ("2", "1")) == lost.values


def test_a_trail_that_tells_no_values_names_nothing_as_lost() -> None:
    """R20: a conflict kept nothing as somebody's value, and restoring it would have cleared the field."""
    told = (
        Touch("description", AT, False, by="marcus"),
        Touch("description", AT, True, by="sync"),
    )

    assert overwritten(1, "text = description", Side.RIGHT, READ, SENT, told, AT) is None
