"""`redact:` between two real servers: judged by what was sent, what is stored, and what still stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.bench import Bench, bench
from tests.e2e.test_privacy import reached
from tests.integration.command import sync_service

HELP = "helpdesk@springfield.example"
STUDENT, PHONE = "907214455", "(555) 201-7788"
RULES = """
redact:
  - {pattern: '\\b\\d{9}\\b', with: '[student id]'}
  - {named: phone}
  - {fields: [Custom Fields.Room Access], with: '[room]'}
"""
LINES = """
  - {servicenow: u_room, value: "{{ ticket['Custom Fields']['Room Access'] }} {{ ticket.IssueDescription }}"}
"""


@pytest.fixture
def desks(tmp_path: Path):
    """Two desks that keep what they are sent, and a mapping that redacts."""
    with bench(tmp_path, rules=False) as b:
        path = b.folder / "helpdesk.mapping.yaml"
        text = path.read_text().replace("\non_create:", f"{LINES}\non_create:", 1)
        path.write_text(text + RULES)
        for desk in (b.incidentiq, b.servicenow):
            desk.control("log", {"bodies": True})
        yield b


def test_student_data_stays_in_its_system(desks: Bench) -> None:
    """R12, R13: not in fields, templates, comments or the store; the original is as it was."""
    made = desks.incidentiq.act(
        HELP,
        "create",
        subject=f"Locked out: {STUDENT}",
        description=f"<p>Call <b>{PHONE}</b>, ID 9072<i>14455</i></p>",
        custom={"Room Access": "badge 4711"},
    )["ticket"]
    desks.incidentiq.act(HELP, "comment", ticket=made["id"], text=f"Mum is at {PHONE}")
    desks.incidentiq.act(HELP, "note", ticket=made["id"], text=f"ID is {STUDENT}")

    assert desks.sync().level

    for secret in (STUDENT, "201-7788", "4711", "9072"):
        assert [] == reached(desks.servicenow, secret), secret
        assert [] == [
            p for p in desks.folder.glob("store.db*") if secret.encode() in p.read_bytes()
        ]
    (copy,) = desks.servicenow.tickets().values()
    assert "Locked out: [student id]" == copy["fields"]["short_description"]
    assert "Call [phone], ID [student id]" == copy["fields"]["description"]
    assert copy["fields"]["u_room"].startswith("[redacted]")
    assert {"Mum is at [phone]", "ID is [student id]"} == {
        one["text"].split("\n\n")[1] for one in copy["comments"]
    }
    (original,) = desks.incidentiq.tickets().values()
    assert f"Locked out: {STUDENT}" == original["subject"]
    assert PHONE in original["description"]


def test_the_redacted_copy_cannot_be_made_to_replace_the_original(desks: Bench) -> None:
    """R12: not by an edit, and not by a person's word either; that one says where to edit."""
    ticket = desks.incidentiq.act(HELP, "create", subject=f"ID {STUDENT}")["ticket"]["id"]
    desks.write(on_conflict="on_conflict: ask")
    path = desks.folder / "helpdesk.mapping.yaml"
    path.write_text(path.read_text() + RULES)
    assert desks.sync().level
    (copy,) = desks.servicenow.tickets()
    desks.servicenow.act(
        HELP, "edit", ticket=copy, fields={"short_description": "ID [student id], urgent"}
    )
    assert desks.sync().level
    original = desks.incidentiq.tickets()[ticket]
    assert f"ID {STUDENT}" == original["subject"]

    said = sync_service("conflicts", "resolve", "1", "--to", "servicenow", config=desks.config)

    assert 3 == said.code
    assert "Edit the ticket in incidentiq itself" in said.err
    done = sync_service("conflicts", "resolve", "1", "--to", "incidentiq", config=desks.config)
    assert 0 == done.code, done.err
    assert desks.sync().level
    assert f"ID {STUDENT}" == desks.incidentiq.tickets()[ticket]["subject"]
    assert "ID [student id]" == desks.servicenow.tickets()[copy]["fields"]["short_description"]
