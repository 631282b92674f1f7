"""What a write's values become before any rule sees them.

The Table API is forgiving to a fault: unknown and read-only fields are skipped, long texts are
cut, numbers that are none are dropped, all with a 200. Source: itsm-vendors reference 1.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sync_service.simulators.servicenow.choices import LABELS
from sync_service.simulators.servicenow.database import Database
from sync_service.simulators.servicenow.display import MOMENT_RAW, Style
from sync_service.simulators.servicenow.schema import INCIDENT, Field
from sync_service.simulators.switches import Switches

Accept = Callable[[Field], bool]


class Coercion:
    """Turns values as sent into values as stored, for one user."""

    def __init__(
        self, database: Database, switches: Switches, style: Style, *, displayed: bool = False
    ) -> None:
        self._database, self._switches, self._style = database, switches, style
        self._displayed = displayed

    def __call__(self, sent: Mapping[str, Any], accept: Accept) -> dict[str, str]:
        """Give what will be stored, journal entries included, leaving out what is skipped."""
        stored: dict[str, str] = {}
        for name, value in sent.items():
            field = INCIDENT.fields.get(name)
            if field is None or field.read_only or not accept(field):
                continue
            kept = self._stored(field, _text(value))
            if kept is not None:
                stored[name] = kept
        return stored

    def _stored(self, field: Field, text: str) -> str | None:
        """Give the stored form of one value; None drops it."""
        if field.journal:
            return text or None
        if field.choices:
            return self._choice(field, text)
        if field.refers:
            return self._reference(field, text)
        if field.kind == "glide_date_time":
            return self._moment(text)
        if field.kind == "boolean":
            return "true" if text.lower() in ("true", "1", "yes") else "false"
        return text[: field.longest]

    def _choice(self, field: Field, text: str) -> str | None:
        if not text:
            return None  # "" does not clear a choice field [D]
        if self._displayed:
            by_label = {label.casefold(): value for value, label in LABELS[field.name].items()}
            text = by_label.get(text.casefold(), text)
        if field.kind == "integer":
            return text if text.strip().isdigit() else None
        return text[: field.longest]

    def _reference(self, field: Field, text: str) -> str | None:
        place = self._database[field.refers]
        if not text or text in place.rows:
            return text
        if self._displayed:
            found = place.having(place.schema.display, text)
            if found:
                return found[0]["sys_id"]
        return text[: field.longest] if self._switches.word("unknown_reference") == "raw" else None

    def _moment(self, text: str) -> str | None:
        if not text:
            return ""
        if self._displayed:
            try:
                return self._style.read(text)
            except ValueError:
                return None
        return text if MOMENT_RAW.fullmatch(text) else None


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):  # {"value": ..} and {"display_value": ..} as a GET shows them
        return _text(value.get("value", value.get("display_value")))
    return str(value)
