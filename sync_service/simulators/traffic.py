"""The outermost layer of every simulator: it logs each request and lets faults strike.

It sits outside the vendor's own routes, so a handler never knows that its answer was lost. The
connection comes from `serve.py`, which puts the transport into the scope.
"""

import asyncio
import re
from collections.abc import Callable
from email.utils import format_datetime
from typing import Any, Protocol
from urllib.parse import unquote_plus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sync_service.simulators.clock import Clock
from sync_service.simulators.faults import Fault, Faults, rendered
from sync_service.simulators.requestlog import LONGEST_BODY, Call, RequestLog

TRANSPORT = "simulator.transport"
CONTROL = "/_control"
NO_ROUTE = "(no route)"
ErrorBody = Callable[[int, str, float | None], Any]


class Watched(Protocol):
    """What the layer needs of a simulator's world."""

    clock: Clock
    faults: Faults
    log: RequestLog

    @property
    def retry_after_in(self) -> str:
        """Where a 429 carries its seconds: header, body or both."""
        ...

    def error_body(self, status: int, message: str, retry_after: float | None) -> Any:
        """Return an error in the vendor's own shape."""
        ...


class Traffic:
    """ASGI middleware: log, faults, then the vendor."""

    def __init__(self, app: ASGIApp, world: Watched) -> None:
        self._app, self._world = app, world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(CONTROL):
            await self._app(scope, receive, send)
            return
        world = self._world
        call = world.log.begin(scope["method"], scope["path"], world.clock.now().isoformat())
        if world.log.bodies:
            call.query = unquote_plus(scope["query_string"].decode("latin-1"))
            receive = _noted(receive, call)

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                # asked now, because a finished "Connection: close" looks the same afterwards
                call.status, call.abandoned = message["status"], _gone(scope)
                world.log.end(call, template(scope))
                date = format_datetime(world.clock.now(), usegmt=True).encode()
                message = {**message, "headers": [*message.get("headers", []), (b"date", date)]}
            await send(message)

        try:
            hits = world.faults.hits(scope["method"], scope["path"])
            if hits:
                await self._struck(hits, call, scope, receive, answer)
            else:
                await self._app(scope, receive, answer)
        finally:
            if call.status is None and "hang_up" not in call.fault:
                call.abandoned = _gone(scope)
            world.log.end(call, template(scope))

    async def _struck(
        self, hits: list[Fault], call: Call, scope: Scope, receive: Receive, send: Send
    ) -> None:
        call.fault = "+".join(fault.kind for fault in hits)
        receive = await _arrived(receive)
        await _wait(hits, "delay")
        fault = next((hit for hit in hits if not hit.kind.startswith("delay")), None)
        if fault and fault.kind in ("status", "hang_up_before", "not_json"):
            await _wait(hits, "delay_after")
            await self._instead(fault, scope, send)
            return
        held: list[Message] = []

        async def hold(message: Message) -> None:
            held.append(message)

        await self._app(scope, receive, hold)
        await _wait(hits, "delay_after")
        await self._afterwards(fault, held, scope, send)

    async def _instead(self, fault: Fault, scope: Scope, send: Send) -> None:
        if fault.kind == "hang_up_before":
            hang_up(scope)
        elif fault.kind == "not_json":
            page = fault.body or "<html><body><h1>Bad gateway</h1></body></html>"
            await _respond(send, fault.status or 502, str(page).encode(), "text/html")
        else:
            await self._status(fault, fault.status or 503, send)

    async def _status(self, fault: Fault, status: int, send: Send) -> None:
        where = fault.retry_after_in or self._world.retry_after_in
        in_body = fault.retry_after if where in ("body", "both") else None
        message = f"Simulated fault: {status}."
        body = fault.body or self._world.error_body(status, message, in_body)
        headers = []
        if fault.retry_after is not None and where in ("header", "both"):
            headers.append((b"retry-after", f"{fault.retry_after:g}".encode()))
        await _respond(send, status, *rendered(body), headers=headers)

    async def _afterwards(
        self, fault: Fault | None, held: list[Message], scope: Scope, send: Send
    ) -> None:
        if fault is None:
            for message in held:
                await send(message)
        elif fault.kind == "error_after":
            await self._status(fault, fault.status or 500, send)
        elif fault.kind == "truncate":
            body = b"".join(message.get("body", b"") for message in held)
            await send(held[0])
            await send({**held[-1], "body": body[: len(body) // 2], "more_body": True})
            hang_up(scope)
        else:
            hang_up(scope)


def _noted(receive: Receive, call: Call) -> Receive:
    """Keep what the request says, as far as the vendor reads it."""

    async def noted() -> Message:
        message = await receive()
        if len(call.body) < LONGEST_BODY:
            call.body += bytes(message.get("body", b"")).decode("utf-8", "replace")[:LONGEST_BODY]
        return message

    return noted


async def _arrived(receive: Receive) -> Receive:
    """Take the whole request off the wire: it is handled even if its caller leaves meanwhile."""
    first = await receive()
    messages = [first]
    while messages[-1].get("more_body"):
        messages.append(await receive())

    async def replay() -> Message:
        return messages.pop(0) if messages else await receive()

    return replay


async def _wait(hits: list[Fault], kind: str) -> None:
    seconds = sum(fault.seconds for fault in hits if fault.kind == kind)
    if seconds:
        await asyncio.sleep(seconds)


async def _respond(
    send: Send,
    status: int,
    body: bytes,
    content_type: str,
    headers: list[tuple[bytes, bytes]] | None = None,
) -> None:
    length = (b"content-length", str(len(body)).encode())
    typed = (b"content-type", content_type.encode())
    start = {"status": status, "headers": [length, typed, *(headers or [])]}
    await send({"type": "http.response.start", **start})
    await send({"type": "http.response.body", "body": body})


def _transport(scope: Scope) -> asyncio.Transport | None:
    found = scope.get("state", {}).get(TRANSPORT)
    return found if isinstance(found, asyncio.Transport) else None


def hang_up(scope: Scope) -> None:
    """Close the connection under the request; a server without transport answers 500 instead."""
    transport = _transport(scope)
    if transport is None:
        raise RuntimeError("no transport to close: start the simulator with running() or serve()")
    transport.close()


def _gone(scope: Scope) -> bool:
    transport = _transport(scope)
    return transport is not None and transport.is_closing()


def template(scope: Scope) -> str:
    """Return the route template that took the request, also when a fault came first."""
    route = scope.get("route")
    path = getattr(route, "path", None)
    if isinstance(path, str) and path.startswith("/"):
        return _bare(path)
    for candidate in getattr(scope.get("app"), "routes", ()):
        matched, _ = candidate.matches(scope)
        if matched.value:
            return _bare(str(getattr(candidate, "path", NO_ROUTE)))
    return NO_ROUTE


def _bare(path: str) -> str:
    """Drop the converters of a template: `{id:uuid}` is counted as `{id}`."""
    return re.sub(r":\w+}", "}", path)
