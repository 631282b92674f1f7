"""The Table API as calls: read a window of rows, write one row. Vendor paths stop here.

The surprise: the HTTP `Date` of an answer is the instance's own clock, and the moment that counts
for a watermark is when the question was *asked*, so the time that the call took is taken off.
Source: vendor documentation, Table API.
"""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from sync_service.adapters.answers import count_rows
from sync_service.adapters.http import Http, Response
from sync_service.adapters.servicenow import codec, query, stamps
from sync_service.adapters.servicenow.account import Account
from sync_service.adapters.servicenow.place import Place
from sync_service.adapters.servicenow.words import (
    NOT_FOUND,
    OURS,
    UNAUTHORIZED,
    no_json,
    signed_out,
    unread,
)
from sync_service.errors import NeedsHuman, Rejected, Stale, TryLater, Unbelievable

PATH = "/api/now/table/"
SHAPE = {"sysparm_display_value": "all", "sysparm_exclude_reference_link": "true"}
#: A `Link` header repeats the whole address four times, more than clients accept of a header.
NO_LINKS = {"sysparm_suppress_pagination_header": "true"}
NO_RECORD = "no record"
PAGE = 1000


@dataclass(frozen=True, slots=True)
class Window:
    """Rows as one answer showed them.

    `total` counts all rows that the query found, hidden ones too; None where it was not told.
    `more` says that there are rows after these. `at` is the instance's clock, `asked` the same
    clock when the question left.
    """

    rows: tuple[codec.Row, ...]
    total: int | None
    more: bool
    at: datetime
    asked: datetime

    @property
    def whole(self) -> bool:
        """Tell whether every row that the query found is shown."""
        return self.total == len(self.rows)

    def left(self, offset: int) -> int | None:
        """Count the rows after this window, which began at `offset`; None where nobody counts."""
        return None if self.total is None else max(self.total - offset - len(self.rows), 0)


class TableApi:
    """One instance's tables, for one account."""

    def __init__(
        self, system: str, http: Http, account: Account, clock: Callable[[], datetime]
    ) -> None:
        self.system = system
        self._http, self._account, self._clock = http, account, clock

    async def window(
        self, table: str, condition: str, fields: Sequence[str], limit: int, offset: int = 0
    ) -> Window:
        """Read one window of rows; raises `TryLater`, `AuthFailed` or `NeedsHuman`."""
        params = {
            **SHAPE,
            **NO_LINKS,
            "sysparm_query": condition,
            "sysparm_limit": limit,
            "sysparm_offset": offset,
        }
        if fields:
            params["sysparm_fields"] = ",".join(fields)
        began = monotonic()
        answer = await self._read(PATH + table, params)
        return self._window(table, answer, monotonic() - began, limit, offset)

    def _window(self, table: str, answer: Response, took: float, limit: int, offset: int) -> Window:
        at = stamps.from_header(answer.headers.get("date")) or self._clock()
        asked = at - timedelta(seconds=math.ceil(took))
        if answer.status == NOT_FOUND and NO_RECORD in answer.text.casefold():
            return Window((), 0, more=False, at=at, asked=asked)  # how old releases say "none"
        if answer.status in OURS:
            raise unread(self.system, table, answer, self._account.way)
        body = answer.loose()
        found = body.get("result") if isinstance(body, Mapping) else None
        if not isinstance(found, list) or not all(isinstance(row, Mapping) for row in found):
            raise no_json(self.system, answer)
        rows = tuple(found)
        counted = answer.headers.get("x-total-count", "")
        total = int(counted) if counted.isdecimal() else None
        more = len(rows) >= limit if total is None else offset + limit < total
        return Window(rows, total, more, at, asked)

    async def _read(self, path: str, params: Mapping[str, Any]) -> Response:
        token = self._account.current()
        answer = await self._get(path, params)
        if answer.status == UNAUTHORIZED and await self._account.renew(token):
            answer = await self._get(path, params)
        return answer

    async def _get(self, path: str, params: Mapping[str, Any]) -> Response:
        try:
            return await self._http.read("GET", path, params=params, accept=OURS)
        except (Rejected, Stale) as exc:  # a read has no item to be refused
            raise NeedsHuman(f"{exc}. Look at the instance's REST log.") from exc

    async def walk(
        self, table: str, condition: str, fields: Sequence[str], stamp: str, size: int = PAGE
    ) -> AsyncIterator[Window]:
        """Read all rows of a query, window by window, oldest `stamp` first.

        Raises `Unbelievable` where the rows are not what was asked for, and `TryLater` if they
        moved while we read.
        """
        columns = tuple(dict.fromkeys((*fields, "sys_id", stamp)))
        place: Place | None = Place.first("", size)
        while place is not None:
            window, place = await self._step(table, condition, columns, stamp, place)
            yield window

    async def _step(
        self, table: str, condition: str, fields: Sequence[str], stamp: str, place: Place
    ) -> tuple[Window, Place | None]:
        """Read the window at a place, and give the place after it."""
        asked = query.ascending(condition, stamp, place.floor)
        window = await self.window(table, asked, fields, place.limit, place.offset)
        keys = [codec.key(row, stamp) for row in window.rows]
        if doubt := place.doubt(keys):
            raise Unbelievable(
                f"{self.system} answered a query of {table} wrongly: {doubt}. Look at the"
                f" instance's node log for `{stamp}`, then run `sync-service check`."
            )
        if place.torn(keys):
            raise TryLater(f"rows of {table} at {self.system} moved while they were read")
        return window, place.after(keys) if window.more else None

    async def all_rows(
        self, table: str, condition: str, fields: Sequence[str], stamp: str, size: int = PAGE
    ) -> list[codec.Row]:
        """Collect a walk, each row once, in order of `stamp`."""
        found: dict[str, codec.Row] = {}
        async for window in self.walk(table, condition, fields, stamp, size):
            for row in window.rows:
                found.setdefault(codec.value(row, "sys_id"), row)
            count_rows(self.system, f"rows of {table}", len(found))
        return list(found.values())

    async def send(
        self,
        method: str,
        path: str,
        body: Mapping[str, str],
        fields: Sequence[str],
        deadline: datetime,
    ) -> Response:
        """Write one row and give the answer, a refusal too; `path` is `table` or `table/id`.

        Raises as `Http.write` does. A refused token proves that nothing was written, so the call
        is sent once more with a new one.
        """
        token = self._account.current()
        answer = await self._write(method, path, body, fields, deadline)
        if answer.status == UNAUTHORIZED and await self._account.renew(token):
            answer = await self._write(method, path, body, fields, deadline)
        if answer.status == UNAUTHORIZED:
            raise signed_out(self.system, "", self._account.way)
        return answer

    async def _write(
        self,
        method: str,
        path: str,
        body: Mapping[str, str],
        fields: Sequence[str],
        deadline: datetime,
    ) -> Response:
        return await self._http.write(
            method,
            PATH + path,
            deadline=deadline,
            params={**SHAPE, "sysparm_fields": ",".join(fields)},
            json=dict(body),
            accept=OURS,
        )
