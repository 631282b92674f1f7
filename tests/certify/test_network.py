"""The wire in one process is the wire: every fault ends in the same error as over real sockets."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sync_service.adapters.http import Http
from sync_service.simulators import servicenow
from sync_service.simulators.serve import running
from sync_service.simulators.servicenow import PASSWORD, USER
from tests.certify.network import Host, Network
from tests.certify.virtual import VirtualClock, VirtualLoop

PAIR = b64encode(f"{USER}:{PASSWORD}".encode()).decode()
HEADERS = {
    "Authorization": f"Basic {PAIR}", "Accept": "application/json",
    "Content-Type": "application/json",
}  # fmt: skip
TIMEOUT = timedelta(seconds=0.25)
TABLE = "/api/now/table/incident"
FAULTS: Mapping[str, Mapping[str, Any]] = {
    "none": {},
    "delay": {"kind": "delay", "seconds": 0.05},
    "delay past the time-out": {"kind": "delay", "seconds": 0.45},
    "delay_after": {"kind": "delay_after", "seconds": 0.05},
    "delay_after past the time-out": {"kind": "delay_after", "seconds": 0.45},
    "429": {"kind": "status", "status": 429},
    "429 with a wait": {"kind": "status", "status": 429, "retry_after": 30},
    "400": {"kind": "status", "status": 400},
    "401": {"kind": "status", "status": 401},
    "500": {"kind": "status", "status": 500},
    "503": {"kind": "status", "status": 503, "retry_after": 30},
    "hang_up_before": {"kind": "hang_up_before"},
    "hang_up_after": {"kind": "hang_up_after"},
    "error_after": {"kind": "error_after", "status": 504},
    "429 after": {"kind": "error_after", "status": 429},
    "not_json": {"kind": "not_json", "status": 502},
    "not_json that says 200": {"kind": "not_json", "status": 200},
    "truncate": {"kind": "truncate"},
}


def _app(fault: Mapping[str, Any]) -> Any:
    app = servicenow.build()
    if fault:
        app.state.world.faults.add([{**fault, "times": None}])
    return app


async def _ending(url: str, method: str, app: Any) -> tuple[str, int, int]:
    """Send one call; give how it ended, how many tickets there are, and how many calls arrived."""
    http = Http("desk", url, headers=HEADERS, timeout=TIMEOUT)
    soon = datetime.now(UTC) + timedelta(days=1000)
    try:
        if method == "GET":
            answer = await http.read("GET", TABLE)
        else:
            answer = await http.write("POST", TABLE, json={"short_description": "x"}, deadline=soon)
        how = f"{answer.status} {type(answer.json()).__name__}"
    except Exception as error:  # noqa: BLE001 - any end is compared with the other wire's
        how = type(error).__name__
    finally:
        await http.aclose()
    await asyncio.sleep(0.5)  # a late write lands
    return how, len(app.state.world.dump()), sum(app.state.world.log.counts().values())


def _in_process(fault: Mapping[str, Any], method: str, down: str = "") -> tuple[str, int, int]:
    loop = VirtualLoop()
    asyncio.set_event_loop(loop)
    app = _app(fault)
    app.state.world.clock.follow(VirtualClock(loop, datetime(2026, 9, 1, 14, tzinfo=UTC)))
    network = Network({"127.0.0.1:8102": Host("servicenow", app, down)})
    try:
        with network.under():
            return loop.run_until_complete(_ending("http://127.0.0.1:8102", method, app))
    finally:
        loop.close()
        asyncio.set_event_loop(None)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_ends_the_same_in_process_and_over_sockets(fault: str, method: str) -> None:
    """R18: the same typed error, the same number of calls, and the same writes that landed."""
    app = _app(FAULTS[fault])
    with running(app) as url:
        over_sockets = asyncio.run(_ending(url, method, app))

    assert over_sockets == _in_process(FAULTS[fault], method)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_host_that_refuses_ends_the_same(method: str) -> None:
    """R18: only a connection that was never made counts as not sent."""
    app = _app({})
    with running(app) as url:
        pass
    over_sockets = asyncio.run(_ending(url, method, app))

    assert over_sockets == _in_process({}, method, down="refused")
