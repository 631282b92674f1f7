"""Everything the instance holds, in plain words, for judges: no display values, no sys_ids of people.

Times are UTC with an offset; references are names and e-mail addresses. `fields` has the raw row.
"""

from typing import TYPE_CHECKING, Any

from sync_service.simulators.servicenow.choices import LABELS
from sync_service.simulators.servicenow.schema import Row

if TYPE_CHECKING:
    from sync_service.simulators.servicenow.instance import Instance


def dumped(instance: "Instance", row: Row) -> dict[str, Any]:
    """Return one incident with its comments."""
    entries = instance.database["sys_journal_field"].having("element_id", row["sys_id"])
    return {
        "id": row["sys_id"],
        "number": row["number"],
        "subject": row.get("short_description", ""),
        "description": row.get("description", ""),
        "status": LABELS["state"].get(row["state"], row["state"]),
        "hold_reason": LABELS["hold_reason"].get(row.get("hold_reason", "")),
        "closed": row["active"] == "false",
        "impact": LABELS["impact"].get(row["impact"], row["impact"]),
        "urgency": LABELS["urgency"].get(row["urgency"], row["urgency"]),
        "priority": LABELS["priority"].get(row.get("priority", "")),
        "for": _shown(instance, "sys_user", row.get("caller_id"), "email"),
        "assignee": _shown(instance, "sys_user", row.get("assigned_to"), "email"),
        "team": _shown(instance, "sys_user_group", row.get("assignment_group"), "name"),
        "location": _shown(instance, "cmn_location", row.get("location"), "name"),
        "deleted": row["sys_id"] in instance.incidents.deleted,
        "created": _moment(row["sys_created_on"]),
        "created_by": _email(instance, row["sys_created_by"]),
        "modified": _moment(row["sys_updated_on"]),
        "modified_by": _email(instance, row["sys_updated_by"]),
        "version": int(row["sys_mod_count"]),
        "fields": dict(row),
        "comments": [dumped_entry(instance, entry) for entry in entries],
    }


def dumped_entry(instance: "Instance", entry: Row) -> dict[str, Any]:
    """Return one journal entry; `public` ones are additional comments."""
    return {
        "id": entry["sys_id"],
        "ticket": entry["element_id"],
        "author": _email(instance, entry["sys_created_by"]),
        "text": entry["value"],
        "public": entry["element"] == "comments",
        "created": _moment(entry["sys_created_on"]),
    }


def _shown(instance: "Instance", table: str, id: str | None, name: str) -> str | None:
    """Give a reference in words: None where it is empty, the raw value where it is broken."""
    if not id:
        return None
    return instance.database[table].rows.get(id, {}).get(name, id)


def _email(instance: "Instance", user_name: str) -> str:
    found = instance.database["sys_user"].having("user_name", user_name)
    return found[0]["email"] if found else user_name


def _moment(raw: str) -> str:
    return f"{raw.replace(' ', 'T')}+00:00"
