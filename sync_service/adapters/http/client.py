"""A read may be sent again, a write never is (R18); both wait for their turn before they leave.

The surprise: all waiting (rate, free connection, headers) comes before the deadline is looked at,
and connecting is cut at the deadline, so a call is on the wire no later than deadline + timeout.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

import stamina
import structlog

from sync_service.adapters.http import outcome
from sync_service.adapters.http.call import Call
from sync_service.adapters.http.pace import Pace
from sync_service.adapters.http.response import Response, retry_after
from sync_service.adapters.http.rest import FAILURES, Rest
from sync_service.adapters.http.routes import template
from sync_service.adapters.http.verify import remedy
from sync_service.adapters.http.wire import Limits, Lost, Unreached, Wire
from sync_service.adapters.metering import spend
from sync_service.errors import NotSent, TryLater, UnknownOutcome

log = structlog.get_logger("sync_service.adapters.http")

Headers = Callable[[], Awaitable[Mapping[str, str]]] | Mapping[str, str]
CONNECT = timedelta(seconds=5)
#: Connecting ends well before the whole call does, else a slow connect would look like a lost call.
CONNECT_SHARE = 0.8
ATTEMPTS = 3
#: A read waits this long inside for a server that named its wait; longer waits are the caller's.
PATIENCE = 5.0
LAST_GOOD = 399
USER_AGENT = "sync-service"


def utcnow() -> datetime:
    """Tell the time as an aware moment in UTC."""
    return datetime.now(UTC)


class Http:
    """One host, one account, one pool. Safe to use concurrently from one event loop.

    `headers` are sent with every call; a function of them is awaited before each. `rate` is in
    requests a second. `verify` is a file of certificates to trust instead of the machine's.
    """

    def __init__(  # noqa: PLR0913 - settings, all by name
        self,
        system: str,
        base_url: str,
        *,
        headers: Headers,
        timeout: timedelta = timedelta(seconds=30),
        connections: int = 8,
        rate: float | None = None,
        clock: Callable[[], datetime] = utcnow,
        verify: str | None = None,
    ) -> None:
        self.system = system
        #: Requests put on the wire, by method and route template.
        self.counts: Counter[tuple[str, str]] = Counter()
        self._headers = headers
        self._timeout = timeout.total_seconds()
        self._clock = clock
        connect = min(CONNECT, timeout * CONNECT_SHARE).total_seconds()
        self._wire = Wire(base_url, Limits(connect, self._timeout, connections), verify=verify)
        self._pace = Pace(rate)
        #: Whether the host is left alone because it fails call after call (R26).
        self.rest = Rest()
        self._free = asyncio.Semaphore(connections)

    async def read(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        accept: Collection[int] = (),
        route: str = "",
    ) -> Response:
        """Ask, up to three times, and return a success or a status in `accept`.

        Raises `TryLater` for everything that may pass, else as `outcome.error` says.
        `path` is quoted already; `route` names it in counts and logs.
        """
        call = Call(
            method,
            path,
            route or template(path),
            accept,
            params=params,
            json=json,
            headers=headers or {},
        )
        try:
            return await self._read_once(call)
        except TryLater as exc:
            return await self._read_again(call, exc)

    async def write(  # noqa: PLR0913 - a request has these parts
        self,
        method: str,
        path: str,
        *,
        deadline: datetime,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        accept: Collection[int] = (),
        route: str = "",
    ) -> Response:
        """Send once, before `deadline`, and return a success or a status in `accept`.

        Raises `NotSent` if it never left, `UnknownOutcome` if it may have landed, `TryLater`,
        `Rejected`, `Stale`, `AuthFailed` or `NeedsHuman` if the server refused it.
        """
        call = Call(
            method,
            path,
            route or template(path),
            accept,
            deadline,
            params,
            json,
            content,
            headers or {},
        )
        try:
            return await self._send(call)
        except Unreached as exc:
            raise NotSent(f"{self._no_way(exc)}; {call.where} was not sent") from exc
        except Lost as exc:
            raise UnknownOutcome(
                f"{self.system} gave no whole answer to {call.where} ({exc});"
                " a later read shows whether the write landed"
            ) from exc

    async def aclose(self) -> None:
        """Close every connection; calls in flight end as lost."""
        await self._wire.aclose()

    async def _read_again(self, call: Call, first: TryLater) -> Response:
        """Go on after a failed first attempt; most reads need none of this machinery."""
        again = stamina.retry_context(
            on=_wait_for, attempts=ATTEMPTS, timeout=None, wait_initial=0.2, wait_max=PATIENCE
        )
        async for attempt in again:
            with attempt:
                if attempt.num == 1:
                    raise first
                response = await self._read_once(call)
        return response

    async def _read_once(self, call: Call) -> Response:
        try:
            return await self._send(call)
        except Unreached as exc:
            raise TryLater(f"{self._no_way(exc)}; {remedy(exc)}") from exc
        except Lost as exc:
            raise TryLater(f"{self.system} gave no whole answer to {call.where} ({exc})") from exc

    def _no_way(self, exc: Exception) -> str:
        return f"no connection to {self.system} at {self._wire.host} ({exc})"

    async def _send(self, call: Call) -> Response:
        self._in_time(call)
        await self._turn(call)
        await self._connection(call)
        try:
            headers = {"User-Agent": USER_AGENT, **await self._named(), **call.headers}
            if self._pace.held:  # asked for while this call stood in line
                raise self._paused(call, self._pace.held)
            self._in_time(call)
            return self._judge(call, await self._tried(call, headers))
        finally:
            self._free.release()

    async def _connection(self, call: Call) -> None:
        """Wait for a free connection; the caller gives it back."""
        if not self._free.locked():
            await self._free.acquire()
            return
        try:
            async with asyncio.timeout(self._left(call)):
                await self._free.acquire()
        except TimeoutError as exc:
            raise self._late(call) from exc

    async def _turn(self, call: Call) -> None:
        wait = await self._pace.turn(self._left(call))
        if not wait:
            return
        if self._pace.held or call.deadline is None:
            raise self._paused(call, wait)
        raise self._late(call)

    def _paused(self, call: Call, wait: float) -> NotSent | TryLater:
        why = f"{self.system} asked for a pause; {call.where} was not sent"
        return TryLater(why, wait) if call.deadline is None else NotSent(why, wait)

    async def _named(self) -> Mapping[str, str]:
        return await self._headers() if callable(self._headers) else self._headers

    async def _tried(self, call: Call, headers: Mapping[str, str]) -> Response:
        """Exchange, unless the host is resting; count how it ended (R26)."""
        if left := self.rest.left:
            raise self._resting(call, left)
        self.rest.leaves()
        try:
            response = await self._exchange(call, headers)
        except (Unreached, Lost):
            self._failed()
            raise
        except BaseException:
            self.rest.dropped()
            raise
        if response.status >= outcome.SERVER_ERROR and not retry_after(response, self._clock()):
            self._failed()
        elif self.rest.worked():
            log.info("host.works", system=self.system, host=self._wire.host)
        return response

    def _failed(self) -> None:
        if seconds := self.rest.failed():
            log.warning("host.rests", system=self.system, host=self._wire.host, seconds=seconds)

    def _resting(self, call: Call, left: float) -> NotSent | TryLater:
        why = f"{self.system} failed {FAILURES} calls in a row and is left alone for a while"
        why += f"; {call.where} was not sent. It is tried again by itself."
        return TryLater(why, left) if call.deadline is None else NotSent(why, left)

    async def _exchange(self, call: Call, headers: Mapping[str, str]) -> Response:
        self.counts[call.method, call.route] += 1
        spend(self.system)
        began, status = perf_counter(), 0
        try:
            answer = await self._wire.send(
                call.method, call.path, headers=headers, params=call.params, json=call.json,
                content=call.content, connect=self._left(call),
            )  # fmt: skip
            status = answer.status
        finally:
            took = round((perf_counter() - began) * 1000, 1)
            log.debug(
                "http.call",
                system=self.system,
                method=call.method,
                route=call.route,
                status=status,
                ms=took,
            )
        write = call.deadline is not None
        return Response(
            answer.status, answer.headers, answer.content, call.where, write, self.system
        )

    def _judge(self, call: Call, response: Response) -> Response:
        after = retry_after(response, self._clock()) if response.status > LAST_GOOD else None
        if after:
            self._pace.hold(after)
            log.info("http.held", system=self.system, status=response.status, seconds=after)
        if response.status in call.accept:
            return response
        if wrong := outcome.error(self.system, response, after):
            raise wrong
        return response

    def _left(self, call: Call) -> float:
        if call.deadline is None:
            return self._timeout
        return (call.deadline - self._clock()).total_seconds()

    def _in_time(self, call: Call) -> None:
        if call.deadline is not None and self._clock() >= call.deadline:
            raise self._late(call)

    def _late(self, call: Call) -> NotSent | TryLater:
        if call.deadline is None:
            return TryLater(f"{self.system} is busy with our other calls; {call.where} waited long")
        return NotSent(f"{call.where} at {self.system} was not sent: its deadline had passed")


def _wait_for(exc: Exception) -> bool | float:
    """Let stamina ask again after a short wait; a long one is the caller's business."""
    if not isinstance(exc, TryLater):
        return False
    if exc.after is None:
        return True
    return max(exc.after, 0.05) if exc.after <= PATIENCE else False
