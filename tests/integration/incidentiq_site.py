"""A simulated Incident IQ site over real HTTP, for the tests beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sync_service.adapters.base import Page
from sync_service.adapters.incidentiq import IncidentIq, factory
from sync_service.core.outgoing import Draft
from sync_service.core.values import Ticket
from sync_service.simulators.incidentiq import SITE_ID, TOKEN, build
from sync_service.simulators.serve import running

DANA = "dana.whitfield@springfield.example"
OWEN = "owen.castellanos@springfield.example"
KEY = "inst:helpdesk:snow:17"
ON_CREATE: Mapping[str, Any] = {
    "ForId": {"lookup": "user", "email": DANA},
    "IssueId": {"lookup": "issue", "name": "Other"},
    "LocationId": {"lookup": "location", "name": "nowhere", "else": "District Office"},
}


def soon() -> datetime:
    """A deadline that no test reaches."""
    return datetime.now(UTC) + timedelta(seconds=20)


@dataclass
class Site:
    """A started adapter, and the world behind it as a person or a judge sees it."""

    adapter: IncidentIq
    world: Any
    url: str

    def act(self, do: str, **order: Any) -> dict[str, Any]:
        """Do something as a person."""
        done: dict[str, Any] = self.world.act({"do": do, **order})
        return done

    def open(self, subject: str = "Screen", **order: Any) -> str:
        """Open a ticket as a person; give its id."""
        return str(self.act("create", subject=subject, person=DANA, **order)["ticket"]["id"])

    def turn(self, **positions: Any) -> None:
        """Turn switches of the site."""
        self.world.switches.turn(positions)

    def fault(self, kind: str, route: str, method: str = "POST", **more: Any) -> None:
        """Let something go wrong on the wire, once unless told otherwise."""
        order = {"kind": kind, "route": f"/api/v*{route}", "method": method, **more}
        self.world.faults.add([order])

    def forget(self) -> None:
        """Forget what the site saw so far."""
        self.world.log.reset()

    def counts(self) -> dict[str, int]:
        """Count all that the site saw, by method and route template."""
        return dict(self.world.log.counts())

    def calls(self, method: str, route: str) -> int:
        """Count what the site saw, by route template."""
        return int(self.counts().get(f"{method} /api/v1.0{route}", 0))

    async def read(self, ident: str) -> Ticket:
        """Read one ticket."""
        found = (await self.adapter.get([ident]))[ident]
        assert isinstance(found, Ticket)
        return found

    async def drain(self, since: str) -> list[Page]:
        """Read the feed to its end."""
        pages = [await self.adapter.changed(since)]
        while pages[-1].next and len(pages) < 50:
            pages.append(await self.adapter.changed(since, pages[-1].next))
        return pages

    async def scan(self, created_since: datetime | None = None) -> list[Page]:
        """Scan to the end."""
        pages = [await self.adapter.scan(created_since)]
        while pages[-1].next and len(pages) < 50:
            pages.append(await self.adapter.scan(created_since, pages[-1].next))
        return pages


def draft(key: str = KEY, more: Mapping[str, Any] | None = None) -> Draft:
    """A ticket to be made."""
    return Draft(
        {"Subject": "Copied", "IssueDescription": "<p>Text</p>", **(more or {})}, key, ON_CREATE
    )


def settings(url: str, **more: Any) -> dict[str, Any]:
    """The settings of a system."""
    return {
        "url": url,
        "site_id": SITE_ID,
        "token": TOKEN,
        "index_lag": timedelta(0),
        "timeout": timedelta(seconds=5),
        **more,
    }


@asynccontextmanager
async def site(
    tickets: int = 0, given: Mapping[str, Any] | None = None, **switches: Any
) -> AsyncIterator[Site]:
    """Serve a site and start an adapter on it."""
    switches = {"rules": False, **switches}
    app = build(tickets=tickets, **switches)
    with running(app) as url:
        world = app.state.world
        adapter = factory("iiq", settings(url, **(given or {})), world.clock.now)
        try:
            await adapter.start()
            yield Site(adapter, world, url)
        finally:
            await adapter.close()
