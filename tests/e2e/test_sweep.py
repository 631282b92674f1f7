"""Sweeps between the two simulators: what they find, what they cost by the servers' own count, and who asks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sync_service.bootstrap import open_service, read_config
from sync_service.core.sweeping import Pace
from sync_service.engine.cycle import cycle
from sync_service.scheduling.opening import open_links
from tests.e2e.bench import Bench, bench
from tests.integration.command import running
from tests.integration.inside import inside

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


def swept(b: Bench) -> tuple[int, dict[str, Any]]:
    """Sweep by the command without a daemon; give its exit code and what it tells of the link."""
    ended = inside("sweep", "helpdesk", "--json", config=b.config)
    assert "command" == ended.data["by"]
    return ended.code, ended.data["links"]["helpdesk"]


def status(b: Bench) -> dict[str, Any]:
    """Give what `status` says of the link."""
    told: dict[str, Any] = inside("status", "--json", config=b.config).data
    return dict(told["links"]["helpdesk"])


@pytest.mark.slow
def test_a_sweep_on_demand_believes_no_empty_side_and_finds_what_no_search_shows(
    level: Bench,
) -> None:
    """R5, R21, R26: a right that was taken away, a deleted ticket, a deleted copy; by the server's count."""
    gone, quiet = copy_of(level, "Printer 7"), copy_of(level, "Printer 0")
    level.servicenow.act(DANA, "delete", ticket=gone["id"])
    level.servicenow.act(DANA, "delete_comment", comment=quiet["comments"][0]["id"])

    level.servicenow.control("switches", {"hide_every": 1})
    code, told = swept(level)

    assert (3, False, None) == (code, told["ended"], told.get("pairs"))
    assert "on servicenow, not one of the" in told["why"]
    assert (0, {"emptied": 1}) == (status(level)["parked"], status(level)["codes"])

    level.servicenow.control("switches", {"hide_every": 0})
    level.incidentiq.forget_requests()
    code, told = swept(level)

    assert (0, True, 30) == (code, told["ended"], told["pairs"])
    assert {"gone": 1, "lost copy": 1} == {one["kind"]: one["count"] for one in told["found"]}
    assert {"servicenow"} == {one["system"] for one in told["found"]}
    assert 30 <= told["requests"]["incidentiq"] <= sum(level.incidentiq.requests().values())
    assert {"lost-copy": 1} == status(level)["codes"]
    assert "tickets gone from servicenow: 1" in inside("status", config=level.config).out


@pytest.mark.slow
def test_beside_a_daemon_the_daemon_sweeps_and_settles_what_a_person_wants(level: Bench) -> None:
    """R5, R6, R7, R21, R25, R29: nothing that the rules leave alone is written before somebody says so."""
    gone, quiet = copy_of(level, "Printer 7"), copy_of(level, "Printer 0")
    mapping = level.folder / "helpdesk.mapping.yaml"
    mapping.write_text(mapping.read_text().replace("Submitted: New", "Submitted: In Progress"))
    with running("run", config=level.config, log=level.folder / "log") as daemon:
        daemon.wait_for("/readyz", 200)
        level.servicenow.act(DANA, "delete", ticket=gone["id"])
        level.servicenow.act(DANA, "delete_comment", comment=quiet["comments"][0]["id"])

        told = inside("sweep", "--json", config=level.config).data

        until(lambda: {"apart": 1, "gone": 1, "lost-copy": 1} == status(level)["codes"])
        numbers = daemon.get("/metrics")[1]
        assert [] == copy_of(level, "Printer 0")["comments"]
        inside("problems", "retry", "--all", "--yes", config=level.config)
        until(lambda: copy_of(level, "Printer 0")["comments"] and 29 == status(level)["asked"])

    assert ("daemon", True) == (told["by"], told["links"]["helpdesk"]["ended"])
    found = {one["kind"]: one["count"] for one in told["links"]["helpdesk"]["found"]}
    assert {"apart": 29, "gone": 1, "lost copy": 1} == found
    assert 'sync_sweep_found{kind="gone",link="helpdesk",system="servicenow"} 1.0' in numbers
    assert 'sync_problems_by_code{code="gone",link="helpdesk"} 1.0' in numbers
    assert '"sweep.ended"' in daemon.log.read_text()
    (comment,) = copy_of(level, "Printer 0")["comments"]
    assert "It smells" in comment["text"].splitlines()


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until it is true."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.3)
