"""The wire between the daemon and the simulators, in one process and in virtual time.

Everything above httpx's transport is the product's own: the client, its time-outs, its typed
errors. Below it a request goes to the simulator's ASGI application, handled by a task of its own:
a server goes on when its caller has died, and its late writes land.
`test_network.py` proves that each fault ends here in the same error as over real sockets.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import httpx

from sync_service.adapters.http import wire
from sync_service.simulators.traffic import TRANSPORT
from tests.certify import targets

#: What a server says when it is down for everybody.
DOWN = b"<html><body><h1>503 Service Unavailable</h1></body></html>"


class _Connection(asyncio.Transport):
    """The server's end of a connection, as far as a simulator looks at it."""

    def __init__(self) -> None:
        super().__init__()
        self._closed = False

    def close(self) -> None:
        self._closed = True

    def is_closing(self) -> bool:
        return self._closed


@dataclass(slots=True)
class _Reply:
    status: int = 0
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""
    whole: bool = False
    handled: int = 0
    """The status that the server gave, also where nobody was there to hear it."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request on the wire; `kind` and `ident` as `targets` names them."""

    side: str
    kind: str
    ident: str

    @property
    def write(self) -> bool:
        """Tell whether it may change something."""
        return self.kind in targets.WRITES


@dataclass
class Host:
    """A simulator on the network: its application and how it fares.

    `down` is "", "refused" (nobody listens), "silent" (no answer ever) or "503". So many next tickets
    that are got come `stale`, as a replica or a cache gives them: as they were when last got.
    """

    side: str
    app: Any
    down: str = ""
    stale: int = 0
    got: dict[bytes, _Reply] = field(default_factory=dict)
    """The last answer to each address that gets tickets."""


Point = Callable[[str, Call], None]


@dataclass
class Network:
    """Hosts by `host:port`, and what is told of each call: `point("before", call)`, `sent`, `after`.

    `latency` gives the seconds that one way takes.
    """

    hosts: dict[str, Host] = field(default_factory=dict)
    point: Point = lambda _when, _call: None
    latency: Callable[[], float] = lambda: 0.0
    served: set[asyncio.Task[_Reply]] = field(default_factory=set)
    outages: Counter[str] = field(default_factory=Counter)
    """Calls that met an outage, by side and kind."""
    answers: Counter[str] = field(default_factory=Counter)
    """Answers of the kinds that `classes.ANSWERS` names."""
    broken: list[str] = field(default_factory=list)
    """What went wrong inside a simulator: a bug of the stand-in, which no law may hide."""

    def ended(self, task: asyncio.Task[_Reply]) -> None:
        """Forget a call; what went wrong in a simulator is in `broken`."""
        self.served.discard(task)
        if not task.cancelled():
            task.exception()

    @contextmanager
    def under(self) -> Iterator[None]:
        """Put every client that is made meanwhile on this network."""
        sockets, trusted = wire._Transport, wire.trusted  # type: ignore[attr-defined]

        def transport(limits: wire.Limits, **_: Any) -> httpx.AsyncBaseTransport:
            return _Wire(self, limits)

        wire._Transport = transport  # type: ignore[assignment,misc]
        # Reading the machine's authorities takes as long as ten requests.
        wire.trusted = _nobody  # type: ignore[attr-defined,assignment]
        try:
            yield
        finally:
            wire._Transport = sockets  # type: ignore[misc]
            wire.trusted = trusted  # type: ignore[attr-defined]

    async def settle(self) -> None:
        """Let servers end what they were asked for."""
        while self.served:
            await asyncio.wait(self.served)


