"""The fields of a ticket as a row of a search or its own page shows them. Pure.

The surprise: a field that is absent is not an empty one. A row shows each field that it was asked
for, and each custom field that is applied and may be seen, so what is not there is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sync_service.adapters.request_tracker.fields import (
    BUILT_IN,
    CONTENT,
    NOBODY,
    OWNER,
    PREFIX,
    ROLES,
    CustomField,
    CustomFields,
    fit,
    moment,
    people,
)
from sync_service.core.outgoing import Kind
from sync_service.core.values import Fields, Value
from sync_service.errors import Unreadable

Json = Mapping[str, Any]
#: What is shown of a person.
PERSON = "Name,EmailAddress,RealName"


@dataclass(frozen=True, slots=True)
class Desk:
    """What decoding needs to know of the server: who we are, the key's field, its custom fields."""

    url: str
    me: str
    queue: str
    queue_name: str
    key_field: str
    origin_field: str
    customs: CustomFields
    workflow: Mapping[str, tuple[str, ...]]


def must_show_key(row: Json, customs: Mapping[str, Value], desk: Desk) -> None:
    """Raise `Unreadable` where a ticket of our queue does not show the key's field, even empty.

    Whether it is somebody's copy cannot be told then (R14). Other queues need not have the field.
    """
    if str(row["Queue"]["id"]) == desk.queue and desk.key_field not in customs:
        raise Unreadable(
            f"ticket {row['id']} came without the custom field {desk.key_field}, so nobody knows"
            " whether it is a copy of ours. It is read again by itself. Grant our user"
            f" SeeCustomField on it, and see that it is applied to queue {desk.queue_name!r}."
        )


def shown_fields(row: Json) -> dict[str, Value]:
    """Give what a mapping can name and is shown, but for custom fields and the first message."""
    names = (name for name in BUILT_IN if name != CONTENT)
    return {name: _field(row, name) for name in names if _is_shown(row, name)}


def _is_shown(row: Json, name: str) -> bool:
    """Tell whether a row shows a field: of people the addresses, too, which only groups do not have."""
    if name not in row or BUILT_IN[name].kind is not Kind.PERSON:
        return name in row
    given = row[name] if isinstance(row[name], list) else [row[name]]
    return all("EmailAddress" in one or one.get("type") == "group" for one in given if one)


def unshown(fields: Fields, customs: Mapping[str, Value], desk: Desk) -> frozenset[str]:
    """Name what the queue's tickets have and this one does not show; files are never shown."""
    own = {name for name, one in desk.customs.items() if one.kind is not None}
    absent = {PREFIX + name for name in own - customs.keys()}
    return frozenset(absent | (BUILT_IN.keys() - {CONTENT} - fields.keys()))


def _field(row: Json, name: str) -> Value:
    given = row.get(name)
    if name in ROLES:
        return people(tuple(address(one) for one in given or ()))
    match BUILT_IN[name].kind:
        case Kind.PERSON:
            return address(given) or None
        case Kind.NUMBER:
            return int(given or 0)
        case Kind.MOMENT:
            return moment(given)
    if name == "Queue":
        return str(given["Name"]) if given else None
    return str(given) if given else None


def shown_customs(row: Json, known: CustomFields) -> dict[str, Value]:
    """Read the custom fields but for files, which hold no texts."""
    shown = {}
    for one in row.get("CustomFields") or ():
        field, name = custom_field(one, known), PREFIX + one["name"]
        if all(value is None or isinstance(value, str) for value in one["values"]):
            shown[one["name"]] = fit(name, tuple(one["values"]), {one["name"]: field})
    return shown


def custom_field(shown: Json, known: CustomFields) -> CustomField:
    """Give the definition of a custom field, from what we know or from what the row tells.

    Rows tell the type to everybody who sees the ticket; the definition needs a right of its own.
    """
    name, told = shown["name"], str(shown.get("Type") or "")
    if name in known and (known[name].type or not told):
        return known[name]
    many = str(shown["MaxValues"]) != "1" if told else len(shown.get("values") or ()) > 1
    return CustomField(str(shown["id"]), name, told, multiple=many)


def document(row: Json, fields: Fields, customs: Mapping[str, Value]) -> dict[str, Any]:
    """Give the ticket as expressions see it: people as objects, watchers as lists of addresses."""
    shown: dict[str, Any] = {
        name: list(value) if isinstance(value, tuple) else value for name, value in fields.items()
    }
    for name in ROLES:
        if name in row:
            shown[name] = [address(one) for one in row[name] or ()]
    for name in (OWNER, "Creator"):
        if name in row:
            shown[name] = {part: row[name].get(part) or "" for part in PERSON.split(",")}
    shown["Queue"] = {"id": row["Queue"]["id"], "Name": row["Queue"].get("Name") or ""}
    shown["CustomFields"] = {
        name: list(value) if isinstance(value, tuple) else value for name, value in customs.items()
    }
    return shown | {"number": str(row["id"])}


def address(person: Json | None) -> str:
    """Give a person's address, or the account's name where there is none; "" for nobody."""
    if not person or person.get("id") == NOBODY:
        return ""
    return str(person.get("EmailAddress") or person.get("Name") or person["id"]).lower()
