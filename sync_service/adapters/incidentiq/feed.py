"""The change feed and the scan: pages of rows, judged before anybody believes them.

The vendor's date filters are a day wide and unknown ones are dropped in silence, so the feed is a
*sort*: newest change first, until a row is older than asked. The surprise: that needs no filter at
all, and an idle poll is one request. Rows that move while we page come again at the front.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sync_service.adapters.base import Page
from sync_service.adapters.incidentiq import codec
from sync_service.adapters.incidentiq.api import Api
from sync_service.adapters.incidentiq.shapes import Json, Sheet, guid
from sync_service.adapters.incidentiq.zone import Moment, Zone, iso, utc
from sync_service.adapters.paging import Place, Step, advance, sorted_down, window
from sync_service.core.values import NEVER

CHANGED = "TicketModifiedDate desc"
CREATED = "TicketCreatedDate asc"
NEWEST = "TicketCreatedDate desc"
#: The first page of a poll is small, because nearly always nothing has changed.
FIRST = 25
#: A stamp this far ahead of the site's own clock means that the zone is wrong.
AHEAD = timedelta(minutes=10)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a feed or scan goes on.

    `until` bounds a feed; `day` is a scan's filter at the site, `watermark` its last row's creation.
    """

    place: Place
    until: str = ""
    watermark: str = ""
    day: str = ""

    def __str__(self) -> str:
        place = self.place
        parts = [place.offset, place.size, place.last, self.until, self.watermark, self.day]
        return json.dumps(parts, separators=(",", ":"))

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """Read what `str()` wrote."""
        offset, size, last, until, watermark, day = json.loads(text)
        return cls(Place(offset, size, last), until, watermark, day)


