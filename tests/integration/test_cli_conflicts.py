"""A person's word on conflicts, given through the commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.bench import Bench, bench
from tests.integration.command import sync_service

DANA = "dana.whitfield@springfield.example"
HELP = "helpdesk@springfield.example"
LEVEL = ("once", "--until-level", "--json")


@pytest.fixture
def desks(tmp_path: Path):
    """A pair that is level."""
    with bench(tmp_path, rules=False) as b:
        b.incidentiq.act(HELP, "create", subject="Dark")
        yield b


def clash(b: Bench, on_conflict: str) -> str:
    """Let both sides rename the same ticket between two runs; give what the run said."""
    b.write(on_conflict=f"on_conflict: {on_conflict}")
    assert sync_service(*LEVEL, config=b.config).data["created"] == 1
    (left,), (right,) = b.incidentiq.tickets(), b.servicenow.tickets()
    b.incidentiq.act(HELP, "edit", ticket=left, subject="From the left")
    b.servicenow.act(DANA, "edit", ticket=right, subject="From the right")
    ended = sync_service(*LEVEL, config=b.config)
    assert ended.data["level"]
    assert ended.data["conflicts"] >= 1
    (row,) = sync_service("conflicts", "list", "--json", config=b.config).data["conflicts"]
    assert {"incidentiq": ["From the left"], "servicenow": ["From the right"]} == row["values"]
    called = [
        one["number"] for side in (b.incidentiq, b.servicenow) for one in side.tickets().values()
    ]
    assert called == list(row["called"].values())
    text = sync_service("conflicts", "list", config=b.config).out
    assert all(f" {number}: " in text for number in called)  # no GUID, which nobody can search for
    return str(row["number"])


def subjects(b: Bench) -> tuple[str, str]:
    """What each side shows."""
    (left,), (right,) = b.incidentiq.tickets().values(), b.servicenow.tickets().values()
    return left["subject"], right["subject"]


@pytest.mark.slow
def test_a_person_who_is_asked_decides(desks: Bench) -> None:
    """R8 with `ask`: nothing is written until a person says whose value goes on, and then it is."""
    number = clash(desks, "ask")
    assert ("From the left", "From the right") == subjects(desks)

    said = sync_service("conflicts", "resolve", number, "--to", "servicenow", config=desks.config)
    level = sync_service(*LEVEL, config=desks.config)

    assert (0, 0) == (said.code, level.code)
    assert ("From the right", "From the right") == subjects(desks)
    assert [] == sync_service("conflicts", "list", "--json", config=desks.config).data["conflicts"]


@pytest.mark.slow
def test_a_value_that_a_policy_gave_up_is_restored(desks: Bench) -> None:
    """R8: the loser's value is kept, and one command brings it back to both sides."""
    number = clash(desks, "incidentiq")
    assert ("From the left", "From the left") == subjects(desks)

    said = sync_service("conflicts", "restore", number, config=desks.config)
    level = sync_service(*LEVEL, config=desks.config)

    assert (0, True) == (said.code, level.data["level"])
    assert ("From the right", "From the right") == subjects(desks)
