"""ServiceNow as the engine sees it; each method is a line or two over the parts beside it.

Known limits and what is guaranteed: README.md in this folder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

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
from sync_service.adapters.http.client import Headers
from sync_service.adapters.servicenow import codec
from sync_service.adapters.servicenow.account import Account
from sync_service.adapters.servicenow.catalogue import RAW, Column
from sync_service.adapters.servicenow.encode import JOURNALS
from sync_service.adapters.servicenow.feed import Feed
from sync_service.adapters.servicenow.instance import Instance
from sync_service.adapters.servicenow.reader import BATCH, Reader
from sync_service.adapters.servicenow.settings import Settings
from sync_service.adapters.servicenow.table import TableApi
from sync_service.adapters.servicenow.trail import Trail
from sync_service.adapters.servicenow.writer import Writer
from sync_service.core.values import Comment, Fields, Reading, Ticket, Value
from sync_service.errors import Rejected

RESOLUTION = timedelta(seconds=1)


class ServiceNow:
    """One ServiceNow instance, through one account."""

    def __init__(self, name: str, settings: Settings, clock: Callable[[], datetime]) -> None:
        self._name, self._settings = name, settings
        self._tokens = self._client({}, settings, clock)
        self._account = Account(
            name, settings.auth, self._tokens, clock=clock, timeout=settings.timeout
        )
        self.http = self._client(self._account.headers, settings, clock)
        self._tokens.counts = self.http.counts  # a token is a request like any other
        api = TableApi(name, self.http, self._account, clock)
        self._instance = Instance(api, settings, clock)
        self._feed = Feed(self._instance)
        self._reader = Reader(self._instance)
        self._writer = Writer(self._instance)
        self._trail = Trail(self._instance)

    def _client(self, headers: Headers, settings: Settings, clock: Callable[[], datetime]) -> Http:
        return Http(
            self._name,
            settings.url,
            headers=headers,
            timeout=settings.timeout,
            connections=settings.concurrency,
            rate=settings.rate,
            clock=clock,
            verify=settings.verify,
        )

    @property
    def system(self) -> str:
        """The configured name of this system."""
        return self._name

    @property
    def traits(self) -> Traits:
        """What the engine must know of an instance; the lag is as configured."""
        return Traits(
            resolution=RESOLUTION,
            index_lag=self._settings.index_lag,
            timeout=self._settings.timeout,
            exact_version=True,
            batch=BATCH,
            origin_field=False,
            edits_comments=False,
            hides_comments=False,
            audit=self._instance.audit,
            html_comments=False,
            status_field="state",
        )

    @reading
    async def start(self) -> None:
        """Learn who we are and try what we rely on; see `Adapter.start`."""
        await self._instance.open()

    async def close(self) -> None:
        """Release connections; in-flight calls are not waited for."""
        await self.http.aclose()
        await self._tokens.aclose()

    def kind(self, name: str) -> Kind | None:
        """Tell what a column holds; `u_` and `x_` columns are text until `start` has looked."""
        if name in JOURNALS:
            return Kind.TEXT
        return self._instance.schema.kind(name)

    @reading
    async def describe(self) -> Sequence[FieldInfo]:
        """List the live columns with their choices."""
        await self._instance.reread_choices()
        return self._instance.schema.infos()

    def fit(self, name: str, value: Value) -> Value:
        """Foretell what a ticket shows; a journal shows nothing, as it can only be added to."""
        if name in JOURNALS:
            return None
        column = self._instance.schema.column(name)
        return codec.fit(Column(name) if name.endswith(RAW) else column, value)

    @reading
    async def changed(self, since: str | None, page: str | None = None) -> Page:
        """Read one page of changed tickets, oldest change first."""
        return await self._feed.changed(since, page)

    @reading
    async def scan(self, created_since: datetime | None, cursor: str | None = None) -> Page:
        """Read one page of tickets in order of creation."""
        return await self._feed.scan(created_since, cursor)

    @reading
    async def get(self, ids: Sequence[str]) -> Mapping[str, Reading]:
        """Read tickets with their comments."""
        return await self._reader.get(ids)

    @reading
    async def find(self, keys: Sequence[str], created_since: datetime) -> Found:
        """Look tickets up by key."""
        return await self._reader.find(keys)

    @reading
    async def match(self, name: str, values: Sequence[Value]) -> Mapping[Value, tuple[str, ...]]:
        """Find tickets by what a field shows."""
        return await self._reader.match(name, values)

    @reading
    async def people(self, emails: Iterable[str]) -> frozenset[str]:
        """Tell which addresses belong to active users."""
        asked = {email: email.strip().lower() for email in emails}
        known = await self._instance.names.active(asked.values())
        return frozenset(email for email, plain in asked.items() if plain in known)

    def creatable(self, name: str) -> bool:
        """Tell whether the create call can carry the field: every column that can be written."""
        column = self._instance.schema.column(name)
        return name in JOURNALS or (column is not None and column.writable)

    @writing
    async def create(self, draft: Draft, deadline: datetime) -> Written:
        """Make a ticket with its key; the Table API cannot hold back notifications."""
        return await self._writer.create(draft, deadline)

    @writing
    async def update(self, ticket: Ticket, changes: Fields, deadline: datetime) -> Written:
        """Write these fields in one call; the Table API knows no precondition."""
        return await self._writer.update(ticket, changes, deadline)

    @writing
    async def reply(self, ticket: Ticket, reply: Reply, deadline: datetime) -> Comment:
        """Add a customer-visible comment and read it back."""
        return await self._writer.reply(ticket, reply, deadline)

    @writing
    async def note(self, ticket: Ticket, note: Note, deadline: datetime) -> Comment:
        """Add a work note and read it back."""
        return await self._writer.note(ticket, note, deadline)

    @writing
    async def rewrite(
        self, ticket: Ticket, comment_id: str, text: Reply | Note, deadline: datetime
    ) -> Comment:
        """Refuse: journal entries cannot be edited (`traits.edits_comments`)."""
        raise self._fixed("edited", ticket)

    @writing
    async def hide(self, ticket: Ticket, comment_id: str, deadline: datetime) -> None:
        """Refuse: journal entries cannot be hidden (`traits.hides_comments`)."""
        raise self._fixed("hidden", ticket)

    def _fixed(self, what: str, ticket: Ticket) -> Rejected:
        return Rejected(
            f"{self._name} keeps a journal: a comment on {ticket.number} cannot be {what} through"
            " its API. An administrator can delete the entry."
        )

    @reading
    async def touched(self, ticket_id: str, since: datetime) -> Sequence[Touch] | None:
        """Read the audit trail, where our user may."""
        return await self._trail.touched(ticket_id, since)
