"""The proxy itself: a listener in a thread, and what each call meets on its way."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections import deque
from collections.abc import Coroutine, Sequence
from concurrent.futures import Future
from typing import Any, Self, TypeVar

import h11

from sync_service.conformance.proxy.exchange import (
    LONGEST_HEAD,
    Gone,
    Target,
    body,
    head,
    made_up,
    passed_on,
    received,
)
from sync_service.conformance.proxy.fault import ALONGSIDE, Answer, Call, Fault, Faults, Request

LOOPBACK = "127.0.0.1"
KEPT = 100_000
PATIENCE = 10.0
#: A piece of an answer without end: the inside of one long JSON text.
PIECE = b"x" * (1 << 16)
BAD_GATEWAY = Answer(502, ((b"content-type", b"text/plain"),), b"the server did not answer")

T = TypeVar("T")


class FaultProxy:
    """Stands before `target` on a free port of loopback while its `with` block lasts."""

    def __init__(self, target: str) -> None:
        self.target = Target.read(target)
        self._faults = Faults()
        self._calls: deque[Call] = deque(maxlen=KEPT)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._listener: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._port = 0
        #: Whether something has gone wrong since this was last set to false.
        self.meddled = False

    @property
    def url(self) -> str:
        """Where a client finds it, the target's path included."""
        return f"http://{LOOPBACK}:{self._port}{self.target.path}"

    def strike(self, *faults: Fault) -> None:
        """Set faults, which strike in the order they were set."""
        self.meddled = True
        for fault in faults:
            self._faults.add(fault)

    def clear(self) -> None:
        """Let everything pass from now on."""
        self._faults.clear()

    def calls(self, method: str = "", path: str = "") -> list[Call]:
        """Give the calls that came by, oldest first, of a method or exact path if one is named."""
        return [
            one
            for one in list(self._calls)
            if method in ("", one.method) and path in ("", one.path)
        ]

    def forget(self) -> None:
        """Forget the calls so far."""
        self._calls.clear()

    def refuse(self) -> None:
        """Refuse connections from now on, and cut those that there are."""
        self.meddled = True
        self._do(self._shut())

    def accept(self) -> None:
        """Take connections again, on the same port."""
        self._do(self._listen())

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._listen())
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._shut())
        self._do(self._loop.shutdown_default_executor())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        done: Future[T] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return done.result(PATIENCE)

    async def _listen(self) -> None:
        if self._listener is not None:
            return
        # asyncio switches Nagle's delay off only for sockets that name the protocol
        place = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        place.bind((LOOPBACK, self._port))
        self._port = place.getsockname()[1]
        self._listener = await asyncio.start_server(self._begin, sock=place, backlog=512)

    async def _shut(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0)  # the transports close in the loop's next round

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = self._loop.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._turn(reader, writer):
                pass
        except (Gone, OSError, asyncio.CancelledError, h11.ProtocolError):
            pass  # the caller left, or we shut: nobody is there to be told
        finally:
            writer.close()

    async def _turn(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Take one request and answer it; tell whether the connection is good for another."""
        connection = h11.Connection(h11.SERVER, max_incomplete_event_size=LONGEST_HEAD)
        told = await received(connection, reader)
        if not isinstance(told, h11.Request):
            return False
        request = Request(
            told.method.decode(),
            told.target.decode(),
            tuple(told.headers.raw_items()),
            await body(connection, reader),
        )
        faults = self._faults.hits(request)
        call = Call(request, tuple(one.kind for one in faults))
        self._calls.append(call)
        return await _Struck(self.target, faults, call, connection, writer).through()


class _Struck:
    """One call on its way, and the faults that it meets there."""

    def __init__(
        self,
        target: Target,
        faults: Sequence[Fault],
        call: Call,
        connection: h11.Connection,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._target, self._faults, self._call = target, faults, call
        self._connection, self._writer = connection, writer
        self._fault = next((one for one in faults if one.kind not in ALONGSIDE), None)
        self._kind = self._fault.kind if self._fault else ""

    async def through(self) -> bool:
        """See the call to its end; tell whether the connection may be used again."""
        await self._alongside("delay", "act")
        if self._kind == "hang_up_before":
            return False
        answer = BAD_GATEWAY
        if self._kind not in ("status", "not_json", "huge"):
            answer = await self._handled()
        await self._alongside("act_after", "delay_after")
        if self._kind == "hang_up_after":
            return False
        if self._kind in ("huge", "huge_after"):
            return await self._endless()
        if self._fault and self._kind != "truncate":
            answer = made_up(self._fault)
        return await self._answer(answer, cut=self._kind == "truncate")

    async def _handled(self) -> Answer:
        """Let the server do its work, with the request and the answer edited if so wished."""
        request = self._call.request
        for fault in self._faults:
            request = fault.request(request) if fault.request else request
        try:
            answer = self._kept(request) or await self._passed_on(request)
        except (Gone, OSError, h11.ProtocolError):
            return BAD_GATEWAY
        for fault in self._faults:
            answer = fault.answer(request, answer) if fault.answer else answer
        return answer

    def _kept(self, request: Request) -> Answer | None:
        """Give what a fault has for this request; the server does not hear of it then."""
        found = (fault.instead(request) for fault in self._faults if fault.instead)
        return next((answer for answer in found if answer is not None), None)

    async def _passed_on(self, request: Request) -> Answer:
        answer = await passed_on(self._target, request)
        self._call.handled = True
        return answer

    async def _alongside(self, *kinds: str) -> None:
        for fault in self._faults:
            if fault.kind in kinds and fault.act is not None:
                await asyncio.get_running_loop().run_in_executor(None, fault.act)
            elif fault.kind in kinds:
                await asyncio.sleep(fault.seconds)

    async def _answer(self, answer: Answer, *, cut: bool) -> bool:
        self._call.status = answer.status
        self._send(head(answer, len(answer.body)))
        said = answer.body[: len(answer.body) // 2] if cut else answer.body
        if said and self._call.method != "HEAD":
            self._send(h11.Data(data=said))
        self._call.sent = len(said)
        if cut:
            await self._writer.drain()
            return False
        self._send(h11.EndOfMessage())
        await self._writer.drain()
        return self._connection.our_state is h11.DONE

    async def _endless(self) -> bool:
        """Send JSON that does not end, until enough was sent or the caller has left."""
        fault = self._fault
        assert fault is not None
        status = self._call.status = fault.status or 200
        self._send(head(Answer(status, ((b"content-type", b"application/json"),), b""), None))
        self._send(h11.Data(data=b'{"Items": "'))
        while self._call.sent < fault.size and not self._writer.is_closing():
            self._send(h11.Data(data=PIECE))
            self._call.sent += len(PIECE)
            await self._writer.drain()
        return False

    def _send(self, event: h11.Response | h11.Data | h11.EndOfMessage) -> None:
        self._writer.write(self._connection.send(event) or b"")
