"""The mapped fields as the judge reads them out of the dumps, written anew from the documentation.

It shares no code with the adapters or the mapping: what the two sides must show of each other is
said here a second time, as plain predicates.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Dump = Mapping[str, Any]
Value = Any

SUBJECT_LIMIT, DESCRIPTION_LIMIT = 160, 4000
#: Which states may stand beside each other, by any table that a history may have had.
STATUS = {
    "Submitted": {"New"},
    "In Progress": {"In Progress"},
    "Escalated": {"In Progress", "On Hold"},
    "Waiting on Requestor": {"On Hold"},
    "Resolved": {"Resolved"},
    "Closed": {"Closed"},
    "Cancelled": {"Canceled"},
}
PRIORITY = {
    "Critical": {("1", "1")},
    "High": {("2", "1"), ("1", "2")},
    "Medium": {("2", "2"), ("1", "3"), ("3", "1")},
    "Low": {("3", "3"), ("2", "3"), ("3", "2")},
}
_BREAK = re.compile(r"<br\s*/?>|</p>|</div>|</li>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")


def words(text: str | None) -> str:
    """Give a text without markup and with single blanks."""
    bare = html.unescape(_TAG.sub("", _BREAK.sub(" ", text or "")))
    return " ".join(bare.replace("\u200b", "").split())


@dataclass(frozen=True)
class Line:
    """One mapped line: how to read it on each side, and when the two sides agree.

    `name` is how the product names it in conflicts and problems, up to " = ".
    """

    name: str
    left: Callable[[Dump], Value]
    right: Callable[[Dump], Value]
    agree: Callable[[Value, Value], bool]

    def of(self, side: str, ticket: Dump) -> Value:
        """Read the line in a side's dump."""
        return self.left(ticket) if side == "incidentiq" else self.right(ticket)

    def shows(self, side: str, value: Value, other: Value) -> bool:
        """Tell whether the far side's `other` shows `value` of `side`."""
        return self.agree(value, other) if side == "incidentiq" else self.agree(other, value)


def _subject(left: str | None, right: str | None) -> bool:
    left, right = (left or "").strip(), (right or "").strip()
    return right in (left, left[:SUBJECT_LIMIT].strip())


def _description(left: str | None, right: str | None) -> bool:
    here, there = words(left), " ".join((right or "").split())
    return there == here or (len(there) >= DESCRIPTION_LIMIT - 50 and here.startswith(there))


def _level(ticket: Dump) -> tuple[str, str]:
    return str(ticket["impact"])[:1], str(ticket["urgency"])[:1]


def _same(left: str | None, right: str | None) -> bool:
    return (left or "").strip() == (right or "").strip()


LINES = {
    "subject": Line("Subject", lambda t: t["subject"], lambda t: t["subject"], _subject),
    "description": Line(
        "IssueDescription", lambda t: t["description"], lambda t: t["description"], _description
    ),
    "status": Line(
        "Status", lambda t: t["status"], lambda t: t["status"], lambda x, y: y in STATUS.get(x, ())
    ),
    "priority": Line(
        "PriorityLevel", lambda t: t["level"], _level, lambda x, y: y in PRIORITY.get(x, ())
    ),
    "assignee": Line("AssignedToUser", lambda t: t["assignee"], lambda t: t["assignee"], _same),
    "room": Line(
        "Custom Fields.Room Access",
        lambda t: t["custom"].get("Room Access"),
        lambda t: t["fields"].get("u_room"),
        _same,
    ),
}


def plain(line: str, value: Value) -> str:
    """Give a value as one text, so that what a conflict keeps can be found again."""
    if isinstance(value, list | tuple):
        return "|".join(str(part)[:1] if line == "priority" else str(part) for part in value)
    return (
        words("" if value is None else str(value))
        if line == "description"
        else str(value or "").strip()
    )


def line_named(line: str) -> str | None:
    """Find our name for a line as the product names it; None for one that is not judged."""
    return next((name for name, one in LINES.items() if line.startswith(one.name)), None)
