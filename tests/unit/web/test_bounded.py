"""The health port answers anybody who reaches it, so what one may send and hold there is bounded."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from sync_service.web import server
from sync_service.web.app import View, health_app
from sync_service.web.server import MOST_CONNECTIONS, MOST_HEADERS, bind, serving

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]
MEGABYTE = b"x" * 1_000_000


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """Serve the health app of a daemon that is starting."""
    listener = bind("127.0.0.1", 0)
    async with serving(health_app(View()), listener) as url:
        yield int(url.rpartition(":")[2])


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Stream]:
    """Open a connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def said(port: int, request: bytes) -> bytes:
    """Send a request; give all that came until the server closed."""
    async with connected(port) as (reader, writer):
        writer.write(request)
        try:
            return await asyncio.wait_for(reader.read(), 20)
        except ConnectionError:
            return b""  # it closed while we still wrote


async def test_an_honest_question_is_answered_and_the_connection_ends(port: int) -> None:
    """One request a connection: nobody holds one for later."""
    answer = await said(port, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert b"connection: close" in answer.lower()


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /" + b"a" * MOST_HEADERS + b" HTTP/1.1\r\n\r\n",
        b"GET /healthz?" + MEGABYTE,
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nA: " + MEGABYTE,
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 100_000 + b"\r\n",
    ],
    ids=["a long address", "a line without end", "a header without end", "many headers"],
)
async def test_a_head_that_is_too_large_is_refused(port: int, request_: bytes) -> None:
    """Request line and headers are bounded together."""
    answer = await said(port, request_)

    assert answer.startswith(b"HTTP/1.1 400") or not answer
    assert (await said(port, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")).startswith(
        b"HTTP/1.1 200"
    )


@pytest.mark.parametrize("path", [b"/healthz", b"/readyz", b"/metrics", b"/", b"/nothing"])
async def test_no_body_is_read(port: int, path: bytes) -> None:
    """A body of a gigabyte is refused at its head, and never kept."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    head = b"POST " + path + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n"

    answer = await said(port, head + 5 * MEGABYTE)

    assert answer[:12] in (b"HTTP/1.1 405", b"HTTP/1.1 404", b"")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


async def test_who_asks_nothing_is_shown_out(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a few idle connections would keep the probes of the container out."""
    monkeypatch.setattr(server, "PATIENCE", 0.2)
    async with connected(port) as (idle, _), connected(port) as (slow, writer):
        writer.write(b"GET /healthz HTTP/1.1\r\nHo")

        assert b"" == await asyncio.wait_for(idle.read(), 20)
        assert b"" == await asyncio.wait_for(slow.read(), 20)


async def test_only_so_many_connections_are_held(port: int) -> None:
    """Those beyond are told so at once."""
    held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(MOST_CONNECTIONS)]
    answer = await said(port, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    for _, writer in held:
        writer.close()

    assert answer.startswith(b"HTTP/1.1 503")
