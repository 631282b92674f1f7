"""The main job between the two simulators, read back through their own dumps and never by us."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.bench import Bench, Desk, bench

HELP, AGENTS = "helpdesk@springfield.example", 3
TICKETS = 20


def _spoken(ticket: dict[str, Any]) -> list[dict[str, Any]]:
    """Give what was said on a ticket by anybody but a rule."""
    return [one for one in ticket["comments"] if not one.get("rule")]


def _twins(b: Bench) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Pair up both servers' tickets by the keys on the copies."""
    left, right = b.incidentiq.tickets(), b.servicenow.tickets()
    twins = []
    for ticket in right.values():
        key = ticket["fields"].get("correlation_id")
        if key:
            twins.append((left[key.rsplit(":", 1)[1]], ticket))
    for ticket in left.values():
        key = ticket["custom"].get("Sync Key")
        if key:
            twins.append((ticket, right[key.rsplit(":", 1)[1]]))
    return twins


@pytest.mark.timeout(300)
def test_tickets_of_both_sides_meet_in_the_middle(tmp_path: Path) -> None:
    """Promises 1, 2, 3 and 5; R13, R19, R21."""
    # Rules answer within the first run, or a restart would doubt what they touched (R16).
    with bench(tmp_path, rule_delay=0.2) as b:
        here = [_open(b.incidentiq, n, "comment", "note") for n in range(TICKETS)]
        there = [_open(b.servicenow, n, "comment", "note") for n in range(TICKETS)]

        first = b.sync()

        assert first.level
        assert 2 * TICKETS == first.tally.created
        twins = _twins(b)
        assert 2 * TICKETS == len(twins)
        for left, right in twins:
            assert left["subject"] == right["subject"]
            _judge_talk(left, right)

        _work_on(b, here, there)
        second = b.sync()

        assert second.level
        assert second.tally.problems == 0
        assert second.tally.conflicts == 0
        _judge_meeting(b)
        third = b.sync()
        assert third.level
        assert 0 == third.tally.writes


def _open(desk: Desk, n: int, say: str, whisper: str) -> str:
    made = desk.act(HELP, "create", subject=f"{n} of {desk.url[-5:]}", description="It is dark")
    ticket = str(made["ticket"]["id"])
    desk.act(HELP, say, ticket=ticket, text=f"Reply to {n}")
    desk.act(HELP, whisper, ticket=ticket, text=f"Secret of {n}")
    return ticket


def _judge_talk(left: dict[str, Any], right: dict[str, Any]) -> None:
    """Internal notes flow to ServiceNow only; nothing internal is ever public."""
    ours = bool(left["custom"].get("Sync Key"))
    assert (1 if ours else 2) == len(_spoken(left)), left
    assert len(_spoken(right)) == 2, right
    for ticket in (left, right):
        for one in _spoken(ticket):
            assert one["public"] is ("Reply" in one["text"]), one


def _work_on(b: Bench, here: list[str], there: list[str]) -> None:
    copies = {one["fields"]["correlation_id"].rsplit(":", 1)[1]: other
              for other, one in b.servicenow.tickets().items()
              if one["fields"].get("correlation_id")}  # fmt: skip
    for n, ticket in enumerate(here):
        copy = copies[ticket]
        match n % 4:
            case 0:
                b.incidentiq.act(HELP, "edit", ticket=ticket, subject=f"Beamer {n}")
                b.servicenow.act(HELP, "comment", ticket=copy, text=f"Answer to {n}")
            case 1:
                b.servicenow.act(HELP, "status", ticket=copy, to="In Progress")
            case 2:
                b.incidentiq.act(HELP, "status", ticket=ticket, to="Resolved", force=True)
            case 3:
                b.incidentiq.act(HELP, "comment", ticket=ticket, text=f"Alone {n}")


def _judge_meeting(b: Bench) -> None:
    told = 0
    for left, right in _twins(b):
        assert left["subject"] == right["subject"]
        pair = (left["status"], right["status"])
        assert pair in {
            ("Submitted", "New"),
            ("In Progress", "In Progress"),
            ("Resolved", "Resolved"),
        }
        for ticket in (left, right):
            told += sum(
                "Answer" in one["text"] or "Alone" in one["text"] for one in _spoken(ticket)
            )
    assert 4 * TICKETS // 4 == told, "each on both sides, once"
