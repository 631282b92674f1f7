"""What a read repeats, and what both leave behind: pace, counts, logs, a clean pool."""

from __future__ import annotations

import asyncio
import gzip
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from time import perf_counter
from typing import TYPE_CHECKING

import pytest
import stamina
from structlog.testing import capture_logs

from sync_service.adapters.http import Http
from sync_service.adapters.http.pace import Pace
from sync_service.adapters.http.routes import template
from sync_service.errors import AuthFailed, NeedsHuman, NotSent, Rejected, TryLater

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.unit.adapters.http.conftest import Behave, Line, Server

TICKET = "0f8fad5b-d9cb-469f-a165-70867728950e"


async def _hang_up(line: Line) -> None:
    line.writer.close()


async def _fine(line: Line) -> None:
    await line.answer(200, '{"ok": true}')


async def _slow(line: Line) -> None:
    await asyncio.sleep(0.3)
    await _fine(line)


def _answers(status: int, body: str = "{}", *headers: str) -> Behave:
    async def behave(line: Line) -> None:
        await line.answer(status, body, *headers)

    return behave


@pytest.fixture(autouse=True)
def _quick() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3):
        yield


async def test_a_read_is_asked_again_until_it_works(server: Server, http: Http) -> None:
    """R18: only reads are retried inside."""
    server.behave = [_hang_up, _answers(503), _fine]

    response = await http.read("GET", "/x")

    assert response.json() == {"ok": True}
    assert 3 == len(server.seen) == http.counts["GET", "/x"]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
async def test_a_read_gives_up_after_three_attempts(
    server: Server, http: Http, status: int
) -> None:
    """What may pass is `TryLater`, so the whole side backs off."""
    server.behave = [_answers(status)]

    with pytest.raises(TryLater):
        await http.read("GET", "/x")

    assert len(server.seen) == 3


@pytest.mark.parametrize(
    ("status", "kind"), [(401, AuthFailed), (404, Rejected), (302, NeedsHuman)]
)
async def test_a_read_does_not_repeat_what_will_not_change(
    server: Server, http: Http, status: int, kind: type[Exception]
) -> None:
    """A refusal and a redirect are asked once; redirects are never followed."""
    server.behave = [_answers(status, "{}", "Location: https://elsewhere.example/login")]

    with pytest.raises(kind):
        await http.read("GET", "/x")

    assert len(server.seen) == 1


@pytest.mark.parametrize(
    "answer",
    [
        _answers(429, "{}", "Retry-After: 60"),
        _answers(429, '{"StatusCode": 429, "Message": "Slow down", "RetryAfter": 60}'),
        _answers(503, "{}", f"Retry-After: {format_datetime(datetime.now(UTC) + timedelta(60))}"),
    ],
    ids=["header", "body", "date"],
)
async def test_a_wish_to_be_left_alone_holds_every_later_call(
    server: Server, http: Http, answer: Behave
) -> None:
    """Retry-After in a header, as a date or in the JSON body stops the side, unsent."""
    server.behave = [answer]
    with pytest.raises(TryLater) as caught:
        await http.read("GET", "/x")
    assert caught.value.after is not None
    assert caught.value.after > 59

    with pytest.raises(NotSent) as unsent:
        await http.write("POST", "/y", deadline=datetime.now(UTC) + timedelta(seconds=5))
    assert (unsent.value.after or 0) > 58

    assert len(server.seen) == 1


async def test_a_page_instead_of_json_is_worth_another_try_later(
    server: Server, http: Http
) -> None:
    """A read that a proxy answered says so with status and content type."""

    async def page(line: Line) -> None:
        await line.answer(200, "<html>", kind="html")

    server.behave = [page]
    response = await http.read("GET", "/x")

    with pytest.raises(TryLater, match=r"200 and application/html"):
        response.json()


async def test_cancelled_calls_leave_the_pool_clean(server: Server) -> None:
    """The pool of httpx starves after this; ours must serve the next call."""
    server.behave = [_slow]
    http = Http("desk", server.url, headers={}, connections=4)
    for _ in range(6):
        calls = [asyncio.create_task(http.read("GET", "/x")) for _ in range(12)]
        await asyncio.sleep(0.02)
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)

    response = await asyncio.wait_for(http.read("GET", "/x"), 3)

    assert response.status == 200
    await http.aclose()


