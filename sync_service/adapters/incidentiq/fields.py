"""The fields a mapping can name, and what the site makes of a value.

Names are the vendor's own; a custom field is `Custom Fields.` and its name. Facts: the vendor's
create and update operations, and the facts report on its API, section 3.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from sync_service.core.outgoing import Kind
from sync_service.core.text import sanitise, text_to_html
from sync_service.core.values import Value

CUSTOM = "Custom Fields."
SUBJECT_MAX = 500

KINDS = {
    "TicketNumber": Kind.TEXT,
    "Subject": Kind.TEXT,
    "IssueDescription": Kind.HTML,
    "Status": Kind.CHOICE,
    "PriorityLevel": Kind.CHOICE,
    "AssignedToUser": Kind.PERSON,
    "AssignedToTeam": Kind.CHOICE,
    "For": Kind.PERSON,
    "Owner": Kind.PERSON,
    "Location": Kind.CHOICE,
    "Room": Kind.CHOICE,
    "Issue": Kind.CHOICE,
    "IssueCategory": Kind.CHOICE,
    "DueDate": Kind.MOMENT,
    "IsUrgent": Kind.BOOL,
    "HasSensitiveInformation": Kind.BOOL,
    "Tags": Kind.CHOICE,
}
READ_ONLY = frozenset({"TicketNumber", "IssueCategory", "Room"})
REQUIRED = frozenset({"Subject", "For", "Issue", "Location"})
#: What the create call itself takes; the rest is written by an update.
CREATABLE = frozenset(
    {
        "Subject", "IssueDescription", "For", "Issue", "Location", "IsUrgent",
        "HasSensitiveInformation",
    }
)  # fmt: skip

_MARKUP = re.compile(
    r"</?(p|br|div|span|ul|ol|li|b|i|u|s|strong|em|a|h[1-6]|pre|code|table|tr|td|th|img|blockquote)"
    r"\b[^<>]*>|&(?:[a-z]+|#\d+|#x[0-9a-f]+);",
    re.IGNORECASE,
)


def rich(body: str) -> str:
    """Give a text that may be HTML or plain, as the site mixes them, as harmless HTML."""
    return sanitise(body if _MARKUP.search(body) else text_to_html(body)).strip()


def fit(name: str, value: Value) -> Value:
    """Foretell what the site shows; choices keep the spelling they were given."""
    kind = KINDS.get(name, Kind.TEXT)
    if isinstance(value, str):
        return _fit_text(name, kind, value)
    if kind is Kind.BOOL:
        return bool(value)
    if name == "Tags" and isinstance(value, tuple):
        return tuple(sorted({str(one) for one in value})) or None
    return value if not isinstance(value, tuple) or value else None


def _fit_text(name: str, kind: Kind, value: str) -> Value:
    if not value.strip():
        return False if kind is Kind.BOOL else None
    if name == "Subject":
        return value[:SUBJECT_MAX].rstrip() if len(value) > SUBJECT_MAX else value
    match kind:
        case Kind.HTML:
            return rich(value) or None
        case Kind.PERSON:
            return value.strip().lower() if "@" in value else value.strip()
        case Kind.BOOL:
            return value.strip().lower() in {"true", "yes", "1"}
        case Kind.MOMENT:
            return moment(value) or value
        case _:
            return value


def moment(value: str) -> str | None:
    """Write an ISO moment as the site keeps it: in UTC, to the millisecond."""
    try:
        read = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    at = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
