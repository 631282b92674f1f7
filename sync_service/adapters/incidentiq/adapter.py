"""Incident IQ as the engine sees it; each method is a line or two over the parts beside it.

Known limits and what is guaranteed: README.md in this folder.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from sync_service.adapters.answers import landed, reading, writing
from sync_service.adapters.base import (
    Draft,
    FieldInfo,
    Found,
    Kind,
    Note,
    Page,
    Reply,
    Touch,
    Traits,
    Written,
)
from sync_service.adapters.http import Http
from sync_service.adapters.incidentiq import codec, fields
from sync_service.adapters.incidentiq.api import Api, headers
from sync_service.adapters.incidentiq.changes import Changer
from sync_service.adapters.incidentiq.creator import Creator
from sync_service.adapters.incidentiq.feed import Feed
from sync_service.adapters.incidentiq.finder import Finder
from sync_service.adapters.incidentiq.infos import field_infos
from sync_service.adapters.incidentiq.lists import CustomField
from sync_service.adapters.incidentiq.names import Names
from sync_service.adapters.incidentiq.opening import key_field, open_site
from sync_service.adapters.incidentiq.people import Directory
from sync_service.adapters.incidentiq.reader import BATCH, Reader
from sync_service.adapters.incidentiq.settings import Settings
from sync_service.adapters.incidentiq.shapes import Json
from sync_service.adapters.incidentiq.talk import Speaker
from sync_service.adapters.incidentiq.timeline import touches
from sync_service.core.values import Comment, Fields, Reading, Ticket, Value
from sync_service.errors import NeedsHuman

T = TypeVar("T")

#: Stamps come with milliseconds, from a database that keeps three and a third of them.
RESOLUTION = timedelta(milliseconds=10)
#: Read again on every poll: rows that the search showed late, and whatever rules did since.
OVERLAP = timedelta(minutes=1)
BEGINNING = datetime(2010, 1, 1, tzinfo=UTC)  # older than the vendor


class IncidentIq:
    """One Incident IQ site, through one account."""

    def __init__(self, name: str, settings: Settings, clock: Callable[[], datetime]) -> None:
        self._name, self._settings, self._clock = name, settings, clock
        self.http = Http(
            name,
            settings.url,
            headers=headers(settings),
            timeout=settings.timeout,
            connections=settings.concurrency,
            rate=settings.rate,
            clock=clock,
            verify=settings.verify,
        )
        self._api = Api(self.http, settings, clock)
        self._people = Directory(self._api, settings.site_id, clock)
        self._names = Names(self._api, clock)
        self._reader = Reader(self._api, self._names, self._people)
        self._speaker = Speaker(self._api, self._reader)
        self._changer = Changer(self._api, self._names, self._people)
        self._creator = Creator(self._api, self._names, self._people, settings)
        self._feed: Feed | None = None
        self._finder: Finder | None = None
        self._key: CustomField | None = None

    @property
    def system(self) -> str:
        """The configured name of this system."""
        return self._name

    @property
    def traits(self) -> Traits:
        """What the engine must know of a site; the lags are as configured."""
        return Traits(
            resolution=RESOLUTION,
            index_lag=self._settings.index_lag,
            timeout=self._settings.timeout,
            batch=BATCH,
            html_comments=True,
            audit=True,
            status_field="Status",
        )

    @reading
    async def start(self) -> None:
        """Learn who we are, the site's zone and its lists; see `Adapter.start`."""
        found = await open_site(self._api, self._people, self._settings)
        await self._names.load()
        self._key = key_field(self._name, self._settings.key_field, self._names.lists)
        self._reader.site = codec.Site(
            found.me,
            found.zone,
            self._names.lists,
            self._settings.key_field,
            self._people.people,
            self._settings.url,
            found.robots,
        )
        size, lag = self._settings.page_size, self._settings.index_lag
        self._feed = Feed(self._api, found.zone, self._settings.product, size, lag + OVERLAP)
        self._finder = Finder(self._api, found.zone, size, lag)
        await self._feed.prove()

    async def close(self) -> None:
        """Release connections; in-flight calls are not waited for."""
        await self.http.aclose()

    def kind(self, name: str) -> Kind | None:
        """Tell what a field holds; a custom field is text until `start` has read the site's."""
        if not name.startswith(fields.CUSTOM):
            return fields.KINDS.get(name)
        if not self._names.lists.customs:
            return Kind.TEXT
        found = self._names.lists.custom(name)
        return found.kind if found else None

    def creatable(self, name: str) -> bool:
        """Tell whether the create call itself takes the field."""
        return name in fields.CREATABLE or name.startswith(fields.CUSTOM)

    @reading
    async def describe(self) -> Sequence[FieldInfo]:
        """List the live fields with their accepted values."""
        issues, places, tags = await asyncio.gather(
            self._names.table("issues"), self._names.table("locations"), self._names.table("tags")
        )
        return field_infos(self._names.lists, issues, places, tags)

    def fit(self, name: str, value: Value) -> Value:
        """Foretell what `get` will show, choices in the site's own spelling."""
        value = fields.fit(name, value)
        if not isinstance(value, str):
            return value
        if name == "DueDate" and self._reader.site is not None:
            return self._reader.site.zone.shown(value)
        known: Iterable[str] = ()
        match name:
            case "PriorityLevel":
                known = (level.name for level in self._names.lists.levels)
            case "Status":
                known = self._names.lists.step_names()
            case "AssignedToTeam":
                known = self._names.lists.teams
        return next((one for one in known if one.casefold() == value.strip().casefold()), value)

    @reading
    async def changed(self, since: str | None, page: str | None = None) -> Page:
        """Read one page of the change feed, newest change first."""
        feed = self._started(self._feed)
        if since is None:
            return await feed.now()
        return await self._page(*await feed.changed(since, page))

    @reading
    async def scan(self, created_since: datetime | None, cursor: str | None = None) -> Page:
        """Read one page of tickets in order of creation."""
        return await self._page(*await self._started(self._feed).scan(created_since, cursor))

    @reading
    async def get(self, ids: Sequence[str]) -> Mapping[str, Reading]:
        """Read tickets by id: all their comments in a few requests, then one request each."""
        self._started(self._feed)
        return await self._reader.get(ids)

    @reading
    async def comment_marks(self, ids: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        """Give the comments of many tickets as id and version, since the feed may not show them."""
        self._started(self._feed)
        return await self._reader.comment_marks(ids)

    @reading
    async def find(self, keys: Sequence[str], created_since: datetime) -> Found:
        """Look up keys by the site's filter where it proves itself, else by listing (R4)."""
        finder, key = self._started(self._finder), self._started(self._key)
        wanted = dict.fromkeys(keys)
        rows = await finder.by_filter(key, tuple(wanted), self._key_of, self._clock())
        if rows is None:
            rows = await finder.by_listing(created_since, sorts=self._started(self._feed).sorts)
        carrying = [
            row for row in self._started(self._feed).ours(rows or ()) if self._key_of(row) in wanted
        ]
        tickets = await self._decoded(carrying)
        found = {one: tuple(t for t in tickets if t.key == one) for one in wanted}
        return Found(found, proven=rows is not None)

    @reading
    async def match(self, name: str, values: Sequence[Value]) -> Mapping[Value, tuple[str, ...]]:
        """Find tickets by a field's value; without a filter that proves itself all are listed."""
        finder, custom = self._started(self._finder), self._names.lists.custom(name)
        texts = [value for value in values if isinstance(value, str)]
        rows = None
        if name.startswith(fields.CUSTOM) and custom is not None and len(texts) == len(values):
            rows = await finder.by_value(custom, texts)
        if rows is None:
            rows = await finder.by_listing(BEGINNING, sorts=False)
        if rows is None:
            raise NeedsHuman(
                f"{self._name} cannot be searched by {name}: its pages do not hold still"
            )
        tickets = await self._decoded(self._started(self._feed).ours(rows))
        shown = {value: self.fit(name, value) for value in values}
        return {
            value: tuple(t.id for t in tickets if t.fields.get(name) == shown[value] is not None)
            for value in values
        }

    @reading
    async def people(self, emails: Iterable[str]) -> frozenset[str]:
        """Tell which addresses belong to active users."""
        return await self._people.known(emails)

    @writing
    async def create(self, draft: Draft, deadline: datetime) -> Written:
        """Open a ticket with the key inside the call."""
        key = self._started(self._key)
        made = await self._creator.create(draft, key, deadline)
        with landed(self._name, "create a ticket"):
            (ticket,) = await self._reader.tickets([made])
        if ticket.key == draft.key:
            return Written(ticket, own_reply=True)
        return Written(await self._reader.shown(ticket.id) or ticket, own_reply=False)

    @writing
    async def update(self, ticket: Ticket, changes: Fields, deadline: datetime) -> Written:
        """Write fields by the narrow routes, then read the ticket: echoes can be stale (R24)."""
        await self._changer.change(ticket, changes, deadline)
        return Written(await self._reader.shown(ticket.id), own_reply=False)

    @writing
    async def reply(self, ticket: Ticket, reply: Reply, deadline: datetime) -> Comment:
        """Add a public comment."""
        return await self._speaker.say(ticket, reply, deadline)

    @writing
    async def note(self, ticket: Ticket, note: Note, deadline: datetime) -> Comment:
        """Add an internal note."""
        return await self._speaker.say(ticket, note, deadline)

    @writing
    async def rewrite(
        self, ticket: Ticket, comment_id: str, text: Reply | Note, deadline: datetime
    ) -> Comment:
        """Replace the words of a copy of ours."""
        return await self._speaker.rewrite(ticket, comment_id, text, deadline)

    @writing
    async def hide(self, ticket: Ticket, comment_id: str, deadline: datetime) -> None:
        """Show a copy of ours to the staff only."""
        await self._speaker.hide(ticket.id, comment_id, deadline)

    @reading
    async def touched(self, ticket_id: str, since: datetime) -> Sequence[Touch] | None:
        """Tell what the timeline tells; None where it does not tell all of it (timeline.py)."""
        ticket = await self._reader.one(ticket_id)
        rows = await self._api.timeline(ticket_id)
        if ticket is None or rows is None:
            return None
        site, lists = self._reader.known(), self._names.lists
        customs = [fields.CUSTOM + one.name for one in lists.customs.values()]
        told = touches(rows, site.zone, site.me, since, ticket.version.stamp, customs)
        return None if told is None else await self._people.named(told)

    async def _page(self, page: Page, rows: Sequence[Json]) -> Page:
        tickets, unread = await self._reader.page(rows)
        return replace(page, rows=self._saw(tickets), unread=unread)

    async def _decoded(self, rows: Sequence[Json]) -> tuple[Ticket, ...]:
        return self._saw(await self._reader.tickets(rows))

    def _saw(self, tickets: tuple[Ticket, ...]) -> tuple[Ticket, ...]:
        for ticket in tickets:
            self._started(self._finder).saw(ticket.key, ticket.version.stamp)
        return tickets

    def _key_of(self, row: Json) -> str | None:
        customs = codec.custom_values(row, self._names.lists)
        return codec.key(row, customs, self._started(self._key).name)

    def _started(self, part: T | None) -> T:
        if part is None:
            raise NeedsHuman(f"{self._name} was not started: call start() first")
        return part
