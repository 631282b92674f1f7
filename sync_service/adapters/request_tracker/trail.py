"""A ticket's transactions as an audit trail.

The surprise: our reply reopens a resolved ticket, and its own `Status` closes it again. Those two
entries say nothing about anybody's change and are left out; else a status of ours that never
landed would look as if it had (R17).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

from sync_service.adapters.base import Touch
from sync_service.adapters.request_tracker.codec import SYSTEM, Desk, Json, author
from sync_service.adapters.request_tracker.fields import PREFIX, ROLES, STATUS
from sync_service.adapters.request_tracker.query import utc
from sync_service.core.values import Value

AT_ONCE = timedelta(seconds=5)
_NAMED = ("Set", STATUS)
_WATCHED = {"AddWatcher": "NewValue", "DelWatcher": "OldValue"}


def touches(rows: Sequence[Json], desk: Desk) -> list[Touch]:
    """Give one entry for each change of a field, in order; `rows` are sorted by id.

    Values are RT's own words: accounts by number, moments without a zone.
    """
    names = {field.id: PREFIX + name for name, field in desk.customs.items()}
    status = [row for row in rows if row["Type"] == STATUS]
    dropped = {
        row["id"]
        for one, two in pairwise(status)
        if _restored(one, two, desk.me)
        for row in (one, two)
    }
    found = ((row, _field(row, names)) for row in rows if row["id"] not in dropped)
    return [_touch(row, field, desk.me) for row, field in found if field]


def _restored(opened: Json, closed: Json, me: str) -> bool:
    """Tell whether the second is our reply's own answer to the first."""
    return (
        opened["Creator"]["id"] == SYSTEM
        and closed["Creator"]["id"] == me
        and opened["OldValue"] == closed["NewValue"]
        and opened["NewValue"] == closed["OldValue"]
        and utc(closed["Created"]) - utc(opened["Created"]) <= AT_ONCE
    )


def _field(row: Json, names: dict[str, str]) -> str:
    if row["Type"] == "CustomField":
        return names.get(str(row["Field"]), "")
    if row["Type"] in _WATCHED:
        return str(row["Field"]) if row["Field"] in ROLES else ""
    return str(row["Field"]) if row["Type"] in _NAMED else ""


def _touch(row: Json, field: str, me: str) -> Touch:
    by = author(row["Creator"])
    return Touch(
        field=field,
        at=utc(row["Created"]),
        ours=row["Creator"]["id"] == me,
        old=_value(row["OldValue"]),
        new=_value(row["NewValue"]),
        by=by.email or by.name,
    )


def _value(text: str) -> Value:
    return text or None
