"""Sweeps between the two simulators: what they find, what they cost by the servers' own count, and who asks."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sync_service.bootstrap import open_service, read_config
from sync_service.core.sweeping import Pace
from sync_service.engine.cycle import cycle
from sync_service.scheduling.opening import open_links
from tests.e2e.bench import Bench, bench
from tests.integration.command import running, sync_service

HELP = "helpdesk@springfield.example"
DANA = "dana.whitfield@springfield.example"
#: Nothing else asks Incident IQ for these while nothing is due.
SWEPT = ("GET /api/v1.0/tickets/{ticket}", "POST /api/v1.0/tickets/activities")


@pytest.fixture
def level(tmp_path: Path):
    """Thirty pairs that are level; the first has a comment with its copy."""
    with bench(tmp_path, rules=False) as b:
        made = [b.incidentiq.act(HELP, "create", subject=f"Printer {n}") for n in range(30)]
        b.incidentiq.act(HELP, "comment", ticket=made[0]["ticket"]["id"], text="It smells")
        b.write(since="since: all")
        assert b.sync(120).level
        yield b


def copy_of(b: Bench, subject: str) -> dict[str, Any]:
    """Give the ServiceNow copy with this subject."""
    return next(one for one in b.servicenow.tickets().values() if one["subject"] == subject)


async def _swept(b: Bench, seconds: float, pace: Pace) -> tuple[int, float]:
    """Run cycles with a due sweep for so long; give what the server counted of it, and the time."""
    opened = await open_links(open_service(read_config(b.config)))
    try:
        (link,) = opened.links.values()
        link.sweep_batches = 0
        assert await cycle(link)
        link.walk.pace = pace
        await opened.store.run(opened.service.store.begin_sweep, link.run, link.name, None)
        await asyncio.sleep(pace.every.total_seconds())
        b.incidentiq.forget_requests()
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            assert await cycle(link)
            await asyncio.sleep(0.2)
        await asyncio.sleep(0.2)  # the server notes a call once it has been answered
        counted = b.incidentiq.requests()
        return sum(counted.get(route, 0) for route in SWEPT), time.monotonic() - began
    finally:
        await opened.close()


@pytest.mark.slow
def test_a_sweep_keeps_its_budget_by_the_servers_count(level: Bench) -> None:
    """Promise 7: two requests a second are two a second, and a batch beforehand."""
    pace = Pace(timedelta(seconds=1), requests=7200)

    counted, seconds = asyncio.run(_swept(level, 10, pace))

    batch = 50 + 1
    assert 9 <= counted <= seconds * 2 + batch


@pytest.mark.slow
def test_a_sweep_on_demand_finds_what_no_search_shows(level: Bench) -> None:
    """R5, R21: a deleted ticket and a deleted copy; its own count is the server's."""
    gone, quiet = copy_of(level, "Printer 7"), copy_of(level, "Printer 0")
    (comment,) = quiet["comments"]
    level.servicenow.act(DANA, "delete", ticket=gone["id"])
    level.servicenow.act(DANA, "delete_comment", comment=comment["id"])
    assert sync_service("once", "--until-level", "--json", config=level.config).data["level"]
    level.incidentiq.forget_requests()

    ended = sync_service("sweep", "helpdesk", "--json", config=level.config)

    told = ended.data["links"]["helpdesk"]
    assert (0, True, "command", 30) == (ended.code, told["ended"], ended.data["by"], told["pairs"])
    assert [
        {"kind": "gone", "system": "servicenow", "count": 1},
        {"kind": "lost copy", "system": "servicenow", "count": 1},
    ] == sorted(told["found"], key=lambda one: one["kind"])
    counted = level.incidentiq.requests()
    assert told["requests"]["incidentiq"] <= sum(counted.values())
    assert told["requests"]["incidentiq"] >= 30
    sync_service("once", "--until-level", config=level.config)
    codes = sync_service("status", "--json", config=level.config).data["links"]["helpdesk"]["codes"]
    assert {"gone": 1, "lost-copy": 1} == codes
    text = sync_service("status", config=level.config).out
    assert "tickets gone from servicenow: 1" in text


@pytest.mark.slow
def test_a_retry_makes_a_deleted_copy_again_and_lets_the_merge_decide_what_stands_apart(
    level: Bench,
) -> None:
    """R6, R7, R21, R25: nothing of it is written before a person says so."""
    quiet = copy_of(level, "Printer 0")
    level.servicenow.act(DANA, "delete_comment", comment=quiet["comments"][0]["id"])
    mapping = level.folder / "helpdesk.mapping.yaml"
    mapping.write_text(mapping.read_text().replace("Submitted: New", "Submitted: In Progress"))

    found = sync_service("sweep", "--json", config=level.config).data["links"]["helpdesk"]["found"]
    again = sync_service("once", "--until-level", "--json", config=level.config).data
    told = sync_service("problems", "--json", config=level.config).data["problems"]

    assert {"apart": 30, "lost copy": 1} == {one["kind"]: one["count"] for one in found}
    assert (0, 0) == (again["updated"], again["commented"])
    assert {"apart": 30, "lost-copy": 1} == {one["code"]: len(one["tickets"]) for one in told}

    sync_service("problems", "retry", "--all", "--yes", config=level.config)
    after = sync_service("once", "--until-level", "--json", config=level.config).data

    assert 1 == after["commented"]
    (comment,) = copy_of(level, "Printer 0")["comments"]
    assert "It smells" in comment["text"].splitlines()
    assert (30, 0) == (after["asked"], after["problems"])


@pytest.mark.slow
def test_beside_a_daemon_the_daemon_sweeps(level: Bench) -> None:
    """R29: the command leaves a request and watches; what was found is settled by the daemon."""
    gone = copy_of(level, "Printer 7")
    with running("run", config=level.config, log=level.folder / "log") as daemon:
        daemon.wait_for("/readyz", 200)
        level.servicenow.act(DANA, "delete", ticket=gone["id"])

        told = sync_service("sweep", "--json", config=level.config).data

        end = time.monotonic() + 60
        while "gone" not in sync_service("problems", config=level.config).out:
            assert time.monotonic() < end
        numbers = daemon.get("/metrics")[1]
    assert ("daemon", True) == (told["by"], told["links"]["helpdesk"]["ended"])
    assert [("gone", 1)] == [(o["kind"], o["count"]) for o in told["links"]["helpdesk"]["found"]]
    assert 'sync_sweep_found{kind="gone",link="helpdesk",system="servicenow"} 1.0' in numbers
    assert 'sync_problems_by_code{code="gone",link="helpdesk"} 1.0' in numbers
    assert '"sweep.ended"' in daemon.log.read_text()


@pytest.mark.slow
def test_a_side_that_hides_all_its_tickets_stops_and_says_so(level: Bench) -> None:
    """R26: a right was taken away; no pair is parked, and it goes on when the right is back."""
    level.servicenow.control("switches", {"hide_every": 1})

    ended = sync_service("sweep", "--json", config=level.config)

    assert 3 == ended.code
    why = ended.data["links"]["helpdesk"]["why"]
    assert "tickets asked for is there on servicenow" in why
    once = sync_service("once", "--json", config=level.config)
    status = sync_service("status", "--json", config=level.config).data["links"]["helpdesk"]
    assert 3 == once.code
    assert (0, {"emptied": 1}) == (status["parked"], status["codes"])

    level.servicenow.control("switches", {"hide_every": 0})
    assert 0 == sync_service("sweep", config=level.config).code
    status = sync_service("status", "--json", config=level.config).data["links"]["helpdesk"]
    assert {} == status["codes"]
