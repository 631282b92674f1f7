"""An idle poll costs one request a side, however many tickets are linked (promise 7)."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sync_service.bootstrap import open_service, read_config
from sync_service.core.pair import Made
from sync_service.core.values import Side, Sides
from sync_service.engine.cycle import cycle
from sync_service.scheduling.opening import open_links
from sync_service.store.notes import AdoptNote, Done, Feed, PageNote, Save
from tests.e2e.bench import Bench, bench

FEEDS = {
    "incidentiq": "POST /api/v1.0/tickets",
    "servicenow": "GET /api/now/table/incident",
}


async def _idle(b: Bench, cycles: int) -> dict[str, Counter[str]]:
    """Run cycles after the link has come to rest, and give what the servers counted."""
    opened = await open_links(open_service(read_config(b.config)))
    try:
        (link,) = opened.links.values()
        link.sweep_batches = 0  # the sweep of comments has a budget of its own
        assert await cycle(link)
        b.incidentiq.forget_requests()
        b.servicenow.forget_requests()
        for _ in range(cycles):
            assert await cycle(link)
        return {
            "incidentiq": Counter(b.incidentiq.requests()),
            "servicenow": Counter(b.servicenow.requests()),
        }
    finally:
        await opened.close()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("pairs", [10, 10_000])
def test_an_idle_cycle_costs_one_request_a_side(tmp_path: Path, pairs: int) -> None:
    """Promise 7, counted by the servers."""
    with bench(tmp_path, tickets=(pairs, pairs)) as b:
        _join(b, pairs)

        counted = asyncio.run(_idle(b, cycles=5))

        for system, route in FEEDS.items():
            assert {route: 5} == dict(counted[system]), system


def _join(b: Bench, pairs: int) -> None:
    """Pair tickets in the store as an earlier run would have left them, with no work open."""
    left, right = b.incidentiq.tickets(), b.servicenow.tickets()
    twins = list(zip(left.values(), right.values(), strict=True))[:pairs]
    asyncio.run(_join_in_store(b, twins))


async def _join_in_store(b: Bench, twins: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    service = open_service(read_config(b.config))
    service.store.migrate()
    run = service.store.begin_run(service.clock(), "test")
    systems = Sides("incidentiq", "servicenow")
    for at in range(0, len(twins), 500):
        notes = [AdoptNote(one["id"], two["id"], Made.MATCH) for one, two in twins[at : at + 500]]
        service.store.take_page(run, "helpdesk", Side.LEFT, PageNote(systems, adoptions=notes))
        claimed = service.store.claim(run, "helpdesk", service.clock(), 500)
        saves = [
            Save(pair, replace(pair, run=run.id), work=Done(work.seq)) for pair, work in claimed
        ]
        assert {} == service.store.save(run, saves)
    for side, name in ((Side.LEFT, "incidentiq"), (Side.RIGHT, "servicenow")):
        await service.adapters[name].start()
        page = await service.adapters[name].changed(None)
        feed = Feed(watermark=page.watermark, done=True)
        service.store.put_feed(run, "helpdesk", side, feed)
    assert len(twins) == service.store.count_pairs("helpdesk")
    await service.close()
