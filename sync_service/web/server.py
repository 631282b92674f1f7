"""Uvicorn in the daemon's own loop, bounded, since nobody signs in here.

The surprise: uvicorn likes to own the process's signals and to end it when a port is taken; here
the daemon owns both, so the socket is bound beforehand and the signals are left alone. And it waits
for a request as long as the other side likes; here a connection carries one request and ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

from sync_service.errors import ConfigError

_BACKLOG = 128
#: Bytes of a request's line and headers together. No route reads a body; what comes of one is dropped.
MOST_HEADERS = 16_384
#: Connections at once; those beyond are answered with 503.
MOST_CONNECTIONS = 64
#: Seconds from a connection to the end of its request.
PATIENCE = 10.0


class _Brief(H11Protocol):
    """A connection that is closed if its request has not come by the end of `PATIENCE`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._end = self.loop.call_later(PATIENCE, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        self._end.cancel()
        super().connection_lost(exc)

    def _give_up(self) -> None:
        if self.cycle is None:
            self.transport.close()


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the daemon."""
        yield


def bind(host: str, port: int) -> socket.socket:
    """Take the address; raise ConfigError naming the settings if it is not to be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        problem = (
            f"health: cannot listen on {host} port {port} ({error.strerror}); set `health.port`, or"
            " $SYNC_OPS_PORT, to a free one"
        )
        raise ConfigError([problem]) from error
    return listener


@asynccontextmanager
async def serving(app: Starlette, listener: socket.socket) -> AsyncIterator[str]:
    """Serve in this loop until the block ends; give the base URL."""
    server = _Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=1,
            server_header=False,
            proxy_headers=False,
            http=_Brief,
            h11_max_incomplete_event_size=MOST_HEADERS,
            limit_concurrency=MOST_CONNECTIONS,
            headers=[("Connection", "close")],
        )
    )
    task = asyncio.create_task(server.serve([listener]), name="health")
    host, port = listener.getsockname()[:2]
    try:
        yield f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    finally:
        server.should_exit = True
        await task
        listener.close()
