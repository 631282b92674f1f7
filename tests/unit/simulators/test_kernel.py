"""The kernel over real HTTP, under a vendor of one route: clock, switches, faults, log, control."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sync_service.simulators.kernel import (
    Clock,
    Faults,
    Refused,
    RequestLog,
    Switch,
    Switches,
    application,
    running,
    serve,
)

SWITCHES = [
    Switch("echo", True, "answer with the body", "none"),
    Switch("paging", "both", "which paging counts", "none", ("body", "query", "both")),
    Switch("lag", 0.0, "seconds of lag", "none"),
    Switch("rights", ("read",), "what the user may do", "none", ("read", "write")),
]


class Shelf:
    """A vendor that keeps what it is sent."""

    name = "shelf"
    retry_after_in = "body"

    def __init__(self) -> None:
        self.clock, self.faults, self.log = Clock(), Faults(), RequestLog()
        self.switches = Switches(SWITCHES, {})
        self.kept: list[Any] = []

    def error_body(self, status: int, message: str, retry_after: float | None) -> Any:
        return {"StatusCode": status, "Message": message, "RetryAfter": retry_after}

    def act(self, order: Mapping[str, Any]) -> dict[str, Any]:
        if order["do"] == "forbidden":
            raise Refused(403, "not for you", {"StatusCode": 403})
        return {"done": order["do"], "now": self.clock.now().isoformat()}

    def dump(self) -> dict[str, Any]:
        return {"kept": self.kept}

    async def keep(self, request: Request) -> Response:
        self.kept.append(await request.json())
        return JSONResponse({"kept": len(self.kept)}, status_code=201)


@pytest.fixture
def shelf() -> Shelf:
    """An empty shelf."""
    return Shelf()


@pytest.fixture
def http(shelf: Shelf) -> Iterator[httpx.Client]:
    """A client of the shelf, served on loopback."""
    app = application(shelf, [Route("/shelf/{id}/things", shelf.keep, methods=["POST"])])
    with running(app) as url, httpx.Client(base_url=url, timeout=5) as client:
        yield client


def test_a_log_that_is_asked_to_keeps_what_was_sent(shelf: Shelf, http: httpx.Client) -> None:
    """Judges of privacy read from here what went over the wire."""
    put(http)
    assert {"bodies": True} == http.post("/_control/log", json={"bodies": True}).json()
    put(http)

    calls = http.get("/_control/log").json()["calls"]
    assert ["", '{"a":1}'] == [call["body"] for call in calls]


def put(http: httpx.Client) -> httpx.Response:
    """Put one thing on shelf 7."""
    return http.post("/shelf/7/things", json={"a": 1})


def fault(http: httpx.Client, **order: Any) -> None:
    """Set one fault."""
    assert http.post("/_control/faults", json=[order]).status_code == 200


def test_calls_are_counted_by_route_and_control_calls_are_not(http: httpx.Client) -> None:
    """Two things on the shelf are two calls of one template, however often control looks."""
    put(http)
    put(http)
    http.get("/nowhere")
    http.get("/_control/")

    counts = http.get("/_control/requests").json()

    assert counts == {
        "total": 3,
        "by_route": {"GET (no route)": 1, "POST /shelf/{id}/things": 2},
    }
    assert http.delete("/_control/requests").json()["total"] == 0


async def test_a_call_is_counted_before_its_answer_leaves(shelf: Shelf) -> None:
    """A test that had its answer found one call too few, now and then."""
    app = application(shelf, [Route("/shelf/{id}/things", shelf.keep, methods=["POST"])])
    counted: list[dict[str, int]] = []
    sent = {"type": "http", "method": "POST", "path": "/shelf/7/things", "headers": []}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"{}"}

    async def send(_: Any) -> None:
        counted.append(shelf.log.counts())

    await app({**sent, "query_string": b""}, receive, send)

    assert [{"POST /shelf/{id}/things": 1}] * 2 == counted
    assert [None] != [call["ended"] for call in shelf.log.since(0)]


def test_the_log_lists_calls_later_than_a_number(http: httpx.Client) -> None:
    """A judge reads on from where it stopped."""
    put(http)
    put(http)

    first, second = http.get("/_control/log").json()["calls"]

    assert (first["n"], second["n"]) == (1, 2)
    assert (first["status"], first["path"]) == (201, "/shelf/7/things")
    assert first["started"] <= first["ended"]
    assert not first["abandoned"]
    assert [second] == http.get("/_control/log?since=1").json()["calls"]


def test_a_fault_before_leaves_the_vendor_untouched(http: httpx.Client, shelf: Shelf) -> None:
    """`hang_up_before` and `status` never reach the handler."""
    fault(http, kind="hang_up_before", method="POST", route="/shelf/*")
    with pytest.raises(httpx.RemoteProtocolError):
        put(http)
    fault(http, kind="status", status=429, retry_after=3)
    limited = put(http)

    assert shelf.kept == []
    assert limited.status_code == 429
    assert limited.json()["RetryAfter"] == 3
    assert "retry-after" not in limited.headers


def test_a_fault_after_hides_a_write_that_landed(http: httpx.Client, shelf: Shelf) -> None:
    """`hang_up_after`, `error_after` and `truncate` commit first: the caller cannot know (R18)."""
    fault(http, kind="hang_up_after")
    with pytest.raises(httpx.RemoteProtocolError):
        put(http)
    assert len(shelf.kept) == 1
    fault(http, kind="error_after")
    assert put(http).status_code == 500
    assert len(shelf.kept) == 2
    fault(http, kind="truncate")
    with pytest.raises(httpx.RemoteProtocolError):
        put(http)
    assert len(shelf.kept) == 3
    assert put(http).status_code == 201


def test_a_page_of_html_can_come_with_any_status(http: httpx.Client) -> None:
    """A proxy in between answers HTML, sometimes with 200."""
    fault(http, kind="not_json", status=200)
    page = put(http)

    assert (page.status_code, page.headers["content-type"]) == (200, "text/html")
    with pytest.raises(ValueError, match="Expecting value"):
        page.json()


def test_a_caller_that_wants_no_second_call_is_not_abandoned(http: httpx.Client) -> None:
    """`Connection: close` ends the connection after the answer, not before."""
    http.post("/shelf/7/things", json={}, headers={"Connection": "close"})
    (call,) = http.get("/_control/log").json()["calls"]

    assert (call["status"], call["abandoned"]) == (201, False)


@pytest.mark.parametrize("kind", ["delay", "delay_after"])
def test_a_call_in_flight_shows_as_begun_and_its_lost_caller_as_abandoned(
    http: httpx.Client, shelf: Shelf, kind: str
) -> None:
    """A caller that gives up leaves a call marked abandoned, and the write lands nevertheless."""
    fault(http, kind=kind, seconds=0.3)
    with pytest.raises(httpx.ReadTimeout):
        http.post("/shelf/7/things", json={}, timeout=0.1)
    (under_way,) = http.get("/_control/log").json()["calls"]
    fault(http, kind="delay", seconds=0.4)
    put(http)
    ended = http.get("/_control/log").json()["calls"][0]

    assert (under_way["ended"], under_way["abandoned"]) == (None, False)
    assert ended["abandoned"]
    assert len(shelf.kept) == 2


@pytest.mark.parametrize(
    ("order", "outcome"),
    [
        ({"after": 1}, [201, 503, 201]),
        ({"times": 2}, [503, 503, 201]),
        ({"times": None}, [503, 503, 503]),
        ({"probability": 0.0, "times": None}, [201, 201, 201]),
        ({"method": "GET"}, [201, 201, 201]),
        ({"route": "/shelf/8/*"}, [201, 201, 201]),
    ],
)
def test_a_fault_strikes_whom_and_when_it_says(
    http: httpx.Client, order: dict[str, Any], outcome: list[int]
) -> None:
    """`after`, `times`, `probability`, `method` and `route` choose the request."""
    fault(http, kind="status", **order)
    assert [put(http).status_code for _ in range(3)] == outcome


def test_faults_can_be_listed_and_cleared(http: httpx.Client) -> None:
    """DELETE ends every fault at once."""
    fault(http, kind="status", times=None)
    assert [one["kind"] for one in http.get("/_control/faults").json()["set"]] == ["status"]
    http.delete("/_control/faults")
    assert put(http).status_code == 201


@pytest.mark.parametrize(
    ("path", "body", "names"),
    [
        ("switches", {"ecko": True}, "there are: echo"),
        ("switches", {"paging": "header"}, "valid: body, query, both"),
        ("switches", {"echo": "yes"}, "valid: true, false"),
        ("switches", {"lag": -1}, "a number from 0"),
        ("switches", {"lag": True}, "a number from 0"),
        ("switches", {"rights": ["fly"]}, "a list of: read, write"),
        ("faults", [{"kind": "explode"}], "there are: delay"),
        ("faults", [{"kind": "delay", "rout": "x"}], "a fault has no rout"),
        ("clock", {"now": "2026-11-01T01:30:00"}, "needs a zone"),
        ("clock", {}, "advance"),
        ("act", {"person": "x"}, "missing 'do'"),
        ("act", {"do": "forbidden"}, "not for you"),
    ],
)
def test_a_wrong_order_is_refused_and_says_what_is_right(
    http: httpx.Client, path: str, body: Any, names: str
) -> None:
    """Control answers 400 with the valid names, so a typing slip never passes for a setting."""
    refused = http.post(f"/_control/{path}", json=body)

    assert refused.status_code == 400
    assert names in refused.json()["error"]


def test_one_wrong_switch_turns_none(http: httpx.Client, shelf: Shelf) -> None:
    """Switches are turned together or not at all."""
    http.post("/_control/switches", json={"lag": 5, "paging": "header"})
    assert shelf.switches.number("lag") == 0
    http.post("/_control/switches", json={"lag": 5, "paging": "body", "rights": []})
    assert (shelf.switches.number("lag"), shelf.switches.words("rights")) == (5, ())


def test_a_set_clock_stands_until_it_is_advanced(http: httpx.Client, shelf: Shelf) -> None:
    """Two edits can share a second; `real` returns to the machine's time."""
    http.post("/_control/clock", json={"now": "2026-11-01T06:30:00Z"})
    http.post("/_control/clock", json={"advance": 90})
    acted = http.post("/_control/act", json={"do": "look"}).json()
    assert acted["now"] == "2026-11-01T06:31:30+00:00"
    assert http.get("/_control/").json()["clock"]["stopped"]
    assert not http.post("/_control/clock", json={"real": True}).json()["stopped"]


def test_only_loopback_is_served() -> None:
    """The demo token is public, so no simulator listens on a network."""
    with pytest.raises(ValueError, match="token is public"):
        asyncio.run(serve(application(Shelf(), []), 0, host="0.0.0.0"))


def test_serve_says_when_it_is_ready_and_stops_on_a_signal() -> None:
    """A process of its own, as `simulate` runs it: ready line, answers, SIGTERM."""
    program = (
        "import asyncio, functools;"
        "from sync_service.simulators.incidentiq import build;"
        "from sync_service.simulators.kernel import serve;"
        "asyncio.run(serve(build(), 0, ready=functools.partial(print, flush=True)))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        url = run.stdout.readline().strip()
        described = httpx.get(f"{url}/_control/").json()
        run.terminate()
        run.wait(timeout=5)

    assert described["simulator"] == "incidentiq"
    assert url.startswith("http://127.0.0.1:")
