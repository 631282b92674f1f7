"""Read the vendor's JSON without trusting it: keys may be missing, and nobody is a zero GUID."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sync_service.errors import TryLater

Json = Mapping[str, Any]
ZERO = "00000000-0000-0000-0000-000000000000"
TOTALS = ("TotalRows", "Total", "TotalCount")


def guid(value: object) -> str | None:
    """Read a GUID in lower case; all-zero, empty and anything else is None."""
    return _guid(value) if isinstance(value, str) else None


@lru_cache(4096)
def _guid(value: str) -> str | None:
    """The same few people, places and issues stand in every ticket."""
    try:
        text = str(UUID(value))
    except ValueError:
        return None
    return None if text == ZERO else text


def text(value: object) -> str | None:
    """Read a text; empty is None."""
    return value if isinstance(value, str) and value.strip() else None


def part(row: Json, name: str) -> Json:
    """Read a nested object; missing and null are empty."""
    found = row.get(name)
    return found if isinstance(found, dict) else {}


#: A list that holds nothing may be missing, but then one of these says that it was a list.
LISTED = ("Items", "ItemCount", "Paging")


def rows(body: Json) -> tuple[Json, ...]:
    """Read a list of objects; a few old routes put it under `Item`.

    Raises `TryLater` where the answer is no list at all: that is not an empty one (R4).
    """
    found = next((body[one] for one in ("Items", "Item") if isinstance(body.get(one), list)), None)
    if found is not None and all(isinstance(row, Mapping) for row in found):
        return tuple(found)
    if found is None and any(name in body for name in LISTED):
        return ()
    raise TryLater("the site answered with an object that is no list; it is asked again later")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page as it came: where its rows stand, and the site's own time.

    `asked` rows were asked for; `size` is how long its pages are by its own account.
    """

    rows: tuple[Json, ...]
    start: int
    asked: int
    size: int
    total: int | None
    clock: datetime

    @property
    def end(self) -> int:
        """The number of the row after the last that came."""
        return self.start + len(self.rows)

    @property
    def left(self) -> int | None:
        """How many rows follow; None where the site does not count."""
        return None if self.total is None else max(self.total - self.end, 0)

    @property
    def last(self) -> bool:
        """Tell whether nothing follows, by the total or else by an empty page."""
        return not self.rows if self.total is None else self.end >= self.total


def sheet(body: Json, asked: int, index: int, clock: datetime) -> Sheet:
    """Read a page; its `Paging` tells which page it is, whatever was asked."""
    paging = part(body, "Paging")
    size = _number(paging.get("PageSize"))
    page = _number(paging.get("PageIndex"))
    size = asked if size is None or size < 1 else size
    page = index if page is None else page
    totals = (_number(paging.get(name)) for name in TOTALS)
    total = next((one for one in totals if one is not None), None)
    return Sheet(rows(body), page * size, asked, size, total, clock)


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
