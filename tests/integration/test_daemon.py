"""The daemon as a process: its health, its end, its lock, and the requests of commands."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sync_service.store import Store
from tests.e2e.bench import Bench, bench
from tests.integration.command import free_port, running, sync_service

HELP = "helpdesk@springfield.example"


@pytest.fixture
def desks(tmp_path: Path):
    """Two empty desks and a configuration between them."""
    with bench(tmp_path, rules=False) as b:
        yield b


def eventually(what: Callable[[], object], seconds: float = 25) -> None:
    """Wait until something is true."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.2)


@pytest.mark.slow
def test_the_daemon_syncs_tells_its_health_and_stops_in_time(desks: Bench) -> None:
    """A ticket crosses; /healthz, /readyz and /metrics answer; SIGTERM ends it within 10 s."""
    with running("run", config=desks.config, log=desks.folder / "log") as daemon:
        daemon.wait_for("/healthz", 200)
        ready = json.loads(daemon.wait_for("/readyz", 200))
        desks.incidentiq.act(HELP, "create", subject="Pupil Zeke Eastlake wept")
        eventually(lambda: len(desks.servicenow.tickets()) == 1)
        eventually(lambda: 'kind="created",link="helpdesk"} 1.0' in daemon.get("/metrics")[1])
        seconds = daemon.stop()

    assert ready["ready"]
    assert 0 == daemon.process.returncode
    assert seconds < 10
    said = daemon.log.read_text()
    lines = [line for line in said.splitlines() if "link.synced" in line]
    assert any(one["event"] == "link.synced" and one["wrote"] for one in map(json.loads, lines))
    assert '"cycle.ended"' in said
    assert "Eastlake" not in said
    assert "demo-token" not in said


@pytest.mark.slow
def test_metrics_name_no_ticket(desks: Bench) -> None:
    """Labels are names from the configuration: bounded, and nobody's business else."""
    with running("run", config=desks.config, log=desks.folder / "log") as daemon:
        daemon.wait_for("/readyz", 200)
        made = desks.incidentiq.act(HELP, "create", subject="Dark")["ticket"]
        eventually(lambda: len(desks.servicenow.tickets()) == 1)
        told = daemon.get("/metrics")[1] + daemon.get("/readyz")[1] + daemon.get("/")[1]

    assert 'sync_last_pull_age_seconds{link="helpdesk",system="servicenow"}' in told
    assert made["id"] not in told
    assert made["number"] not in told


def test_a_second_daemon_refuses_to_start(desks: Bench) -> None:
    """One clear line that names the first; `once` refuses too, and reading works (R29)."""
    with running("run", config=desks.config, log=desks.folder / "log") as daemon:
        daemon.wait_for("/readyz", 200)

        second = sync_service("run", config=desks.config, SYNC_OPS_PORT=str(free_port()))
        once = sync_service("once", config=desks.config)
        status = sync_service("status", "--json", config=desks.config)
        plan = sync_service("plan", config=desks.config)

        holder = f"process {daemon.process.pid} on "
        for refused in (second, once):
            assert 1 == refused.code
            assert holder in refused.err
            assert 1 == len(refused.err.splitlines())
        assert (0, 0) == (status.code, plan.code)
        assert holder in status.data["daemon"]


def test_the_lock_dies_with_its_process(desks: Bench) -> None:
    """R29: after kill -9 the next daemon starts at once."""
    with running("run", config=desks.config, log=desks.folder / "log") as first:
        first.wait_for("/readyz", 200)
        first.stop(signal.SIGKILL)
    with running("run", config=desks.config, log=desks.folder / "log2") as second:
        second.wait_for("/readyz", 200)
        second.stop()

    assert 0 == second.process.returncode


def test_a_writing_command_leaves_its_request_with_the_daemon(desks: Bench) -> None:
    """R29: the daemon carries it out about at once, and the command tells what came of it."""
    with running("run", config=desks.config, log=desks.folder / "log") as daemon:
        daemon.wait_for("/readyz", 200)

        paused = sync_service("pause", "helpdesk", "--json", config=desks.config).data
        state = sync_service("status", "--json", config=desks.config).data
        resumed = sync_service("resume", "helpdesk", "--json", config=desks.config).data
        wrong = sync_service("conflicts", "restore", "7", config=desks.config)

    assert ("daemon", "daemon") == (paused["by"], resumed["by"])
    assert "paused" == state["links"]["helpdesk"]["state"]
    assert 3 == wrong.code
    assert "no open conflict 7" in wrong.err


