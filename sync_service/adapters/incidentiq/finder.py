"""Look-ups by content, where an ignored filter must not look like an absence (R4).

The surprise: every filtered request also asks for a key that is known to exist. A reply that holds
it, and nothing that was not asked for, proves that the filter was read as meant. Until such a key
was seen, and whenever the proof fails, tickets are listed by creation time and compared here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from sync_service.adapters.incidentiq.api import Api
from sync_service.adapters.incidentiq.drain import drain
from sync_service.adapters.incidentiq.feed import NEWEST
from sync_service.adapters.incidentiq.lists import CustomField
from sync_service.adapters.incidentiq.shapes import Json, Sheet, guid
from sync_service.adapters.incidentiq.zone import Zone, iso
from sync_service.adapters.paging import sorted_down

#: Keys that one request asks for.
BATCH = 20
#: Asked with a filter for a handful of keys, more rows than this mean that it was ignored.
SURPLUS = 5
SLACK = timedelta(minutes=5)

Read = Callable[[Json], str | None]


class Finder:
    """Finds tickets by the content of a custom field."""

    def __init__(self, api: Api, zone: Zone, size: int, lag: timedelta) -> None:
        self._api, self._zone, self._size, self._lag = api, zone, size, lag
        self._sample: tuple[str, datetime] | None = None

    def saw(self, key: str | None, at: datetime) -> None:
        """Remember a key that exists, to prove the filter with."""
        if key and self._sample is None:
            self._sample = (key, at)

    async def by_filter(
        self, field: CustomField, keys: Sequence[str], read: Read, now: datetime
    ) -> tuple[Json, ...] | None:
        """Find by the site's filter; None where the reply does not prove that it was applied."""
        if self._sample is None or self._sample[1] + self._lag > now:
            return None
        control, found = self._sample[0], list[Json]()
        for start in range(0, len(keys), BATCH):
            part = [*keys[start : start + BATCH], control]
            rows = await self._filtered(field, part)
            if rows is None or not _applied(rows, part, read):
                return None
            if control not in map(read, rows):
                self._sample = None  # perhaps deleted meanwhile; the next one seen will do
                return None
            found += rows
        return _once(found)

    async def by_value(self, field: CustomField, values: Sequence[str]) -> tuple[Json, ...] | None:
        """Find by any custom field's value; what comes back is still to be compared.

        One value a request: how several are joined is documented in two ways.
        """
        found: list[Json] = []
        for value in values:
            rows = await self._filtered(field, [value])
            if rows is None:
                return None
            found += rows
        return _once(found)

    async def _filtered(self, field: CustomField, values: Sequence[str]) -> tuple[Json, ...] | None:
        filters = tuple(_facet(field, value) for value in values)
        ignored = False

        async def fetch(size: int, index: int) -> Sheet:
            return await self._api.search(NEWEST, size, index, filters)

        def too_many(sheet: Sheet) -> bool:
            nonlocal ignored
            ignored = sheet.total is not None and sheet.total > len(values) * SURPLUS + SURPLUS
            return ignored

        found = await drain(fetch, self._size, "TicketId", too_many)
        return None if ignored else found

    async def by_listing(self, created_since: datetime, *, sorts: bool) -> tuple[Json, ...] | None:
        """List tickets created since; None unless the listing proves that none is missing.

        Where the site does not sort, every page is read. Stamps of the repeated hour order nothing.
        """
        floor = self._zone.floor(created_since - SLACK, created_since + timedelta(days=1))
        honest = True

        async def fetch(size: int, index: int) -> Sheet:
            return await self._api.search(NEWEST, size, index)

        def older(sheet: Sheet) -> bool:
            nonlocal honest
            born = [self._zone.read(row.get("CreatedDate")) for row in sheet.rows]
            sure = [moment.at for moment in born if moment and moment.certain]
            honest = not sorts or (honest and sorted_down([iso(stamp) for stamp in sure]))
            return not honest or (sorts and any(stamp < floor for stamp in sure))

        found = await drain(fetch, self._size, "TicketId", older)
        return found if honest else None


def _facet(field: CustomField, value: str) -> Json:
    kind = "customfieldselect" if field.options else "customfieldtext"
    return {
        "Facet": kind,
        "CustomFieldTypeId": field.id,
        "Name": value,
        "Value": value,
        "GroupIndex": 0,
    }


def _once(rows: Iterable[Json]) -> tuple[Json, ...]:
    return tuple({guid(row.get("TicketId")): row for row in rows}.values())


def _applied(rows: Iterable[Json], keys: Sequence[str], read: Read) -> bool:
    wanted = {key.casefold() for key in keys}
    return all((read(row) or "").casefold() in wanted for row in rows)
