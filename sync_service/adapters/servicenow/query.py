"""Encoded queries: what goes into `sysparm_query`. Pure.

Two surprises. A part that the instance does not understand is ignored and the rest is run, so
nothing here is believed until the rows were checked. And a value that begins with `javascript:` is
*evaluated* by the instance, so text from tickets must pass `searchable` first.
Source: vendor documentation, Table API and encoded query strings; reference itsm-vendors 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

#: The instance's own word for the account that asks (GlideSystem documentation, `getUserID`).
ME = "sys_id=javascript:gs.getUserID()"
#: Later than any stamp: a filter that is applied finds nothing from here on.
NEVER_YET = "2999-12-31 00:00:00"
#: A shorter part of a text would find too many rows.
SHORTEST_PIECE = 6
_UNSEARCHABLE = re.compile(r"javascript:|[\x00-\x1f\x7f-\x9f\u2028\u2029]", re.IGNORECASE)


def searchable(value: str) -> bool:
    """Tell whether a query may carry the value: it is no script and one line."""
    plain = value.strip()
    return bool(plain) and "javascript:" not in plain.casefold() and plain.isprintable()


def piece(value: str) -> str:
    """Give the longest part of a text that a query may carry; "" where all are too short."""
    parts = (one.strip() for one in _UNSEARCHABLE.split(value))
    longest = max(parts, key=len)
    return longest if len(longest) >= SHORTEST_PIECE and searchable(longest) else ""


def quoted(value: str) -> str:
    """Double the sign that would end a condition."""
    return value.replace("^", "^^")


def one_of(name: str, values: Iterable[str]) -> str:
    """Ask that a field has one of the values; a comma cannot be quoted inside `IN`."""
    wanted = list(values)
    if len(wanted) == 1 or any("," in value for value in wanted):
        return "^OR".join(f"{name}={quoted(value)}" for value in wanted)
    return f"{name}IN" + ",".join(quoted(value) for value in wanted)


def both(*parts: str) -> str:
    """Ask that all parts hold, leaving out empty ones."""
    return "^".join(part for part in parts if part)


def ascending(condition: str, stamp: str, floor: str) -> str:
    """Ask for rows stamped at or after `floor` ("" for all), oldest first, then by sys_id."""
    since = f"{stamp}>={floor}" if floor else ""
    return both(condition, since, f"ORDERBY{stamp}", "ORDERBYsys_id")


def chunks(values: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """Cut a list of values into parts that fit into an address line."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
