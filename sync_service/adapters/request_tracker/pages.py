"""The change feed and the scan: one listing by key, and the control that proves the feed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from sync_service.adapters.answers import row_by_row
from sync_service.adapters.base import Page
from sync_service.adapters.request_tracker import codec, feed, query
from sync_service.adapters.request_tracker.feed import Asked
from sync_service.adapters.request_tracker.query import Mark
from sync_service.adapters.request_tracker.reader import Reader
from sync_service.core.values import Ticket
from sync_service.errors import NeedsHuman

#: Before any ticket; 1970 itself would mean "unset".
EPOCH = datetime(1971, 1, 1, tzinfo=UTC)
#: After any ticket.
NEVER_YET = datetime(2037, 1, 1, tzinfo=UTC)
PROOFS = 3


@dataclass
class Pages:
    """Pages through one queue. `control` is a ticket that every first page of changes must show."""

    reader: Reader
    clock: Callable[[], datetime]
    overlap: timedelta
    rows: int
    control: Mark | None = field(default=None)

    async def now(self, desk: codec.Desk) -> Page:
        """Give the present watermark, by a search that must find nothing (R3)."""
        began = self.clock()
        where = query.listing(desk.queue, "LastUpdated", NEVER_YET, None)
        found, headers = await self.reader.search(where, ("LastUpdated", "id"), 1)
        stood, clock = self._times(headers, began)
        doubt = "the filter on LastUpdated was ignored" if found["items"] else ""
        return Page((), None, _watermark(stood), clock, doubt=doubt)

    async def changed(self, desk: codec.Desk, since: str, page: str | None) -> Page:
        """Read a page of changes; the first one must show the control, or prove itself anew."""
        floor = datetime.fromisoformat(since) - self.overlap
        if page is not None:
            after = Mark.parse(page)
            asked = Asked(desk.queue, "LastUpdated", floor, after, self.rows)
            return await self._listed(desk, asked, None)
        asked = Asked(desk.queue, "LastUpdated", floor, rows=self.rows)
        return await self._listed(desk, asked, self.control)

    async def scan(self, desk: codec.Desk, since: datetime | None, cursor: str | None) -> Page:
        """Read a page of tickets in order of creation."""
        after = Mark.parse(cursor) if cursor else None
        floor = since.astimezone(UTC) if since else EPOCH
        return await self._listed(desk, Asked(desk.queue, "Created", floor, after, self.rows), None)

    async def _listed(self, desk: codec.Desk, asked: Asked, control: Mark | None) -> Page:
        began = self.clock()
        where = query.listing(asked.queue, asked.field, asked.floor, asked.after)
        if control:
            where = query.watched(where, asked.queue, control)
        found, headers = await self.reader.search(where, (asked.field, "id"), self.rows)
        stood, clock = self._times(headers, began)
        doubt = ""
        if asked.field == "LastUpdated" and asked.after is None:
            doubt = await self._proved(desk, found, control)
        rows = feed.without(found["items"], control, asked.floor)
        doubt = doubt or feed.doubt({**found, "items": rows, "total": len(rows)}, asked)
        if not found["items"] and found.get("total"):
            doubt = feed.doubt(found, asked)
        read, unread = row_by_row(
            () if doubt else rows, lambda row: codec.ticket(row, desk), lambda row: str(row["id"])
        )
        follows = feed.more(found, len(rows)) and not doubt
        return Page(
            read,
            str(feed.mark(rows[-1], asked.field)) if follows else None,
            _watermark(stood),
            clock,
            doubt=doubt,
            left=feed.left(found),
            unread=unread,
        )

    async def _proved(self, desk: codec.Desk, found: codec.Json, control: Mark | None) -> str:
        """Say what is wrong if the control is absent; follow it where it was changed."""
        if control is None:
            return await self.watch(desk) if not found["items"] else ""
        for row in found["items"]:
            if int(row["id"]) == control.id:
                self.control = feed.mark(row, "LastUpdated")
                return ""
        return await self.watch(desk)

    async def watch(self, desk: codec.Desk) -> str:
        """Choose the queue's oldest ticket as control and prove that searches see it.

        Gives a doubt if the queue shows nothing any more. Raises `NeedsHuman` if the account reads
        times in another zone than UTC.
        """
        for _ in range(PROOFS):
            oldest, _headers = await self.reader.search(f"Queue = {desk.queue}", rows=1)
            if not oldest["items"]:
                return await self._emptied(desk)
            control = feed.mark(oldest["items"][0], "LastUpdated")
            shown, _headers = await self.reader.search(query.exactly(control), rows=1)
            if feed.shows(shown["items"], control):
                self.control = control
                return ""
        raise NeedsHuman(
            f"{self.reader.http.system} reads times in another zone than UTC. Sign in as"
            f" {desk.me!r}, set Settings > Timezone to UTC, then run `sync-service check`."
        )

    async def _emptied(self, desk: codec.Desk) -> str:
        gone, self.control = self.control, None
        if gone is None:
            return ""
        if not isinstance(await self.reader.absent(str(gone.id), desk), Ticket):
            return ""
        self.control = gone
        return (
            f"queue {desk.queue_name!r} shows no ticket any more, but ticket {gone.id} is there;"
            " was the queue disabled, or a right taken away?"
        )

    def _times(self, headers: Mapping[str, str], began: datetime) -> tuple[datetime, datetime]:
        """Give the server's time when the search began, and when it answered."""
        ended = self.clock()
        clock = parsedate_to_datetime(headers["date"]) if "date" in headers else ended
        return feed.stood(clock, ended - began), clock


def _watermark(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(microsecond=0).isoformat()
