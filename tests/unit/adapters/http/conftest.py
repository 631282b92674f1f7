"""A real socket server whose behaviour a test chooses, byte by byte."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from sync_service.adapters.http import Http

Behave = Callable[["Line"], Awaitable[None]]


@dataclass
class Line:
    """One connection of the server, after it has read one whole request."""

    writer: asyncio.StreamWriter
    head: str
    body: bytes

    async def answer(
        self, status: int, body: str = "{}", *headers: str, kind: str = "json"
    ) -> None:
        """Write a whole answer."""
        lines = [f"HTTP/1.1 {status} Word", f"Content-Type: application/{kind}", *headers]
        lines.append(f"Content-Length: {len(body.encode())}")
        self.writer.write(("\r\n".join(lines) + "\r\n\r\n" + body).encode())
        await self.writer.drain()

    def reset(self) -> None:
        """Send RST: the connection breaks under the client."""
        self.writer.transport.abort()


@dataclass
class Server:
    """Requests arrive in `seen`; the n-th is handled by `behave[n]`, later ones by the last."""

    port: int = 0
    behave: list[Behave] = field(default_factory=list)
    seen: list[Line] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                length = [x for x in head.splitlines() if x.lower().startswith("content-length")]
                body = await reader.readexactly(int(length[0].split(":")[1])) if length else b""
                line = Line(writer, head, body)
                self.seen.append(line)
                await self.behave[min(len(self.seen), len(self.behave)) - 1](line)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """Serve on loopback until the test ends."""
    served = Server()
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(served.handle(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    listener = await asyncio.start_server(accept, "127.0.0.1", 0)
    served.port = listener.sockets[0].getsockname()[1]
    yield served
    listener.close()
    for task in tuple(tasks):
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
async def http(server: Server) -> AsyncIterator[Http]:
    """A client of the server that gives up after a second."""
    client = Http("desk", server.url, headers={"X-Token": "t"}, timeout=timedelta(seconds=1))
    yield client
    await client.aclose()


def soon() -> datetime:
    """A deadline that no test reaches."""
    return datetime.now(UTC) + timedelta(seconds=20)
