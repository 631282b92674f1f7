"""The harness of ServiceNow: its simulator over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from sync_service.adapters.base import Adapter
from sync_service.adapters.servicenow import factory
from sync_service.conformance import abilities as need
from sync_service.conformance.harness import Clock, Sample, Wish
from sync_service.core.values import Value
from sync_service.simulators.servicenow import CLIENT_ID, CLIENT_SECRET, build
from tests.contract.served import serve

DANA = "dana.whitfield@springfield.example"
OWEN = "owen.castellanos@springfield.example"


class ServiceNowSystem:
    """One simulated instance and its people."""

    secrets = (CLIENT_SECRET,)

    def __init__(self, world: Any, url: str, wish: Wish) -> None:
        self.world, self.url, self._wish = world, url, wish
        self.page = 3 if wish.page else 200

    def adapter(self, url: str, clock: Clock) -> Adapter:
        """Make an adapter that signs in with client credentials."""
        given = {
            "url": url,
            "auth": {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET},
            "index_lag": self._wish.lag,
            "timeout": self._wish.timeout,
            "page_size": self.page,
        }
        return factory("snow", given, clock)

    def is_write(self, method: str, path: str) -> bool:
        """All but reads, save the call for a token."""
        return method != "GET" and path.startswith("/api/now/table/")

    def now(self) -> datetime:
        """Tell the instance's time."""
        moment: datetime = self.world.clock.now()
        return moment

    def act(self, do: str, by: str = "", **order: Any) -> dict[str, Any]:
        """Do something as a person."""
        done: dict[str, Any] = self.world.act({"do": do, "person": by or DANA, **order})
        return done

    async def open(self, title: str, by: str = "") -> str:
        """Open an incident."""
        fields = {"short_description": title}
        return str(self.act("create", by, fields=fields)["ticket"]["id"])

    async def open_together(self, titles: Sequence[str]) -> list[str]:
        """Open incidents while the clock stands."""
        stopped = self.world.clock.stopped
        self.world.clock.set(self.now())
        made = [await self.open(title) for title in titles]
        if not stopped:
            self.world.clock.real()
        return made

    async def edit(self, ticket: str, values: Mapping[str, Value], by: str = "") -> None:
        """Change fields."""
        self.act("edit", by, ticket=ticket, fields=dict(values))

    async def comment(self, ticket: str, text: str, *, public: bool, by: str = "") -> None:
        """Say something."""
        self.act("comment" if public else "note", by, ticket=ticket, text=text)

    async def delete(self, ticket: str) -> None:
        """Delete an incident."""
        self.act("delete", ticket=ticket)

    async def titled(self, title: str) -> Sequence[str]:
        """Look into the instance."""
        rows = self.world.database["incident"].rows.values()
        return [row["sys_id"] for row in rows if row["short_description"] == title]

    async def said(self, ticket: str) -> Sequence[tuple[str, bool]]:
        """Look into the instance."""
        comments = self.world.dump()[ticket]["comments"]
        return [(one["text"], one["public"]) for one in comments]

    async def set_clock(self, moment: datetime) -> None:
        """Stop the instance's clock."""
        self.world.clock.set(moment)

    async def pass_time(self, seconds: float) -> None:
        """Move the instance's clock on, whether it stands or runs."""
        self.world.clock.advance(seconds)

    async def set_zone(self, zone: str) -> None:
        """Give our user another zone in its profile."""
        self.world.switches.turn({"zone": zone})

    async def lag(self, seconds: float) -> None:
        """Let a query by time miss what was saved just now, as a transaction under way does."""
        select = self.world.database.select

        def lagging(table: str, text: str, **more: Any) -> Any:
            found = select(table, text, **more)
            if table != "incident" or "sys_updated_on>" not in text:
                return found
            young = f"{self.now() - timedelta(seconds=seconds):%Y-%m-%d %H:%M:%S}"
            rows = self.world.database["incident"].rows
            return [one for one in found if rows[one]["sys_updated_on"] <= young]

        self.world.database.select = lagging

    async def ignore_filters(self) -> None:
        """Leave out every part of a query that filters."""
        select = self.world.database.select

        def unfiltered(table: str, text: str, **more: Any) -> Any:
            order = "^".join(part for part in text.split("^") if part.startswith("ORDERBY"))
            return select(table, order if table == "incident" else text, **more)

        self.world.database.select = unfiltered

    async def ignore_sorting(self) -> None:
        """Show rows the other way round."""
        select = self.world.database.select
        self.world.database.select = lambda *a, **k: [*reversed(select(*a, **k))]

    async def shorten_pages(self) -> None:
        """Hide rows that were there before, which leave holes in the pages."""
        old = set(self.world.database["incident"].rows)
        for n in range(3):
            await self.open(f"Hidden {n}")
        hidden = set(self.world.database["incident"].rows) - old
        await self.hide(sorted(hidden))

    async def hide(self, tickets: Sequence[str]) -> None:
        """Take tickets from our user's sight by ACL."""
        self.world.hides = lambda row, user: row["sys_id"] in tickets

    async def clone(self, ticket: str) -> str:
        """Copy an incident with its correlation fields."""
        return str(self.act("clone", ticket=ticket)["ticket"]["id"])

    async def unsay(self, ticket: str, comment: str) -> None:
        """Remove a journal entry, as administrators may."""
        self.act("delete_comment", comment=comment)

    async def robot(self, ticket_title: str) -> str:
        """Let a rule greet a new incident."""
        self.world.switches.turn({"autoreply": "created"})
        return await self.open(ticket_title)

    async def keep(self, name: str) -> None:
        """Deny our user the column, without a word."""
        self.world.switches.turn({"unwritable": [name]})


class ServiceNowHarness:
    """ServiceNow in one position of its simulator's switches."""

    name = "servicenow"
    lasting = False
    sample = Sample(
        title="short_description",
        body="description",
        choice=("contact_type", "Email", "Phone"),
        status=("New", "In Progress"),
        person="assigned_to",
        people=(DANA, OWEN),
        stranger="nobody@elsewhere.example",
        match="u_room",
        refused=("category", "Purple"),
        fixed="number",
        moment="due_date",
        extras={"caller_id": {"lookup": "user", "email": DANA}},
    )
    not_claimed: Mapping[type[Any], str] = {
        need.DropsOrigins: "there is no field for the origin: the marker is the only carrier",
        need.MarksSensitive: "incidents have no such flag (README, known limits)",
        need.Merges: "incidents are not merged: one is closed as another's child",
        need.RewordsComments: "journal entries cannot be edited",
        need.TurnsComments: "journal entries stay what they were written as",
    }

    def __init__(self, **switches: Any) -> None:
        self._switches = switches

    @asynccontextmanager
    async def open(self, wish: Wish) -> AsyncIterator[ServiceNowSystem]:
        """Serve an instance without incidents."""
        app = build(0, **self._switches)
        yield ServiceNowSystem(app.state.world, serve(app), wish)
