"""The fields of a ticket: what each holds, what it will show, and how it is written.

The surprise: what is written is always the fitted value. Request Tracker drops line ends from a
subject on an update but not every one on a create, and cuts it at 200 *bytes*; writing what it
will show anyway makes both ways alike (measured on 5.0.3, README.md).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sync_service.adapters.base import FieldInfo, Kind
from sync_service.core.values import Value

PREFIX = "CustomFields."
CONTENT = "Content"
STATUS = "Status"
OWNER = "Owner"
ROLES = ("Requestor", "Cc", "AdminCc")
NOBODY = "Nobody"
SUBJECT_BYTES = 200
#: What an unset date looks like.
UNSET = "1970-01-01T00:00:00Z"

BUILT_IN: Mapping[str, FieldInfo] = {
    one.name: one
    for one in (
        FieldInfo("Subject", Kind.TEXT, longest=SUBJECT_BYTES),
        FieldInfo(STATUS, Kind.CHOICE),
        FieldInfo("Priority", Kind.NUMBER),
        FieldInfo(OWNER, Kind.PERSON),
        *(FieldInfo(role, Kind.PERSON) for role in ROLES),
        FieldInfo("Due", Kind.MOMENT),
        FieldInfo("Starts", Kind.MOMENT),
        FieldInfo("TimeWorked", Kind.NUMBER),
        FieldInfo(CONTENT, Kind.TEXT),
        FieldInfo("id", Kind.TEXT, writable=False),
        FieldInfo("Queue", Kind.CHOICE, writable=False),
        FieldInfo("Creator", Kind.PERSON, writable=False),
        *(
            FieldInfo(name, Kind.MOMENT, writable=False)
            for name in ("Created", "Started", "Resolved", "LastUpdated")
        ),
    )
}
#: Fields whose change by somebody else makes a plan stale.
GUARDED = tuple(name for name, one in BUILT_IN.items() if one.writable and name != CONTENT)

_KINDS = {
    "Select": Kind.CHOICE,
    "DateTime": Kind.MOMENT,
    "HTML": Kind.HTML,
    "Freeform": Kind.TEXT,
    "Text": Kind.TEXT,
    "Wikitext": Kind.TEXT,
    "Combobox": Kind.TEXT,
    "Autocomplete": Kind.TEXT,
    "Date": Kind.TEXT,
    "IPAddress": Kind.TEXT,
    "IPAddressRange": Kind.TEXT,
}


@dataclass(frozen=True, slots=True)
class CustomField:
    """One custom field of the queue. `type` is empty where our user may not read about it."""

    id: str
    name: str
    type: str = ""
    multiple: bool = False
    values: tuple[str, ...] = ()

    @property
    def kind(self) -> Kind | None:
        """What it holds; None for files."""
        return _KINDS.get(self.type) if self.type else Kind.TEXT

    def info(self) -> FieldInfo:
        """Describe it as a field that a mapping line may name."""
        return FieldInfo(PREFIX + self.name, self.kind or Kind.TEXT, values=self.values)


CustomFields = Mapping[str, CustomField]


def custom(name: str) -> str:
    """Give the custom field's own name; "" for a built-in field."""
    return name[len(PREFIX) :] if name.startswith(PREFIX) else ""


def kind(name: str, known: CustomFields) -> Kind | None:
    """Tell what the field holds; a custom field nobody told us about holds text."""
    own = custom(name)
    if own:
        return known[own].kind if own in known else Kind.TEXT
    return BUILT_IN[name].kind if name in BUILT_IN else None


def fit(name: str, value: Value, known: CustomFields) -> Value:
    """Foretell what the field will show."""
    own = custom(name)
    if own:
        return _custom_fit(known.get(own, CustomField("", own)), value)
    if name in ROLES:
        return people(value)
    if isinstance(value, tuple):
        value = value[0] if value else None
    match BUILT_IN[name].kind if name in BUILT_IN else None:
        case Kind.NUMBER:
            return _whole(value)
        case Kind.MOMENT:
            return moment(value)
        case Kind.PERSON:
            return str(value or "").strip().lower() or None
    text = _sound(value)
    if name == CONTENT:
        return text.replace("\r\n", "\n").replace("\r", "\n").strip() or None
    return (subject(text) if name == "Subject" else text) or None


def subject(text: str) -> str:
    """Cut at 200 bytes of UTF-8 between letters; a line end, and the blanks around it, is a blank."""
    parts = re.split(r"[\r\n]+", text)
    ends = len(parts) - 1
    parts = [part.lstrip(" \t") if n else part for n, part in enumerate(parts)]
    line = " ".join(part.rstrip(" \t") if n < ends else part for n, part in enumerate(parts))
    return line.encode(errors="ignore")[:SUBJECT_BYTES].decode(errors="ignore")


def people(value: Value) -> Value:
    """Give one address, or several in alphabetical order, or None."""
    given = value if isinstance(value, tuple) else (value,)
    found = sorted({str(one or "").strip().lower() for one in given} - {""})
    if len(found) > 1:
        return tuple(found)
    return found[0] if found else None


def moment(value: Value) -> Value:
    """Give a moment in whole seconds of UTC; None for what is none."""
    if not value or value == UNSET:
        return None
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    found = found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    return found.strftime("%Y-%m-%dT%H:%M:%SZ")


def written_moment(value: Value) -> str:
    """Write a moment in the only form that RT 5 stores right; "" for none.

    A trailing Z is stored as it stands and read back as no date at all.
    """
    return str(value).replace("T", " ").removesuffix("Z") if value else ""


def _custom_fit(field: CustomField, value: Value) -> Value:
    given = value if isinstance(value, tuple) else (value,)
    found = [one for one in (_custom_value(field, item) for item in given) if one]
    apart = tuple(sorted(set(found)))
    if field.multiple or (not field.type and len(apart) > 1):
        return apart or None
    return found[0] if found else None


def _custom_value(field: CustomField, value: Value) -> str:
    if field.type == "DateTime":
        return str(moment(value) or "")
    text = _sound(value)
    if field.type == "Select":
        return next((one for one in field.values if one.lower() == text.lower()), text)
    return text


def _sound(value: Value) -> str:
    """Write a value as text, without the one character that no database takes."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).replace("\x00", "")


def _whole(value: Value) -> int:
    """Cut to a whole number; nothing is 0, since these fields are never empty."""
    try:
        return int(float(str(value or 0)))
    except (ValueError, OverflowError):
        return 0
