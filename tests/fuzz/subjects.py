"""The three adapters over hostile wires, and the servers behind them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sync_service.adapters.incidentiq import factory as incidentiq_adapter
from sync_service.adapters.request_tracker import factory as request_tracker_adapter
from sync_service.adapters.servicenow import factory as servicenow_adapter
from sync_service.core.outgoing import Draft
from sync_service.core.values import Fields
from sync_service.simulators import incidentiq, servicenow
from tests.fuzz.calls import Subject
from tests.fuzz.hostile import Hostile
from tests.fuzz.tracker import REST, Tracker
from tests.integration import incidentiq_site, servicenow_desk

URL = "http://127.0.0.1:9"
DANA, OWEN = servicenow_desk.DANA, servicenow_desk.OWEN


@dataclass(frozen=True)
class Scene:
    """A server with two tickets that say something; `subject` gives a new adapter to it."""

    ids: list[str]
    subject: Callable[[], Subject]


def at_incidentiq() -> Scene:
    """Serve Incident IQ."""
    app = incidentiq.build(rules=False)
    act = app.state.world.act
    ids = [_opened(act, subject=f"Screen {n}", description="<p>It is dark.</p>") for n in range(2)]
    _talk(act, ids[0])
    changes = {"Subject": "Other", "PriorityLevel": "High", "AssignedToUser": OWEN}
    match = ("Subject", "Screen 0")

    def subject() -> Subject:
        wire = Hostile(app, URL, _writes_incidentiq)
        adapter = incidentiq_adapter("iiq", incidentiq_site.settings(URL), _now)
        wire.under(adapter.http)
        draft = incidentiq_site.draft()
        return Subject(adapter, wire, "2020-01-01T00:00:00Z", draft, match, changes)

    return Scene(ids, subject)


def _writes_incidentiq(method: str, path: str) -> bool:
    reads = ("/tickets", "/activities", "/for/ticket", "/issues", "/query")
    return method != "GET" and not path.endswith(reads)


def at_servicenow() -> Scene:
    """Serve ServiceNow."""
    app = servicenow.build()
    act = app.state.world.act
    ids = [_opened(act, fields={"short_description": f"Screen {n}"}) for n in range(2)]
    _talk(act, ids[0])
    changes = {"short_description": "Other", "urgency": "1 - High", "assigned_to": OWEN}
    match = ("short_description", "Screen 0")

    def subject() -> Subject:
        wire = Hostile(app, URL, lambda method, path: method != "GET")
        given = {"url": URL, "auth": servicenow_desk.BASIC, "page_size": 50}
        adapter = servicenow_adapter("snow", given, _now)
        wire.under(adapter.http, adapter._tokens)
        draft = servicenow_desk.draft()
        return Subject(adapter, wire, "2020-01-01 00:00:00", draft, match, changes)

    return Scene(ids, subject)


def at_request_tracker() -> Scene:
    """Serve what Request Tracker 5.0.3 answered, as it was written down."""
    server = Tracker()
    draft = Draft({"Subject": "Copied", "Content": "Text"}, "inst:helpdesk:far:17", {})
    changes: Fields = {"Subject": "Other", "Priority": 7, "CustomFields.Campus": "North"}

    def subject() -> Subject:
        wire = Hostile(server, f"{URL}{REST}", _writes_tracker)
        given = {"url": URL, "token": "1-31-0123abcd", "queue": "Help"}
        adapter = request_tracker_adapter("rt", given, _now)
        wire.under(adapter.http)
        since, match = "2026-11-23T00:00:00+00:00", ("Subject", "Projector")
        return Subject(adapter, wire, since, draft, match, changes)

    return Scene(["14", "15"], subject)


def _writes_tracker(method: str, path: str) -> bool:
    return method == "PUT" or (method == "POST" and path not in ("/users", "/attachments"))


def _opened(act: Any, **what: Any) -> str:
    return str(act({"do": "create", "person": DANA, **what})["ticket"]["id"])


def _talk(act: Any, ticket: str) -> None:
    act({"do": "comment", "person": OWEN, "ticket": ticket, "text": "On my way."})
    act({"do": "note", "person": OWEN, "ticket": ticket, "text": "Spare is in the cage."})


def _now() -> datetime:
    return datetime.now(UTC)


SCENES = {
    "incidentiq": at_incidentiq,
    "servicenow": at_servicenow,
    "request_tracker": at_request_tracker,
}
