"""Request Tracker's JSON to our values and back, without I/O.

The surprise: rows of a search show a person with an e-mail address, the ticket's own page shows
only the account's name. `named` turns those names into addresses that were seen before.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sync_service.adapters.request_tracker.fields import (
    BUILT_IN,
    NOBODY,
    OWNER,
    PREFIX,
    ROLES,
    CustomFields,
    custom,
    fit,
    written_moment,
)
from sync_service.adapters.request_tracker.query import utc
from sync_service.adapters.request_tracker.shown import (
    PERSON,
    Desk,
    Json,
    custom_field,
    document,
    must_show_key,
    shown_customs,
    shown_fields,
    unshown,
)
from sync_service.core.outgoing import Kind, Note, Reply
from sync_service.core.text import plain, sanitise
from sync_service.core.values import (
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

#: What a search must be asked for so that a row is a whole ticket but for its comments.
ROW = {
    "fields": "Subject,Status,Priority,Owner,Requestor,Cc,AdminCc,Due,Starts,TimeWorked,Queue,"
    "Creator,Created,Started,Resolved,LastUpdated,CustomFields",
    "fields[Queue]": "Name",
    "fields[CustomFields]": "Type,MaxValues",
    **{f"fields[{name}]": PERSON for name in (*ROLES, OWNER, "Creator")},
}
SAID = {"fields": "Type,ObjectId,Creator,Created,CustomFields", "fields[Creator]": PERSON}
PARTS = {"fields": "TransactionId,ContentType,Filename,Content"}
TRAIL = {"fields": "Type,Field,OldValue,NewValue,Creator,Created", "fields[Creator]": PERSON}
SYSTEM = "RT_System"

_MARKER = re.compile(r"\n?(?:<p>)?\[sync-service ([^\s\]]+)\](?:</p>)?\s*\Z")


#: The inactive statuses of the default lifecycle.
OVER = frozenset({"resolved", "rejected", "deleted"})


def ticket(row: Json, desk: Desk) -> Ticket:
    """Read a row of a search (or a ticket's page after `named`) as a ticket without comments."""
    customs = shown_customs(row, desk.customs)
    must_show_key(row, customs, desk)
    fields = shown_fields(row)
    number = str(row["id"])
    key = customs.get(desk.key_field)
    return Ticket(
        id=number,
        version=Version(utc(row["LastUpdated"])),
        created=utc(row["Created"]),
        fields=fields | {PREFIX + name: value for name, value in customs.items()},
        unshown=unshown(fields, customs, desk),
        key=str(key) if key else None,
        ours=row["Creator"]["id"] == desk.me,
        closed=row.get("Status") in OVER,
        number=number,
        url=f"{desk.url}/Ticket/Display.html?id={number}",
        data=document(row, fields, customs),
        workflow=desk.workflow,
    )


def accounts(row: Json) -> dict[str, str]:
    """Give the accounts that a row names, with their addresses; what is no person is passed over."""
    named = [person for role in ROLES for person in row.get(role) or ()]
    named += [row[name] for name in (OWNER, "Creator") if row.get(name)]
    people = [one for one in named if isinstance(one, dict)]
    return {one["id"]: one["EmailAddress"] for one in people if one.get("EmailAddress")}


def named(page: Json, addresses: Mapping[str, str]) -> Json:
    """Put addresses into a ticket's own page, where they are known."""
    roles = {
        role: [{**one, "EmailAddress": addresses.get(one["id"], "")} for one in page[role] or ()]
        for role in ROLES
        if role in page
    }
    return {**page, **roles}


def author(person: Json) -> Person:
    """Read who wrote something."""
    name = person.get("RealName") or person.get("Name") or person["id"]
    return Person(str(name), str(person.get("EmailAddress") or "").lower())


@dataclass(frozen=True, slots=True)
class Body:
    """What a transaction says."""

    text: str
    html: bool = False


def bodies(parts: Sequence[Json]) -> dict[str, Body]:
    """Give the text of each transaction: the first HTML part that is no file, else the plain one.

    A transaction whose parts are not there yet, or that only carries files, has none.
    """
    found: dict[str, Body] = {}
    for part in parts:
        kind = part["ContentType"].lower()
        if part.get("Filename") or not kind.startswith(("text/plain", "text/html")):
            continue
        text = str(part["Content"] or "")
        body = Body(text, html=kind.startswith("text/html"))
        held = found.get(part["TransactionId"])
        if text.strip() and (held is None or (body.html and not held.html)):
            found[part["TransactionId"]] = body
    return found


def comment(transaction: Json, body: Body, desk: Desk) -> Comment:
    """Read a `Correspond` as public and a `Comment` as internal."""
    made = PublicComment if transaction["Type"] == "Correspond" else InternalNote
    ours = transaction["Creator"]["id"] == desk.me
    text, marked = unmarked(body.text) if ours else (body.text, None)
    text = sanitise(text) if body.html else text  # mail from anybody ends up here
    return made(
        id=str(transaction["id"]),
        body=text,
        html=body.html,
        created=utc(transaction["Created"]),
        author=author(transaction["Creator"]),
        ours=ours,
        automation=transaction["Creator"]["id"] == SYSTEM,
        origin=origin(transaction, desk.origin_field) or marked,
        version=str(transaction["id"]),
    )


def origin(transaction: Json, field: str) -> Origin | None:
    """Read the transaction's custom field that carries the origin."""
    for one in transaction.get("CustomFields") or ():
        if one["name"] == field and one["values"] and one["values"][0]:
            return Origin.parse(one["values"][0])
    return None


def unmarked(text: str) -> tuple[str, Origin | None]:
    """Part a text from the marker in its last line, if there is one."""
    found = _MARKER.search(text)
    held = Origin.parse(found.group(1)) if found else None
    return (text[: found.start()], held) if found and held else (text, None)


def description(body: Body | None) -> Value:
    """Give the message that a ticket was made with, as plain text."""
    return plain(body.text, html=body.html).strip() or None if body else None


def spoken(text: Reply | Note, *, marker: bool) -> str:
    """Give the body as it is sent; with `marker` its last line names the origin (R21).

    RT takes the body "0" for none (5.0.3), so a line end is added.
    """
    body = sanitise(text.body) if text.html else text.body
    body = body.replace("\r\n", "\n").replace("\x00", "")
    if marker:
        line = f"[sync-service {text.origin}]"
        body = f"{body}<p>{line}</p>" if text.html else f"{body}\n{line}"
    return f"{body}\n" if body in ("", "0") else body


def payload(changes: Fields, names: Mapping[str, str], customs: CustomFields) -> dict[str, Any]:
    """Write field values for a PUT or POST; `names` are the accounts of the addresses in them."""
    body: dict[str, Any] = {}
    held: dict[str, Any] = {}
    for name, given in changes.items():
        value = fit(name, given, customs)
        own = custom(name)
        if own:
            held[own] = _custom_payload(own, value, customs)
        elif name == OWNER:
            body[name] = names[str(value)] if value else NOBODY
        elif name in ROLES:
            given_people = value if isinstance(value, tuple) else (value,) if value else ()
            body[name] = [names[str(one)] for one in given_people]
        elif BUILT_IN[name].kind is Kind.MOMENT:
            body[name] = written_moment(value)
        else:
            body[name] = "" if value is None else value
    return body | ({"CustomFields": held} if held else {})


def _custom_payload(own: str, value: Value, customs: CustomFields) -> Any:
    if own in customs and customs[own].type == "DateTime":
        return written_moment(value) or None
    if own in customs and customs[own].multiple:
        return list(value) if isinstance(value, tuple) else []
    return value


def addresses(changes: Fields) -> set[str]:
    """Give the e-mail addresses of the people that the changes name."""
    found: set[str] = set()
    for name in (OWNER, *ROLES):
        value = fit(name, changes.get(name), {})
        given = value if isinstance(value, tuple) else (value,)
        found.update(str(one) for one in given if one)
    return found


__all__ = ["Desk", "Json", "comment", "custom_field", "ticket"]
