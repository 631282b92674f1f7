"""Request Tracker 5 through REST2: one queue, one account.

What Request Tracker cannot do is told by `traits`: comments are neither edited nor hidden, and
version stamps are whole seconds without a counter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sync_service.adapters.answers import reading, writing
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
from sync_service.adapters.request_tracker import codec, fields, query
from sync_service.adapters.request_tracker.fields import BUILT_IN, CONTENT, STATUS
from sync_service.adapters.request_tracker.learn import learn
from sync_service.adapters.request_tracker.pages import Pages
from sync_service.adapters.request_tracker.reader import BATCH, Reader
from sync_service.adapters.request_tracker.settings import Settings
from sync_service.adapters.request_tracker.trail import touches
from sync_service.adapters.request_tracker.writer import Writer
from sync_service.core.values import Comment, Fields, Gone, Reading, Ticket, Value
from sync_service.errors import NeedsHuman, Rejected

ONE_SECOND = timedelta(seconds=1)
#: Look-ups in one search: keys and values are long.
LOOKUPS = 20


class RequestTracker:
    """An `Adapter` for one queue."""

    def __init__(self, system: str, settings: Settings, clock: Callable[[], datetime]) -> None:
        self._system, self._settings, self._clock = system, settings, clock
        self.http = Http(
            system,
            f"{settings.url}/REST/2.0",
            headers={
                "Authorization": f"token {settings.token.get_secret_value()}",
                "Accept": "application/json",
            },
            timeout=settings.timeout,
            connections=settings.concurrency,
            rate=settings.rate,
            clock=clock,
            verify=settings.verify,
        )
        self._reader = Reader(self.http)
        overlap = settings.overlap + settings.index_lag
        self._pages = Pages(self._reader, clock, overlap, settings.page_size)
        self._known: codec.Desk | None = None
        self._writing: Writer | None = None
        self._traits = Traits(
            resolution=ONE_SECOND,
            index_lag=settings.index_lag,
            timeout=settings.timeout,
            batch=BATCH,
            edits_comments=False,
            hides_comments=False,
            audit=True,
            html_comments=settings.html_comments,
            status_field=STATUS,
        )

    @property
    def system(self) -> str:
        """The configured name of this system."""
        return self._system

    @property
    def traits(self) -> Traits:
        """What the engine must know; `origin_field` is known after `start`."""
        return self._traits

    @property
    def requests(self) -> Mapping[tuple[str, str], int]:
        """Requests sent so far, by method and route."""
        return self.http.counts

    @reading
    async def start(self) -> None:
        """Learn our name, the queue and its custom fields, and prove that we search in UTC."""
        learnt = await learn(self._reader, self._settings)
        self._known = learnt.desk
        self._writing = Writer(self._reader, learnt, self._clock)
        self._traits = replace(self._traits, origin_field=learnt.origin_field)
        await self._pages.watch(learnt.desk)

    async def close(self) -> None:
        """Release connections."""
        await self.http.aclose()

    @property
    def _desk(self) -> codec.Desk:
        if self._known is None:
            raise NeedsHuman(f"{self._system} was not started; call start() first")
        return self._known

    @property
    def _writer(self) -> Writer:
        if self._writing is None:
            raise NeedsHuman(f"{self._system} was not started; call start() first")
        return self._writing

    @property
    def _customs(self) -> fields.CustomFields:
        return self._known.customs if self._known else {}

    def kind(self, name: str) -> Kind | None:
        """Tell what the field holds; `CustomFields.<name>` is text until `start` knows better."""
        if self._known and fields.custom(name) and fields.custom(name) not in self._customs:
            return None
        return fields.kind(name, self._customs)

    @reading
    async def describe(self) -> Sequence[FieldInfo]:
        """List the built-in fields and the queue's custom fields."""
        customs = [one.info() for one in self._desk.customs.values() if one.kind is not None]
        return [*BUILT_IN.values(), *customs]

    def fit(self, name: str, value: Value) -> Value:
        """Foretell what `get` will show."""
        return fields.fit(name, value, self._customs)

    @reading
    async def changed(self, since: str | None, page: str | None = None) -> Page:
        """Read one page of changes; an idle poll is one request."""
        if since is None:
            return await self._pages.now(self._desk)
        return await self._pages.changed(self._desk, since, page)

    @reading
    async def scan(self, created_since: datetime | None, cursor: str | None = None) -> Page:
        """Read one page of tickets in order of creation."""
        return await self._pages.scan(self._desk, created_since, cursor)

    @reading
    async def get(self, ids: Sequence[str]) -> Mapping[str, Reading]:
        """Read tickets: three requests for fifty, and one for each that no search shows."""
        found: dict[str, Reading] = {
            one: Gone(f"{one!r} is no ticket number") for one in ids if not _is_number(one)
        }
        wanted = [one for one in dict.fromkeys(ids) if _is_number(one)]
        for start in range(0, len(wanted), BATCH):
            found |= await self._get(wanted[start : start + BATCH])
        return found

    async def _get(self, numbers: Sequence[str]) -> Mapping[str, Reading]:
        comments, opened = await self._reader.said(numbers, self._desk)
        rows = await self._reader.all_tickets(query.any_of("id", numbers))
        shown: dict[str, Reading] = {str(row["id"]): codec.ticket(row, self._desk) for row in rows}
        for number in numbers:
            if number not in shown:
                shown[number] = await self._reader.absent(number, self._desk)
        return {
            number: _whole(one, opened.get(number), comments[number])
            if isinstance(one, Ticket)
            else one
            for number, one in shown.items()
        }

    @reading
    async def find(self, keys: Sequence[str], created_since: datetime) -> Found:
        """Look up tickets of every queue by key; absence counts while the key field is there.

        A search for a custom field that does not exist is answered with an empty list.
        """
        del created_since
        tickets: dict[str, list[Ticket]] = {key: [] for key in keys}
        name = fields.PREFIX + self._desk.key_field
        for row in await self._with_values(name, list(tickets)):
            if row.key in tickets:
                tickets[row.key].append(row)
        proven = all(tickets.values()) or await self._has_key_field()
        return Found({key: tuple(found) for key, found in tickets.items()}, proven)

    async def _has_key_field(self) -> bool:
        queue = await self._reader.record("queue", self._desk.queue)
        listed = (queue or {}).get("TicketCustomFields") or ()
        return any(one["name"] == self._desk.key_field for one in listed)

    @reading
    async def match(self, name: str, values: Sequence[Value]) -> Mapping[Value, tuple[str, ...]]:
        """Find the queue's tickets by a field's value, compared exactly by us."""
        name = "id" if name == "number" else name
        if name not in BUILT_IN and not fields.custom(name):
            raise NeedsHuman(f"{self._system} has no field {name!r}; correct `match:`")
        if name == CONTENT:
            raise NeedsHuman(f"{self._system} cannot search by {name}; correct `match:`")
        wanted = [value for value in dict.fromkeys(values) if value not in (None, "", ())]
        if name == "id":
            wanted = [value for value in wanted if _is_number(str(value))]
        rows = await self._with_values(name, wanted, f"Queue = {self._desk.queue} AND ")
        return {
            value: tuple(row.id for row in rows if row.fields.get(name) == self.fit(name, value))
            if value in wanted
            else ()
            for value in values
        }

    async def _with_values(
        self, name: str, values: Sequence[Value], where: str = ""
    ) -> list[Ticket]:
        found: dict[str, Ticket] = {}
        for start in range(0, len(values), LOOKUPS):
            some = values[start : start + LOOKUPS]
            asked = " OR ".join(query.by_field(name, fields.custom(name), one) for one in some)
            for row in await self._reader.all_tickets(f"{where}({asked})"):
                found[str(row["id"])] = codec.ticket(row, self._desk)
        return list(found.values())

    @reading
    async def people(self, emails: Iterable[str]) -> frozenset[str]:
        """Tell which addresses have an active account."""
        asked = {one: one.strip().lower() for one in emails}
        known = await self._reader.accounts(asked.values())
        return frozenset(one for one, plain in asked.items() if plain in known)

    def creatable(self, name: str) -> bool:
        """A create carries all but the status: a lifecycle takes only some for a new ticket."""
        if fields.custom(name):
            return self.kind(name) is not None
        return name != STATUS and name in BUILT_IN and BUILT_IN[name].writable

    @writing
    async def create(self, draft: Draft, deadline: datetime) -> Written:
        """Make a ticket. RT mails as its scrips say; REST2 knows no way to ask for silence."""
        return await self._writer.create(draft, deadline)

    @writing
    async def update(self, ticket: Ticket, changes: Fields, deadline: datetime) -> Written:
        """Write the fields in one call, if the ticket is as it was read (ETag, `If-Match`)."""
        if CONTENT in changes:
            raise Rejected(f"{self._system}: {CONTENT} can only be set on create", "", [CONTENT])
        return await self._writer.update(ticket, changes, deadline)

    @writing
    async def reply(self, ticket: Ticket, reply: Reply, deadline: datetime) -> Comment:
        """Add a public comment (`correspond`)."""
        return await self._writer.reply(ticket, reply, deadline)

    @writing
    async def note(self, ticket: Ticket, note: Note, deadline: datetime) -> Comment:
        """Add an internal note (`comment`)."""
        return await self._writer.note(ticket, note, deadline)

    @writing
    async def rewrite(
        self, ticket: Ticket, comment_id: str, text: Reply | Note, deadline: datetime
    ) -> Comment:
        """Refuse: a transaction is for ever."""
        raise Rejected(f"{self._system}: Request Tracker cannot edit a comment")

    @writing
    async def hide(self, ticket: Ticket, comment_id: str, deadline: datetime) -> None:
        """Refuse: a transaction keeps its type."""
        raise Rejected(f"{self._system}: Request Tracker cannot hide a reply")

    @reading
    async def touched(self, ticket_id: str, since: datetime) -> Sequence[Touch] | None:
        """Read the ticket's transactions since a moment."""
        if not _is_number(ticket_id):
            return ()
        moment = since.astimezone(UTC)
        rows = await self._reader.trail(lambda after: query.trail(ticket_id, moment, after))
        return touches(rows, self._desk)


def _whole(shown: Ticket, opened: codec.Body | None, comments: tuple[Comment, ...]) -> Ticket:
    content = codec.description(opened)
    return replace(
        shown,
        fields={**shown.fields, CONTENT: content},
        data={**shown.data, CONTENT: content},
        comments=comments,
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 12
