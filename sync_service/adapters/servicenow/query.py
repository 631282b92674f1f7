"""Encoded queries: what goes into `sysparm_query`. Pure.

Two surprises. A part that the instance does not understand is ignored and the rest is run, so
nothing here is believed until the rows were checked. And a value that begins with `javascript:` is
*evaluated* by the instance, so text from tickets must pass `searchable` first.
Source: vendor documentation, Table API and encoded query strings; reference itsm-vendors 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

#: The instance's own word for the account that asks (GlideSystem documentation, `getUserID`).
ME = "sys_id=javascript:gs.getUserID()"
#: Later than any stamp: a filter that is applied finds nothing from here on.
NEVER_YET = "2999-12-31 00:00:00"


def searchable(value: str) -> bool:
    """Tell whether a query may carry the value: it is no script and one line."""
    plain = value.strip()
    return bool(plain) and "javascript:" not in plain.casefold() and plain.isprintable()


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
