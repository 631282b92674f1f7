"""A daemon between two simulators, on ground that can be taken from under it."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sync_service.simulators import incidentiq, servicenow
from sync_service.simulators.serve import running as serving
from tests.e2e.bench import Bench, Desk
from tests.integration.command import Running, running, sync_service

HELP = "helpdesk@springfield.example"
#: One poll a second, so that an outage of seconds is many polls.
OFTEN = {"every": "every: 1s"}


@dataclass
class Stage:
    """Both desks, the daemon between them, and what it has logged."""

    desks: Bench
    daemon: Running

    def open(self, subject: str) -> None:
        """Let a person open a ticket on the Incident IQ side."""
        self.desks.incidentiq.act(HELP, "create", subject=subject)

    def arrived(self, subject: str) -> bool:
        """Tell whether the ticket stands on the far side."""
        return self.copies(subject) > 0

    def copies(self, subject: str) -> int:
        """Count the tickets of this subject on the far side."""
        there = self.desks.servicenow.tickets().values()
        return sum(one["fields"]["short_description"] == subject for one in there)

    def events(self, *names: str) -> list[dict[str, Any]]:
        """Give the log's lines of these names, or all."""
        lines = map(json.loads, self.daemon.log.read_text().splitlines())
        return [one for one in lines if not names or one["event"] in names]

    def ready(self) -> tuple[bool, list[str]]:
        """Ask /readyz: whether it is ready, and why not."""
        told = json.loads(self.daemon.get("/readyz")[1])
        return told["ready"], told["reasons"]

    def why_down(self, system: str) -> str:
        """Give what /readyz says of a system that is down."""
        links = json.loads(self.daemon.get("/readyz")[1])["links"]
        return str(links["helpdesk"]["sides"][system]["down"])

    def cross(self, subject: str, seconds: float = 40) -> None:
        """See that a ticket crosses, and once."""
        self.open(subject)
        eventually(lambda: self.arrived(subject), seconds)
        assert 1 == self.copies(subject)


@contextmanager
def desks_in(folder: Path, **switches: Any) -> Iterator[Bench]:
    """Start both simulators and write a configuration that polls every second."""
    left = incidentiq.build(tickets=0, seed=1, rules=False, **switches)
    right = servicenow.build(tickets=0, seed=1)
    with serving(left) as iiq, serving(right) as snow:
        made = Bench(Desk.at(iiq), Desk.at(snow), folder)
        made.write(**OFTEN)
        with made.incidentiq.http, made.servicenow.http:
            yield made


@contextmanager
def at_work(desks: Bench, before: Sequence[str] = (), **env: str) -> Iterator[Stage]:
    """Run the daemon, and see that it ends well."""
    log = desks.folder / "daemon.log"
    with running("run", config=desks.config, log=log, before=before, **env) as daemon:
        daemon.wait_for("/readyz", 200, 40)
        yield Stage(desks, daemon)
        assert daemon.process.poll() is None, f"the daemon died:\n{daemon.log.read_text()[-3000:]}"
        daemon.stop()
    assert 0 == daemon.process.returncode


def level(desks: Bench) -> dict[str, Any]:
    """Run to the end without faults; give what `once` says."""
    done = sync_service("once", "--until-level", "--json", config=desks.config)
    assert 0 == done.code, done.err + done.out
    told: dict[str, Any] = done.data
    return told


def eventually(what: Callable[[], object], seconds: float = 40) -> None:
    """Wait until something is true."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.2)


def needs(command: list[str], remedy: str) -> None:
    """Skip, saying what to do, unless the command works here."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except OSError as error:
        pytest.skip(f"{' '.join(command[:2])}: {error.strerror}; {remedy}")
    if done.returncode:
        pytest.skip(f"{' '.join(command[:2])}: {done.stderr.strip()[:80]}; {remedy}")
