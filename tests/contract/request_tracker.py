"""The harness of Request Tracker: a real server, with manners of ours before it where it has none.

What the server itself does not do on demand (lag, ignore, hold back) is done to its answers by a
proxy between the suite's own and the server.
"""

from __future__ import annotations

import asyncio
import atexit
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlencode

from sync_service.adapters.base import Adapter
from sync_service.adapters.request_tracker import factory
from sync_service.conformance import abilities as need
from sync_service.conformance.harness import Clock, Sample, Wish
from sync_service.conformance.proxy import Answer, Fault, FaultProxy, Request
from sync_service.core.values import Value
from tests.live import request_tracker as live
from tests.live.request_tracker import BOT, CHICAGO, ROOT, STAFF, Desk, address, stamp_together

CUSTOM = "CustomFields."
SEARCH = "*/REST/2.0/tickets"
PEOPLE = {address(name): name for name in STAFF}
_desks: dict[str, Desk] = {}


def _desk(name: str, **more: Any) -> Desk:
    """Prepare a queue once."""
    if name not in _desks:
        _desks[name] = live.prepare(f"Contract {datetime.now(UTC):%H%M%S.%f} {name}", **more)
    return _desks[name]


class RequestTrackerSystem:
    """One queue of the server and its staff."""

    def __init__(self, desk: Desk, wish: Wish, manners: FaultProxy) -> None:
        self.desk, self._wish, self._manners = desk, wish, manners
        self.url = manners.url
        self.page = 3 if wish.page else 100
        self.secrets = (desk.tokens[BOT],)
        self._account = BOT

    def adapter(self, url: str, clock: Clock) -> Adapter:
        """Make an adapter for the queue."""
        given = {
            "url": url,
            "token": self.desk.tokens[self._account],
            "queue": self.desk.queue,
            "index_lag": self._wish.lag,
            "timeout": self._wish.timeout,
            "page_size": self.page,
            "overlap": timedelta(seconds=2),
        }
        return factory("rt", given, clock)

    def is_write(self, method: str, path: str) -> bool:
        """Searches are posted to the plural."""
        return method != "GET" and "/REST/2.0/ticket" in path and "/tickets" not in path

    def now(self) -> datetime:
        """Tell the time: the server runs on this machine."""
        return datetime.now(UTC)

    async def call(self, method: str, path: str, body: Any = None, who: str = STAFF[0]) -> Any:
        """Speak REST2 as a person, without any code of the adapter."""
        return await asyncio.to_thread(self.desk.call, method, path, body, who)

    async def open(self, title: str, by: str = "") -> str:
        """Open a ticket."""
        who = PEOPLE.get(by, STAFF[0])
        return await asyncio.to_thread(self.desk.opened, title, who)

    async def open_together(self, titles: Sequence[str]) -> list[str]:
        """Open tickets and give them one stamp, as a bulk update does."""
        made = [await self.open(title) for title in titles]
        await asyncio.to_thread(stamp_together, made)
        return made

    async def edit(self, ticket: str, values: Mapping[str, Value], by: str = "") -> None:
        """Change fields."""
        own = {n.removeprefix(CUSTOM): v for n, v in values.items() if n.startswith(CUSTOM)}
        body: dict[str, Any] = {n: v for n, v in values.items() if not n.startswith(CUSTOM)}
        body |= {"CustomFields": own} if own else {}
        await self.call("PUT", f"/ticket/{ticket}", body, PEOPLE.get(by, STAFF[0]))

    async def comment(self, ticket: str, text: str, *, public: bool, by: str = "") -> None:
        """Say something."""
        how, who = "correspond" if public else "comment", PEOPLE.get(by, STAFF[0])
        await asyncio.to_thread(self.desk.said, ticket, text, who, how)

    async def delete(self, ticket: str) -> None:
        """Delete a ticket."""
        await asyncio.to_thread(self.desk.deleted, ticket)

    async def titled(self, title: str) -> Sequence[str]:
        """Search for the subject."""
        query = urlencode({"query": f"Subject = '{title}'"})
        return [str(one["id"]) for one in (await self.call("GET", f"/tickets?{query}"))["items"]]

    async def said(self, ticket: str) -> Sequence[tuple[str, bool]]:
        """Read the history and the texts."""
        shape = {"per_page": 100, "fields": "Type"}
        history = await self.call("GET", f"/ticket/{ticket}/history?{urlencode(shape)}")
        shape = {"per_page": 100, "fields": "Content,TransactionId"}
        texts = await self.call("GET", f"/ticket/{ticket}/attachments?{urlencode(shape)}")
        kinds = {str(one["id"]): one["Type"] for one in history["items"]}
        told = [(str(one["Content"]), kinds.get(_id(one), "")) for one in texts["items"]]
        return [(text, kind == "Correspond") for text, kind in told if kind[:2] == "Co"]

    async def set_zone(self, zone: str) -> None:
        """Take the account that has this zone in its settings."""
        assert zone == "America/Chicago"
        self._account = CHICAGO

    async def lag(self, seconds: float) -> None:
        """Leave out of searches what changed just now."""
        self._search(answer=_rows(lambda row: _age(row) >= timedelta(seconds=seconds)))

    async def ignore_filters(self) -> None:
        """Search for everything, whatever was asked."""
        self._search(request=lambda asked: _asked(asked, query="id > 0"))

    async def ignore_sorting(self) -> None:
        """Show the newest ticket first, whatever was asked."""
        self._search(request=lambda asked: _asked(asked, orderby="id", order="DESC"))

    async def shorten_pages(self) -> None:
        """Leave a row out of each page, as RT does with tickets that it does not show us."""
        hidden = {await self.open(f"Not for us {n}") for n in range(3)}
        self._search(answer=_rows(lambda row: str(row["id"]) not in hidden))

    async def hide(self, tickets: Sequence[str]) -> None:
        """Move tickets to a queue that our account may not see."""
        for ticket in tickets:
            await self.call("PUT", f"/ticket/{ticket}", {"Queue": "General"}, ROOT)

    async def merge(self, ticket: str, into: str) -> None:
        """Merge a ticket."""
        await self.call("PUT", f"/ticket/{ticket}", {"MergeInto": int(into)})

    async def clone(self, ticket: str) -> str:
        """Copy a ticket with its custom fields, as "Create linked ticket" does."""
        page = await self.call("GET", f"/ticket/{ticket}")
        own = {one["name"]: one["values"] for one in page["CustomFields"] if one["values"]}
        opened = await asyncio.to_thread(self.desk.opened, page["Subject"], CustomFields=own)
        return str(opened)

    async def keep(self, name: str) -> None:
        """Take the field out of every update; RT then says 200 and nothing more."""

        def without(request: Request) -> Request:
            body = json.loads(request.body)
            body.pop(name, None)
            return replace(request, body=json.dumps(body).encode())

        self._manners.strike(Fault("edit", method="PUT", times=None, request=without))

    async def drop_origins(self) -> None:
        """Take a queue without the transaction field."""
        self.desk = _desk("without origins", origin=False)

    def _search(self, **edits: Any) -> None:
        self._manners.strike(Fault("edit", method="GET", path=SEARCH, times=None, **edits))


