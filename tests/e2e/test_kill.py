"""`kill -9` of the real daemon in the middle of a backfill: nothing twice, nothing missing.

The simulators and the daemon are processes of their own. Whether a write was in flight when the
daemon died is read from the server's log, which marks a call whose client went away.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.bench import Bench, Desk
from tests.simulating import simulator

TICKETS, KILLS = 500, 5
#: What the example mapping says to the caller when a ticket is put on hold.
ASKED = "We need an answer from you."
#: How long the server takes to answer a write: long enough to die in, short enough for a test.
SLOW = 0.15


@contextmanager
def _daemon(b: Bench) -> Iterator[subprocess.Popen[bytes]]:
    """Run the daemon; what it says goes to a file."""
    with (b.folder / "daemon.log").open("ab") as log:
        command = [sys.executable, "-m", "sync_service", "run", "--config", str(b.config)]
        environment = {**os.environ, "SYNC_OPS_PORT": "0"}
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.wait(timeout=20)


def _copies(b: Bench) -> int:
    return sum(bool(t["fields"].get("correlation_id")) for t in b.servicenow.tickets().values())


def _abandoned(desk: Desk) -> int:
    """Count the writes whose client went away while the server worked on them."""
    calls = desk.http.get("/_control/log").json()["calls"]
    return sum(bool(one.get("abandoned")) for one in calls if one["method"] in ("POST", "PATCH"))


def _kill_in_the_middle(b: Bench, process: subprocess.Popen[bytes], goal: int) -> bool:
    """Let the daemon make `goal` copies, then kill it; tell whether a write was in flight."""
    end = time.monotonic() + 120
    while _copies(b) < goal:
        assert process.poll() is None, (b.folder / "daemon.log").read_text()[-3000:]
        assert time.monotonic() < end, f"{_copies(b)} of {goal} copies in time"
        time.sleep(0.1)
    before = _abandoned(b.servicenow)
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=20)
    time.sleep(2 * SLOW + 0.2)  # the server notices when its answer is due
    return _abandoned(b.servicenow) > before


def _judge(b: Bench) -> None:
    """Read both servers' dumps: each ticket and each public comment exactly once a side."""
    here, there = b.incidentiq.tickets(), b.servicenow.tickets()
    keys = Counter(t["fields"]["correlation_id"].rsplit(":", 1)[1] for t in there.values())
    home = {n for n, one in here.items() if one["sensitive"] or one["product"] != "Ticketing"}
    wanted = set(here) - home
    assert set(keys) == wanted, f"{len(wanted - set(keys))} missing"
    assert [] == [key for key, count in keys.items() if count > 1], "copied twice"
    assert len(wanted) == len(there)
    for copy in there.values():
        original = here[copy["fields"]["correlation_id"].rsplit(":", 1)[1]]
        texts = [one for one in original["comments"] if not one.get("rule") and not one["deleted"]]
        copied = [one for one in copy["comments"] if one["text"] != ASKED]
        assert len(texts) == len(copied), (original["number"], copy["number"])
        assert sum(one["public"] for one in texts) == sum(one["public"] for one in copied)


@pytest.mark.timeout(900)
def test_a_daemon_killed_five_times_in_a_backfill_makes_nothing_twice(tmp_path: Path) -> None:
    """Promises 3 and 4; R16, R17, R21. At least half of the kills fall while a write is in flight."""
    with (
        simulator("incidentiq", "--tickets", str(TICKETS), "--seed", "7") as iiq,
        simulator("servicenow", "--tickets", "0") as snow,
    ):
        b = Bench(Desk.at(iiq), Desk.at(snow), tmp_path)
        with b.incidentiq.http, b.servicenow.http:
            b.write()
            b.servicenow.control(
                "faults",
                [
                    {"method": method, "route": "/api/now/table/incident*", "kind": "delay_after",
                     "seconds": SLOW, "times": None}
                    for method in ("POST", "PATCH")
                ],
            )  # fmt: skip
            caught = 0
            for kill in range(1, KILLS + 1):
                with _daemon(b) as process:
                    caught += _kill_in_the_middle(b, process, goal=kill * TICKETS // (KILLS + 2))
            b.servicenow.http.delete("/_control/faults")

            result = b.sync(seconds=240)

            assert result.level, (b.folder / "daemon.log").read_text()[-3000:]
            _judge(b)
            assert caught * 2 >= KILLS, f"only {caught} of {KILLS} kills met a write in flight"
            print(f"{caught} of {KILLS} kills met a write in flight")  # noqa: T201 - the figure
