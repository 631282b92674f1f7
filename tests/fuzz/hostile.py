"""The wire of an adapter, led into a simulator of this process; some answers are spoilt on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from json import dumps, loads
from typing import Any
from urllib.parse import urlencode

import httpx

from sync_service.adapters.http import Http
from sync_service.adapters.http.routes import template
from sync_service.adapters.http.wire import Answer
from tests.fuzz.spoil import Spoil, spoilt

#: No single call of an adapter needs as many requests on the few tickets of these tests.
MOST = 300
SUCCESS = range(200, 300)


class AsksForEver(AssertionError):
    """One call of the adapter sent more requests than any honest answer asks for."""


def _twisted(answer: Answer, twist: Callable[[str, Any], Any], where: str) -> bytes:
    """Give the body after a twist of its JSON."""
    return dumps(twist(where, loads(answer.content))).encode()


@dataclass
class Hostile:
    """Stands where `Wire` stands. `writes` tells of a method and path whether they write."""

    app: Any
    url: str
    writes: Callable[[str, str], bool]
    spared: frozenset[str] = frozenset()
    spoil: Spoil | None = None
    #: Instead of a spoil: gives what becomes of the JSON that was answered to a method, path and query.
    twist: Callable[[str, Any], Any] | None = None
    host: str = "hostile"
    #: Answers since `aim`; requests since `fresh`; whether a write was taken since `fresh`.
    turns: int = 0
    asked: int = 0
    landed: bool = False
    route: str = ""

    def __post_init__(self) -> None:
        transport = httpx.ASGITransport(self.app)
        self._client = httpx.AsyncClient(transport=transport, base_url=self.url)

    def under(self, *clients: Http) -> None:
        """Take the place of the wires of these clients."""
        for client in clients:
            client._wire = self  # type: ignore[assignment]

    def aim(self, spoil: Spoil | None) -> None:
        """Spoil answers from now on."""
        self.spoil, self.turns, self.route = spoil, 0, ""

    def fresh(self) -> None:
        """Count from the beginning of another call."""
        self.asked, self.landed = 0, False

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
        """Do as `Wire.send`."""
        del connect
        self.asked += 1
        if self.asked > MOST:
            raise AsksForEver(f"{method} {path}")
        given = await self._client.request(
            method, path, params=params, json=json, content=content, headers=dict(headers)
        )
        named = {name.lower(): value for name, value in given.headers.items()}
        answer = Answer(given.status_code, named, given.content)
        self.landed |= answer.status in SUCCESS and self.writes(method, path)
        if self.twist is not None and answer.content:
            asked = f"?{urlencode(params)}" if params else ""
            twisted = _twisted(answer, self.twist, f"{method} {path}{asked}")
            uncounted = {k: v for k, v in answer.headers.items() if k != "x-total-count"}
            return Answer(answer.status, uncounted, twisted)
        return self._spoilt(answer, f"{method} {template(path)}")

    def _spoilt(self, answer: Answer, route: str) -> Answer:
        if self.spoil is None:
            return answer
        turn, self.turns = self.turns, self.turns + 1
        if turn == self.spoil.turn:
            self.route = route
        elif not (self.spoil.all_after and route == self.route):
            return answer
        return spoilt(answer, self.spoil, self.spared)

    async def aclose(self) -> None:
        """Close the client."""
        await self._client.aclose()
