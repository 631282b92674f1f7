"""How far a sweep has come and how the last one ended: as plain data, and in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sync_service.core.sweeping import Round
    from sync_service.core.values import Sides
    from sync_service.store import SweepRow

#: What each finding is called; the system's name follows.
_WORDS = {
    "gone": "tickets gone from",
    "merged": "tickets merged on",
    "back": "pairs whose tickets are back",
    "missed": "changes that the search did not show, on",
    "unfed": "new tickets that the search did not show, on",
    "silent": "changes that moved no date or version, on",
    "comment": "comments not seen before, on",
    "apart": "lines that stand apart",
    "drift": "one-way lines whose target shows something else",
    "lost copy": "copies of comments deleted on",
    "lost original": "copied comments deleted on",
    "busy": "pairs left alone, since they are due for a look anyway",
    "unreadable": "tickets that could not be read",
}
_ALONE = frozenset({"back", "busy", "apart", "drift", "unreadable"})


def as_data(row: SweepRow, systems: Sides[str]) -> dict[str, Any]:
    """Give how far a sweep has come and how the last one ended, as plain data."""
    last = None
    if row.last is not None:
        round_, ended = row.last
        last = {**_round(round_, systems), "at": ended}
        last["seconds"] = round((ended - round_.began).total_seconds(), 1)
    now = _round(row.round, systems) if row.round else None
    return {"now": now, "last": last, "asked": row.asked_at is not None}


def _round(one: Round, systems: Sides[str]) -> dict[str, Any]:
    from sync_service.core.values import Side

    return {
        "began": one.began,
        "pairs": one.pairs,
        "looks": one.looks,
        "repair": one.repair,
        "next": None if one.asked else one.next_at,
        "requests": {systems.of(side): one.requests.of(side) for side in Side},
        "found": [
            {"kind": str(kind), "system": systems.of(side), "count": count}
            for (kind, side), count in sorted(one.found.items())
        ],
    }


def lines_of(name: str, last: Mapping[str, Any]) -> list[str]:
    """Say in words how a sweep ended."""
    spent = " and ".join(f"{count} to {system}" for system, count in last["requests"].items())
    first = f"{name}: {last['pairs']} pairs compared in {last['seconds']} s, requests: {spent}"
    lines = [f"{first}; pairs to settle: {last['looks']}"]
    for one in last["found"]:
        words = _WORDS[one["kind"]]
        where = "" if one["kind"] in _ALONE else f" {one['system']}"
        lines.append(f"  {words}{where}: {one['count']}")
    return lines if last["found"] else [*lines, "  nothing that the searches had not shown"]
