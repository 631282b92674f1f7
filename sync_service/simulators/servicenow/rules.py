"""What the incident table does by itself with a write, before it is stored.

Derived fields, the data policies that refuse a write, and the reply of a waiting caller. All of
it is pure: a row before, a row after. Source: itsm-vendors reference 1, fields and state.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sync_service.simulators.servicenow.choices import (
    AWAITING_CALLER,
    CANCELED,
    CLOSE_CODES,
    CLOSED,
    HOLD,
    NEW,
    PRIORITY,
    RESOLVED,
    WORKING,
)
from sync_service.simulators.servicenow.schema import INCIDENT, Row
from sync_service.simulators.switches import Switches

DEFAULTS: Row = {
    "state": NEW,
    "impact": "3",
    "urgency": "3",
    "category": "inquiry",
    "contact_type": "self-service",
    "reopen_count": "0",
}
OVER = (CLOSED, CANCELED)


@dataclass(frozen=True, slots=True)
class Write:
    """One write on its way: the row before (empty for a new one), what it says, who, when."""

    before: Row
    says: Mapping[str, str]
    user: str
    at: str


def derive(write: Write, row: Row, switches: Switches) -> Row:
    """Give `row` with everything that follows from it."""
    after = {**row}
    _reply(write, after)
    if switches.on("assign_starts") and after["state"] == NEW and _assigned_now(write, after):
        after["state"] = WORKING
    if after["state"] != HOLD:
        after["hold_reason"] = ""
    after["priority"] = PRIORITY.get((after["impact"], after["urgency"]), "")
    after["incident_state"] = after["state"]
    after["active"] = "false" if after["state"] in OVER else "true"
    _stamp_end(write, after)
    return {name: value for name, value in after.items() if value != ""}


def _reply(write: Write, after: dict[str, str]) -> None:
    """A caller who answers ends the wait, unless the same write sets the state."""
    waiting = write.before.get("state") == HOLD and after["state"] == HOLD
    caller = write.user != "" and write.user == after.get("caller_id")
    if waiting and caller and write.says.get("comments"):
        after["state"] = WORKING


def _assigned_now(write: Write, after: Row) -> bool:
    return bool(after.get("assigned_to")) and not write.before.get("assigned_to")


def _stamp_end(write: Write, after: dict[str, str]) -> None:
    was, now = write.before.get("state", ""), after["state"]
    if now == was:
        return
    if now in (NEW, WORKING, HOLD):
        if was in (RESOLVED, CLOSED):
            after["reopen_count"] = str(int(after.get("reopen_count") or 0) + 1)
        after |= {"resolved_by": "", "resolved_at": "", "closed_by": "", "closed_at": ""}
    elif now == RESOLVED or (now == CLOSED and was != RESOLVED):
        after |= {"resolved_by": write.user, "resolved_at": write.at}
    if now in OVER:
        after |= {"closed_by": write.user, "closed_at": write.at}


def missing(write: Write, row: Row, switches: Switches) -> list[str]:
    """Name the fields, by label, that data policies want before `row` may be stored."""
    wanted: list[str] = []
    if switches.on("close_policy") and row["state"] in (RESOLVED, CLOSED):
        wanted += [
            name for name in ("close_code", "close_notes") if not _closing(name, row, switches)
        ]
    if row["state"] == HOLD:
        wanted += _holding(write, row, switches.word("hold_policy"))
    return [INCIDENT.fields[name].label for name in wanted]


def _closing(name: str, row: Row, switches: Switches) -> bool:
    """A close code that is no choice counts as unset, so the refusal calls it missing."""
    value = row.get(name, "")
    listed = name != "close_code" or switches.word("close_codes") == "free" or value in CLOSE_CODES
    return bool(value) and listed


def _holding(write: Write, row: Row, policy: str) -> list[str]:
    reason = row.get("hold_reason", "")
    wanted = ["hold_reason"] if policy == "reason" and not reason else []
    awaits = reason == AWAITING_CALLER
    began = write.before.get("state") != HOLD or write.before.get("hold_reason") != reason
    if policy != "none" and awaits and began and not write.says.get("comments"):
        wanted.append("comments")
    return wanted
