"""What changed, and what there is: the two walks through the table that an engine pages through.

The surprise: the watermark is the instance's own clock when the question left us, never the newest
row's stamp and never our clock; rows stamped while the answer was made come again (R2).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sync_service.adapters.base import Page
from sync_service.adapters.servicenow import codec, query, stamps
from sync_service.adapters.servicenow.instance import Instance
from sync_service.adapters.servicenow.place import Place

#: Stamps have one second, and the clock that a watermark is taken from has one too.
LEAST_OVERLAP = timedelta(seconds=2)
CHANGED, CREATED = "sys_updated_on", "sys_created_on"


class Feed:
    """Pages of tickets without comments."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        settings = instance.settings
        self._overlap = max(LEAST_OVERLAP, settings.skew) + settings.index_lag

    async def changed(self, since: str | None, page: str | None) -> Page:
        """Read one page as `Adapter.changed` says; an idle poll is one request."""
        if page is not None:
            return await self._page(CHANGED, Place.read(page))
        if since is None:
            return await self._present()
        floor = stamps.raw(stamps.moment(since) - self._overlap)
        return await self._page(CHANGED, self._first(floor))

    async def scan(self, created_since: datetime | None, cursor: str | None) -> Page:
        """Read one page as `Adapter.scan` says."""
        if cursor is not None:
            return await self._page(CREATED, Place.read(cursor))
        floor = "" if created_since is None else stamps.raw(created_since)
        return await self._page(CREATED, self._first(floor))

    def _first(self, floor: str) -> Place:
        return Place.first(floor, self._instance.settings.page_size)

    async def _present(self) -> Page:
        table = self._instance.settings.table
        asked = f"{CHANGED}>={query.NEVER_YET}"
        window = await self._instance.api.window(table, asked, ("sys_id",), 1)
        doubt = f"the filter on {CHANGED} was ignored" if window.rows else ""
        return Page((), None, stamps.raw(window.asked), window.at, doubt=doubt)

    async def _page(self, stamp: str, place: Place) -> Page:
        instance = self._instance
        asked = query.ascending("", stamp, place.floor)
        columns = instance.asked()
        window = await instance.api.window(
            instance.settings.table, asked, columns, place.limit, place.offset
        )
        mark = place.mark or stamps.raw(window.asked)
        keys = [codec.key(row, stamp) for row in window.rows]
        if doubt := place.doubt(keys):
            return Page((), None, mark, window.at, doubt=doubt)
        if place.torn(keys):
            return Page((), None, mark, window.at, torn=True)
        new = zip(window.rows, place.fresh(keys), strict=True)
        rows = tuple(instance.ticket(row) for row, fresh in new if fresh)
        following = replace(place.after(keys), mark=mark).write() if window.more else None
        return Page(rows, following, mark, window.at, left=window.left(place.offset))
