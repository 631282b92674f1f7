"""How a write can end, against a real socket (R16, R18)."""

from __future__ import annotations

import asyncio
import socket
import ssl
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from sync_service.adapters.http import Http
from sync_service.errors import (
    AuthFailed,
    NeedsHuman,
    NotSent,
    Rejected,
    Stale,
    SyncServiceError,
    TryLater,
    UnknownOutcome,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.adapters.http.conftest import Behave, Line, Server


def soon() -> datetime:
    """A deadline that no test reaches."""
    return datetime.now(UTC) + timedelta(seconds=20)


async def _hang_up(line: Line) -> None:
    line.writer.close()


async def _reset(line: Line) -> None:
    line.reset()


async def _silence(line: Line) -> None:
    await asyncio.sleep(3)


async def _half(line: Line) -> None:
    line.writer.write(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n"
    )
    line.writer.write(b'\r\n{"half": ')
    await line.writer.drain()
    line.writer.close()


async def _garbage(line: Line) -> None:
    line.writer.write(b"SSH-2.0-OpenSSH_9.9\r\n\r\n")
    await line.writer.drain()
    line.writer.close()


async def _fine(line: Line) -> None:
    await line.answer(200, '{"ok": true}')


def _answers(status: int, body: str = "{}", *headers: str) -> Behave:
    async def behave(line: Line) -> None:
        await line.answer(status, body, *headers)

    return behave


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "end", [_hang_up, _reset, _half, _garbage, _silence], ids=lambda f: f.__name__
)
async def test_a_request_that_was_read_has_an_unknown_outcome_and_is_not_sent_again(
    server: Server, http: Http, method: str, end: Behave
) -> None:
    """R18; httpx-aiohttp 0.2 calls the first of these a ConnectTimeout."""
    server.behave = [end]

    with pytest.raises(UnknownOutcome):
        await http.write(method, "/x", deadline=soon(), json={"a": 1})

    assert len(server.seen) == 1


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_a_kept_connection_that_breaks_does_not_send_a_write_again(
    server: Server, http: Http, method: str
) -> None:
    """R18; aiohttp itself would repeat PUT and DELETE here."""
    server.behave = [_fine, _hang_up]
    await http.read("GET", "/warm")

    with pytest.raises(UnknownOutcome):
        await http.write(method, "/x", deadline=soon(), json={})

    assert len(server.seen) == 2


async def test_an_answer_that_drips_ends_with_the_timeout(server: Server, http: Http) -> None:
    """R16: no call is on the wire longer than the time-out, however alive it looks."""

    async def _drip(line: Line) -> None:
        line.writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n")
        for _ in range(30):
            line.writer.write(b" ")
            await line.writer.drain()
            await asyncio.sleep(0.1)

    server.behave = [_drip]

    async with asyncio.timeout(2):
        with pytest.raises(UnknownOutcome):
            await http.write("POST", "/x", deadline=soon())


