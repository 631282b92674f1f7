"""Reading the fields of a create or update: what is wrong with them, and our names for them."""

from collections.abc import Iterable, Mapping
from typing import Any

from sync_service.simulators.incidentiq.envelope import invalid
from sync_service.simulators.incidentiq.html import cleaned
from sync_service.simulators.incidentiq.ids import canonical
from sync_service.simulators.incidentiq.model import Ticket
from sync_service.simulators.incidentiq.times import read
from sync_service.simulators.incidentiq.world import Site

SUBJECT_MAX = 500  # vendor docs: create ticket, Subject


def wrong(site: Site, fields: Mapping[str, Any], required: Iterable[str]) -> dict[str, str]:
    """Name each field that is missing, too long or points at nothing, with the reason."""
    known = site.catalogue
    errors = {name: f"{name} is required." for name in required if not fields.get(name)}
    if len(str(fields.get("Subject") or "")) > SUBJECT_MAX:
        errors["Subject"] = f"Subject must not exceed {SUBJECT_MAX} characters."
    tables: dict[str, Mapping[str, Any]] = {
        "ForId": known.users,
        "OwnerId": known.users,
        "IssueId": known.issues,
        "LocationId": known.locations,
        "AssignedToUserId": known.users,
        "AssignedToTeamId": known.teams,
    }
    for name, table in tables.items():
        key = canonical(fields.get(name))
        if name not in errors and fields.get(name) and key and key not in table:
            errors[name] = f"{name} {fields[name]} was not found."
        if name in required and name not in errors and key is None:
            errors[name] = f"{name} is not valid."
    return errors


# request field: (our field, how it is read)
PLAIN = {
    "Subject": "subject",
    "LocationDetails": "details",
    "Priority": "priority",
    "SourceId": "source",
    "IsUrgent": "urgent",
    "HasSensitiveInformation": "sensitive",
    "IsIssueConfirmed": "confirmed",
}
REFERENCES = {
    "ForId": "requester",
    "LocationId": "location",
    "IssueId": "issue",
}
OPTIONAL = {
    "AssignedToUserId": "user",
    "AssignedToTeamId": "team",
    "LocationRoomId": "room",
}


def plain(site: Site, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return a request's plain fields as ours; null leaves what cannot be empty alone."""
    values: dict[str, Any] = {
        ours: fields[name] for name, ours in PLAIN.items() if fields.get(name) is not None
    }
    values |= {
        ours: canonical(fields[name]) for name, ours in REFERENCES.items() if fields.get(name)
    }
    values |= {ours: canonical(fields[name]) for name, ours in OPTIONAL.items() if name in fields}
    if "IssueDescription" in fields:
        text = fields["IssueDescription"]
        position = site.switches.word("html")
        values["description"] = None if text is None else cleaned(str(text), position)
    if "DueDate" in fields:
        due = fields["DueDate"]
        values["due"] = read(due, site.switches.word("zone")) if due else None
    return values


def collections(site: Site, ticket: Ticket, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the collections, each only under its own Update flag (reference 4)."""
    values: dict[str, Any] = {}
    if fields.get("UpdateCustomFields"):
        kept = {} if fields.get("DeleteMissingCustomFieldValues") else ticket.fields
        values["fields"] = custom(site, kept, fields.get("CustomFieldValues") or ())
    if fields.get("UpdateTags"):
        ids = [canonical(row.get("TagId")) for row in fields.get("Tags") or ()]
        values["tags"] = tuple(key for key in ids if key in site.catalogue.tags)
    return values


def custom(site: Site, kept: Mapping[str, str], rows: Iterable[Any]) -> dict[str, str]:
    """Return custom field values by type id, those named in `rows` set, empty ones dropped."""
    values = dict(kept)
    for row in rows:
        key = canonical(row.get("CustomFieldTypeId"))
        field = site.catalogue.fields.get(key or "")
        if field is None:
            raise invalid(site, {"CustomFieldTypeId": f"Custom field {key} was not found."})
        text = "" if row.get("Value") is None else str(row["Value"])
        if field.options and text and text not in field.options:
            raise invalid(site, {field.name: f"{text} is not one of {', '.join(field.options)}."})
        if text:
            values[field.id] = text
        else:
            values.pop(field.id, None)
    return values
