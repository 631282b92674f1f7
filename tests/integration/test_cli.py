"""The commands that run, read and plan, as processes between the two simulators."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.bench import Bench, bench
from tests.integration.command import ROOT, free_port, sync_service

DANA = "dana.whitfield@springfield.example"
HELP = "helpdesk@springfield.example"


@pytest.fixture
def desks(tmp_path: Path):
    """Two empty desks and a configuration between them."""
    with bench(tmp_path, rules=False) as b:
        yield b


def opened(b: Bench, subject: str = "Screen dark", **more: Any) -> str:
    """Open a ticket at Incident IQ; give its id."""
    made = b.incidentiq.act(HELP, "create", subject=subject, description="It is dark", **more)
    return str(made["ticket"]["id"])


@pytest.mark.slow
def test_once_until_level_prints_one_object_with_exact_counts(desks: Bench) -> None:
    """Counts are writes that landed; requests are the server's own count (R28)."""
    ticket = opened(desks)
    desks.incidentiq.act(HELP, "comment", ticket=ticket, text="Please hurry")
    desks.incidentiq.forget_requests()

    ended = sync_service("once", "--until-level", "--json", config=desks.config)

    told = ended.data
    assert (0, True) == (ended.code, told["level"])
    assert (1, 1) == (told["created"], told["commented"])
    assert (0, 0) == (told["conflicts"], told["problems"])
    assert told["cycles"] > 1
    assert told["seconds"] > 0
    counted = sum(desks.incidentiq.requests().values())
    assert counted == sum(told["requests"]["incidentiq"].values())
    again = sync_service("once", "--until-level", "--json", config=desks.config).data
    assert (0, 0, 0) == (again["created"], again["updated"], again["commented"])


@pytest.mark.slow
def test_once_tells_no_ticket_text_and_no_token(desks: Bench) -> None:
    """Promise 5: neither the object nor the log quotes a ticket or a credential."""
    opened(desks, "Pupil Zeke Eastlake wept")

    ended = sync_service("once", "--until-level", "--json", config=desks.config)

    said = ended.out + ended.err
    assert "Eastlake" not in said
    assert "demo-token" not in said
    assert "demo-servicenow-password" not in said


def test_once_alone_is_one_cycle(desks: Bench) -> None:
    """One cycle of each link; what it could not prove level asks for another try."""
    opened(desks)

    ended = sync_service("once", "--json", config=desks.config)

    assert (1, 1, False) == (ended.code, ended.data["cycles"], ended.data["level"])


def test_once_stops_when_its_time_is_up(desks: Bench) -> None:
    """R28: it ends at --max-seconds with `level: false`, here because a side is away."""
    text = desks.config.read_text().replace(desks.servicenow.url, f"http://127.0.0.1:{free_port()}")
    desks.config.write_text(text)
    opened(desks)

    ended = sync_service(
        "once", "--until-level", "--max-seconds", "2", "--json", config=desks.config
    )

    assert (1, False, 0) == (ended.code, ended.data["level"], ended.data["created"])
    assert "servicenow" in ended.data["down"]


def test_plan_before_the_first_run_shows_everything_and_leaves_nothing(desks: Bench) -> None:
    """The newcomer's first command: no store is made, nothing is written."""
    desks.write(since="since: all")
    ticket = opened(desks, "Projector dark")
    desks.incidentiq.act(HELP, "comment", ticket=ticket, text="Please hurry")
    store = desks.folder / "store.db"
    before = (desks.incidentiq.tickets(), desks.servicenow.tickets())

    text = sync_service("plan", config=desks.config)
    told = sync_service("plan", "--json", config=desks.config).data["links"]["helpdesk"]

    assert 0 == text.code
    assert 'short_description: "Projector dark"' in text.out
    assert {"create": 1} == told["writes"]
    assert before == (desks.incidentiq.tickets(), desks.servicenow.tickets())
    assert not store.exists()


@pytest.mark.slow
def test_plan_shows_before_and_after_of_each_field_and_comment(desks: Bench) -> None:
    """What it shows is what `once` then writes, and planning writes nothing."""
    ticket = opened(desks, "Projector dark")
    sync_service("once", "--until-level", config=desks.config)
    desks.incidentiq.act(HELP, "edit", ticket=ticket, subject="Beamer dark")
    desks.incidentiq.act(HELP, "comment", ticket=ticket, text="Any news?")
    before = desks.servicenow.tickets()

    text = sync_service("plan", "--all", config=desks.config)
    writes = sync_service("plan", "--all", "--json", config=desks.config).data
    assert before == desks.servicenow.tickets()
    once = sync_service("once", "--until-level", "--json", config=desks.config).data

    assert 'servicenow  short_description: "Projector dark" -> "Beamer dark"' in text.out
    assert 'public reply of Help Desk: "Any news?"' in text.out
    assert {"update": 1, "public reply": 1} == writes["links"]["helpdesk"]["writes"]
    assert (1, 1) == (once["updated"], once["commented"])


@pytest.mark.slow
def test_status_tells_every_link(desks: Bench) -> None:
    """Reading commands need no daemon and no lock (R29)."""
    opened(desks)
    sync_service("once", "--until-level", config=desks.config)

    told = sync_service("status", "--json", config=desks.config).data

    assert told["daemon"] is None
    link = told["links"]["helpdesk"]
    assert (1, 0, 0, 0) == (link["pairs"], link["half"], link["due"], link["problems"])
    assert {"incidentiq", "servicenow"} == set(link["sides"])


