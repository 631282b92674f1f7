"""What long work shows on a terminal, and that it shows nothing anywhere else."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.bench import Bench, bench
from tests.integration.command import free_port, sync_service
from tests.integration.terminal import on_terminal

TICKETS = 90
ERASED = "\x1b[2K"
BAR = re.compile(r"[━╸╺]{8,} ")


@pytest.fixture
def desks(tmp_path: Path):
    """Old tickets at Incident IQ, all of which are to be copied."""
    with bench(tmp_path, tickets=(TICKETS, 0), rules=False) as b:
        b.write(since="since: all")
        yield b


def texts(b: Bench) -> set[str]:
    """All that tickets say, and who they are of."""
    return {
        str(text)
        for ticket in b.incidentiq.tickets().values()
        for text in (ticket["subject"], ticket["description"], ticket["for"])
        if text
    }


def slow_down(b: Bench, seconds: float = 0.02) -> None:
    """Let each call take so long, as a vendor far away does."""
    fault = {"kind": "delay", "seconds": seconds, "times": None}
    b.incidentiq.control("faults", fault)
    b.servicenow.control("faults", fault)


@pytest.mark.slow
def test_once_draws_a_bar_on_a_terminal_and_its_object_stays_whole(desks: Bench) -> None:
    """Issue 2, item 8: done of a total that is known, counts, and no word of a ticket."""
    slow_down(desks)

    ended = on_terminal("once", "--until-level", "--json", config=desks.config)

    told: dict[str, Any] = json.loads(ended.out)
    assert (0, True) == (ended.code, told["level"])
    bars = [line for line in ended.lines if BAR.search(line)]
    counted = [match for line in bars if (match := re.search(r"([\d,]+)/([\d,]+) pairs", line))]
    assert counted
    assert all(int(one[1]) <= int(one[2]) <= 2 * TICKETS for one in counted)
    assert any(f"{told['created']} created" in line for line in bars)
    assert [] == [text for text in texts(desks) if text in ended.err]
    assert ended.err.count("\x1b[?25l") == ended.err.count("\x1b[?25h")


@pytest.mark.slow
def test_once_shows_nothing_in_a_pipe(desks: Bench) -> None:
    """A script, a timer and a container get no bar, only what they asked for."""
    slow_down(desks)

    ended = sync_service("once", "--until-level", config=desks.config)

    assert (0, "") == (ended.code, ended.err)
    assert ended.out.startswith("level: ")
    assert 1 == len(ended.out.splitlines())


def test_plan_counts_what_the_vendor_says_there_is_and_what_it_plans(desks: Bench) -> None:
    """The scan's total is the vendor's, the plan's is the number of pairs to be planned."""
    slow_down(desks, 0.4)

    ended = on_terminal("plan", "--json", config=desks.config)

    assert 0 == ended.code
    pairs = json.loads(ended.out)["links"]["helpdesk"]["planned"]
    said = "\n".join(ended.lines)
    assert f"/{pairs} pairs" in said
    assert re.search(r"planning helpdesk ━+", said)
    assert [] == [text for text in texts(desks) if text in ended.err]


def test_check_counts_its_questions(desks: Bench) -> None:
    """Four of each system; what it found goes where it always went."""
    slow_down(desks, 0.2)

    ended = on_terminal("check", "--json", config=desks.config)

    assert json.loads(ended.out)["ok"]
    assert re.search(r"asking the systems ━+ \d/8 questions", "\n".join(ended.lines))


@pytest.mark.slow
def test_the_daemon_draws_its_backfill_below_whole_log_lines(desks: Bench) -> None:
    """A line of the log stands by itself; once level there is no bar, and the end is clean."""
    slow_down(desks)

    ended = on_terminal(
        "run", config=desks.config, columns=200, SYNC_OPS_PORT=str(free_port()),
        until=lambda drawn: "cycle.ended" in drawn,
    )  # fmt: skip

    assert 0 == ended.code
    assert any(re.search(r"[━╸╺]+ \d+/\d+ pairs", line) for line in ended.lines)
    logged = [line for line in ended.lines if re.search(r"\[(info|warning) +\]", line)]
    assert {"link.synced", "cycle.ended", "daemon.stopped"} <= {
        one.split("]")[1].split()[0] for one in logged
    }
    assert [] == [line for line in logged if BAR.search(line)]
    assert ended.err.rindex(ERASED) > ended.err.rindex("━")
    assert [] == [text for text in texts(desks) if text in ended.err]


@pytest.mark.slow
def test_the_daemon_draws_no_bar_when_its_log_is_json(desks: Bench) -> None:
    """Whoever asked for JSON gets lines of JSON and nothing else, also on a terminal."""
    ended = on_terminal(
        "run", "--json", config=desks.config, SYNC_OPS_PORT=str(free_port()),
        until=lambda drawn: "cycle.ended" in drawn,
    )  # fmt: skip

    assert 0 == ended.code
    lines = [json.loads(line) for line in ended.err.splitlines() if line.strip()]
    assert "daemon.stopped" == lines[-1]["event"]
