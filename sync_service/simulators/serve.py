"""Serve a simulator over real HTTP, on loopback only.

The protocol class hands each connection's transport to the application, because ASGI has no
word for "hang up without an answer", and that is the fault a sync must survive.
"""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Any

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from sync_service.simulators.traffic import TRANSPORT

LOOPBACK = "127.0.0.1"
START_SECONDS = 10.0
BACKLOG = 2048


class Protocol(AutoHTTPProtocol):  # type: ignore[misc, valid-type]
    """Uvicorn's own protocol, with the transport in the state of each request."""

    app_state: dict[str, Any]

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self.app_state = {**self.app_state, TRANSPORT: transport}


def _server(app: Starlette) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        http=Protocol,
        ws="none",
        lifespan="off",
        log_level="error",
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)


def _bound(port: int, host: str) -> socket.socket:
    if host != LOOPBACK:
        raise ValueError(f"simulators serve {LOOPBACK} only, not {host}: their token is public")
    # asyncio switches Nagle's delay off only for sockets that name the protocol: 40 ms an answer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(BACKLOG)
    return listener


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://{host}:{port}"


async def serve(
    app: Starlette,
    port: int,
    host: str = LOOPBACK,
    ready: Callable[[str], Any] = lambda url: None,
) -> None:
    """Serve until SIGINT or SIGTERM; call `ready(url)` once connections are accepted.

    Raises OSError if the port is taken and ValueError if `host` is not loopback.
    """
    listener = _bound(port, host)
    server = _server(app)
    serving = asyncio.ensure_future(server.serve(sockets=[listener]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.005)
    if server.started:
        ready(_url(listener))
    await serving


@contextmanager
def running(app: Starlette, port: int = 0) -> Iterator[str]:
    """Serve in a thread of its own and yield the base URL; stop on leaving."""
    listener = _bound(port, LOOPBACK)
    server = _server(app)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    _await_start(server, thread)
    try:
        yield _url(listener)
    finally:
        server.should_exit = True
        thread.join(START_SECONDS)
        listener.close()


def _await_start(server: uvicorn.Server, thread: threading.Thread) -> None:
    limit = monotonic() + START_SECONDS
    while not server.started:
        if not thread.is_alive() or monotonic() > limit:
            raise RuntimeError(f"the simulator did not start within {START_SECONDS:g} s")
        sleep(0.002)