@cache
def _manners(url: str) -> FaultProxy:
    """Stand before the server until the process ends, so that its address stays."""
    until_exit = ExitStack()
    atexit.register(until_exit.close)
    return until_exit.enter_context(FaultProxy(url))


def _id(attachment: Mapping[str, Any]) -> str:
    given = attachment["TransactionId"]
    return str(given["id"] if isinstance(given, Mapping) else given)


def _age(row: Mapping[str, Any]) -> timedelta:
    return datetime.now(UTC) - datetime.fromisoformat(row["LastUpdated"])


def _asked(request: Request, **instead: str) -> Request:
    path, _, query = request.target.partition("?")
    kept = [(name, value) for name, value in parse_qsl(query) if name not in instead]
    return replace(request, target=f"{path}?{urlencode([*kept, *instead.items()])}")


def _rows(keep: Callable[[Mapping[str, Any]], bool]) -> Callable[[Request, Answer], Answer]:
    def edited(_: Request, answer: Answer) -> Answer:
        found = json.loads(answer.body)
        if "items" in found:
            found["items"] = [row for row in found["items"] if keep(row)]
            found["count"] = len(found["items"])
        return replace(answer, body=json.dumps(found).encode())

    return edited


class RequestTrackerHarness:
    """A real Request Tracker 5."""

    name = "request_tracker"
    lasting = True
    sample = Sample(
        title="Subject",
        body="Content",
        choice=("CustomFields.Campus", "North", "South"),
        status=("new", "open"),
        person="Owner",
        people=(address(STAFF[0]), address(STAFF[1])),
        stranger="nobody@elsewhere.example",
        match="CustomFields.Incident IQ Number",
        refused=("CustomFields.Campus", "Purple"),
        fixed="Creator",
        moment="Due",
        only_on_create=frozenset({"Content"}),
        many_comments=104,
    )
    not_claimed: Mapping[type[Any], str] = {
        need.Automates: "scrips send mail; they say nothing on tickets unless one is written for it",
        need.DeletesComments: "a transaction is for ever",
        need.MarksSensitive: "tickets have no such flag; what is sensitive has a queue of its own",
        need.RewordsComments: "a transaction is for ever",
        need.SetsClock: "it is a real server, on the clock of this machine",
        need.TurnsComments: "a transaction keeps its type",
    }

    @asynccontextmanager
    async def open(self, wish: Wish) -> AsyncIterator[RequestTrackerSystem]:
        """Give the queue that all tests share."""
        desk = await asyncio.to_thread(_desk, "shared")
        manners = _manners(desk.url)
        try:
            yield RequestTrackerSystem(desk, wish, manners)
        finally:
            manners.clear()
