"""Vendor documents to tickets and comments, and back. Pure.

The surprises: a status is a *step* of the ticket's own workflow; nobody is a stub object with a
zero GUID; a description may be HTML or plain text; an entry is a comment by its `$type` only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sync_service.adapters.incidentiq.fields import fit, rich
from sync_service.adapters.incidentiq.shapes import Json, guid, part, text
from sync_service.adapters.incidentiq.shown import (
    SHOWN,
    Site,
    custom_values,
    key,
    must_show,
    person,
    shown_fields,
    unshown,
)
from sync_service.adapters.incidentiq.zone import Moment, Zone
from sync_service.core.outgoing import Note, Reply
from sync_service.core.text import sanitise, text_to_html
from sync_service.core.values import (
    NEVER,
    Comment,
    InternalNote,
    Origin,
    Person,
    PublicComment,
    Ticket,
    Value,
    Version,
)
from sync_service.errors import Unreadable

COMMENT_TYPE = "Spark.Shared.Models.TicketActivityComment, Spark.Shared"
COMMENT_NUMBER = 6
#: What every activity of a list shows.
TOLD = ("TicketActivityId", "TicketId", "CreatedDate", "ActivityItems")
SYSTEM_ROLES = frozenset({"system"})
_MARKER = re.compile(r"<p>\[sync:([^\]<>\s]+)\]</p>\Z")


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
    """Read one ticket; raise ValueError if it has no id, `Unreadable` if it lacks one of `SHOWN`."""
    ident = guid(row.get("TicketId"))
    if ident is None:
        raise ValueError("a ticket without TicketId")
    must_show(row, *SHOWN)
    created = site.zone.read(row.get("CreatedDate")) or Moment(NEVER.stamp)
    customs = custom_values(row, site.lists)
    number, shown = text(row.get("TicketNumber")) or "", shown_fields(row, site, customs)
    return Ticket(
        id=ident,
        version=version(row, site.zone),
        created=created.at,
        fields=shown,
        unshown=unshown(shown, site.lists),
        comments=comments,
        key=key(row, customs, site.key_field),
        ours=guid(row.get("OwnerId")) == site.me,
        sensitive=row["HasSensitiveInformation"],
        closed=bool(row.get("IsClosed")),
        number=number,
        url=f"{site.url}/agent/tickets/{ident}",
        data={**row, "Custom Fields": customs},
    )


def version(row: Json, zone: Zone) -> Version:
    """Read how far a ticket has come, by ModifiedDate."""
    changed = zone.read(row.get("ModifiedDate")) or zone.read(row.get("CreatedDate"))
    return Version(changed.at, 0, changed.certain) if changed else NEVER


def is_comment(item: Mapping[str, Any]) -> bool:
    """Tell a comment by its `$type`; the numbers are used for more than one thing."""
    return "TicketActivityComment," in str(item.get("$type", ""))


def must_tell(row: Json) -> None:
    """Raise `Unreadable` for an activity that does not tell which it is, or a comment without words.

    A comment that is left out would be a lost one, and one without words an emptied one (R21).
    """
    absent = [name for name in TOLD if name not in row]
    for item in row.get("ActivityItems") or ():
        if isinstance(item, Mapping):
            absent += ["Comments"] if is_comment(item) and "Comments" not in item else []
            absent += ["$type"] if "$type" not in item and "Comments" in item else []
    if absent:
        raise Unreadable(
            f"an activity of ticket {text(row.get('TicketId')) or 'unknown'} came without"
            f" {', '.join(absent)}, so what was said cannot be told. It is read again by itself."
            " Look whether a proxy or the account's rights leave it out."
        )


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


__all__ = [
    "Site",
    "activity",
    "activity_id",
    "comment",
    "comments",
    "custom_values",
    "fit",
    "key",
    "ticket",
    "version",
]
