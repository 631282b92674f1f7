"""One message in, one message out: HTTP/1.1 by h11 over asyncio's streams."""

from __future__ import annotations

import asyncio
import json
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

import h11

from sync_service.conformance.proxy.fault import PAGE, Answer, Fault, Request

CHUNK = 1 << 16
#: A head longer than this is refused by h11; custom fields in a query make long ones.
LONGEST_HEAD = 1 << 18
#: What belongs to one connection and is said anew on the next (RFC 9110, 7.6.1).
HOP = frozenset({b"connection", b"keep-alive", b"transfer-encoding", b"content-length", b"upgrade"})
NO_BODY = frozenset({204, 304})


class Gone(Exception):
    """The other end has left."""


@dataclass(frozen=True, slots=True)
class Target:
    """The server behind the proxy."""

    host: str
    port: int
    tls: bool
    path: str

    @classmethod
    def read(cls, url: str) -> Target:
        """Read `http://host:port/path`; raise ValueError for anything else."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"not an address of a server: {url!r}")
        tls = parts.scheme == "https"
        return cls(parts.hostname, parts.port or (443 if tls else 80), tls, parts.path.rstrip("/"))

    @property
    def named(self) -> bytes:
        """The value of the Host header."""
        usual = self.port == (443 if self.tls else 80)
        return (self.host if usual else f"{self.host}:{self.port}").encode()


async def received(
    connection: h11.Connection, reader: asyncio.StreamReader
) -> h11.Request | h11.Response | None:
    """Read the next head; None where the other end closed before one began."""
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(CHUNK))
        elif isinstance(event, h11.Request | h11.Response):
            return event
        elif event is h11.PAUSED or isinstance(event, h11.ConnectionClosed):
            return None


async def body(connection: h11.Connection, reader: asyncio.StreamReader) -> bytes:
    """Read a message's whole body."""
    parts: list[bytes] = []
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(CHUNK))
        elif isinstance(event, h11.Data):
            parts.append(bytes(event.data))
        elif isinstance(event, h11.EndOfMessage):
            return b"".join(parts)
        else:
            raise Gone


async def passed_on(target: Target, request: Request) -> Answer:
    """Send the request to the server over a connection of its own, and read the whole answer."""
    trusted = ssl.create_default_context() if target.tls else None
    reader, writer = await asyncio.open_connection(target.host, target.port, ssl=trusted)
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=LONGEST_HEAD)
    kept = [pair for pair in request.headers if pair[0].lower() not in {*HOP, b"host"}]
    length = [(b"content-length", str(len(request.body)).encode())] if request.body else []
    if not request.body and request.method in ("POST", "PUT", "PATCH"):
        length = [(b"content-length", b"0")]
    headers = [(b"host", target.named), *kept, *length, (b"connection", b"close")]
    try:
        head = h11.Request(method=request.method, target=request.target, headers=headers)
        for event in (head, h11.Data(data=request.body), h11.EndOfMessage()):
            writer.write(connection.send(event) or b"")
        await writer.drain()
        response = await received(connection, reader)
        if not isinstance(response, h11.Response):
            raise Gone
        raw = tuple(response.headers.raw_items())
        return Answer(response.status_code, raw, await body(connection, reader))
    finally:
        writer.close()


def head(answer: Answer, length: int | None) -> h11.Response:
    """Make the head that goes to the caller; None for a length that is not told."""
    kept = [pair for pair in answer.headers if pair[0].lower() not in HOP]
    if length is None:
        kept.append((b"transfer-encoding", b"chunked"))
    elif answer.status not in NO_BODY:
        kept.append((b"content-length", str(length).encode()))
    return h11.Response(status_code=answer.status, headers=kept)


def made_up(fault: Fault) -> Answer:
    """Give the answer that a fault makes instead of the server's."""
    if fault.kind.startswith("not_json"):
        usual = 200 if fault.kind == "not_json_after" else 502
        page = str(fault.body or PAGE).encode()
        return Answer(fault.status or usual, ((b"content-type", b"text/html"),), page)
    status = fault.status or (500 if fault.kind == "error_after" else 503)
    said, kind = _said(fault, status)
    headers = [(b"content-type", kind)]
    headers += [(name.encode(), value.encode()) for name, value in fault.headers.items()]
    if fault.retry_after is not None and fault.retry_after_in == "header":
        headers.append((b"retry-after", f"{fault.retry_after:g}".encode()))
    return Answer(status, tuple(headers), said)


def _said(fault: Fault, status: int) -> tuple[bytes, bytes]:
    if isinstance(fault.body, bytes):
        return fault.body, b"application/json"
    if isinstance(fault.body, str):
        return fault.body.encode(), b"text/html; charset=utf-8"
    told = {"Message": f"Simulated fault: {status}."} if fault.body is None else fault.body
    if fault.retry_after is not None and fault.retry_after_in == "body":
        told = {**told, "RetryAfter": fault.retry_after}
    return json.dumps(told).encode(), b"application/json"
