"""A guard that trips in a running daemon, seen everywhere that a person looks (R26)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.bench import bench
from tests.integration.command import running, sync_service
from tests.integration.test_daemon import eventually

HELP = "helpdesk@springfield.example"


@pytest.mark.slow
def test_a_sort_that_is_ignored_stops_the_link_everywhere_visible(tmp_path: Path) -> None:
    """R3, R26: log, status, health, numbers and the problem say so; one command goes on."""
    with bench(tmp_path, (5, 0), rules=False) as desks:
        desks.write(since="since: now\n    guards: {self_test: 1s}")
        with running("run", config=desks.config, log=desks.folder / "log") as daemon:
            daemon.wait_for("/readyz", 200)
            desks.incidentiq.control("switches", {"sort": "ignored"})
            eventually(lambda: "a guard stopped it (filter)" in daemon.get("/readyz")[1])
            desks.incidentiq.act(HELP, "create", subject="Screen dark")
            status = sync_service("status", "--json", config=desks.config).data["links"]["helpdesk"]
            numbers = daemon.get("/metrics")[1]
            problems = sync_service("problems", "list", config=desks.config).out
            assert {} == desks.servicenow.tickets()

            desks.incidentiq.control("switches", {"sort": "honoured"})
            said = sync_service("accept", "helpdesk", "--json", config=desks.config).data
            eventually(lambda: len(desks.servicenow.tickets()) == 1)
            eventually(lambda: daemon.get("/readyz")[0] == 200)
        log = [json.loads(line) for line in daemon.log.read_text().splitlines() if "{" in line]

    assert "stopped by a guard (filter)" == status["state"]
    assert 'sync_guard_stopped{guard="filter",link="helpdesk"} 1.0' in numbers
    assert 'sync_host_resting{system="incidentiq"} 0.0' in numbers
    assert "sync-service accept helpdesk" in problems
    assert said["ok"]
    stopped = [one for one in log if one["event"] == "guard.stopped"]
    assert {("filter", "incidentiq")} == {(one["guard"], one["system"]) for one in stopped}
