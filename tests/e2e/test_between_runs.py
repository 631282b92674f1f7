"""Two runs of `once` are two starts, and every start makes every pair suspect (R16).

A side whose version moved unwatched counts as changed in a field only if its audit trail does not
show that field untouched. Incident IQ's trail is its timeline.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.bench import Bench, bench

HELP, AGENT = "helpdesk@springfield.example", "dana.whitfield@springfield.example"


def _pair(b: Bench) -> tuple[str, str]:
    """Make one level pair; give its ids."""
    made = b.incidentiq.act(HELP, "create", subject="Screen cracked", description="Fell down")
    assert b.sync().level
    (copy,) = b.servicenow.tickets()
    return made["ticket"]["id"], copy


def _shown(b: Bench, here: str, there: str) -> tuple[dict[str, Any], dict[str, Any]]:
    return b.incidentiq.tickets()[here], b.servicenow.tickets()[there]


@pytest.mark.timeout(200)
@pytest.mark.parametrize("rules", [True, False])
def test_edits_of_different_fields_between_two_runs_both_survive(
    tmp_path: Path, rules: bool
) -> None:
    """Promise 4, R16: the timeline shows that the other fields were not touched."""
    with bench(tmp_path, rules=rules, rule_delay=0.2) as b:
        here, there = _pair(b)
        b.incidentiq.act(AGENT, "edit", ticket=here, subject="Screen cracked twice")
        b.incidentiq.act(AGENT, "comment", ticket=here, text="<p>Look at this</p>")
        b.servicenow.act(HELP, "status", ticket=there, to="In Progress")

        result = b.sync()

        left, right = _shown(b, here, there)
        assert result.level
        assert 0 == result.tally.conflicts
        assert ("Screen cracked twice", "In Progress") == (left["subject"], left["status"])
        assert ("Screen cracked twice", "In Progress") == (right["subject"], right["status"])


@pytest.mark.timeout(200)
def test_a_field_that_was_changed_and_changed_back_unseen_is_asked_about(tmp_path: Path) -> None:
    """R16: the trail shows that somebody touched the field, so carrying would be a guess."""
    with bench(tmp_path, rule_delay=0.2) as b:
        here, there = _pair(b)
        b.incidentiq.act(AGENT, "edit", ticket=here, subject="Something else")
        b.incidentiq.act(AGENT, "edit", ticket=here, subject="Screen cracked")
        b.servicenow.act(HELP, "edit", ticket=there, subject="Far words")

        result = b.sync()

        left, right = _shown(b, here, there)
        assert 1 == result.tally.conflicts
        assert ("Screen cracked", "Far words") == (left["subject"], right["subject"])


@pytest.mark.timeout(200)
def test_a_custom_field_that_the_site_has_not_stops_the_link_and_says_where(
    tmp_path: Path,
) -> None:
    """Promise 6: a misspelt custom field is known only to the live site."""
    with bench(tmp_path) as b:
        mapping = tmp_path / "helpdesk.mapping.yaml"
        mapping.write_text(
            mapping.read_text().replace("Fields.ServiceNow number", "Fields.SN numbr")
        )
        b.incidentiq.act(HELP, "create", subject="Screen cracked", description="Fell down")

        result = b.sync(seconds=4)

        assert not result.level
        assert 0 == result.tally.writes
        assert {} == b.servicenow.tickets()
        told = [row.problem.message for row in b.problems()]
        assert any("helpdesk.mapping.yaml" in one and "SN numbr" in one for one in told), told
