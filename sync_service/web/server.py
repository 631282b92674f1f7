"""Uvicorn in the daemon's own loop.

The surprise: uvicorn likes to own the process's signals and to end it when a port is taken; here
the daemon owns both, so the socket is bound beforehand and the signals are left alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette

from sync_service.errors import ConfigError

_BACKLOG = 128


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
