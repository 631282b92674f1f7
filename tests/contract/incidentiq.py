"""The harness of Incident IQ: its simulator over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from sync_service.adapters.base import Adapter
from sync_service.adapters.incidentiq import factory
from sync_service.conformance import abilities as need
from sync_service.conformance.harness import Clock, Sample, Wish
from sync_service.core.values import Value
from sync_service.simulators.incidentiq import SITE_ID, TOKEN, build
from tests.contract.served import serve

DANA = "dana.whitfield@springfield.example"
OWEN = "owen.castellanos@springfield.example"
CUSTOM = "Custom Fields."
READS = ("/tickets", "/tickets/activities", "/tickets/counts")
#: What the vendor's own calls name otherwise than our mapping files do.
ACTS = {"Subject": "subject", "IssueDescription": "description"}


class IncidentIqSystem:
    """One simulated site and the people of its district."""

    secrets = (TOKEN,)

    def __init__(self, world: Any, url: str, wish: Wish) -> None:
        self.world, self.url, self._wish = world, url, wish
        self.page = 25 if wish.page else 100  # the feed's own first page

    def adapter(self, url: str, clock: Clock) -> Adapter:
        """Make an adapter."""
        given = {
            "url": url,
            "site_id": SITE_ID,
            "token": TOKEN,
            "index_lag": self._wish.lag,
            "timeout": self._wish.timeout,
            "page_size": 20 if self._wish.page else 100,
        }
        return factory("iiq", given, clock)

    def is_write(self, method: str, path: str) -> bool:
        """Searches and lists are POST, too."""
        route = path.partition("/api/v1.0")[2]
        if method == "GET" or not route or route in READS:
            return False
        return route.startswith("/tickets/") and "/timeline" not in route

    def now(self) -> datetime:
        """Tell the site's time."""
        moment: datetime = self.world.clock.now()
        return moment

    def act(self, do: str, by: str = "", **order: Any) -> dict[str, Any]:
        """Do something as a person."""
        done: dict[str, Any] = self.world.act({"do": do, "person": by or DANA, **order})
        return done

    async def open(self, title: str, by: str = "") -> str:
        """Open a ticket."""
        return str(self.act("create", by, subject=title)["ticket"]["id"])

    async def open_together(self, titles: Sequence[str]) -> list[str]:
        """Open tickets while the clock stands."""
        stopped = self.world.clock.stopped
        self.world.clock.set(self.now())
        made = [await self.open(title) for title in titles]
        if not stopped:
            self.world.clock.real()
        return made

    async def edit(self, ticket: str, values: Mapping[str, Value], by: str = "") -> None:
        """Change fields."""
        for name, value in values.items():
            if name.startswith(CUSTOM):
                order: dict[str, Any] = {"custom": {name.removeprefix(CUSTOM): value}}
            else:
                order = {ACTS[name]: value}
            self.act("edit", by, ticket=ticket, **order)

    async def comment(self, ticket: str, text: str, *, public: bool, by: str = "") -> None:
        """Say something."""
        self.act("comment" if public else "note", by, ticket=ticket, text=text)

    async def delete(self, ticket: str) -> None:
        """Delete a ticket."""
        self.act("delete", ticket=ticket)

    async def titled(self, title: str) -> Sequence[str]:
        """Look into the site."""
        return [one.id for one in self.world.tickets.values() if one.subject == title]

    async def said(self, ticket: str) -> Sequence[tuple[str, bool]]:
        """Look into the site."""
        said = self.world.activities[ticket]
        return [(one.text, one.public) for one in said if one.kind == "comment" and not one.deleted]

    async def set_clock(self, moment: datetime) -> None:
        """Stop the site's clock."""
        self.world.clock.set(moment)

    async def pass_time(self, seconds: float) -> None:
        """Move the site's clock on, whether it stands or runs."""
        self.world.clock.advance(seconds)

    async def set_zone(self, zone: str) -> None:
        """Move the site."""
        self.world.switches.turn({"zone": zone})

    async def lag(self, seconds: float) -> None:
        """Let the search index lag."""
        self.world.switches.turn({"index_lag": seconds})

    async def ignore_filters(self) -> None:
        """Drop all facets."""
        self.world.switches.turn({"facets": "ignored"})

    async def ignore_sorting(self) -> None:
        """Show the newest first, always."""
        self.world.switches.turn({"sort": "ignored"})

    async def shorten_pages(self) -> None:
        """Cap the pages."""
        self.world.switches.turn({"page_cap": 7})

    async def clone(self, ticket: str) -> str:
        """Copy a ticket with its custom fields."""
        return str(self.act("clone", ticket=ticket)["ticket"]["id"])

    async def mark(self, ticket: str, *, sensitive: bool) -> None:
        """Set or clear the sensitive flag."""
        self.act("sensitive" if sensitive else "not_sensitive", ticket=ticket)

    async def reword(self, ticket: str, comment: str, text: str) -> None:
        """Change a comment."""
        self.act("edit_comment", comment=comment, text=text)

    async def unsay(self, ticket: str, comment: str) -> None:
        """Delete a comment."""
        self.act("delete_comment", comment=comment)

    async def turn(self, ticket: str, comment: str, *, public: bool) -> None:
        """Change who sees a comment."""
        self.act("publish_comment" if public else "hide_comment", comment=comment)

    async def robot(self, ticket_title: str) -> str:
        """Let a rule greet a new ticket."""
        self.world.switches.turn({"rules": True, "rule_comment": "created", "rule_delay": 1.0})
        made = await self.open(ticket_title)
        self.world.clock.advance(5)
        return made

    async def drop_origins(self) -> None:
        """Forget ExternalId."""
        self.world.switches.turn({"external_id": "dropped"})


class IncidentIqHarness:
    """Incident IQ in one position of its simulator's switches."""

    name = "incidentiq"
    lasting = False
    sample = Sample(
        title="Subject",
        body="IssueDescription",
        choice=("PriorityLevel", "Low", "High"),
        status=("Submitted", "In Progress"),
        person="AssignedToUser",
        people=(DANA, OWEN),
        stranger="nobody@elsewhere.example",
        match="Custom Fields.ServiceNow number",
        refused=("PriorityLevel", "Purple"),
        fixed="TicketNumber",
        moment="DueDate",
        extras={
            "ForId": {"lookup": "user", "email": DANA},
            "IssueId": {"lookup": "issue", "name": "Other"},
            "LocationId": {"lookup": "location", "name": "District Office"},
        },
        many_comments=520,
    )
    not_claimed: Mapping[type[Any], str] = {
        need.HidesTickets: "rights are whole: who may see tickets sees those of the product",
        need.KeepsSilently: "no report of a field that is kept in silence",
        need.Merges: "the vendor's API merges no tickets",
    }

    def __init__(self, **switches: Any) -> None:
        self._switches = {"rules": False, **switches}

    @asynccontextmanager
    async def open(self, wish: Wish) -> AsyncIterator[IncidentIqSystem]:
        """Serve a site without tickets."""
        app = build(tickets=0, **self._switches)
        yield IncidentIqSystem(app.state.world, serve(app), wish)
