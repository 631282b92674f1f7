"""A simulated ServiceNow instance over real HTTP, for the tests beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sync_service.adapters.base import Page
from sync_service.adapters.servicenow import ServiceNow, factory
from sync_service.core.outgoing import Draft, Note, PublicWords, Reply
from sync_service.core.values import Origin, Ticket
from sync_service.simulators.serve import running
from sync_service.simulators.servicenow import CLIENT_ID, CLIENT_SECRET, PASSWORD, USER, build

DANA = "dana.whitfield@springfield.example"
OWEN = "owen.castellanos@springfield.example"
KEY = "inst:helpdesk:iiq:17"
ORIGIN = Origin("iiq", "17", "c1")
BASIC = {"user": USER, "password": PASSWORD}
OAUTH = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
LONG_AGO = "2020-01-01 00:00:00"


def now() -> datetime:
    """Tell our time."""
    return datetime.now(UTC)


def soon() -> datetime:
    """A deadline that no test reaches."""
    return now() + timedelta(seconds=20)


def reply(body: str = "We are on it.", origin: Origin = ORIGIN) -> Reply:
    """A public copy."""
    return Reply(PublicWords(body), html=False, origin=origin)


def note(body: str = "Spare part ordered.", origin: Origin = ORIGIN) -> Note:
    """An internal copy."""
    return Note(body, html=False, origin=origin)


def draft(key: str = KEY, **fields: Any) -> Draft:
    """A ticket to be made for Dana."""
    said = {"short_description": "Copied", "state": "New", **fields}
    who = {"lookup": "user", "email": "nobody@elsewhere.example", "else": DANA}
    return Draft(said, key, {"caller_id": who})


@dataclass
class Desk:
    """An adapter, and the instance behind it as a person or a judge sees it."""

    adapter: ServiceNow
    world: Any
    url: str

    def act(self, do: str, person: str = DANA, **order: Any) -> str:
        """Do something as a person; give the ticket's id."""
        done = self.world.act({"do": do, "person": person, **order})
        return str(done["ticket"]["id"] if "ticket" in done else done["comment"]["ticket"])

    def open(self, subject: str = "Screen", **fields: Any) -> str:
        """Open a ticket as Dana; give its id."""
        return self.act("create", fields={"short_description": subject, **fields})

    def turn(self, **positions: Any) -> None:
        """Turn switches of the instance."""
        self.world.switches.turn(positions)

    def fault(self, kind: str, route: str, method: str = "*", **more: Any) -> None:
        """Let something go wrong on the wire, once unless told otherwise."""
        order = {"kind": kind, "route": f"/api/now/table/{route}", "method": method, **more}
        self.world.faults.add([order])

    def calls(self) -> int:
        """Count every request that the server took."""
        return sum(self.world.log.counts().values())

    async def ticket(self, id: str) -> Ticket:
        """Read one ticket that is there."""
        found = (await self.adapter.get([id]))[id]
        assert isinstance(found, Ticket)
        return found

    async def drain(self, since: str, between: Callable[[], Any] = lambda: None) -> list[Page]:
        """Read the feed to its end, doing something between pages."""
        pages = [await self.adapter.changed(since)]
        while (place := pages[-1].next) is not None:
            between()
            pages.append(await self.adapter.changed(since, place))
        return pages

    async def scan(self, since: datetime | None = None) -> list[Page]:
        """Read everything to its end."""
        pages = [await self.adapter.scan(since)]
        while (place := pages[-1].next) is not None:
            pages.append(await self.adapter.scan(since, place))
        return pages


def adapter(url: str, **settings: Any) -> ServiceNow:
    """Make an adapter that signs in with a password unless told otherwise."""
    return factory("snow", {"url": url, "auth": BASIC, "page_size": 50, **settings}, now)


@asynccontextmanager
async def desk(
    tickets: int = 0, settings: dict[str, Any] | None = None, *, start: bool = True, **switches: Any
) -> AsyncIterator[Desk]:
    """Serve an instance and start an adapter on it."""
    app = build(tickets, **switches)
    with running(app) as url:
        one = Desk(adapter(url, **(settings or {})), app.state.world, url)
        try:
            if start:
                await one.adapter.start()
            yield one
        finally:
            await one.adapter.close()
