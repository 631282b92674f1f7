"""A plain client of the simulated site, for its own tests: it shares no code with the adapter."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from sync_service.simulators.incidentiq import SITE_ID, TOKEN, build
from sync_service.simulators.incidentiq.ids import guid
from sync_service.simulators.kernel import running

HEADERS = {"Authorization": f"Bearer {TOKEN}", "SiteId": SITE_ID, "Client": "ApiClient"}
COMMENT = "Spark.Shared.Models.TicketActivityComment, Spark.Shared"
STAFF = "sync.service@springfield.example"
AGENT, OTHER_AGENT = "dana.whitfield@springfield.example", "owen.castellanos@springfield.example"
ORDER = {
    "ForId": guid("user", AGENT),
    "IssueId": guid("issue", "Chromebook/Screen Cracked"),
    "LocationId": guid("location", "High School"),
    "Subject": "Laptop screen cracked",
    "IssueDescription": "It fell.",
}


def step(name: str, flow: str = "Help Desk") -> str:
    """Return the id of a workflow step."""
    return guid("step", f"{flow}/{name}")


class Desk:
    """The vendor's API and the control API of one site."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=f"{url}/api/v1.0", headers=HEADERS, timeout=5)
        self.control = httpx.Client(base_url=f"{url}/_control", timeout=5)

    def turn(self, **positions: Any) -> None:
        """Turn switches; fail on a wrong one."""
        self.control.post("/switches", json=positions).raise_for_status()

    def at(self, now: str) -> None:
        """Stop the clock."""
        self.control.post("/clock", json={"now": now}).raise_for_status()

    def wait(self, seconds: float) -> None:
        """Advance the clock."""
        self.control.post("/clock", json={"advance": seconds}).raise_for_status()

    def act(self, do: str, person: str = AGENT, **order: Any) -> dict[str, Any]:
        """Act as a person; return the ticket or comment of the dump."""
        reply = self.control.post("/act", json={"do": do, "person": person, **order})
        assert reply.status_code == 200, reply.text
        found: dict[str, Any] = reply.json()
        return next(iter(found.values()))

    def create(self, **fields: Any) -> dict[str, Any]:
        """Create a ticket by the API; return its Item."""
        reply = self.http.post("/tickets/new", json={**ORDER, **fields})
        assert reply.status_code == 201, reply.text
        found: dict[str, Any] = reply.json()["Item"]
        return found

    def get(self, ticket: str) -> dict[str, Any]:
        """Get a ticket's Item."""
        found: dict[str, Any] = self.http.get(f"/tickets/{ticket}").raise_for_status().json()
        item: dict[str, Any] = found["Item"]
        return item

    def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """Post JSON to the API."""
        return self.http.post(path, json=body, headers=headers)

    def say(self, ticket: str, text: str, **fields: Any) -> httpx.Response:
        """Add a comment; `external_id` and the outer fields may be given."""
        item = {"$type": COMMENT, "TicketActivityTypeId": 6, "Comments": text}
        if "external_id" in fields:
            item["ExternalId"] = fields.pop("external_id")
        body = {"TicketId": ticket, "ActivityItems": [item], "IsPublic": True, **fields}
        return self.post(f"/tickets/{ticket}/activities/new", body)

    def comments(self, ticket: str, **query: Any) -> list[dict[str, Any]]:
        """List a ticket's comments."""
        reply = self.http.get(f"/tickets/{ticket}/activities", params=query).raise_for_status()
        rows: list[dict[str, Any]] = reply.json()["Items"]
        return [row for row in rows if row["ActivityItems"][0]["$type"] == COMMENT]

    def search(self, *filters: dict[str, Any], **query: Any) -> dict[str, Any]:
        """Search with filters; the query's `_s`, `_p`, `_o`, `_d` stand for `$s` and so on."""
        body = query.pop("body", {})
        params = {name.replace("_", "$"): value for name, value in query.items()}
        sent = {"Filters": list(filters), **body}
        reply = self.http.post("/tickets", params=params, json=sent).raise_for_status()
        found: dict[str, Any] = reply.json()
        return found

    def subjects(self, *filters: dict[str, Any], **query: Any) -> list[str]:
        """Search, and return the subjects in order."""
        return [row["Subject"] for row in self.search(*filters, **query)["Items"]]


@contextmanager
def desk(tickets: int = 0, **switches: Any) -> Iterator[Desk]:
    """Serve a site and yield its client."""
    with running(build(tickets, **switches)) as url:
        client = Desk(url)
        with client.http, client.control:
            yield client