def _nobody(_verify: str | None) -> ssl.SSLContext:
    """Give a context that trusts nobody: there is no TLS on this network."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class _Wire(httpx.AsyncBaseTransport):
    """What `_Transport` is over sockets: its errors mean the same."""

    def __init__(self, network: Network, limits: wire.Limits) -> None:
        self._network, self._limits = network, limits

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        host = self._network.hosts.get(f"{request.url.host}:{request.url.port}")
        if host is not None and host.down:
            self._network.outages[f"{host.side} {host.down}"] += 1
        if host is None or host.down == "refused":
            await asyncio.sleep(0)
            raise httpx.ConnectError("Cannot connect to host", request=request)
        body, path = await request.aread(), unquote(_target(request)[0].decode())
        kind = targets.kind(host.side, request.method, path, body)
        call = Call(host.side, kind, targets.ident(host.side, path))
        self._network.point("before", call)
        reply = await self._answer(host, call, request)
        self._network.point("after", call)
        if reply.status == 429:
            says = "with" if _tells_to_wait(reply) else "without"
            self._network.answers[f"429 {says} Retry-After: {host.side}"] += 1
        if not reply.whole:
            raise httpx.ReadError("the connection was closed", request=request)
        return httpx.Response(
            reply.status, headers=reply.headers, content=reply.body, request=request
        )

    async def _answer(self, host: Host, call: Call, request: httpx.Request) -> _Reply:
        connection = _Connection()
        task = asyncio.ensure_future(self._served(host, call, request, connection))
        self._network.served.add(task)
        task.add_done_callback(self._network.ended)
        self._network.point("sent", call)
        try:
            async with asyncio.timeout(self._limits.total):
                return await asyncio.shield(task)
        except TimeoutError:
            connection.close()
            task.add_done_callback(lambda done: self._late(call, done))
            raise httpx.ReadError("TimeoutError", request=request) from None

    def _late(self, call: Call, task: asyncio.Task[_Reply]) -> None:
        """Count a write that landed although its caller had given up."""
        if call.write and not task.cancelled() and not task.exception():
            landed = task.result().handled and task.result().handled < 300
            self._network.answers[f"landed after the time-out: {call.kind}"] += bool(landed)

    async def _served(
        self, host: Host, call: Call, request: httpx.Request, connection: _Connection
    ) -> _Reply:
        await asyncio.sleep(self._network.latency())
        if host.down == "silent":
            await asyncio.sleep(self._limits.total * 2)
            return _Reply()
        if host.down == "503":
            return _Reply(503, [(b"content-type", b"text/html")], DOWN, whole=True)
        old = self._stale(host, request)
        if old is not None:
            return old
        try:
            reply = await _handled(host.app, _scope(request, connection), request.content)
        except Exception as error:  # noqa: BLE001 - as over a socket: the caller gets a 500
            self._network.broken.append(f"{call.kind}: {error!r}")
            return _Reply(500, [(b"content-type", b"text/plain")], b"broken", whole=True)
        if reply.status == 200 and _gets(host.side, request):
            host.got[b"?".join(_target(request))] = reply
        await asyncio.sleep(self._network.latency())
        return reply

    def _stale(self, host: Host, request: httpx.Request) -> _Reply | None:
        """Give what was shown when these tickets were last got, if that is wanted now."""
        old = host.got.get(b"?".join(_target(request))) if host.stale else None
        if old is None or not _gets(host.side, request):
            return None
        host.stale -= 1
        self._network.answers[f"a ticket as it was before: {host.side}"] += 1
        return old


def _gets(side: str, request: httpx.Request) -> bool:
    path, query = _target(request)
    return bool(targets.tickets_read(side, request.method, path.decode(), query.decode()))


def _target(request: httpx.Request) -> tuple[bytes, bytes]:
    """Give the quoted path and the query; `Wire` puts them into an extension, behind the URL."""
    target: bytes = request.extensions["target"]
    path, _, query = target.partition(b"?")
    return request.url.raw_path.rstrip(b"/") + path, query


def _scope(request: httpx.Request, connection: _Connection) -> dict[str, Any]:
    url, (path, query) = request.url, _target(request)
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": url.scheme,
        "path": unquote(path.decode()),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": ("127.0.0.1", 50000),
        "server": (url.host, url.port),
        "state": {TRANSPORT: connection},
    }


def _tells_to_wait(reply: _Reply) -> bool:
    return any(name == b"retry-after" for name, _ in reply.headers) or b"etry" in reply.body


async def _handled(app: Any, scope: dict[str, Any], body: bytes) -> _Reply:
    """Call the application; a connection that it closed carries nothing any more."""
    reply, connection = _Reply(), scope["state"][TRANSPORT]
    received = False

    async def receive() -> Mapping[str, Any]:
        nonlocal received
        if received:
            return {"type": "http.disconnect"}
        received = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Mapping[str, Any]) -> None:
        reply.handled = message.get("status", reply.handled)
        if connection.is_closing():
            return
        if message["type"] == "http.response.start":
            reply.status = message["status"]
            reply.headers = list(message.get("headers", ()))
            return
        reply.body += message.get("body", b"")
        reply.whole = not message.get("more_body", False)

    await app(scope, receive, send)
    return reply
