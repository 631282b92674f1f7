"""Privacy between two real servers, judged by what each of them was sent (R13)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.bench import Bench, Desk, bench

HELP = "helpdesk@springfield.example"
AGENT = "owen.castellanos@springfield.example"
SECRET = "canary-77e1"


@pytest.fixture
def desks(tmp_path: Path):
    """Two desks that keep what they are sent."""
    with bench(tmp_path, rules=False) as b:
        for desk in (b.incidentiq, b.servicenow):
            desk.control("log", {"bodies": True})
        yield b


def reached(desk: Desk, words: str) -> list[dict[str, Any]]:
    """Give the calls that brought these words, in body, query or path."""
    calls = desk.http.get("/_control/log").json()["calls"]
    return [call for call in calls if words in f"{call['path']} {call['query']} {call['body']}"]


def test_every_note_that_left_was_flagged_internal(desks: Bench) -> None:
    """R13: through the whole engine: copied, reworded, and beside public replies."""
    ticket = desks.incidentiq.act(HELP, "create", subject="Cart")["ticket"]["id"]
    for n in range(3):
        desks.incidentiq.act(HELP, "note", ticket=ticket, text=f"{SECRET} {n}")
        desks.incidentiq.act(HELP, "comment", ticket=ticket, text=f"Reply {n}")
    assert desks.sync().level
    desks.incidentiq.act(HELP, "note", ticket=ticket, text=f"{SECRET} later")
    assert desks.sync().level

    told = reached(desks.servicenow, SECRET)
    assert 4 == len(told)
    assert {("work_notes",)} == {tuple(json.loads(call["body"])) for call in told}
    assert 3 == len([c for c in reached(desks.servicenow, "Reply ") if "comments" in c["body"]])


def test_nothing_of_a_sensitive_ticket_leaves(desks: Bench) -> None:
    """R13: no field, no comment, no look-up: not one byte, by default."""
    made = desks.incidentiq.act(
        HELP,
        "create",
        subject=SECRET,
        description=SECRET,
        sensitive=True,
        custom={"RT number": SECRET},
    )
    desks.incidentiq.act(HELP, "comment", ticket=made["ticket"]["id"], text=SECRET)

    assert desks.sync().level

    assert [] == reached(desks.servicenow, SECRET)
    assert {} == desks.servicenow.tickets()


def test_a_pair_whose_ticket_turns_sensitive_stops_at_once_and_says_so(desks: Bench) -> None:
    """R13: what was typed from then on stays home; a problem says it, and closes by itself."""
    ticket = desks.incidentiq.act(HELP, "create", subject="Cart")["ticket"]["id"]
    assert desks.sync().level
    (copy,) = desks.servicenow.tickets()
    desks.incidentiq.act(HELP, "sensitive", ticket=ticket)
    desks.incidentiq.act(HELP, "edit", ticket=ticket, subject=SECRET, description=SECRET)
    desks.incidentiq.act(HELP, "comment", ticket=ticket, text=SECRET)
    desks.servicenow.act(HELP, "comment", ticket=copy, text="Answer")

    assert desks.sync().level

    assert [] == reached(desks.servicenow, SECRET)
    assert [] == reached(desks.incidentiq, "Answer")
    (told,) = desks.problems()
    assert ("withheld", "incidentiq marks the ticket as sensitive") == (
        told.problem.code,
        told.problem.message.split(": ")[1].split(". ")[0],
    )

    desks.incidentiq.act(HELP, "not_sensitive", ticket=ticket)
    assert desks.sync().level
    assert [] == desks.problems()
    assert SECRET == desks.servicenow.tickets()[copy]["fields"]["short_description"]


def test_no_look_up_asks_for_the_people_of_a_sensitive_ticket(desks: Bench) -> None:
    """R13: a student's address in a question to the other system would be a leak as well."""
    ticket = desks.incidentiq.act(HELP, "create", subject="Cart")["ticket"]["id"]
    assert desks.sync().level
    desks.incidentiq.act(HELP, "sensitive", ticket=ticket)
    desks.incidentiq.act(HELP, "assign", ticket=ticket, to=AGENT)

    assert desks.sync().level

    assert [] == reached(desks.servicenow, AGENT.partition("@")[0])
