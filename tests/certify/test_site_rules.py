"""Whose word a site's own rule replaced, and whose not: the judge still misses what no rule saw."""

from __future__ import annotations

import pytest

from tests.certify.diary import Diary, Edit
from tests.certify.site_rules import moved


@pytest.mark.parametrize(
    ("stood", "body", "shown", "named"),
    [
        ("New", b'{"assigned_to": "x"}', "In Progress", ["New"]),
        (None, b'{"state": "1", "assigned_to": "x"}', "In Progress", ["New"]),
        ("New", b'{"state": "2"}', "In Progress", []),  # it was written
        ("On Hold", b'{"state": "1"}', "On Hold", []),  # it may have been refused
        ("New", b'{"short_description": "x"}', "New", []),
    ],
)
def test_a_rule_is_named_only_for_a_state_that_neither_stood_nor_was_written(
    stood: str | None, body: bytes, shown: str, named: list[str]
) -> None:
    """R19: what may be a refusal of ours is not laid to a rule."""
    before = {"S1": {"status": stood}} if stood else {}

    told = [state for _, state in moved(before, {"S1": {"status": shown}}, body)]

    assert named == told


def test_an_edit_that_a_rule_did_not_see_is_still_missed() -> None:
    """R8: who puts a ticket on hold on the other side meanwhile edits beside the rule."""
    incident = {"id": "S1", "created_by": "dana", "fields": {}}
    seen = Edit("servicenow", "S1", "status", "New", 1.0)
    beside = Edit("incidentiq", "L1", "status", "Waiting on Requestor", 2.0)
    diary = Diary(lambda: 3.0)
    diary.live[("servicenow", "S1"), "status"] = [seen, beside]

    diary.ruled("servicenow", incident, "status", "New")

    assert [beside] == diary.live[("servicenow", "S1"), "status"]
