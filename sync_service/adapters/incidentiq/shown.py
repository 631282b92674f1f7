"""The fields of a ticket as one of the site's documents shows them. Pure.

The surprise: a key that is absent is not an empty field. The site writes empty ones out, as `null`,
`[]` or a stub, so a field of which nothing is there is left out, and nothing is decided by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import NoneType
from typing import Any

from sync_service.adapters.incidentiq.fields import CUSTOM, KINDS, rich
from sync_service.adapters.incidentiq.lists import Lists
from sync_service.adapters.incidentiq.shapes import Json, guid, part, text
from sync_service.adapters.incidentiq.zone import Zone, iso
from sync_service.core.values import Fields, Person, Value
from sync_service.errors import Unreadable

#: What every ticket shows (vendor schema: the first three may not be null). Without them it would pass
#: for one that may be copied (R13), that is nobody's copy (R14) or that a person made, and for an old one.
SHOWN: Mapping[str, tuple[type, ...]] = {
    "HasSensitiveInformation": (bool,),
    "CustomFieldValues": (list,),
    "OwnerId": (str,),
    "CreatedDate": (str, NoneType),
    "ModifiedDate": (str, NoneType),
}
_ABSENT = object()


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


def must_show(row: Json, *names: str) -> None:
    """Raise `Unreadable` where a ticket does not show these: what is absent is not empty (R4)."""
    absent = [name for name in names if not isinstance(row.get(name, _ABSENT), SHOWN[name])]
    if absent:
        raise _without(row, ", ".join(absent))


def _without(row: Json, what: str) -> Unreadable:
    return Unreadable(
        f"ticket {text(row.get('TicketNumber')) or row.get('TicketId')} came without"
        f" {what}, which every ticket shows. Nothing is decided without it: it is"
        " read again by itself. Look whether a proxy or the account's rights leave it out."
    )


def custom_values(row: Json, lists: Lists) -> dict[str, Value]:
    """Read custom field values by name, but for those that are in the list without their value.

    They are told apart by CustomFieldTypeId alone. Raises `Unreadable` where the ticket shows no list
    of them, or one with a row of which nobody can tell whose it is: nobody knows its key then.
    """
    must_show(row, "CustomFieldValues")
    shown: dict[str, Value] = {one.name: None for one in lists.customs.values()}
    hidden = set[str]()
    for value in row["CustomFieldValues"]:
        if value.get("CustomFieldTypeId") is None:
            raise _without(row, "a CustomFieldTypeId in one of its CustomFieldValues")
        known = lists.customs.get(guid(value["CustomFieldTypeId"]) or "")
        if known and not value.get("IsDeleted"):
            shown[known.name] = _value(value.get("Value"))
            hidden |= set() if "Value" in value else {known.name}
    return {name: value for name, value in shown.items() if name not in hidden}


def key(row: Json, customs: Mapping[str, Value], field: str) -> str | None:
    """Read the key from the custom field of this name; raise `Unreadable` where it is not shown."""
    wanted = field.casefold()
    found = [value for name, value in customs.items() if name.casefold() == wanted]
    if not found:
        raise _without(row, f"the value of the custom field {field}")
    return str(found[0]).strip() if found[0] else None


def _value(given: Any) -> Value:
    if isinstance(given, list):
        return tuple(_value(one) for one in given) or None
    if isinstance(given, str):
        return given if given.strip() else None
    return given if isinstance(given, bool | int | float) else None


def unshown(fields: Fields, lists: Lists) -> frozenset[str]:
    """Name what the site's tickets have and this one does not show."""
    customs = {CUSTOM + one.name for one in lists.customs.values()}
    return frozenset((KINDS.keys() | customs) - fields.keys())


def shown_fields(row: Json, site: Site, customs: Mapping[str, Value]) -> Fields:
    """Give what a mapping can name, but for fields of which the document shows nothing."""
    named = {CUSTOM + name: value for name, value in customs.items()}
    return {**_texts(row), **_links(row, site), **_others(row, site), **named}


def _texts(row: Json) -> dict[str, Value]:
    shown: dict[str, Value] = {
        name: text(row[name]) for name in ("TicketNumber", "Subject") if name in row
    }
    if "IssueDescription" in row:
        described = text(row["IssueDescription"])
        shown["IssueDescription"] = (rich(described) or None) if described else None
    return shown


def _links(row: Json, site: Site) -> dict[str, Value]:
    """Read what is another record: people as addresses, everything else by name."""
    shown: dict[str, Value] = {
        name: _email(row, name, site)
        for name in ("AssignedToUser", "For", "Owner")
        if _tells(row, name)
    }
    names = {
        "AssignedToTeam": _name(row, "AssignedToTeam", "TeamId", "TeamName", "Name"),
        "Location": _name(row, "Location", "LocationId", "Name"),
        "Room": _name(row, "LocationRoom", "LocationRoomId", "Name"),
        "Issue": _name(row, "Issue", "IssueId", "Name"),
        "IssueCategory": _name(row, "Issue", "IssueId", "IssueCategoryName"),
    }
    return shown | {name: found or None for name, found in names.items() if found is not None}


def _others(row: Json, site: Site) -> dict[str, Value]:
    shown: dict[str, Value] = {}
    if step := text(part(row, "WorkflowStep").get("StepName")):  # no ticket is without
        shown["Status"] = step
    level = _level(row, site.lists)
    if level or (_tells(row, "PriorityLevel") and row.get("Priority") is None):
        shown["PriorityLevel"] = level
    if "DueDate" in row:
        due = site.zone.read(row["DueDate"])
        shown["DueDate"] = iso(due.at) if due else None
    for name in ("IsUrgent", "HasSensitiveInformation"):
        if isinstance(row.get(name), bool):
            shown[name] = row[name]
    if isinstance(row.get("Tags"), list):
        shown["Tags"] = (
            tuple(sorted({t for tag in row["Tags"] if (t := text(tag.get("Name")))})) or None
        )
    return shown


def _tells(row: Json, name: str) -> bool:
    """Tell whether the document says of a link at least that there is none."""
    return name in row or f"{name}Id" in row


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
    """Give the name of what is linked, "" for nothing, and None where nobody can tell."""
    inner = part(row, name)
    if not _tells(row, name):
        return None
    found = next((found for one in names if (found := text(inner.get(one)))), None)
    if guid(inner.get(id_name)) is None and guid(row.get(f"{name}Id")) is None:
        return (found or "") if name == "Issue" else ""
    return found
