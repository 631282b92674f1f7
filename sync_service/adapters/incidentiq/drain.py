"""Read all pages of something, or say that they cannot be trusted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from sync_service.adapters.answers import count_rows
from sync_service.adapters.incidentiq.shapes import Json, Sheet, guid
from sync_service.adapters.paging import Place, advance, window
from sync_service.errors import TryLater

ATTEMPTS = 3
Fetch = Callable[[int, int], Awaitable[Sheet]]
Enough = Callable[[Sheet], bool]


def _never(_: Sheet) -> bool:
    return False


async def drain(
    fetch: Fetch, size: int, id_name: str, enough: Enough = _never
) -> tuple[Json, ...] | None:
    """Read pages until nothing follows or `enough` is true of one; each row comes once.

    Starts again when rows moved between pages (R2); None after three times, or when the pages
    end before their own total.
    """
    for _ in range(ATTEMPTS):
        found = await _once(fetch, size, id_name, enough)
        if found is not None:
            return found
    return None


async def _once(fetch: Fetch, size: int, id_name: str, enough: Enough) -> tuple[Json, ...] | None:
    seen: dict[str, Json] = {}
    place = Place(0, size)
    while True:
        page = window(place.offset, place.size)
        sheet = await fetch(page.size, page.index)
        ids = [guid(row.get(id_name)) or "" for row in sheet.rows]
        seen.update(zip(ids, sheet.rows, strict=True))
        last = sheet.last or enough(sheet)
        step = advance(place, sheet.start, ids, asked=sheet.asked, size=sheet.size, last=last)
        if step.torn or step.stuck:
            return None
        if step.to is None:
            return tuple(seen.values())
        place = step.to


async def drain_all(
    fetch: Fetch, size: int, id_name: str, what: str, system: str
) -> tuple[Json, ...]:
    """Read all pages; raise TryLater if they will not hold still, Unbelievable if they do not end."""
    rows = 0

    async def counted(size: int, index: int) -> Sheet:
        nonlocal rows
        sheet = await fetch(size, index)
        rows += len(sheet.rows)
        count_rows(system, what, rows)
        return sheet

    found = await drain(counted, size, id_name)
    if found is None:
        raise TryLater(f"{what} kept moving between pages; it is read again later")
    return found
