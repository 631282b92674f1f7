"""Names become ids through the site's own lists; the slow ones are read when first needed.

A status is a step of the ticket's *own* workflow: the same name has another id in another one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from sync_service.adapters.incidentiq.api import NOT_FOUND, REFUSED, ROOT, Api, envelope
from sync_service.adapters.incidentiq.lists import (
    Lists,
    Step,
    customs,
    levels,
    look_up,
    named,
    steps,
)
from sync_service.adapters.incidentiq.shapes import Json, rows
from sync_service.errors import NeedsHuman

FRESH_FOR = timedelta(hours=1)
#: Where locations live; the older route is what sites without the newer one still serve.
LOCATION_ROUTES = ("/api/v2.0/locations/all", f"{ROOT}/locations/all")
ISSUES = {"SiteScope": "Aggregate", "Strategy": "All", "ApplySiteVisibility": True}
Table = Mapping[str, str]


class Names:
    """The lists of one site."""

    def __init__(self, api: Api, clock: Callable[[], datetime]) -> None:
        self._api, self._clock = api, clock
        self.lists = Lists()
        self._tables: dict[str, tuple[Table, datetime]] = {}
        self._workflows: dict[str, tuple[Step, ...]] = {}
        self._graphs: dict[str, Mapping[str, tuple[str, ...]]] = {}

    async def load(self) -> None:
        """Read the lists that every ticket needs."""
        found = await asyncio.gather(
            self._api.listed("POST", f"{ROOT}/custom-fields/for/ticket", {}),
            self._api.listed("GET", f"{ROOT}/tickets/statuses"),
            self._api.listed("GET", f"{ROOT}/tickets/priorities"),
            self._api.listed("GET", f"{ROOT}/teams"),
        )
        teams = named(found[3], "TeamId", "TeamName", "Name")
        self.lists = Lists(customs(found[0]), steps(found[1]), levels(found[2]), teams)
        self._graphs.clear()
        self._workflows.clear()

    async def issue(self, name: str) -> str | None:
        """Find an issue by its name."""
        return await self._find("issues", name)

    async def location(self, name: str) -> str | None:
        """Find a location by its name."""
        return await self._find("locations", name)

    async def tag(self, name: str) -> str | None:
        """Find a tag by its name."""
        return await self._find("tags", name)

    async def table(self, which: str) -> Table:
        """Read a list once an hour."""
        kept = self._tables.get(which)
        if kept and kept[1] > self._clock():
            return kept[0]
        read = await {"issues": self._issues, "locations": self._locations, "tags": self._tags}[
            which
        ]()
        self._tables[which] = (read, self._clock() + FRESH_FOR)
        return read

    async def _find(self, which: str, name: str) -> str | None:
        return look_up(await self.table(which), name)

    async def _issues(self) -> Table:
        found = await self._api.listed("POST", f"{ROOT}/issues", ISSUES)
        return named(found, "IssueId", "Name")

    async def _tags(self) -> Table:
        return named(await self._api.listed("GET", f"{ROOT}/tags/query"), "TagId", "Name")

    async def _locations(self) -> Table:
        for route in LOCATION_ROUTES:
            params = {"$s": 1000, "$p": 0}
            response = await self._api.look(
                "GET", route, params=params, accept=(*NOT_FOUND, *REFUSED)
            )
            if response.status not in (*NOT_FOUND, *REFUSED):
                return named(await self._api.listed("GET", route), "LocationId", "Name")
        raise NeedsHuman(
            f"{self._api.http.system} shows no list of locations. Give our user's role the right"
            " to see locations, then run `sync-service check`."
        )

    async def step(self, workflow: str, name: str) -> Step | None:
        """Find a step by name inside one workflow."""
        wanted = name.strip().casefold()
        found = await self.steps_of(workflow)
        return next((step for step in found if step.name.casefold() == wanted), None)

    async def steps_of(self, workflow: str) -> tuple[Step, ...]:
        """Give the steps of a workflow; rows of the site's own list can omit whose they are."""
        if workflow not in self._workflows:
            mine = tuple(step for step in self.lists.steps if step.workflow == workflow)
            if not mine:
                path = f"{ROOT}/tickets/{workflow}/statuses"
                mine = steps(await self._api.listed("GET", path), workflow)
            self._workflows[workflow] = mine
        return self._workflows[workflow]

    async def graph(self, workflow: str) -> Mapping[str, tuple[str, ...]]:
        """Give the legal next statuses of each status; empty where the site does not tell."""
        if workflow not in self._graphs:
            mine = await self.steps_of(workflow)
            nexts = await asyncio.gather(*(self._next(step) for step in mine))
            graph = {
                step.name: one for step, one in zip(mine, nexts, strict=True) if one is not None
            }
            self._graphs[workflow] = graph if len(graph) == len(mine) else {}
        return self._graphs[workflow]

    async def _next(self, step: Step) -> tuple[str, ...] | None:
        path = f"{ROOT}/workflows/steps/{step.id}/nextsteps/steps"
        response = await self._api.look("GET", path, accept=(*NOT_FOUND, *REFUSED))
        if response.status in (*NOT_FOUND, *REFUSED):
            return None
        return _named_once(rows(envelope(response)))


def _named_once(found: tuple[Json, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(step.name for step in steps(found)))