def test_a_daemon_that_was_taken_over_stops(desks: Bench) -> None:
    """A newer run fences it: it writes no more and says why."""
    with running("run", config=desks.config, log=desks.folder / "log") as daemon:
        daemon.wait_for("/readyz", 200)
        store = Store.open(f"sqlite:///{desks.folder / 'store.db'}")
        store.begin_run(datetime.now(UTC), "another")
        store.close()
        daemon.process.wait(15)

    assert 1 == daemon.process.returncode
    assert "Another daemon has taken this store over" in daemon.log.read_text()


@pytest.mark.slow
def test_a_system_that_is_down_does_not_stop_the_others(desks: Bench) -> None:
    """Its link waits and health says so; the other link goes on."""
    text = desks.config.read_text()
    systems, links = text.split("\nlinks:\n")
    snow = systems[systems.index("  servicenow:") :]
    away = snow.replace("  servicenow:", "  away:").replace(
        desks.servicenow.url, f"http://127.0.0.1:{free_port()}"
    )
    second = links.replace("helpdesk:", "elsewhere:", 1).replace(
        "[incidentiq, servicenow]", "[servicenow, away]"
    )
    lines = "{fields: [{servicenow: short_description, away: short_description}]}"
    second = second.replace("helpdesk.mapping.yaml", lines)
    second = second.replace("on_conflict: incidentiq", "on_conflict: away")
    desks.config.write_text(f"{systems}\n{away}\nlinks:\n{links}\n{second}")
    with running("run", config=desks.config, log=desks.folder / "log") as daemon:
        said = json.loads(daemon.wait_for("/readyz", 503, 15))
        eventually(lambda: "away" in json.loads(daemon.get("/readyz")[1])["reasons"][0])
        desks.incidentiq.act(HELP, "create", subject="Dark")
        eventually(lambda: len(desks.servicenow.tickets()) == 1)
        said = json.loads(daemon.get("/readyz")[1])
        assert 200 == daemon.get("/healthz")[0]
        seconds = daemon.stop()

    assert seconds < 10
    assert not said["ready"]
    assert all(reason.startswith("elsewhere: away cannot be read") for reason in said["reasons"])
    log = daemon.log.read_text()
    assert 1 == log.count('"system.down"'), "only the first failure is told"


def test_the_health_command_is_the_container_s_check(desks: Bench) -> None:
    """0 where the daemon is ready; 1 and the reason where it is not, or is not there."""
    with running("run", config=desks.config, log=desks.folder / "log") as daemon:
        daemon.wait_for("/readyz", 200)
        well = sync_service("health", config=desks.config, SYNC_OPS_PORT=str(daemon.port))
    gone = sync_service("health", config=desks.config, SYNC_OPS_PORT=str(daemon.port))

    assert (0, "ready\n") == (well.code, well.out)
    assert 1 == gone.code
    assert "no daemon answers" in gone.err


def test_a_port_that_is_taken_is_told_with_the_setting(desks: Bench) -> None:
    """And nothing is left behind: the next start finds the store free."""
    port = int(desks.incidentiq.url.rsplit(":", 1)[1])

    ended = sync_service("run", config=desks.config, SYNC_OPS_PORT=str(port))

    assert 2 == ended.code
    assert f"cannot listen on 127.0.0.1 port {port}" in ended.err
    assert "health.port" in ended.err


@pytest.mark.slow
def test_a_stop_among_slow_writes_ends_in_time_and_loses_nothing(tmp_path: Path) -> None:
    """What cannot end in time is cut off as a crash would, and settled by the next run (R16)."""
    with bench(tmp_path, (40, 0), rules=False) as desks:
        slow = {"kind": "delay_after", "method": "POST", "times": None, "seconds": 3.0}
        desks.servicenow.control("faults", [slow])
        with running("run", config=desks.config, log=desks.folder / "log") as daemon:
            eventually(lambda: bool(desks.servicenow.tickets()))
            seconds = daemon.stop()
        desks.servicenow.http.delete("/_control/faults")
        rest = sync_service("once", "--until-level", "--json", config=desks.config).data
        copies = desks.servicenow.tickets().values()
        wanted = [
            key
            for key, one in desks.incidentiq.tickets().items()
            if one["product"] == "Ticketing" and not one["sensitive"]
        ]

    assert 0 == daemon.process.returncode
    assert seconds < 10
    assert rest["level"]
    originals = [one["fields"]["correlation_id"].rsplit(":", 1)[1] for one in copies]
    assert sorted(wanted) == sorted(originals), "each once, none missing"