async def test_no_more_connections_than_allowed(server: Server) -> None:
    """`connections` bounds what is in flight."""
    flying = highest = 0

    async def count(line: Line) -> None:
        nonlocal flying, highest
        flying += 1
        highest = max(highest, flying)
        await asyncio.sleep(0.02)
        flying -= 1
        await _fine(line)

    server.behave = [count]
    http = Http("desk", server.url, headers={}, connections=3)

    await asyncio.gather(*(http.read("GET", "/x") for _ in range(20)))

    assert highest == 3
    await http.aclose()


async def test_cookies_are_not_kept(server: Server, http: Http) -> None:
    """A session cookie would tie us to one server of theirs, or to another account."""
    server.behave = [_answers(200, "{}", "Set-Cookie: who=me; Path=/")]

    await http.read("GET", "/x")
    await http.read("GET", "/x")

    assert "cookie" not in server.seen[1].head.lower()


async def test_a_compressed_answer_is_read(server: Server, http: Http) -> None:
    """Vendors compress; the body comes out plain."""
    body = gzip.compress(b'{"ok": 1}')

    async def packed(line: Line) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
        line.writer.write(head.encode() + b"\r\nContent-Encoding: gzip\r\n\r\n" + body)
        await line.writer.drain()

    server.behave = [packed]

    assert (await http.read("GET", "/x")).json() == {"ok": 1}


async def test_the_log_names_no_ticket_no_person_and_no_token(server: Server, http: Http) -> None:
    """Promise 5: method, route, status and time only."""
    server.behave = [_answers(200, '{"Subject": "secret words"}')]

    with capture_logs() as logs:
        await http.read("GET", f"/users/kim@school.example/{TICKET}", params={"q": "Kim"})

    assert [entry["route"] for entry in logs] == ["/users/{email}/{id}"]
    told = str(logs)
    assert not [word for word in ("kim", "Kim", TICKET, "secret", "X-Token") if word in told]


@pytest.mark.parametrize(
    "path", ["https://evil.example/x", "//evil.example/x", "x", "/../admin", "@evil.example/x"]
)
async def test_no_path_leads_to_another_host(http: Http, path: str) -> None:
    """Only the configured host is spoken to, whatever an id contains."""
    with pytest.raises(ValueError, match="not a path below"):
        await http.read("GET", path)


@pytest.mark.parametrize(
    ("path", "route"),
    [
        (f"/tickets/{TICKET}/assign?x=1", "/tickets/{id}/assign"),
        ("/ticket/17/history", "/ticket/{id}/history"),
        ("/table/incident/9d385017c611228701d22104cc95c371", "/table/incident/{id}"),
        ("/users/by-email/kim%40school.example", "/users/by-email/{email}"),
    ],
)
def test_ids_become_placeholders(path: str, route: str) -> None:
    """Counts are by route, so that their number is bounded."""
    assert route == template(path)


async def test_the_rate_is_kept_after_a_burst(server: Server) -> None:
    """A second's worth may go at once, then one every step."""
    server.behave = [_fine]
    http = Http("desk", server.url, headers={}, rate=20)
    began = perf_counter()

    await asyncio.gather(*(http.read("GET", "/x") for _ in range(30)))

    assert perf_counter() - began > 0.4
    await http.aclose()


async def test_a_turn_that_comes_too_late_is_told_at_once() -> None:
    """The wait is returned rather than waited for, and costs no place in the queue."""
    now = 0.0
    pace = Pace(1, now=lambda: now)
    assert await pace.turn(within=0) == 0

    assert await pace.turn(within=0.5) == 1
    now = 1.0
    assert await pace.turn(within=0) == 0


async def test_credentials_are_made_anew_for_each_call(server: Server) -> None:
    """A token that was renewed meanwhile is used by the next attempt."""
    server.behave = [_fine]
    tokens = iter(["one", "two"])

    async def headers() -> dict[str, str]:
        return {"Authorization": next(tokens)}

    http = Http("desk", server.url, headers=headers)
    await http.read("GET", "/x")
    await http.read("GET", "/x")

    assert "authorization: one" in server.seen[0].head.lower()
    assert "authorization: two" in server.seen[1].head.lower()
    await http.aclose()
