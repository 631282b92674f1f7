"""No request leaves for a host that nobody configured: not by redirect, not by an address in data."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import stamina
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sync_service.adapters.http import Http
from sync_service.errors import SyncServiceError
from sync_service.simulators import incidentiq, servicenow
from sync_service.simulators.serve import running
from tests.e2e.bench import Bench, Desk

HELP = "helpdesk@springfield.example"


@pytest.fixture(autouse=True)
def _quick() -> Iterator[None]:
    with stamina.set_testing(True, attempts=2):
        yield


class Trap:
    """A server that nobody has any business with; `heard` is what came all the same."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return  # it was stopped
            with connection:
                self.heard.append(connection.recv(10_000).decode("latin-1"))
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()


@pytest.fixture
def trap() -> Iterator[Trap]:
    """Listen on another port of this machine, which is another host as far as HTTP goes."""
    made = Trap()
    made.start()
    yield made
    made.stop()


@pytest.mark.parametrize("status", [300, 301, 302, 303, 305, 307, 308])
async def test_no_redirect_takes_a_request_or_a_token_elsewhere(trap: Trap, status: int) -> None:
    """A login page of a proxy must not be given our token, whatever it asks for."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = (
            f"HTTP/1.1 {status} X\r\nLocation: {trap.url}/login\r\nRefresh: 0; url={trap.url}\r\n"
        )
        writer.write(
            f"{head}Set-Cookie: a=b\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
        )
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        http = Http("desk", url, headers={"Authorization": "Bearer canary"})
        try:
            with pytest.raises(SyncServiceError):
                await http.read("GET", "/x")
            soon = datetime.now(UTC) + timedelta(seconds=9)
            with pytest.raises(SyncServiceError):
                await http.write("POST", "/x", deadline=soon, json={"a": "secret"})
        finally:
            await http.aclose()

    assert [] == trap.heard


@pytest.mark.parametrize(
    "path",
    [
        "//elsewhere/x",
        "http://elsewhere/x",
        "/../x",
        "x",
        "/a/../../b",
        "/x/..",
        "@elsewhere/x",
        "",
    ],
)
async def test_no_path_leads_out_of_the_configured_address(path: str) -> None:
    """A path is made of ids that vendors gave us; one that leads away is a mistake, and stops."""
    http = Http("desk", "http://127.0.0.1:9", headers={})

    with pytest.raises((ValueError, SyncServiceError)) as caught:
        await http.read("GET", path)

    assert isinstance(caught.value, ValueError)
    await http.aclose()


class Luring:
    """Puts addresses of a trap wherever a server can put one: headers, documents, pages to come."""

    def __init__(self, app: ASGIApp, url: str) -> None:
        self._app, self._url = app, url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/_control"):
            await self._app(scope, receive, send)
            return
        held: list[Message] = []

        async def hold(message: Message) -> None:
            held.append(message)

        await self._app(scope, receive, hold)
        start, body = held[0], b"".join(one.get("body", b"") for one in held[1:])
        headers = [(k, v) for k, v in start["headers"] if k.lower() != b"content-length"]
        lured = self._lured(body, dict(headers).get(b"content-type", b""))
        there = self._url.encode()
        headers += [
            (b"content-length", str(len(lured)).encode()),
            (b"link", b"<" + there + b"/next>; rel=next"),
            (b"location", there + b"/moved/1"),
            (b"content-location", there),
            (b"refresh", b"0; url=" + there),
        ]
        await send({**start, "headers": headers})
        await send({"type": "http.response.body", "body": lured})

    def _lured(self, body: bytes, kind: bytes) -> bytes:
        if b"json" not in kind or not body:
            return body
        return json.dumps(self._deep(json.loads(body))).encode()

    def _deep(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._deep(one) for one in value]
        if not isinstance(value, dict):
            return value
        lures = dict.fromkeys(
            (
                "link",
                "href",
                "_url",
                "next_page",
                "NextPage",
                "FileUrl",
                "AvatarUrl",
                "@odata.nextLink",
            ),
            f"{self._url}/lure",
        )
        return {**lures, **{name: self._deep(one) for name, one in value.items()}}


@contextmanager
def lured(folder: Path, trap: Trap) -> Iterator[Bench]:
    """Serve both desks, full of lures."""
    left, right = incidentiq.build(rules=False), servicenow.build()
    for app in (left, right):
        app.add_middleware(Luring, url=trap.url)
    with running(left) as iiq, running(right) as snow:
        made = Bench(Desk.at(iiq), Desk.at(snow), folder)
        made.write()
        with made.incidentiq.http, made.servicenow.http:
            yield made


def test_no_address_in_a_document_is_ever_fetched(tmp_path: Path, trap: Trap) -> None:
    """Not of pictures in a text, not of pages to come, not of attachments, nor of a header."""
    with lured(tmp_path, trap) as b:
        words = f"<p>See <a href='{trap.url}/a'>this</a> <img src='{trap.url}/p.png'></p>"
        ticket = b.incidentiq.act(HELP, "create", subject=trap.url, description=words)["ticket"][
            "id"
        ]
        b.incidentiq.act(HELP, "comment", ticket=ticket, text=words)
        b.servicenow.act(
            HELP, "create", subject="x", description=f"{trap.url} [code]{words}[/code]"
        )

        assert b.sync().level

        assert 2 == len(b.servicenow.tickets())

    assert [] == trap.heard
