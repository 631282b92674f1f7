"""Rows of the Table API to tickets, and what the instance will show for a value. Pure.

Rows are asked with `sysparm_display_value=all`: every column is `{display_value, value}`. The
surprise: shown dates are in our user's zone and format, so dates, flags and numbers are taken from
the raw value, and only choices and references from the display name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from sync_service.adapters.servicenow import stamps
from sync_service.adapters.servicenow.catalogue import CORE, RAW, Column
from sync_service.adapters.servicenow.schema import Schema
from sync_service.core.outgoing import Kind
from sync_service.core.text import plain, sanitise
from sync_service.core.values import Ticket, Value, Version

#: One row as it arrives.
Row = Mapping[str, Any]
PLACES = frozenset({"location"})


@dataclass(frozen=True, slots=True)
class Desk:
    """What decoding needs to know: the address, the table, the key's column and our `user_name`."""

    url: str
    table: str
    key_field: str
    me: str


#: States of an incident as they ship: resolved, closed, canceled (vendor docs: incident state model).
OVER = frozenset({"6", "7", "8"})


def value(row: Row, name: str) -> str:
    """Give a column's raw value; "" where it is empty or missing."""
    return _cell(row, name, "value")


def display(row: Row, name: str) -> str:
    """Give what a column shows; "" where it is empty or missing."""
    return _cell(row, name, "display_value")


def _cell(row: Row, name: str, part: str) -> str:
    found = row.get(name)
    if isinstance(found, dict):
        found = found.get(part)
    return found if isinstance(found, str) else "" if found is None else str(found)


def raw_row(row: Row) -> dict[str, str]:
    """Give all raw values of a row."""
    return {name: value(row, name) for name in row}


def key(row: Row, stamp: str) -> tuple[str, str]:
    """Give what rows are sorted by: a raw stamp and the sys_id."""
    return value(row, stamp), value(row, "sys_id")


def version(row: Row) -> Version:
    """Read how far a ticket has come; raise ValueError if the row does not say."""
    return Version(
        stamps.moment(value(row, "sys_updated_on")), int(value(row, "sys_mod_count") or 0)
    )


def ticket(row: Row, schema: Schema, desk: Desk) -> Ticket:
    """Read one row, without comments; raise ValueError if it has no id or stamps.

    A column that our user may not read is not in the row, while an empty one is there as "": without
    the key's or the creator's nobody knows whose copy it is (R14).
    """
    if absent := [name for name in (*CORE, desk.key_field) if not tells(row, name)]:
        raise ValueError(f"a row without {', '.join(absent)}")
    id = value(row, "sys_id")
    if not id:
        raise ValueError("a row without sys_id")
    columns = [column for column in schema.columns.values() if _is_shown(row, column)]
    seen = {column.name: shown(row, column) for column in columns}
    coded = (column.name for column in columns if column.coded)
    hidden = {name for name in schema.columns if name not in seen}
    return Ticket(
        id=id,
        version=version(row),
        created=stamps.moment(value(row, "sys_created_on")),
        fields={**seen, **{name + RAW: value(row, name) or None for name in coded}},
        unshown=frozenset(hidden | {name + RAW for name in hidden}),
        key=value(row, desk.key_field) or None,
        ours=value(row, "sys_created_by").casefold() == desk.me.casefold(),
        closed=value(row, "active") == "false" or value(row, "state") in OVER,
        number=value(row, "number"),
        url=f"{desk.url}/nav_to.do?uri={desk.table}.do%3Fsys_id={id}",
        data={"id": id, **_document(row, columns, seen)},
    )


def _is_shown(row: Row, column: Column) -> bool:
    """Tell whether a row shows a column: the raw value, and what is shown for it where that counts.

    Of a person it must show the address, too, or "" for none.
    """
    name = column.name
    if not tells(row, name) or not value(row, name):
        return tells(row, name)
    person = column.kind is Kind.PERSON
    named = not column.coded or tells(row, name, "display_value")
    return named and (not person or tells(row, f"{name}.email"))


def tells(row: Row, name: str, part: str = "value") -> bool:
    """Tell whether a row has this part of a column.

    What our user may not read is dropped from the answer, while an empty column is "".
    """
    found = row.get(name)
    return name in row and (not isinstance(found, dict) or part in found)


def shown(row: Row, column: Column) -> Value:
    """Give a column's value as mappings see it; None where it is empty."""
    raw = value(row, column.name)
    if not raw.strip():
        return None
    match column.kind:
        case Kind.PERSON:
            return _email(row, column.name) or display(row, column.name).strip() or raw
        case Kind.CHOICE:
            return display(row, column.name).strip() or raw
        case Kind.MOMENT:
            return stamps.iso(raw)
        case Kind.BOOL:
            return raw == "true"
        case Kind.NUMBER:
            return _number(raw)
    return fit(column, raw)


def _email(row: Row, name: str) -> str:
    return value(row, f"{name}.email").strip().lower()


def _number(raw: str) -> Value:
    try:
        number = float(raw)
    except ValueError:
        return raw
    if not isfinite(number):
        return raw
    return int(number) if number.is_integer() else number


def _document(row: Row, columns: Iterable[Column], seen: Mapping[str, Value]) -> Mapping[str, Any]:
    """Give the row for expressions: people and places are objects, empty columns are ""."""
    told: dict[str, Any] = {name: "" if one is None else one for name, one in seen.items()}
    for column in columns:
        if column.kind is Kind.PERSON or column.name in PLACES:
            told[column.name] = _object(row, column)
    return told


def _object(row: Row, column: Column) -> Mapping[str, str]:
    named = {"name": display(row, column.name), "value": value(row, column.name)}
    return {**named, "email": _email(row, column.name)} if column.kind is Kind.PERSON else named


def fit(column: Column | None, given: Value) -> Value:
    """Foretell what a ticket shows for a value, as `ticket` reads it."""
    if column is None or not isinstance(given, str):
        return _fit_other(column, given)
    match column.kind:
        case Kind.HTML:
            return sanitise(given).strip() or None
        case Kind.PERSON:
            return given.strip().lower() if "@" in given else given.strip() or None
        case Kind.CHOICE:
            return given.strip() or None
        case Kind.MOMENT:
            return _fit_moment(given)
        case Kind.BOOL:
            return given.strip().casefold() in {"true", "yes", "on", "1"} if given.strip() else None
        case Kind.NUMBER:
            return _number(given.strip()) if given.strip() else None
    return _fit_text(given, column.longest)


def _fit_text(given: str, longest: int) -> Value:
    text = plain(given, html=False).strip()
    return (text[:longest].rstrip() if longest else text) or None


def _fit_other(column: Column | None, given: Value) -> Value:
    if given in ("", ()):
        return None
    if column is not None and column.kind is Kind.TEXT and isinstance(given, int | float):
        return str(given).lower() if isinstance(given, bool) else str(given)
    return given


def _fit_moment(given: str) -> Value:
    try:
        return stamps.iso(stamps.raw(stamps.from_iso(given)))
    except ValueError:
        return given.strip() or None
