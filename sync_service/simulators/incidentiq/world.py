"""The simulated site: its state, and the one way anything changes.

Rules and the lagging index do their work later without a thread: each write leaves an event
with a due time, and whoever looks next first runs what has become due by the clock.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import Any, Protocol
from uuid import UUID

from sync_service.simulators.district import District
from sync_service.simulators.incidentiq.catalogue import catalogue
from sync_service.simulators.incidentiq.index import Index
from sync_service.simulators.incidentiq.model import Activity, Ticket, User
from sync_service.simulators.incidentiq.switches import SWITCHES
from sync_service.simulators.incidentiq.times import milliseconds
from sync_service.simulators.kernel import Clock, Faults, RequestLog, Switches

RULE_TEXT = "<p>Your request has been received. A technician will be in touch.</p>"


FIELD_NAMES = {
    "subject": "Subject",
    "description": "IssueDescription",
    "requester": "ForId",
    "owner": "OwnerId",
    "location": "LocationId",
    "issue": "IssueId",
    "step": "WorkflowStepId",
    "user": "AssignedToUserId",
    "team": "AssignedToTeamId",
    "priority": "Priority",
    "sensitive": "HasSensitiveInformation",
    "urgent": "IsUrgent",
    "due": "DueDate",
    "fields": "CustomFieldValues",
    "tags": "Tags",
    "deleted": "IsDeleted",
    "room": "LocationRoomId",
    "details": "LocationDetails",
    "started": "StartedDate",
    "closed": "ClosedDate",
    "close_reason": "CloseReasonTypeId",
    "confirmed": "IsIssueConfirmed",
    "assets": "Assets",
}


class _Event(Protocol):
    def __call__(self, due: datetime) -> None: ...


class Site:
    """The state of one simulated Incident IQ site."""

    def __init__(self, seed: int, positions: Mapping[str, Any]) -> None:
        self.clock, self.faults, self.log = Clock(), Faults(seed), RequestLog()
        self.switches = Switches(SWITCHES, positions)
        self.district = District(seed)
        self.catalogue = catalogue(self.district)
        self.tickets: dict[str, Ticket] = {}
        self.by_number: dict[int, str] = {}
        self.activities: dict[str, list[Activity]] = {}
        self.ticket_of: dict[str, str] = {}
        self.index = Index()
        self._random = Random(f"ids {seed}")
        self._numbers = count(100_001)
        self._events: list[tuple[datetime, int, _Event]] = []
        self._order = count()

    def now(self) -> datetime:
        return milliseconds(self.clock.now())

    def new_id(self) -> str:
        return str(UUID(int=self._random.getrandbits(128), version=4))

    def new_number(self) -> int:
        return next(self._numbers)

    def settle(self) -> None:
        """Run every event that is due by the clock, in the order of their times."""
        now = self.now()
        while self._events and self._events[0][0] <= now:
            due, _, event = heappop(self._events)
            event(due)

    def later(self, seconds: float, event: _Event) -> None:
        """Run `event` when the clock has moved on by `seconds`; at once for none."""
        due = self.now() + timedelta(seconds=seconds)
        if seconds <= 0:
            event(due)
        else:
            heappush(self._events, (due, next(self._order), event))

    def keep(self, ticket: Ticket) -> Ticket:
        """Store a version; searches see it after `index_lag` seconds."""
        self.tickets[ticket.id] = ticket
        self.by_number[ticket.number] = ticket.id
        self.activities.setdefault(ticket.id, [])
        self.later(self.switches.number("index_lag"), lambda due: self.index.show(ticket))
        return ticket

    def change(self, ticket: Ticket, by: User, *, rules: bool = True, **values: Any) -> Ticket:
        """Store a user's change of a ticket with its stamps, its history and its rules."""
        now = self.now()
        changed = {name: v for name, v in values.items() if getattr(ticket, name) != v}
        version = ticket.version + 1
        after = replace(ticket, **values, modified=now, by_user=now, version=version)
        self.keep(after)
        for name in sorted(changed):
            self._note(after, name, getattr(ticket, name), getattr(after, name), by)
        if rules:
            self.run_rules(after, "status" if "step" in changed else "")
        return after

    def run_rules(self, ticket: Ticket, cause: str) -> None:
        """Let the site's rules touch the ticket later (reference 3: 1 to 5 s after a write)."""
        if not self.switches.on("rules"):
            return
        speaks = cause != "" and self.switches.word("rule_comment") == cause

        def fire(due: datetime) -> None:
            now = self.tickets[ticket.id]
            moved = max(due, now.modified)
            active = moved if speaks else now.active
            self.keep(replace(now, modified=moved, active=active, version=now.version + 1))
            self.log_entry(ticket.id, "rule", "Rule: route by location", due)
            if speaks:
                self.log_entry(ticket.id, "comment", RULE_TEXT, due, public=True)

        self.later(self.switches.number("rule_delay"), fire)

    def add(self, activity: Activity) -> Activity:
        """Append an activity to its ticket."""
        self.activities[activity.ticket].append(activity)
        self.ticket_of[activity.id] = activity.ticket
        return activity

    def amend(self, activity: Activity, **values: Any) -> Activity:
        """Store another version of an activity in its place."""
        after = replace(activity, modified=self.now(), **values)
        entries = self.activities[activity.ticket]
        entries[next(i for i, old in enumerate(entries) if old.id == activity.id)] = after
        return after

    def log_entry(
        self, ticket: str, kind: str, text: str, at: datetime, *, public: bool = False
    ) -> None:
        """Append an entry that the site itself writes."""
        robot = self.catalogue.robot.id
        self.add(Activity(self.new_id(), ticket, kind, text, public, robot, at, at))

    def _note(self, ticket: Ticket, name: str, before: Any, after: Any, by: User) -> None:
        kind = "workflow" if name == "step" else "revision"
        revision = {"Field": FIELD_NAMES.get(name, name), "OldValue": before, "NewValue": after}
        text = json.dumps([revision], default=str)
        at = ticket.modified
        self.add(Activity(self.new_id(), ticket.id, kind, text, False, by.id, at, at))
