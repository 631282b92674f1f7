"""First contact with systems full of old tickets: nothing moves that nobody asked to move."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.bench import bench

HELP = "helpdesk@springfield.example"
OLD, JOINED = 2000, 300


def _writes(requests: dict[str, int]) -> dict[str, int]:
    """Give the requests that could have changed something: neither reads nor searches."""
    reading = ("GET ", "POST /api/v1.0/tickets/activities", "POST /api/v1.0/custom-fields/for")
    searching = {"POST /api/v1.0/tickets", "POST /api/v1.0/users", "POST /api/v1.0/issues"}
    return {
        route: count
        for route, count in requests.items()
        if not route.startswith(reading) and route not in searching
    }


@pytest.mark.timeout(300)
def test_since_now_leaves_old_tickets_alone_even_when_they_are_touched(tmp_path: Path) -> None:
    """R14: tickets created before `since` start no pair when they change."""
    with bench(tmp_path, tickets=(OLD, OLD)) as b:
        b.write(since="since: now")
        assert b.sync().level
        old_left = next(iter(b.incidentiq.tickets()))
        old_right = next(iter(b.servicenow.tickets()))
        b.incidentiq.act(HELP, "edit", ticket=old_left, subject="Touched")
        b.servicenow.act(HELP, "edit", ticket=old_right, subject="Touched")

        result = b.sync()

        assert result.level
        assert 0 == result.tally.writes
        assert {} == _writes(b.incidentiq.requests())
        assert {} == _writes(b.servicenow.requests())


@pytest.mark.timeout(600)
def test_since_all_adopts_what_match_already_joins(tmp_path: Path) -> None:
    """R7, R14: no ticket and no comment is copied twice; what differs is left as `on_adopt` says."""
    with bench(tmp_path, tickets=(JOINED, 0)) as b:
        b.write(
            since="since: all",
            create="create: never\n    match:\n      - {incidentiq: 'Custom Fields.ServiceNow number',"
            " servicenow: number}",
        )
        twins = _join_by_hand(b)
        before = (_talk(b.incidentiq.tickets()), _talk(b.servicenow.tickets()))

        result = b.sync(seconds=240)

        assert result.level
        assert 0 == result.tally.created
        assert 0 == result.tally.commented
        assert before == (_talk(b.incidentiq.tickets()), _talk(b.servicenow.tickets()))
        left, right = b.incidentiq.tickets(), b.servicenow.tickets()
        for here, there in twins.items():
            assert left[here]["subject"].startswith(("Joined", "Here"))
            assert right[there]["subject"].startswith(("Joined", "There"))
        assert result.tally.conflicts >= JOINED // 10, "each tenth pair differs and is asked about"


def _join_by_hand(b: Any) -> dict[str, str]:
    """Let people have joined tickets long ago: a number in a field, talk on both sides."""
    twins = {}
    for n, here in enumerate(list(b.incidentiq.tickets())[:JOINED]):
        apart = n % 10 == 0
        there = b.servicenow.act(
            HELP, "create", subject=f"There {n}" if apart else f"Joined {n}", description="old"
        )["ticket"]
        b.servicenow.act(HELP, "comment", ticket=there["id"], text=f"Old talk {n}")
        b.incidentiq.act(
            HELP,
            "edit",
            ticket=here,
            subject=f"Here {n}" if apart else f"Joined {n}",
            sensitive=False,
            custom={"ServiceNow number": there["number"]},
        )
        b.incidentiq.act(HELP, "comment", ticket=here, text=f"Old talk {n}")
        twins[here] = there["id"]
    return twins


def _talk(tickets: dict[str, Any]) -> int:
    return sum(not one.get("rule") for ticket in tickets.values() for one in ticket["comments"])
