"""Serve a simulator over real HTTP, on loopback only.

The protocol class hands each connection's transport to the application, because ASGI has no
word for "hang up without an answer", and that is the fault a sync must survive.
"""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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


class Announced(uvicorn.Server):
    """A server that says when it accepts connections."""

    def __init__(self, app: Starlette, ready: Callable[[], Any]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=Protocol,
                ws="none",
                lifespan="off",
                log_level="error",
                access_log=False,
                date_header=False,  # the simulated clock's date is sent instead
                timeout_graceful_shutdown=1,
            )
        )
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()


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
    await Announced(app, lambda: ready(_url(listener))).serve(sockets=[listener])


@contextmanager
def running(app: Starlette, port: int = 0) -> Iterator[str]:
    """Serve in a thread of its own and yield the base URL; stop on leaving."""
    listener = _bound(port, LOOPBACK)
    accepting = threading.Event()
    server = Announced(app, accepting.set)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    if not accepting.wait(START_SECONDS):
        raise RuntimeError(f"the simulator did not start within {START_SECONDS:g} s")
    try:
        yield _url(listener)
    finally:
        server.should_exit = True
        thread.join(START_SECONDS)
        listener.close()
