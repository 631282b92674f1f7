"""The calls of a run as they left and what they made, so that they can be sent again.

A `Wire` of the product is watched from inside: whatever the engine asks for passes through it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter, process_time
from typing import Any, ClassVar

from sync_service.adapters.http.wire import Answer, Limits, Wire

#: The one call of a backfill that makes something which later calls name.
CREATE = ("POST", "/api/now/table/incident")
#: Incident IQ asks by POST as well; it writes below a ticket's own path.
_TICKET = re.compile(r"^/api/v1\.0/tickets/[0-9a-f-]{36}/")


def writes(method: str, path: str) -> bool:
    """Tell whether a call changes something."""
    if method == "POST" and path.startswith("/api/v1.0/"):
        return _TICKET.match(path) is not None
    return method != "GET"


@dataclass(frozen=True, slots=True)
class Call:
    """One request, with its body encoded, and the names of what it made."""

    system: str
    method: str
    path: str
    params: dict[str, Any] | None
    headers: dict[str, str]
    body: bytes | None
    made: tuple[str, ...] = ()


@dataclass
class Watch:
    """What a run's wires saw: the first call's start, the last write's end; `calls` if kept."""

    systems: Mapping[str, str]
    keep: bool
    calls: list[Call | None]
    first: float = 0.0
    cpu: float = 0.0
    written: float = 0.0
    received: int = 0


class Watched(Wire):
    """A wire that tells `watch` of each call; put in place of `Wire` for the run."""

    watch: ClassVar[Watch]

    def __init__(self, base_url: str, limits: Limits, *, verify: str | None = None) -> None:
        super().__init__(base_url, limits, verify=verify)
        self._system = self.watch.systems[base_url]

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
        """Send as `Wire` does, and note it."""
        watch = self.watch
        if not watch.first:
            watch.first, watch.cpu = perf_counter(), process_time()
        place = len(watch.calls)
        if watch.keep:
            watch.calls.append(None)  # the order is that of leaving
        answer = await super().send(
            method,
            path,
            headers=headers,
            params=params,
            json=json,
            content=content,
            connect=connect,
        )
        watch.received += len(answer.content)
        if writes(method, path):
            watch.written = perf_counter()
        if watch.keep:
            kept = content if json is None else _encoded(json)
            asked = dict(params) if params is not None else None
            made = _made(method, path, answer)
            watch.calls[place] = Call(self._system, method, path, asked, dict(headers), kept, made)
        return answer


def _encoded(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _made(method: str, path: str, answer: Answer) -> tuple[str, ...]:
    return made_by(answer) if (method, path) == CREATE else ()


def made_by(answer: Answer) -> tuple[str, ...]:
    """Give the id and the number of the ticket that a create made."""
    row = json.loads(answer.content)["result"]
    return row["sys_id"]["value"], row["number"]["value"]
