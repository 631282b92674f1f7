"""Read tickets whole: the comments of all of them first, then each ticket itself (R1).

The surprise: one ticket that we may not see can answer 401 like a dead token, so it is gone for us
only after another route has let us in.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from sync_service.adapters.answers import row_by_row
from sync_service.adapters.http import Response
from sync_service.adapters.http.response import words
from sync_service.adapters.incidentiq import codec
from sync_service.adapters.incidentiq.api import GONE, NOT_FOUND, REFUSED, ROOT, Api, envelope, told
from sync_service.adapters.incidentiq.drain import drain_all
from sync_service.adapters.incidentiq.names import Names
from sync_service.adapters.incidentiq.people import Directory
from sync_service.adapters.incidentiq.shapes import Json, Sheet, guid, part, sheet, text
from sync_service.core.values import Comment, Gone, Merged, Origin, Reading, Ticket
from sync_service.errors import AuthFailed, NeedsHuman, SyncServiceError, quoted

ACTIVITIES = f"{ROOT}/tickets/activities"
ACTIVITY_PAGE = 500
BATCH = 50
BAD_REQUEST = 400


class Reader:
    """Reads and decodes. `external` turns true once an ExternalId of ours came back (R21)."""

    def __init__(self, api: Api, names: Names, people: Directory) -> None:
        self._api, self._names, self._people = api, names, people
        self.site: codec.Site | None = None
        self.external = False

    def known(self) -> codec.Site:
        """Give what decoding needs; raise NeedsHuman before `start`."""
        if self.site is None:
            raise NeedsHuman(f"{self._api.http.system} was not started: call start() first")
        return replace(self.site, lists=self._names.lists, people=self._people.people)

    async def tickets(self, rows: Sequence[Json]) -> tuple[Ticket, ...]:
        """Decode rows of a page, learning the people that they name by id only."""
        await self._meet(rows)
        site = self.known()
        return tuple(codec.ticket(row, site) for row in rows if guid(row.get("TicketId")))

    async def page(self, rows: Sequence[Json]) -> tuple[tuple[Ticket, ...], Mapping[str, str]]:
        """Decode rows one by one: the tickets, and what is wrong with the others, by id."""
        await self._meet(rows)
        site = self.known()
        return row_by_row(
            [row for row in rows if guid(row.get("TicketId"))],
            lambda row: codec.ticket(row, site),
            lambda row: guid(row["TicketId"]) or "",
        )

    async def get(self, ids: Sequence[str]) -> Mapping[str, Reading]:
        """Read tickets by id; every id asked is a key of the answer."""
        gone = {one: Gone(f"{one!r} is no id of a ticket") for one in ids if guid(one) is None}
        asked = tuple(one for one in dict.fromkeys(ids) if one not in gone)
        groups = [asked[start : start + BATCH] for start in range(0, len(asked), BATCH)]
        told = [row for group in groups for row in await self.activities(group)]
        replies = await asyncio.gather(*map(self._api.ticket, asked))
        read = dict(zip(asked, replies, strict=True))
        return {**gone, **await self._decoded(read, told)}

    async def shown(self, ident: str) -> Ticket | None:
        """Read a ticket after a write that landed; where it cannot be read, a later read tells."""
        try:
            return await self.one(ident)
        except SyncServiceError:
            return None

    async def one(self, ident: str) -> Ticket | None:
        """Read one ticket without comments; None if it is gone."""
        found = (await self._decoded({ident: await self._api.ticket(ident)}, None))[ident]
        return found if isinstance(found, Ticket) else None

    async def comments(self, ticket_id: str) -> tuple[Comment, ...]:
        """Read the comments of one ticket."""
        rows = await self.activities([ticket_id])
        await self._meet(rows)
        return codec.comments(rows, self.known())

    async def comment_marks(self, ids: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        """Give the comments of many tickets as id and version."""
        rows = await self.activities(ids)
        await self._meet(rows)
        marks: dict[str, dict[str, str]] = {ident: {} for ident in ids}
        for row in rows:
            for one in codec.comments([row], self.known()):
                marks.setdefault(guid(row.get("TicketId")) or "", {})[one.id] = one.version
        return marks

    async def activities(self, ids: Sequence[str]) -> tuple[Json, ...]:
        """Read all activities of many tickets, ticket by ticket where the site refuses the batch.

        Raises `Unreadable` for one that does not tell what was said.
        """
        first = await self._api.look(
            "POST",
            ACTIVITIES,
            params={"$s": ACTIVITY_PAGE, "$p": 0},
            json=list(ids),
            accept=(*REFUSED, *NOT_FOUND, BAD_REQUEST),
        )
        if first.status in (*REFUSED, *NOT_FOUND, BAD_REQUEST) or told(envelope(first)):
            each = await asyncio.gather(*map(self._activities_of, ids))
            rows = tuple(row for one in each for row in one)
        else:
            rows = await self._batch(ids, first)
        for row in rows:
            codec.must_tell(row)
        self.external = self.external or any(map(_has_our_origin, rows))
        return rows

    async def _batch(self, ids: Sequence[str], first: Response) -> tuple[Json, ...]:
        begun = [self._sheet(first)]

        async def fetch(size: int, index: int) -> Sheet:
            if begun and (size, index) == (ACTIVITY_PAGE, 0):
                return begun.pop()
            return await self._api.activities(ids, size, index)

        return await drain_all(
            fetch, ACTIVITY_PAGE, "TicketActivityId", "comments", self._api.http.system
        )

    def _sheet(self, response: Response) -> Sheet:
        body = envelope(response)
        return sheet(body, ACTIVITY_PAGE, 0, self._api.clock_of(body))

    async def _activities_of(self, ticket_id: str) -> tuple[Json, ...]:
        path = f"{ROOT}/tickets/{ticket_id}/activities"
        hidden = (*REFUSED, *GONE)

        async def fetch(size: int, index: int) -> Sheet:
            query = {"$s": size, "$p": index}
            response = await self._api.look("GET", path, params=query, accept=hidden)
            body: Json = {"Items": []} if response.status in hidden else envelope(response)
            return sheet(body, size, index, self._api.clock_of(body))

        return await drain_all(
            fetch, ACTIVITY_PAGE, "TicketActivityId", "comments", self._api.http.system
        )

    async def _decoded(
        self, replies: Mapping[str, Response], activities: Sequence[Json] | None
    ) -> Mapping[str, Reading]:
        documents = {ident: await self._document(ident, one) for ident, one in replies.items()}
        rows = [one for one in documents.values() if not isinstance(one, Gone | Merged)]
        await self._meet([*rows, *(activities or ())])
        by_ticket: dict[str, list[Json]] = defaultdict(list)
        for row in activities or ():
            by_ticket[guid(row.get("TicketId")) or ""].append(row)
        read: dict[str, Reading] = {}
        for ident, document in documents.items():
            if isinstance(document, Gone | Merged):
                read[ident] = document
            else:
                mine = None if activities is None else by_ticket.get(ident.lower(), [])
                read[ident] = await self._whole(document, mine)
        return read

    async def _whole(self, document: Json, activities: Iterable[Json] | None) -> Ticket:
        site = self.known()
        comments = None if activities is None else codec.comments(activities, site)
        workflow = guid(part(document, "WorkflowStep").get("WorkflowId"))
        graph = await self._names.graph(workflow) if workflow else {}
        return replace(codec.ticket(document, site, comments), workflow=graph)

    async def _document(self, ident: str, response: Response) -> Json | Gone | Merged:
        body = response.loose()
        status = response.status
        if isinstance(body, Mapping) and status not in (*REFUSED, *GONE):
            status = told(body) or status
        if status in GONE:
            return Gone(words(body) or f"no ticket {ident}")
        if status in REFUSED:
            return await self._hidden(words(body))
        row = part(envelope(response), "Item")
        shown = guid(row.get("TicketId"))
        if shown is None:
            raise NeedsHuman(
                f"{self._api.http.system} answered the read of ticket {ident} without a ticket"
            )
        if shown != ident.lower():
            return Merged(shown)
        return Gone("the ticket was deleted") if row.get("IsDeleted") else row

    async def _hidden(self, said: str) -> Gone:
        if not await self._api.alive():
            raise AuthFailed(
                f"{self._api.http.system} refused our credentials ({quoted(said)}). Check `token` and"
                " `site_id`, then run `sync-service check`."
            )
        await self._api.search("TicketModifiedDate desc", 1, 0)  # raises if no ticket may be seen
        return Gone(f"our user may not see the ticket ({quoted(said)})")

    async def _meet(self, rows: Iterable[Json]) -> None:
        missing: set[str] = set()
        for row in rows:
            missing |= codec.unknown_people(row, self._people.people)
        await self._people.learn(missing)


def _has_our_origin(row: Json) -> bool:
    items = (item for item in row.get("ActivityItems") or () if isinstance(item, Mapping))
    return any(Origin.parse(text(item.get("ExternalId")) or "") for item in items)
