"""Change a ticket by the narrow routes (R24); what has none goes by the broad one, guarded.

The surprise: an update of several fields is several calls, because the one broad call empties what
it does not name unless the site honours a header. After the first call landed, a call that was not
sent leaves the whole update unknown rather than undone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sync_service.adapters.incidentiq import codec
from sync_service.adapters.incidentiq.api import ROOT, Api
from sync_service.adapters.incidentiq.fields import CUSTOM, READ_ONLY, fit
from sync_service.adapters.incidentiq.lists import Level
from sync_service.adapters.incidentiq.names import Names
from sync_service.adapters.incidentiq.people import Directory
from sync_service.adapters.incidentiq.shapes import Json, guid, part
from sync_service.core.values import Fields, Ticket, Value
from sync_service.errors import (
    AuthFailed,
    NeedsHuman,
    NotSent,
    Rejected,
    Stale,
    TryLater,
    UnknownOutcome,
)

PARTIAL = {"ApiFlags": "OnlySetMappedProperties"}
SILENT = {"SendNotifications": False, "SendEmails": False}
CUSTOM_DATE = 3
#: The broad call first, so that it is compared with what was read; then privacy; the status last,
#: since a step may close the ticket to other changes.
ORDER = (
    "broad",
    "HasSensitiveInformation",
    "Subject",
    "IssueDescription",
    "Issue",
    "custom",
    "PriorityLevel",
    "IsUrgent",
    "DueDate",
    "people",
    "assign",
    "Status",
)
GROUPS = {
    "Location": "broad",
    "For": "people",
    "Owner": "people",
    "AssignedToUser": "assign",
    "AssignedToTeam": "assign",
}
#: What moves with a location.
MOVED = frozenset({"Location", "LocationRoom", "LocationRoomId", "LocationDetails"})
#: They change with everything, or are computed.
RESTLESS = frozenset({"ModifiedDate", "LastModifiedByUserDate", "Custom Fields", "UserPermissions"})


@dataclass(frozen=True, slots=True)
class Target:
    """One update on its way: the ticket it was planned on, and the deadline of every call."""

    ticket: Ticket
    deadline: datetime

    @property
    def path(self) -> str:
        """The ticket's own route."""
        return f"{ROOT}/tickets/{self.ticket.id}"


Send = Callable[[Target, Fields], Awaitable[object]]


