"""A system goes away under a running daemon, and comes back: the backlog is drained, nothing is lost."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from sync_service.conformance.proxy import Fault, FaultProxy
from tests.integration.command import sync_service
from tests.outages.stage import HELP, Stage, at_work, desks_in, eventually, level

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
#: Requests a second that the configuration allows.
RATE = 10


def test_a_system_that_is_away_is_told_once_and_caught_up_within_its_limits(tmp_path: Path) -> None:
    """Promise 4; R18: told once, drained in order, never faster than `rate` allows."""
    with desks_in(tmp_path) as desks, FaultProxy(desks.servicenow.url) as proxy:
        text = desks.config.read_text().replace(desks.servicenow.url, proxy.url)
        desks.config.write_text(
            text.replace("table: incident", f"table: incident\n    rate: {RATE}")
        )
        with at_work(desks) as stage:
            stage.cross("before")
            proxy.refuse()
            eventually(lambda: stage.events("system.down"))
            for number in range(12):
                stage.open(f"meanwhile {number}")
            made = desks.incidentiq.act(HELP, "create", subject="A long talk")["ticket"]["id"]
            for number in range(6):
                desks.incidentiq.act(HELP, "comment", ticket=made, text=f"{number}.", public=True)
            time.sleep(6)  # several polls of the side that is still there
            proxy.forget()
            proxy.accept()
            began = time.monotonic()
            eventually(lambda: stage.arrived("A long talk"), 60)
            eventually(lambda: 6 == len(_talk(stage)), 60)
            took = time.monotonic() - began
            calls = len(proxy.calls())
            names = [one["event"] for one in stage.events("system.down", "system.back")]
        done = level(desks)
        there = [one["fields"]["short_description"] for one in desks.servicenow.tickets().values()]
        talk = _talk(stage)

    assert ["system.down", "system.back"] == names
    assert calls <= RATE * (took + 2), f"{calls} calls in {took:.1f} s"
    assert 0 == done["created"] + done["updated"] + done["commented"]
    assert sorted(["before", "A long talk", *(f"meanwhile {n}" for n in range(12))]) == sorted(
        there
    )
    assert _NUMBERS == talk


_NUMBERS = [f"{number}." for number in range(6)]


def _talk(stage: Stage) -> list[str]:
    """Give the numbers that were said on the copy, in the order that people read them."""
    for one in stage.desks.servicenow.tickets().values():
        if one["fields"]["short_description"] == "A long talk":
            words = [said["text"].splitlines() for said in one["comments"]]
            return [line for lines in words for line in lines if line in _NUMBERS]
    return []


def test_a_token_that_is_revoked_half_way_asks_a_person_and_the_rest_goes_on(
    tmp_path: Path,
) -> None:
    """R25: the side stops with the vendor's words; a renewed right is noticed by itself."""
    with desks_in(tmp_path) as desks, FaultProxy(desks.servicenow.url) as proxy:
        desks.config.write_text(desks.config.read_text().replace(desks.servicenow.url, proxy.url))
        with at_work(desks) as stage:
            stage.cross("before")
            proxy.strike(Fault("status", status=401, times=None))
            stage.open("meanwhile")
            eventually(lambda: stage.events("system.down"))
            asked = sync_service("problems", "list", config=desks.config).out
            time.sleep(4)
            proxy.clear()
            eventually(lambda: stage.arrived("meanwhile"), 60)
            eventually(lambda: stage.events("system.back"))
            names = [one["event"] for one in stage.events("system.down", "system.back")]
        left = sync_service("problems", "list", "--json", config=desks.config).data
        created = level(desks)["created"]

    assert 1 == asked.count("stopped")
    assert "(401: " in asked
    assert "run `sync-service check`" in asked
    assert [] == left["problems"]
    assert ["system.down", "system.back"] == names
    assert 0 == created
