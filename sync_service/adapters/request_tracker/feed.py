"""Judge a page of the change feed or of a scan: was it what we asked for? (R3)

Pure. Request Tracker answers 200 with an empty list to an unknown sort order and shows nothing
where a right is missing, so a reply has to prove itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from sync_service.adapters.request_tracker.codec import Json
from sync_service.adapters.request_tracker.query import Mark, utc


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page was asked for: tickets of a queue, by `field`, from a floor or after a row.

    `rows` are asked for at most.
    """

    queue: str
    field: str
    floor: datetime
    after: Mark | None = None
    rows: int = 0


def mark(row: Json, field: str) -> Mark:
    """Give the place of a row in the listing."""
    return Mark(utc(row[field]), int(row["id"]))


def doubt(found: Json, asked: Asked) -> str:
    """Say why the reply cannot be what was asked for; "" where it can.

    A last page may count only tickets that our account does not see.
    """
    rows: Sequence[Json] = found["items"]
    if not rows:
        last = asked.after is not None and int(found.get("total") or 0) <= asked.rows
        return "" if last or not found.get("total") else "the reply counts tickets but shows none"
    if any(not row.get(asked.field) or not row.get("Queue") for row in rows):
        return f"the rows lack {asked.field} or Queue, which were asked for"
    places = [mark(row, asked.field) for row in rows]
    if any((one.stamp, one.id) >= (two.stamp, two.id) for one, two in pairwise(places)):
        return f"the rows are not sorted by {asked.field} and id"
    if places[0].stamp < asked.floor.replace(microsecond=0):
        return f"a row is older than asked: the filter on {asked.field} was ignored"
    if asked.after and (places[0].stamp, places[0].id) <= (asked.after.stamp, asked.after.id):
        return "a row was shown again: the filter for the next page was ignored"
    if any(str(row["Queue"]["id"]) != asked.queue for row in rows):
        return "a row is of another queue: the filter on Queue was ignored"
    return ""


def more(found: Json, shown: int) -> bool:
    """Tell whether rows may follow; where RT hides the total, only an empty page is the end."""
    total = found.get("total")
    return shown > 0 and (total is None or int(total) > len(found["items"]))


def left(found: Json) -> int | None:
    """Count the rows that follow; None where RT hides the total."""
    total = found.get("total")
    return None if total is None else max(int(total) - len(found["items"]), 0)


def without(rows: Sequence[Json], control: Mark | None, floor: datetime) -> list[Json]:
    """Take the control out, unless it is a change of its own."""
    return [
        row
        for row in rows
        if control is None
        or int(row["id"]) != control.id
        or utc(row["LastUpdated"]) >= floor.replace(microsecond=0)
    ]


def shows(rows: Sequence[Json], control: Mark) -> bool:
    """Tell whether the control is among the rows, unchanged or changed."""
    return any(int(row["id"]) == control.id for row in rows)


def stood(clock: datetime, took: timedelta) -> datetime:
    """Give the server's time when the search began, from its time when it answered."""
    return clock - max(took, timedelta(0))