class Changer:
    """Writes fields of one site's tickets."""

    def __init__(self, api: Api, names: Names, people: Directory) -> None:
        self._api, self._names, self._people = api, names, people
        self._level_by_id = False

    async def change(self, ticket: Ticket, changes: Fields, deadline: datetime) -> None:
        """Send every change; raise `Rejected` naming the fields that were refused, at the end."""
        target, refused, landed = Target(ticket, deadline), list[tuple[Fields, Rejected]](), 0
        for send, part_of in self._calls(changes):
            try:
                await send(target, part_of)
                landed += 1
            except Rejected as exc:
                refused.append((part_of, exc))
            except (NotSent, TryLater, Stale, AuthFailed, NeedsHuman) as exc:
                if landed:
                    raise UnknownOutcome(f"a part of the update landed, then: {exc}") from exc
                raise
        if refused:
            raise _summed(refused)

    def _calls(self, changes: Fields) -> list[tuple[Send, Fields]]:
        groups: dict[str, dict[str, Value]] = {}
        for name, value in changes.items():
            group = "custom" if name.startswith(CUSTOM) else GROUPS.get(name, name)
            group = "broad" if name == "DueDate" and value is None else group
            groups.setdefault(group, {})[name] = fit(name, value)
        rank = {name: place for place, name in enumerate(ORDER)}
        ordered = sorted(groups, key=lambda group: rank.get(group, len(ORDER)))
        return [(self._sender(group), groups[group]) for group in ordered]

    def _sender(self, group: str) -> Send:
        senders: Mapping[str, Send] = {
            "Subject": self._subject,
            "IssueDescription": self._description,
            "Issue": self._issue,
            "custom": self._customs,
            "PriorityLevel": self._priority,
            "IsUrgent": self._flag,
            "HasSensitiveInformation": self._flag,
            "DueDate": self._due,
            "broad": self._broad,
            "people": self._for,
            "assign": self._assign,
            "Status": self._status,
            "Tags": self._tags,
        }
        return senders.get(group, _unknown)

    async def _subject(self, to: Target, values: Fields) -> None:
        if not values["Subject"]:
            raise Rejected("Incident IQ keeps no ticket without a Subject")
        await self._post(to, "/subject", {"Subject": values["Subject"]})

    async def _description(self, to: Target, values: Fields) -> None:
        body = {"TicketId": to.ticket.id, "Description": values["IssueDescription"] or ""}
        await self._post(to, "/description", body)

    async def _issue(self, to: Target, values: Fields) -> None:
        ident = await self._names.issue(str(values["Issue"] or ""))
        body = {"TicketId": to.ticket.id, "IssueId": _found(ident, "issue", values["Issue"])}
        await self._post(to, "/issue", {**body, "AutoUpdateSubject": False})

    async def _customs(self, to: Target, values: Fields) -> None:
        sent = []
        for name, value in values.items():
            field = self._names.lists.custom(name)
            if field is None:
                raise Rejected(f"Incident IQ has no custom field {name}")
            sent.append(codec.custom_row(to.ticket.id, field.id, field.editor, value))
        await self._post(to, "/custom-fields", sent)

    async def _priority(self, to: Target, values: Fields) -> None:
        """Send a score, or the level's id where the site wants that; the vendor says both."""
        level = self._names.lists.level(str(values["PriorityLevel"] or ""))
        if level is None:
            known = ", ".join(one.name for one in self._names.lists.levels)
            raise Rejected(f"no priority level {values['PriorityLevel']}; there are: {known}")
        try:
            await self._post(to, "/priority", _priority(to, level, by_id=self._level_by_id))
        except Rejected:
            await self._post(to, "/priority", _priority(to, level, by_id=not self._level_by_id))
            self._level_by_id = not self._level_by_id

    async def _flag(self, to: Target, values: Fields) -> None:
        ((name, value),) = values.items()
        word = "urgent" if name == "IsUrgent" else "sensitive"
        await self._post(to, f"/mark-{word}" if value else f"/mark-not-{word}")

    async def _due(self, to: Target, values: Fields) -> None:
        when = {"Type": CUSTOM_DATE, "Count": 0, "Period": 3, "CustomDate": values["DueDate"]}
        await self._post(to, "/due-dates", when)

    async def _broad(self, to: Target, values: Fields) -> None:
        body: dict[str, Any] = {"DueDate": None} if "DueDate" in values else {}
        if "Location" in values:
            wanted = values["Location"]
            found = await self._names.location(str(wanted or ""))
            body["LocationId"] = _found(found, "location", wanted)
        reply = await self._api.write(to.path, to.deadline, {**body, **SILENT}, headers=PARTIAL)
        emptied = emptied_fields(to.ticket.data, part(reply, "Item"), MOVED | set(body))
        if emptied:
            raise NeedsHuman(
                f"{self._api.http.system} emptied {', '.join(emptied)} of ticket"
                f" {to.ticket.number} although only {', '.join(body)} was written: the site does"
                f" not honour partial updates. Take {', '.join(values)} out of the mapping (R24)."
            )

    async def _for(self, to: Target, values: Fields) -> None:
        ids = []
        for name in ("Owner", "For"):
            present = guid(to.ticket.data.get(f"{name}Id"))
            ids.append(await self._person(values[name]) if name in values else present)
        await self._post(to, f"/owner/{ids[0]}/for/{ids[1]}")

    async def _assign(self, to: Target, values: Fields) -> None:
        body: dict[str, Any] = {"TicketId": to.ticket.id}
        if "AssignedToUser" in values:
            user = values["AssignedToUser"]
            body |= {"AssignToUserId": await self._person(user)} if user else {"ClearUser": True}
        if "AssignedToTeam" in values:
            team = values["AssignedToTeam"]
            body |= {"AssignToTeamId": self._team(str(team))} if team else {"ClearTeam": True}
        await self._post(to, "/assign", body)

    async def _status(self, to: Target, values: Fields) -> None:
        workflow = guid(part(to.ticket.data, "WorkflowStep").get("WorkflowId")) or ""
        step = await self._names.step(workflow, str(values["Status"] or ""))
        if step is None:
            known = ", ".join(one.name for one in await self._names.steps_of(workflow))
            raise Rejected(
                f"the ticket's workflow has no status {values['Status']}; there are: {known}"
            )
        await self._post(to, f"/status/{step.id}")

    async def _tags(self, to: Target, values: Fields) -> None:
        wanted = values["Tags"]
        rows = []
        for name in wanted if isinstance(wanted, tuple) else ():
            ident = _found(await self._names.tag(str(name)), "tag", name)
            row = {"TagId": ident, "Name": name, "TagTypeId": 1, "IsDeleted": False}
            rows.append({**row, "Scope": "Site"})
        await self._post(to, "/tags", rows)

    async def _person(self, email: Value) -> str:
        return _found(await self._people.id_of(str(email or "")), "active user", email)

    def _team(self, name: str) -> str:
        table = self._names.lists.teams
        found = next((i for one, i in table.items() if one.casefold() == name.casefold()), None)
        return _found(found, "team", name)

    async def _post(self, to: Target, route: str, json: Any = None) -> Json:
        return await self._api.write(f"{to.path}{route}", to.deadline, json)


def emptied_fields(before: Json, after: Json, written: frozenset[str]) -> tuple[str, ...]:
    """List what a broad update turned empty without having been asked to (R24)."""
    if not after:
        return ()
    shown = (name for name, value in before.items() if value not in (None, "", [], {}, False, 0))
    return tuple(
        name
        for name in shown
        if name not in written | RESTLESS
        and name in after
        and after[name] in (None, "", [], {}, False, 0)
    )


def _priority(to: Target, level: Level, *, by_id: bool) -> Json:
    return {"TicketId": to.ticket.id, "PriorityId": level.id if by_id else level.score}


def _found(ident: str | None, what: str, name: Value) -> str:
    if ident is None:
        raise Rejected(f"Incident IQ has no {what} {name!r}")
    return ident


async def _unknown(_: Target, values: Fields) -> None:
    names = ", ".join(values)
    why = "cannot be written" if set(values) <= READ_ONLY else "is no field of a ticket"
    raise Rejected(f"{names} {why}")


def _summed(refused: list[tuple[Fields, Rejected]]) -> Rejected:
    names = tuple(name for values, _ in refused for name in values)
    said = "; ".join(str(exc) for _, exc in refused)
    return Rejected(said, "; ".join(exc.words for _, exc in refused if exc.words), names)
