"""Vendor documents to tickets and comments, and back. Pure.

The surprises: a status is a *step* of the ticket's own workflow; nobody is a stub object with a
zero GUID; a description may be HTML or plain text; an entry is a comment by its `$type` only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sync_service.adapters.incidentiq.fields import CUSTOM, fit, rich
from sync_service.adapters.incidentiq.lists import Lists
from sync_service.adapters.incidentiq.shapes import Json, guid, part, text
from sync_service.adapters.incidentiq.zone import Moment, Zone, iso
from sync_service.core.outgoing import Note, Reply
from sync_service.core.text import sanitise, text_to_html
from sync_service.core.values import (
    NEVER,
    Comment,
    Fields,
    InternalNote,
    Origin,
    Person,
    PublicComment,
    Ticket,
    Value,
    Version,
)

COMMENT_TYPE = "Spark.Shared.Models.TicketActivityComment, Spark.Shared"
COMMENT_NUMBER = 6
SYSTEM_ROLES = frozenset({"system"})
_MARKER = re.compile(r"<p>\[sync:([^\]<>\s]+)\]</p>\Z")


@dataclass(frozen=True, slots=True)
class Site:
    """What decoding needs to know of a site. `robots` are the ids of users that are no people."""

    me: str
    zone: Zone
    lists: Lists
    key_field: str
    people: Mapping[str, Person]
    url: str = ""
    robots: frozenset[str] = frozenset()


def person(row: Json, people: Mapping[str, Person], ident: str | None = None) -> Person | None:
    """Read a user summary; nobody is None. What it leaves out comes from `people`."""
    ident = guid(row.get("UserId")) or ident
    if ident is None:
        return None
    known = people.get(ident)
    name = text(row.get("Name")) or text(row.get("FullName")) or (known.name if known else "")
    email = text(row.get("Email")) or (known.email if known else "")
    return Person(name, email.strip().lower())


def unknown_people(row: Json, people: Mapping[str, Person]) -> set[str]:
    """List the users that a ticket or activity names without telling their e-mail address."""
    missing: set[str] = set()
    for name in ("Owner", "For", "AssignedToUser"):
        ident = guid(row.get(f"{name}Id")) or guid(part(row, name).get("UserId"))
        if ident and ident not in people and not text(part(row, name).get("Email")):
            missing.add(ident)
    for item in row.get("ActivityItems") or ():
        if isinstance(item, Mapping) and is_comment(item):
            by = guid(item.get("ByUserId"))
            if by and by not in people and by != guid(row.get("OwnerId")):
                missing.add(by)
    return missing


def ticket(row: Json, site: Site, comments: tuple[Comment, ...] | None = None) -> Ticket:
    """Read one ticket; raise ValueError if it has no id."""
    ident = guid(row.get("TicketId"))
    if ident is None:
        raise ValueError("a ticket without TicketId")
    created = site.zone.read(row.get("CreatedDate")) or Moment(NEVER.stamp)
    customs = custom_values(row, site.lists)
    number = text(row.get("TicketNumber")) or ""
    return Ticket(
        id=ident,
        version=version(row, site.zone),
        created=created.at,
        fields=_fields(row, site, customs),
        comments=comments,
        key=_key(customs, site),
        ours=guid(row.get("OwnerId")) == site.me,
        sensitive=bool(row.get("HasSensitiveInformation")),
        closed=bool(row.get("IsClosed")),
        number=number,
        url=f"{site.url}/agent/tickets/{ident}",
        data={**row, "Custom Fields": customs},
    )


def version(row: Json, zone: Zone) -> Version:
    """Read how far a ticket has come, by ModifiedDate."""
    changed = zone.read(row.get("ModifiedDate")) or zone.read(row.get("CreatedDate"))
    return Version(changed.at, 0, changed.certain) if changed else NEVER


def custom_values(row: Json, lists: Lists) -> dict[str, Value]:
    """Read custom field values by name; they are told apart by CustomFieldTypeId alone."""
    shown: dict[str, Value] = {one.name: None for one in lists.customs.values()}
    for value in row.get("CustomFieldValues") or ():
        known = lists.customs.get(guid(value.get("CustomFieldTypeId")) or "")
        if known and not value.get("IsDeleted"):
            shown[known.name] = _value(value.get("Value"))
    return shown


def _value(given: Any) -> Value:
    if isinstance(given, list):
        return tuple(_value(one) for one in given) or None
    if isinstance(given, str):
        return given if given.strip() else None
    return given if isinstance(given, bool | int | float) else None


def _key(customs: Mapping[str, Value], site: Site) -> str | None:
    wanted = site.key_field.casefold()
    found = next((value for name, value in customs.items() if name.casefold() == wanted), None)
    return str(found).strip() if found else None


def _fields(row: Json, site: Site, customs: Mapping[str, Value]) -> Fields:
    described = text(row.get("IssueDescription"))
    due = site.zone.read(row.get("DueDate"))
    tags = sorted({name for tag in row.get("Tags") or () if (name := text(tag.get("Name")))})
    issue = part(row, "Issue")
    shown: dict[str, Value] = {
        "TicketNumber": text(row.get("TicketNumber")),
        "Subject": text(row.get("Subject")),
        "IssueDescription": (rich(described) or None) if described else None,
        "Status": text(part(row, "WorkflowStep").get("StepName")),
        "PriorityLevel": _level(row, site.lists),
        "AssignedToUser": _email(row, "AssignedToUser", site),
        "AssignedToTeam": _name(row, "AssignedToTeam", "TeamId", "TeamName", "Name"),
        "For": _email(row, "For", site),
        "Owner": _email(row, "Owner", site),
        "Location": _name(row, "Location", "LocationId", "Name"),
        "Room": _name(row, "LocationRoom", "LocationRoomId", "Name"),
        "Issue": text(issue.get("Name")),
        "IssueCategory": text(issue.get("IssueCategoryName")),
        "DueDate": iso(due.at) if due else None,
        "IsUrgent": bool(row.get("IsUrgent")),
        "HasSensitiveInformation": bool(row.get("HasSensitiveInformation")),
        "Tags": tuple(tags) or None,
    }
    return shown | {CUSTOM + name: value for name, value in customs.items()}


def _level(row: Json, lists: Lists) -> str | None:
    shown = text(part(row, "PriorityLevel").get("Name"))
    if shown:
        return shown
    ident = guid(row.get("PriorityLevelId"))
    by_id = next((level for level in lists.levels if level.id == ident), None)
    level = by_id or lists.level_of(row.get("Priority"))
    return level.name if level else None


def _email(row: Json, name: str, site: Site) -> str | None:
    """Show a person as an e-mail address; one without shows a name, which is not nobody."""
    ident = guid(row.get(f"{name}Id")) or guid(part(row, name).get("UserId"))
    found = person(part(row, name), site.people, ident) if ident else None
    return (found.email or found.name or ident) if found else None


def _name(row: Json, name: str, id_name: str, *names: str) -> str | None:
    inner = part(row, name)
    if guid(inner.get(id_name)) is None and guid(row.get(f"{name}Id")) is None:
        return None
    return next((found for one in names if (found := text(inner.get(one)))), None)


def is_comment(item: Mapping[str, Any]) -> bool:
    """Tell a comment by its `$type`; the numbers are used for more than one thing."""
    return "TicketActivityComment," in str(item.get("$type", ""))


def comments(rows: Iterable[Json], site: Site) -> tuple[Comment, ...]:
    """Read the comments among activities, oldest first."""
    read = [found for row in rows if (found := comment(row, site)) is not None]
    if read and read[0].created > read[-1].created:
        read.reverse()  # the site's own order parts what was said in one moment
    return tuple(sorted(read, key=lambda one: one.created))


def comment(row: Json, site: Site) -> Comment | None:
    """Read one activity; None unless it holds a comment.

    It counts as public only if the activity says so and no item of it says otherwise: the vendor
    documents that the outer flag governs, and a doubt is settled for privacy (R13).
    """
    items = [
        item
        for item in row.get("ActivityItems") or ()
        if isinstance(item, Mapping) and is_comment(item)
    ]
    ident = guid(row.get("TicketActivityId"))
    if not items or ident is None:
        return None
    public = row.get("IsPublic") is True and all(i.get("IsPublic") is not False for i in items)
    body = "".join(str(item.get("Comments") or "") for item in items)
    field = next((item["ExternalId"] for item in items if text(item.get("ExternalId"))), "")
    by = guid(items[0].get("ByUserId")) or guid(row.get("OwnerId"))
    ours = by == site.me
    words, marked = unmarked(body) if ours else (body, None)
    owner = part(row, "Owner") if by == guid(row.get("OwnerId")) else {}
    created = site.zone.read(row.get("CreatedDate")) or Moment(NEVER.stamp)
    kind = PublicComment if public else InternalNote
    return kind(
        id=ident,
        body=rich(words),
        created=created.at,
        author=person(owner, site.people, by) or Person(""),
        html=True,
        ours=ours,
        automation=by is None or by in site.robots or _is_robot(owner),
        origin=Origin.parse(field) or marked,
        deleted=bool(row.get("IsDeleted")),
        version=f"{row.get('ModifiedDate') or row.get('CreatedDate')}/{'p' if public else 'i'}",
    )


def _is_robot(owner: Json) -> bool:
    return (text(part(owner, "Role").get("Name")) or "").casefold() in SYSTEM_ROLES


def unmarked(body: str) -> tuple[str, Origin | None]:
    """Take our marker off; only our own last line counts, elsewhere it is a quotation (R21)."""
    found = _MARKER.search(body.rstrip())
    origin = Origin.parse(found[1]) if found else None
    return (body[: found.start()].rstrip(), origin) if found and origin else (body, None)


def spoken(words: Reply | Note, *, marked: bool) -> str:
    """Write a comment's body as HTML, with our marker as its last line if asked."""
    body = sanitise(words.body) if words.html else text_to_html(words.body)
    return f"{body}<p>[sync:{words.origin}]</p>" if marked else body


