"""Display values: what a field looks like to one user, in that user's zone and format.

Raw dates are UTC; a display date carries neither zone nor a hint of it, which is why a sync must
read `.value`. Source: vendor docs, Table API, sysparm_display_value.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from sync_service.simulators.servicenow.choices import LABELS
from sync_service.simulators.servicenow.database import Database
from sync_service.simulators.servicenow.schema import Field, Row

RAW = "%Y-%m-%d %H:%M:%S"
MOMENT_RAW = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
DATES = {"yyyy-MM-dd": "%Y-%m-%d", "MM/dd/yyyy": "%m/%d/%Y", "dd-MM-yyyy": "%d-%m-%Y"}
TIMES = {"HH:mm:ss": "%H:%M:%S", "hh:mm:ss a": "%I:%M:%S %p"}
JOURNALS = ("comments", "work_notes")


@dataclass(frozen=True, slots=True)
class Style:
    """How a user reads dates: an IANA zone and the vendor's own format words."""

    zone: str
    date: str
    time: str

    def show(self, raw: str) -> str:
        """Turn a raw UTC date into this user's."""
        return _shown(raw, self.zone, f"{DATES[self.date]} {TIMES[self.time]}")

    def read(self, text: str) -> str:
        """Turn what this user types into a raw UTC date; raise ValueError if it is none."""
        typed = datetime.strptime(text, f"{DATES[self.date]} {TIMES[self.time]}")  # noqa: DTZ007
        return typed.replace(tzinfo=ZoneInfo(self.zone)).astimezone(UTC).strftime(RAW)


@lru_cache(maxsize=100_000)
def _shown(raw: str, zone: str, pattern: str) -> str:
    moment = datetime.strptime(raw, RAW).replace(tzinfo=UTC)
    return moment.astimezone(ZoneInfo(zone)).strftime(pattern)


def display(database: Database, field: Field, row: Row, style: Style) -> str:
    """Give what the user sees of a field of `row`."""
    if field.journal:
        return journal(database, field, row, style)
    raw = row.get(field.name, "")
    if not raw:
        return ""
    if field.kind == "glide_date_time":
        return style.show(raw)
    if field.refers:
        place = database[field.refers]
        return place.rows.get(raw, {}).get(place.schema.display, "")
    return LABELS.get(field.name, {}).get(raw, raw) if field.choices else raw


def journal(database: Database, field: Field, row: Row, style: Style) -> str:
    """Join the entries of a journal field, newest first, each under its date and author."""
    wanted = JOURNALS if field.kind == "journal_list" else (field.name,)
    entries = database["sys_journal_field"].having("element_id", row["sys_id"])
    shown = [
        f"{_head(database, entry, style)}\n{entry['value']}\n\n"
        for entry in reversed(entries)
        if entry["element"] in wanted
    ]
    return "".join(shown)


def _head(database: Database, entry: Row, style: Style) -> str:
    users = database["sys_user"].having("user_name", entry["sys_created_by"])
    name = users[0]["name"] if users else entry["sys_created_by"]
    label = "Additional comments" if entry["element"] == "comments" else "Work notes"
    return f"{style.show(entry['sys_created_on'])} - {name} ({label})"
