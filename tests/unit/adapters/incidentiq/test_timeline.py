"""A timeline is an audit trail only where every entry can be read and explains the last change."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sync_service.adapters.incidentiq.timeline import touches
from sync_service.adapters.incidentiq.zone import Zone

ZONE = Zone(ZoneInfo("America/Chicago"))
NOON = datetime(2026, 9, 1, 17, 0, tzinfo=UTC)
ME, ADA = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
CUSTOMS = ["Custom Fields.Sync Key", "Custom Fields.RT number"]


def entry(kind: str, minutes: float = 0, by: str = ADA, **item: Any) -> dict[str, Any]:
    """Make an entry some minutes after noon, in the site's own time."""
    at = (NOON + timedelta(minutes=minutes)).astimezone(ZONE.info).replace(tzinfo=None)
    kind = f"Spark.Shared.Models.TicketActivity{kind}, Spark.Shared"
    return {
        "CreatedDate": at.isoformat(),
        "OwnerId": by,
        "ActivityItems": [{"$type": kind, **item}],
    }


def revision(*names: str, **more: Any) -> dict[str, Any]:
    """Make an entry that says that these fields were changed."""
    return entry("Revision", RevisionJsonData=json.dumps([{"Field": n} for n in names]), **more)


def told(*rows: dict[str, Any], since: float = -1, modified: float = 0) -> Any:
    """Read a timeline; the ticket was last changed at noon unless said."""
    found = touches(
        rows, ZONE, ME, NOON + timedelta(minutes=since), NOON + timedelta(minutes=modified), CUSTOMS
    )
    return None if found is None else [(one.field, one.ours) for one in found]


def test_a_revision_names_its_fields_and_whose_they_are() -> None:
    """R16, R17."""
    assert [("Subject", False)] == told(revision("Subject"))
    assert [("AssignedToUser", True)] == told(revision("AssignedToUserId", by=ME))
    assert [("Status", False)] == told(entry("WorkflowLog"))


def test_custom_fields_are_named_as_a_whole_and_all_count() -> None:
    """R16: a doubt is settled on the safe side."""
    assert [(name, False) for name in CUSTOMS] == told(revision("CustomFieldValues"))


def test_talk_and_rules_touch_no_field() -> None:
    """R16: otherwise every restart would ask about every ticket that somebody commented on."""
    assert [] == told(entry("Comment"), entry("RuleExecutionLog"), entry("Attachment"))


@pytest.mark.parametrize(
    "row",
    [
        entry("Revision", RevisionJsonData="[ ... ]"),
        entry("Revision", RevisionJsonData="[]"),
        entry("Revision", RevisionJsonData=None),
        entry("Revision", RevisionJsonData='[{"Name": "Subject"}]'),
        revision("SomethingNew"),
        entry("Hologram"),
        {"CreatedDate": None, "ActivityItems": []},
    ],
)
def test_an_entry_that_cannot_be_read_makes_it_no_trail(row: dict[str, Any]) -> None:
    """R16: never a guess; the line is asked about."""
    assert told(entry("Comment"), row) is None


def test_a_change_that_no_entry_explains_makes_it_no_trail() -> None:
    """R16: whatever moved the ticket is not in the timeline, so the timeline does not tell all."""
    assert told(entry("Comment", minutes=-30), modified=0) is None


def test_what_is_older_than_the_moment_does_not_count() -> None:
    """R16."""
    assert [("Status", False)] == told(revision("Subject", minutes=-60), entry("WorkflowLog"))


def test_a_change_that_is_dated_after_the_tickets_last_one_makes_no_trail() -> None:
    """R17: dates in another zone than the site's would tell of writes that never landed."""
    old = revision("Subject", by=ME, minutes=300)  # of an hour ago, and written in UTC

    assert told(old, since=10, modified=-60) is None
    assert [] == told(entry("Comment", minutes=300), since=10, modified=-60)