class Feed:
    """Pages of one site's tickets; rows are raw documents, decoded by the adapter.

    `sorts` tells whether the site was seen to sort at all.
    """

    def __init__(self, api: Api, zone: Zone, product: str, size: int, overlap: timedelta) -> None:
        self._api, self._zone, self._product = api, zone, product
        self._size, self._overlap = size, overlap
        self.sorts = True

    async def prove(self) -> None:
        """See whether the site sorts at all (R3): both ends of an order must differ.

        Rows of one page may look sorted by chance, so their order alone proves nothing. After an
        import all tickets may have one stamp, and then every order is right.
        """
        down, up = await self._end(CHANGED), await self._end(CHANGED.replace("desc", "asc"))
        alone = down.total in (None, 0, 1)
        self.sorts = alone or _first(down) != _first(up) or await self._one_stamp()

    async def _one_stamp(self) -> bool:
        sheet = await self._api.search(CHANGED, self._size, 0)
        return len({codec.version(row, self._zone).stamp for row in sheet.rows}) <= 1

    async def _end(self, order: str) -> Sheet:
        return await self._api.search(order, 1, 0)

    async def now(self) -> Page:
        """Read the present watermark and clock, and no rows; see whether the site sorts (R3)."""
        await self.prove()
        sheet = await self._api.search(CHANGED, 1, 0)
        stamps = [codec.version(row, self._zone).stamp for row in sheet.rows]
        doubt = "" if self.sorts else "both ends of an order show the same ticket: it does not sort"
        return Page((), None, _watermark(stamps, sheet.clock), sheet.clock, doubt=doubt)

    async def changed(self, since: str, page: str | None) -> tuple[Page, tuple[Json, ...]]:
        """Read one page of the feed; the rows that count come beside the page."""
        cursor = Cursor.parse(page) if page else Cursor(Place(0, self._size))
        sheet = await self._sheet(cursor, CHANGED, FIRST if page is None else self._size)
        versions = [codec.version(row, self._zone) for row in sheet.rows]
        stamps = [version.stamp for version in versions]
        sure = [version.stamp for version in versions if version.certain]
        if page is None:
            floor = self._zone.floor(_moment(since) - self._overlap, sheet.clock)
            cursor = replace(cursor, until=iso(floor), watermark=_watermark(stamps, sheet.clock))
        until = _moment(cursor.until)
        drained = any(stamp < until for stamp in stamps)
        step = _advance(cursor.place, sheet, last=drained or sheet.last)
        doubt = self._doubt(sure, sheet, step, "TicketModifiedDate")
        doubt = doubt or _undated(stamps, "ModifiedDate")
        fresh = [row for row, stamp in zip(sheet.rows, stamps, strict=True) if stamp >= until]
        told = Page(
            (),
            str(replace(cursor, place=step.to)) if step.to else None,
            cursor.watermark,
            sheet.clock,
            torn=step.torn,
            doubt=doubt,
        )
        return told, self.ours(fresh)

    async def scan(
        self, created_since: datetime | None, cursor: str | None
    ) -> tuple[Page, tuple[Json, ...]]:
        """Read one page in order of creation.

        A torn scan goes back to the day of its last row instead of to its beginning.
        """
        day = self._day(created_since) if created_since else ""
        at = Cursor.parse(cursor) if cursor else Cursor(Place(0, self._size), day=day)
        sheet = await self._sheet(at, CREATED, self._size)
        if at.day and not at.place.offset and not sheet.rows:  # an unreadable date empties, too
            at = replace(at, day="")
            sheet = await self._sheet(at, CREATED, self._size)
        born = [self._born(row) for row in sheet.rows]
        stamps = [moment.at for moment in born]
        sure = [moment.at for moment in born if moment.certain]
        step = _advance(at.place, sheet, last=sheet.last)
        doubt = self._doubt(sure[::-1], sheet, step, "TicketCreatedDate")
        doubt = doubt or _undated(stamps, "CreatedDate")
        after = self._after(at, step, stamps)
        told = Page((), after, "", sheet.clock, doubt=doubt, left=sheet.left)
        if created_since is None:
            return told, self.ours(sheet.rows)
        slack = self._zone.floor(created_since, sheet.clock)
        kept = [row for row, stamp in zip(sheet.rows, stamps, strict=True) if stamp >= slack]
        return told, self.ours(kept)

    def _after(self, at: Cursor, step: Step, stamps: Sequence[datetime]) -> str | None:
        if step.torn and at.watermark:
            day = self._day(_moment(at.watermark))
            return str(Cursor(Place(0, self._size), watermark=at.watermark, day=day))
        if step.to is None:
            return None
        return str(replace(at, place=step.to, watermark=iso(stamps[-1])))

    async def _sheet(self, at: Cursor, order: str, size: int) -> Sheet:
        page = window(at.place.offset, min(size, at.place.size))
        return await self._api.search(order, page.size, page.index, _since_day(at.day))

    def ours(self, rows: Sequence[Json]) -> tuple[Json, ...]:
        """Leave out deleted tickets and those of another product, whatever the filter did."""
        return tuple(
            row
            for row in rows
            if not row.get("IsDeleted") and guid(row.get("ProductId")) in (None, self._product)
        )

    def _born(self, row: Json) -> Moment:
        return self._zone.read(row.get("CreatedDate")) or Moment(NEVER.stamp)

    def _day(self, moment: datetime) -> str:
        """Write a day as the vendor's date filters want it, a day early for safety."""
        return f"{self._zone.local(moment) - DAY:%m/%d/%Y}"

    def _doubt(self, stamps: Sequence[datetime], sheet: Sheet, step: Step, field: str) -> str:
        """Say what is wrong; stamps of the repeated hour are left out, they order nothing."""
        if not self.sorts or not sorted_down([iso(stamp) for stamp in stamps]):
            return f"the tickets did not come sorted by {field}, as they were asked for"
        if stamps and stamps[0] > sheet.clock + AHEAD:
            ahead = stamps[0] - sheet.clock
            return (
                f"the newest ticket is dated {ahead} after the site's own clock:"
                " set `time_zone` to the site's zone"
            )
        if step.stuck:
            return f"the pages end at row {sheet.end} of {sheet.total}: paging is not followed"
        return ""


def _advance(place: Place, sheet: Sheet, *, last: bool) -> Step:
    ids = [guid(row.get("TicketId")) or "" for row in sheet.rows]
    return advance(place, sheet.start, ids, asked=sheet.asked, size=sheet.size, last=last)


def _undated(stamps: Sequence[datetime], name: str) -> str:
    """A ticket without a date would pass for an old one, and end the reading there."""
    return f"a ticket came without a readable {name}" if NEVER.stamp in stamps else ""


def _first(sheet: Sheet) -> str | None:
    return guid(sheet.rows[0].get("TicketId")) if sheet.rows else None


def _since_day(day: str) -> tuple[Json, ...]:
    if not day:
        return ()
    value = f"date>={day}"
    return ({"Facet": "createddate", "Name": value, "Value": value},)


def _watermark(stamps: Sequence[datetime], clock: datetime) -> str:
    """Give where the feed stands: its newest row, but never later than the site's own time.

    A row dated ahead of the clock would make every later change look old.
    """
    return iso(min([max(stamps, default=clock), clock]))


def _moment(text: str) -> datetime:
    read = utc(text)
    if read is None:
        raise ValueError(f"not a watermark of Incident IQ: {text!r}")
    return read
