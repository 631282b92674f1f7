"""Bytes out, bytes in: httpx's requests over aiohttp's sockets. Only this package imports either.

A request goes to the transport straight, not through httpx's client: what that adds (cookies,
redirects, authentication, merging addresses) we forbid or do not need, and it was nearly half
the processor time of a call (docs/performance.md). Two surprises, both measured against real sockets
(tests/unit/adapters/http):

* httpx-aiohttp 0.2 reports a server that hung up after reading the request as `ConnectTimeout`,
  which looks safe to send again and is not. Hence our own transport: `Unreached` only where
  aiohttp failed to connect, `Lost` for everything else.
* aiohttp 3.14 itself sends PUT and DELETE a second time when a kept connection breaks. A
  middleware hides the two errors that it acts on.
"""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx

from sync_service.adapters.http.body import ACCEPTED, whole
from sync_service.adapters.http.verify import trusted

#: aiohttp raises these before a byte of the request has left: no name, no route, no TLS, no time.
NEVER_SENT = (
    aiohttp.ClientConnectorError,
    aiohttp.ClientConnectorCertificateError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientHttpProxyError,
    aiohttp.InvalidURL,
)
#: Kept connections are dropped before the 5 s after which common servers close them, so that a
#: write seldom meets one that is just being closed.
KEEP_ALIVE = 4.0
LOOPBACK = ("127.0.0.1", "::1", "localhost")
#: Sent with every request that does not say otherwise.
HEADERS = {"accept": "*/*", "accept-encoding": ACCEPTED, "connection": "keep-alive"}


class Unreached(Exception):
    """No connection was made: nothing was sent."""


class Lost(Exception):
    """The answer did not arrive whole; the server may or may not have acted."""


class _Cut(aiohttp.ClientError):
    """A broken connection under a name that aiohttp does not send again for."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One whole answer; header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    content: bytes


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds for connecting and for the whole call, and how many connections at once."""

    connect: float
    total: float
    connections: int


class Wire:
    """Sends one request at a time over a shared pool, to one host only."""

    def __init__(self, base_url: str, limits: Limits, *, verify: str | None = None) -> None:
        self._base = httpx.URL(base_url.rstrip("/"))
        if self._base.scheme not in ("http", "https") or not self._base.host:
            raise ValueError(f"not an address of a server: {base_url!r}; write https://host")
        self._limits = limits
        self._transport = _Transport(limits, trusted=trusted(verify), proxy=_proxy(self._base))

    @property
    def host(self) -> str:
        """The only host that is ever spoken to, with its port where that is not the usual one."""
        return self._base.netloc.decode()

    def _target(self, path: str, params: Mapping[str, Any] | None) -> bytes:
        """Write what follows the base; raise ValueError if that leads elsewhere."""
        plain, _, asked = path.partition("?")
        if not path.startswith("/") or path.startswith("//") or ".." in plain.split("/"):
            raise ValueError(f"not a path below {self._base}: {path!r}")
        queries = [part for part in (asked, _query(params or {})) if part]
        return f"{plain}?{'&'.join(queries)}".encode() if queries else plain.encode()

    async def send(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        content: bytes | None = None,
        connect: float | None = None,
    ) -> Answer:
        """Send once and read the whole answer; raise `Unreached` or `Lost`."""
        seconds = self._limits.connect if connect is None else min(connect, self._limits.connect)
        request = httpx.Request(
            method,
            self._base,
            headers={**HEADERS, **{name.lower(): value for name, value in headers.items()}},
            json=json,
            content=content,
            extensions={
                "target": self._target(path, params),
                "timeout": {"connect": max(seconds, 0.001)},
            },
        )
        try:
            response = await self._transport.handle_async_request(request)
        except httpx.ConnectError as exc:
            raise Unreached(_told(exc)) from exc
        except httpx.RequestError as exc:
            raise Lost(_told(exc)) from exc
        return Answer(response.status_code, dict(response.headers), response.content)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._transport.aclose()


def _query(params: Mapping[str, Any]) -> str:
    """Write parameters as httpx does: truth in JSON's words, None as empty, lists repeated."""
    if not params:
        return ""
    pairs = [
        (name, "true" if one is True else "false" if one is False else "" if one is None else one)
        for name, value in params.items()
        for one in (value if isinstance(value, list | tuple) else (value,))
    ]
    return urlencode(pairs)


class _Transport(httpx.AsyncBaseTransport):
    """httpx's lower half on aiohttp; the session is made in the loop that first uses it.

    A request's `target` (httpx's own extension) stands behind its URL, so that the host and what
    goes before each path are read only once.
    """

    def __init__(self, limits: Limits, *, trusted: ssl.SSLContext, proxy: str | None) -> None:
        self._limits, self._trusted, self._proxy = limits, trusted, proxy
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return await self._exchange(request)
        except NEVER_SENT as exc:
            raise httpx.ConnectError(_why(exc), request=request) from exc
        except (aiohttp.ClientError, TimeoutError, OSError) as exc:
            raise httpx.ReadError(_told(exc), request=request) from exc

    async def _exchange(self, request: httpx.Request) -> httpx.Response:
        async with self._open().request(
            request.method,
            str(request.url).rstrip("/") + request.extensions["target"].decode(),
            headers=request.headers.multi_items(),
            data=request.content or None,
            allow_redirects=False,
            timeout=self._timeout(request),
            proxy=self._proxy,
        ) as reply:
            content = await whole(reply)
            kept = [pair for pair in reply.raw_headers if pair[0].lower() != b"content-encoding"]
            return httpx.Response(reply.status, headers=kept, content=content, request=request)

    def _timeout(self, request: httpx.Request) -> aiohttp.ClientTimeout:
        connect = request.extensions["timeout"]["connect"]
        return aiohttp.ClientTimeout(
            total=self._limits.total,
            connect=connect,
            sock_connect=connect,
            ceil_threshold=float("inf"),  # else more than 5 s is rounded up past what we promise
        )

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._limits.connections, keepalive_timeout=KEEP_ALIVE, ssl=self._trusted
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                middlewares=(_once,),
                skip_auto_headers=("User-Agent", "Content-Type"),
            )
        return self._session

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()


async def _once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    try:
        return await handler(request)
    except NEVER_SENT:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as exc:
        raise _Cut(_told(exc)) from exc


def _why(exc: BaseException) -> str:
    """Say why there is no connection: a name, a port, a certificate or the time."""
    if isinstance(exc, aiohttp.ClientConnectorCertificateError):
        said = getattr(exc.certificate_error, "verify_message", "") or "it is not trusted"
        return f"its certificate is refused: {said.rstrip('.')}"
    if isinstance(exc, aiohttp.ClientConnectorDNSError):
        return "its name does not resolve"
    if isinstance(exc, aiohttp.ClientConnectorError):
        if isinstance(exc.os_error, ssl.SSLError):  # its number is OpenSSL's, not the system's
            return f"no TLS: {exc.os_error.reason or 'it hung up'}"
        number = exc.os_error.errno  # asyncio's own words repeat the address
        return os.strerror(number) if number else type(exc.os_error).__name__
    return _told(exc)


def _told(exc: BaseException) -> str:
    """Give the words without the address, whose query can hold ticket text."""
    words = re.sub(r"\b(url=)?'?https?://\S+", "(address)", str(exc))
    return words.partition(" [")[0] or type(exc).__name__


def _proxy(base: httpx.URL) -> str | None:
    """Read the usual variables; aiohttp's own reader would also take passwords from ~/.netrc."""
    if base.host in LOOPBACK or proxy_bypass(base.host):
        return None
    return getproxies().get(base.scheme)