def activity_id(ticket_id: str, words: Reply | Note) -> str:
    """Choose the id of a copy, so that a copy that lands twice is one (vendor: activities/new)."""
    kind = "note" if isinstance(words, Note) else "reply"
    return str(uuid5(NAMESPACE_URL, f"sync-service/{ticket_id}/{kind}/{words.origin}"))


def activity(ticket_id: str, me: str, words: Reply | Note, *, ident: str, marked: bool) -> Json:
    """Write the body of `activities/new`; `$type` must be the first key (Json.NET)."""
    public = isinstance(words, Reply)
    item = {
        "$type": COMMENT_TYPE,
        "TicketActivityTypeId": COMMENT_NUMBER,
        "ByUserId": me,
        "Comments": spoken(words, marked=marked),
        "ExternalId": str(words.origin),
        "IsPublic": public,
    }
    return {
        "TicketActivityId": ident,
        "TicketId": ticket_id,
        "IsPublic": public,
        "ActivityItems": [item],
        "WaitForResponse": False,
        "TicketWasUpdated": False,
    }


def custom_row(ticket_id: str | None, ident: str, editor: int, value: Value) -> Json:
    """Write one custom field value."""
    sent: Any = list(value) if isinstance(value, tuple) else value
    row = {
        "CustomFieldTypeId": ident,
        "EditorTypeId": editor,
        "Value": "" if sent is None else sent,
    }
    return {"TicketId": ticket_id, **row} if ticket_id else row


__all__ = ["Site", "activity", "activity_id", "comment", "comments", "fit", "ticket", "version"]