async def test_a_refused_connection_was_not_sent() -> None:
    """R18: nobody listens on a port that was just closed."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    http = Http("desk", f"http://127.0.0.1:{port}", headers={})

    with pytest.raises(NotSent, match="no connection to desk"):
        await http.write("POST", "/x", deadline=soon())

    await http.aclose()


async def test_an_unknown_name_was_not_sent() -> None:
    """R18: DNS fails before anything leaves (.invalid is reserved for that)."""
    http = Http("desk", "http://no-such-host.invalid", headers={}, timeout=timedelta(seconds=8))

    with pytest.raises(NotSent):
        await http.write("POST", "/x", deadline=soon())

    await http.aclose()


async def test_a_failed_tls_handshake_was_not_sent(server: Server) -> None:
    """R18: the server speaks plain HTTP where TLS is asked for."""
    server.behave = [_fine]
    http = Http(
        "desk", server.url.replace("http:", "https:"), headers={}, timeout=timedelta(seconds=1)
    )

    with pytest.raises(NotSent):
        await http.write("POST", "/x", deadline=soon())

    assert server.seen == []
    await http.aclose()


async def test_a_handshake_that_never_ends_was_not_sent() -> None:
    """R18: the connection is accepted by the kernel, but TLS is never answered."""
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(1)
        url = f"https://127.0.0.1:{deaf.getsockname()[1]}"
        http = Http("desk", url, headers={}, timeout=timedelta(seconds=0.3))

        with pytest.raises(NotSent):
            await http.write("POST", "/x", deadline=soon())

        await http.aclose()


async def test_a_write_past_its_deadline_is_not_sent(server: Server, http: Http) -> None:
    """R16: our clock decides, and nothing leaves."""
    server.behave = [_fine]

    with pytest.raises(NotSent, match="deadline"):
        await http.write("POST", "/x", deadline=datetime.now(UTC))

    assert server.seen == []


async def test_a_write_that_waits_for_a_connection_past_its_deadline_is_not_sent(
    server: Server,
) -> None:
    """R16: the wait for a free connection counts before sending."""
    server.behave = [_silence]
    http = Http("desk", server.url, headers={}, connections=1, timeout=timedelta(seconds=2))
    first = asyncio.create_task(http.write("POST", "/1", deadline=soon()))
    await asyncio.sleep(0.1)

    with pytest.raises(NotSent):
        await http.write("POST", "/2", deadline=datetime.now(UTC) + timedelta(seconds=0.2))

    assert len(server.seen) == 1
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    await http.aclose()


async def test_slow_credentials_do_not_carry_a_write_past_its_deadline(server: Server) -> None:
    """R16: the deadline is looked at after the headers were made."""
    server.behave = [_fine]

    async def _slow() -> dict[str, str]:
        await asyncio.sleep(0.3)
        return {}

    http = Http("desk", server.url, headers=_slow)

    with pytest.raises(NotSent):
        await http.write("POST", "/x", deadline=datetime.now(UTC) + timedelta(seconds=0.1))

    assert server.seen == []
    await http.aclose()


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Rejected),
        (401, AuthFailed),
        (403, AuthFailed),
        (404, Rejected),
        (408, UnknownOutcome),
        (409, Rejected),
        (412, Stale),
        (422, Rejected),
        (429, TryLater),
        (301, UnknownOutcome),
        (303, UnknownOutcome),
        (308, NeedsHuman),
        (500, UnknownOutcome),
        (502, UnknownOutcome),
        (503, UnknownOutcome),
        (504, UnknownOutcome),
    ],
)
async def test_every_status_of_a_write_has_its_meaning(
    server: Server, http: Http, status: int, kind: type[Exception]
) -> None:
    """R18: only 4xx proves that nothing was written."""
    server.behave = [_answers(status)]

    with pytest.raises(SyncServiceError) as caught:
        await http.write("POST", "/x", deadline=soon())

    assert kind is type(caught.value)
    assert len(server.seen) == 1


async def test_a_refusal_quotes_the_vendor_and_names_the_fields(server: Server, http: Http) -> None:
    """A `Rejected` carries words and fields, whichever of the usual shapes they come in."""
    server.behave = [
        _answers(400, '{"Message": "Not valid.", "Errors": {"Subject": ["Too long."]}}'),
        _answers(400, '{"Errors": [{"Field": "Subject", "Message": "Too long."}]}'),
        _answers(400, '{"error": {"message": "Operation Failed", "detail": "No such state"}}'),
    ]
    refusals = []
    for _ in server.behave:
        with pytest.raises(Rejected) as caught:
            await http.write("POST", "/x", deadline=soon())
        refusals.append((caught.value.words, caught.value.fields))

    assert refusals == [
        ("Not valid.; Subject: Too long.", ("Subject",)),
        ("Too long.", ("Subject",)),
        ("Operation Failed; No such state", ()),
    ]


async def test_an_answer_that_is_not_json_leaves_a_write_unknown(
    server: Server, http: Http
) -> None:
    """A proxy's page with status 200 proves neither success nor refusal."""

    async def page(line: Line) -> None:
        await line.answer(200, "<html>", kind="html")

    server.behave = [page]
    response = await http.write("POST", "/x", deadline=soon())

    with pytest.raises(UnknownOutcome, match=r"200 and application/html"):
        response.json()


async def test_a_status_the_caller_accepts_is_returned(server: Server, http: Http) -> None:
    """`accept` hands a status to the adapter, and its body can be read."""
    server.behave = [_answers(404, '{"Message": "gone"}')]

    response = await http.write("POST", "/x", deadline=soon(), accept=(404,))

    assert (response.status, response.json()) == (404, {"Message": "gone"})


async def test_a_certificate_we_do_not_trust_stops_the_write(
    server: Server, tmp_path: Path
) -> None:
    """`verify` names what to trust; a file that holds nothing is refused at once."""
    empty = tmp_path / "ca.pem"
    empty.write_text("")

    with pytest.raises(ssl.SSLError):
        Http("desk", "https://desk.example", headers={}, verify=str(empty))