def test_check_says_what_is_well_and_writes_nothing(desks: Bench) -> None:
    """Credentials, filters, fields and values of both systems."""
    before = (desks.incidentiq.tickets(), desks.servicenow.tickets())

    ended = sync_service("check", "--json", config=desks.config)

    assert (0, True) == (ended.code, ended.data["ok"])
    assert any("every field and value" in line for line in ended.data["well"])
    assert before == (desks.incidentiq.tickets(), desks.servicenow.tickets())


@pytest.mark.slow
def test_pair_and_unpair_by_number(desks: Bench) -> None:
    """R14: joined by hand, parted with a tombstone, and let go by --forget."""
    desks.write(since="since: now")
    here = desks.incidentiq.act(HELP, "create", subject="Twin")["ticket"]
    there = desks.servicenow.act(DANA, "create", subject="Twin")["ticket"]
    sync_service("once", config=desks.config)

    joined = sync_service("pair", here["number"], there["number"], config=desks.config)
    level = sync_service("once", "--until-level", "--json", config=desks.config).data
    parted = sync_service("unpair", there["number"], config=desks.config)
    again = sync_service("unpair", there["number"], config=desks.config)
    forgot = sync_service("unpair", there["number"], "--forget", config=desks.config)

    assert (0, 0, 0) == (joined.code, parted.code, forgot.code)
    assert level["created"] == 0
    assert 3 == again.code
    assert there["number"] in again.err
    pairs = sync_service("status", "--json", config=desks.config).data["links"]["helpdesk"]["pairs"]
    assert pairs == 0


@pytest.mark.slow
def test_a_paused_link_does_not_run(desks: Bench) -> None:
    """It keeps what it knows and goes on where it was (R2)."""
    sync_service("once", "--until-level", config=desks.config)
    opened(desks)

    sync_service("pause", "helpdesk", config=desks.config)
    paused = sync_service("once", "--until-level", "--json", config=desks.config)
    sync_service("resume", "helpdesk", config=desks.config)
    resumed = sync_service("once", "--until-level", "--json", config=desks.config)

    assert (1, 0, ["helpdesk"]) == (paused.code, paused.data["created"], paused.data["paused"])
    assert (0, 1) == (resumed.code, resumed.data["created"])


@pytest.mark.slow
def test_a_changed_configuration_waits_only_if_it_would_write(desks: Bench) -> None:
    """R27: a narrower selection is taken at once; a new line that fills a field asks first."""
    opened(desks)
    sync_service("once", "--until-level", config=desks.config)
    desks.write(create="create: into servicenow")
    taken = sync_service("once", "--json", config=desks.config)
    mapping = desks.folder / "helpdesk.mapping.yaml"
    line = '  - {servicenow: u_room, value: "{{ ticket.Subject }}"}\n\non_create:'
    mapping.write_text(mapping.read_text().replace("\non_create:", line))

    waits = sync_service("once", "--json", config=desks.config)
    accepted = sync_service("accept", "helpdesk", config=desks.config)
    runs = sync_service("once", "--until-level", "--json", config=desks.config)

    assert ({}, 1) == (taken.data["waiting"], taken.data["cycles"])
    assert (3, 0) == (waits.code, waits.data["cycles"])
    assert "sync-service accept helpdesk" in waits.data["waiting"]["helpdesk"]
    assert (0, 0, 1) == (accepted.code, runs.code, runs.data["updated"])


def test_simulate_prints_its_credentials_before_ready_and_ends_well(tmp_path: Path) -> None:
    """SIGTERM is how it is meant to end, so the code is 0."""
    line = [
        sys.executable,
        "-m",
        "sync_service",
        "simulate",
        "incidentiq",
        "--switch",
        "rules=false",
    ]
    process = subprocess.Popen(line, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None

    said = [process.stdout.readline().split() for _ in range(3)]
    process.send_signal(signal.SIGTERM)

    assert ["token", "site_id", "ready"] == [words[0] for words in said]
    assert said[2][1].startswith("http://127.0.0.1:")
    assert 0 == process.wait(10)
    process.stdout.close()


def test_a_group_s_options_hold_for_its_commands(desks: Bench) -> None:
    """`problems` alone lists; `--config` and `--json` may stand before or after `list`."""
    sync_service("db", "upgrade", config=desks.config)
    named = ("--config", str(desks.config))

    alone = sync_service("problems", *named, "--json")
    before = sync_service("problems", "--json", *named, "list")
    after = sync_service("problems", "list", "--json", *named)
    clashes = sync_service("conflicts", *named, "--json")

    assert [{"problems": []}] * 3 == [alone.data, before.data, after.data]
    assert {"conflicts": []} == clashes.data


def test_help_names_every_command_and_is_quick(tmp_path: Path) -> None:
    """Nothing heavy is imported for it."""
    code = "import sys; from sync_service.cli.app import app; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert 0 == sync_service("--help").code
    heavy = {"aiohttp", "sqlalchemy", "starlette", "apscheduler", "pydantic"}
    assert set() == heavy & set(done.stdout.split())
