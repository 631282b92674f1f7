"""Guards that trip between two servers, seen everywhere that a person looks (R26)."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from sync_service.adapters.http.client import Http, utcnow
from sync_service.adapters.http.rest import FAILURES
from sync_service.bootstrap import open_service, read_config
from sync_service.errors import NotSent, UnknownOutcome
from sync_service.scheduling.opening import Opened, open_links
from sync_service.scheduling.requests import carry_out
from sync_service.web.metrics import metrics
from tests.e2e.bench import Bench, bench
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


def test_a_host_that_fails_call_after_call_rests_alone_until_it_is_tried(tmp_path: Path) -> None:
    """R26: the other host works on, the number says which one rests, and `accept` tries it at once."""
    with bench(tmp_path, rules=False) as desks, capture_logs() as log:
        seen = asyncio.run(_rested(desks))

    assert [("0.0", "0.0"), ("1.0", "0.0"), ("0.0", "0.0")] == seen
    told = [(one["event"], one["system"]) for one in log if one["event"].startswith("host.")]
    assert [("host.rests", "incidentiq"), ("host.works", "incidentiq")] == told


async def _rested(desks: Bench) -> list[tuple[str, str]]:
    """Fail, rest and work again; give the numbers of both hosts each time."""
    opened = await open_links(open_service(read_config(desks.config)))
    try:
        left, right = (_http(opened, name) for name in ("incidentiq", "servicenow"))
        seen = [await _resting(opened)]
        desks.incidentiq.control("faults", [{"kind": "status", "status": 503, "times": None}])
        before = sum(left.counts.values())
        soon = utcnow() + timedelta(minutes=1)
        while not left.rest.resting:
            with pytest.raises(UnknownOutcome):
                await left.write("POST", "/api/v1.0/tickets/new", deadline=soon)
        with pytest.raises(NotSent, match="is left alone for a while"):
            await left.write("POST", "/api/v1.0/tickets/new", deadline=soon)
        assert FAILURES == sum(left.counts.values()) - before
        seen.append(await _resting(opened))
        await right.read("GET", "/api/now/table/incident", params={"sysparm_limit": 1})

        desks.incidentiq.http.delete("/_control/faults")
        assert left.rest.left > 0
        await carry_out(opened, "accept", {"link": "helpdesk"})
        assert 0 == left.rest.left
        await opened.service.adapters["incidentiq"].changed(None)
        return [*seen, await _resting(opened)]
    finally:
        await opened.close()


def _http(opened: Opened, system: str) -> Http:
    http = getattr(opened.service.adapters[system], "http", None)
    assert isinstance(http, Http)
    return http


async def _resting(opened: Opened) -> tuple[str, str]:
    """Read the number of each host, as Prometheus does."""
    lines = (await metrics(opened, {})).decode().splitlines()
    values = dict(line.rsplit(" ", 1) for line in lines if line.startswith("sync_host_resting"))
    return tuple(  # type: ignore[return-value]
        values[f'sync_host_resting{{system="{name}"}}'] for name in ("incidentiq", "servicenow")
    )


def test_an_import_that_gives_all_tickets_one_stamp_is_no_site_that_does_not_sort(
    tmp_path: Path,
) -> None:
    """R3: any order of equal stamps is right; where they differ, the same end twice is none."""
    with bench(tmp_path, rules=False, ties="kept") as desks:
        desks.incidentiq.control("clock", {"now": "2026-11-02T15:00:00+00:00"})
        for number in range(3):
            desks.incidentiq.act(HELP, "create", subject=f"imported {number}")
        imported = asyncio.run(_doubt(desks))
        desks.incidentiq.control("clock", {"advance": 60})
        desks.incidentiq.act(HELP, "create", subject="later")
        desks.incidentiq.control("switches", {"sort": "ignored"})

        assert ("", True) == (imported, "does not sort" in asyncio.run(_doubt(desks)))


async def _doubt(desks: Bench) -> str:
    """Ask what a start asks."""
    service = open_service(read_config(desks.config))
    try:
        adapter = service.adapters["incidentiq"]
        await adapter.start()
        return (await adapter.changed(None)).doubt
    finally:
        await service.close()
