"""A changed mapping meets a running daemon: what it shows, and how one command lets it go on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.bench import Bench, bench
from tests.integration.command import running, sync_service
from tests.integration.test_daemon import eventually

HELP = "helpdesk@springfield.example"
LINE = '  - {servicenow: u_room, value: "Seen as {{ ticket.Subject }}"}\n\non_create:'


@pytest.fixture
def desks(tmp_path: Path):
    """Two empty desks and a configuration between them."""
    with bench(tmp_path, rules=False) as b:
        yield b


@pytest.mark.slow
def test_a_daemon_waits_with_the_plan_of_a_new_line_until_it_is_accepted(desks: Bench) -> None:
    """R27: status, health, the problem and `plan` tell what it would write, before it does."""
    desks.incidentiq.act(HELP, "create", subject="Screen dark")
    assert 0 == sync_service("once", "--until-level", config=desks.config).code
    mapping = desks.folder / "helpdesk.mapping.yaml"
    mapping.write_text(mapping.read_text().replace("\non_create:", LINE))
    with running("run", config=desks.config, log=desks.folder / "log") as daemon:
        daemon.wait_for("/healthz", 200)
        eventually(lambda: "accept helpdesk" in daemon.get("/readyz")[1])
        status = sync_service("status", "--json", config=desks.config).data["links"]["helpdesk"]
        text = sync_service("status", config=desks.config).out
        plan = sync_service("plan", "--link", "helpdesk", config=desks.config).out
        problems = sync_service("problems", "list", config=desks.config).out
        (before,) = desks.servicenow.tickets().values()
        said = sync_service("accept", "helpdesk", "--json", config=desks.config).data
        eventually(lambda: "Seen as" in json.dumps(desks.servicenow.tickets()))
        eventually(lambda: daemon.get("/readyz")[0] == 200)

    assert ("waits for accept", {"update": 1}) == (status["state"], status["plan"]["writes"])
    assert "1 x update in 1 pairs" in text
    assert 'u_room: (empty) -> "Seen as Screen dark"' in plan
    assert "the change alone would do 1 x update" in plan
    assert "1 x update in 1 pairs" in problems
    assert not before["fields"].get("u_room")
    assert "daemon" == said["by"]
    assert "Screen dark" not in daemon.log.read_text() + text + problems + json.dumps(status)


@pytest.mark.slow
def test_a_renamed_link_and_system_go_on_by_command(desks: Bench) -> None:
    """R27: the configuration names them anew, the command moves the store, and nothing is written."""
    desks.incidentiq.act(HELP, "create", subject="Screen dark")
    assert 0 == sync_service("once", "--until-level", config=desks.config).code
    text = desks.config.read_text().replace("  helpdesk:\n", "  desk:\n    formerly: [helpdesk]\n")
    text = text.replace("  servicenow:\n", "  snow:\n    formerly: [servicenow]\n")
    desks.config.write_text(text.replace("[incidentiq, servicenow]", "[incidentiq, snow]"))
    mapping = desks.folder / "helpdesk.mapping.yaml"
    mapping.write_text(mapping.read_text().replace("servicenow", "snow"))
    before = desks.servicenow.tickets()

    waits = sync_service("once", "--json", config=desks.config)
    early = sync_service("rename", "link", "nobody", "desk", config=desks.config)
    link = sync_service("rename", "link", "helpdesk", "desk", "--json", config=desks.config)
    system = sync_service("rename", "system", "servicenow", "snow", config=desks.config)
    rest = sync_service("once", "--until-level", "--json", config=desks.config)

    assert (3, 0) == (waits.code, waits.data["cycles"])
    assert "sync-service rename link helpdesk desk" in waits.data["waiting"]["desk"]
    assert 3 == early.code
    assert (0, 0) == (link.code, system.code)
    assert (0, True, 0) == (rest.code, rest.data["level"], rest.data["updated"])
    assert before == desks.servicenow.tickets()
