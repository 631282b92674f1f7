"""Both simulators, each in a process of its own, filled the same way every time.

The switches are quiet: no rules of the site answer a write and its index does not lag, so that
what is measured is the work and not the weather.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from sync_service.simulators.district import NOTES, REPLIES, District

SEED = 1
#: Comments on a ticket, people's own words included: Exalate's published workload has 6.96.
COMMENTS = 7
QUIET = {"incidentiq": ("rules=false", "index_lag=0"), "servicenow": ()}


@dataclass(frozen=True)
class Desks:
    """Where both simulators are, by the system's name."""

    urls: dict[str, str]

    def requests(self) -> dict[str, int]:
        """Count the requests that each simulator served, as "system METHOD route"."""
        return {
            f"{system} {route}": count
            for system, url in self.urls.items()
            for route, count in _get(url, "requests")["by_route"].items()
        }

    def forget_requests(self) -> None:
        """Begin to count anew."""
        for url in self.urls.values():
            httpx.delete(f"{url}/_control/requests", timeout=60).raise_for_status()

    def slow_down(self, seconds: float) -> None:
        """Let every call wait, as a vendor far away does."""
        fault = {"kind": "delay", "seconds": seconds, "times": None}
        for url in self.urls.values():
            httpx.post(f"{url}/_control/faults", json=fault, timeout=60).raise_for_status()

    def copied(self) -> tuple[int, int]:
        """Count tickets and comments that ServiceNow holds, by its dump."""
        tickets = _get(self.urls["servicenow"], "tickets").values()
        return len(tickets), sum(len(one["comments"]) for one in tickets)

    def wanted(self) -> tuple[int, int]:
        """Count what must be there: tickets of the product that are not sensitive, and comments.

        Our mapping says a sentence of its own on each ticket that waits for its requester.
        """
        shown = _get(self.urls["incidentiq"], "tickets").values()
        tickets = [one for one in shown if not one["sensitive"] and one["product"] == "Ticketing"]
        waiting = sum(one["status"] == "Waiting on Requestor" for one in tickets)
        return len(tickets), sum(len(one["comments"]) for one in tickets) + waiting


@contextmanager
def desks(tickets: int, delay: float = 0.0) -> Iterator[Desks]:
    """Start Incident IQ with `tickets` tickets and ServiceNow with none; stop both at the end.

    Each call is answered `delay` seconds later than need be.
    """
    with ExitStack() as stack:
        urls = {
            system: stack.enter_context(_simulator(system, count))
            for system, count in (("incidentiq", tickets), ("servicenow", 0))
        }
        _talk(urls["incidentiq"])
        made = Desks(urls)
        if delay:
            made.slow_down(delay)
        made.forget_requests()
        yield made


@contextmanager
def _simulator(system: str, tickets: int) -> Iterator[str]:
    switches = [word for one in QUIET[system] for word in ("--switch", one)]
    asked = ["simulate", system, "--tickets", str(tickets), "--seed", str(SEED), "--json"]
    process = subprocess.Popen(
        [sys.executable, "-m", "sync_service", *asked, *switches], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"the simulator of {system} ended before it was ready")
        yield json.loads(line)["ready"]
    finally:
        process.terminate()
        process.wait(10)


def _talk(url: str) -> None:
    """Let people talk on each ticket until it has its comments; the same words every time."""
    district = District(SEED)
    with httpx.Client(base_url=url, timeout=60) as http, ThreadPoolExecutor(4) as threads:
        tickets = sorted(_get(url, "tickets").items(), key=lambda item: str(item[1]["number"]))

        def talk(place: int) -> None:
            ident, ticket = tickets[place]
            for turn in range(len(ticket["comments"]), COMMENTS):
                spoken = place + turn
                note = spoken % 3 == 0
                who = district.agents if note or spoken % 2 else district.staff
                words = NOTES if note else REPLIES
                order = {
                    "person": who[spoken % len(who)].email,
                    "do": "note" if note else "comment",
                    "ticket": ident,
                    "text": words[spoken % len(words)],
                }
                http.post("/_control/act", json=order).raise_for_status()

        list(threads.map(talk, range(len(tickets))))


def _get(url: str, what: str) -> Any:
    return httpx.get(f"{url}/_control/{what}", timeout=120).raise_for_status().json()
