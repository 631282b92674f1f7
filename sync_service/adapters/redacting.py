"""An adapter seen through a link's redaction: no unredacted text gets past it (R13, ADR 0020).

Everything that is read is redacted before the engine, the store or a log can have it, and `fit`
foretells what will be read so. The surprise: the original stays in its system and is never
overwritten by what we see of it, which is why a ticket tells which fields hold more than it shows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

from sync_service.adapters.base import (
    Adapter,
    Draft,
    FieldInfo,
    Found,
    Kind,
    Note,
    Page,
    QuietComments,
    Reply,
    Touch,
    Traits,
    Written,
)
from sync_service.core.redaction import HIDDEN, Redaction
from sync_service.core.values import Comment, Fields, Gone, Reading, Sealed, Ticket, Value
from sync_service.errors import Rejected, SyncServiceError

_PASSES = 5


def redacting(adapter: Adapter, redaction: Redaction) -> Adapter:
    """Give the adapter seen through the redaction; as it is where there are no rules."""
    if not redaction:
        return adapter
    return (
        _Quiet(adapter, redaction)
        if isinstance(adapter, QuietComments)
        else _Redacting(adapter, redaction)
    )


class _Redacting:
    """The whole contract of `Adapter`, redacted."""

    def __init__(self, adapter: Adapter, redaction: Redaction) -> None:
        self._adapter, self._redaction = adapter, redaction

    @property
    def system(self) -> str:
        """The configured name of this system."""
        return self._adapter.system

    @property
    def traits(self) -> Traits:
        """What the engine must know of it."""
        return self._adapter.traits

    async def start(self) -> None:
        """See `Adapter.start`."""
        with self._quoting():
            await self._adapter.start()

    async def close(self) -> None:
        """See `Adapter.close`."""
        await self._adapter.close()

    def kind(self, name: str) -> Kind | None:
        """Tell what the field holds."""
        return self._adapter.kind(name)

    async def describe(self) -> Sequence[FieldInfo]:
        """List the live fields."""
        return await self._adapter.describe()

    def creatable(self, name: str) -> bool:
        """Tell whether the create call itself can carry the field."""
        return self._adapter.creatable(name)

    def fit(self, name: str, value: Value) -> Value:
        """Foretell what `get` will show, redacted: cut, and redacted again where a cut made a match."""
        kind = self._adapter.kind(name)
        for _ in range(_PASSES):
            fitted = self._adapter.fit(name, value)
            value = self._redaction.value(name, kind, fitted)
            if value == fitted:
                return value
        return self._adapter.fit(name, HIDDEN)

    async def changed(self, since: str | None, page: str | None = None) -> Page:
        """Read one page of the feed."""
        with self._quoting():
            return self._page(await self._adapter.changed(since, page))

    async def scan(self, created_since: datetime | None, cursor: str | None = None) -> Page:
        """Read one page of the backfill."""
        with self._quoting():
            return self._page(await self._adapter.scan(created_since, cursor))

    async def get(self, ids: Sequence[str]) -> Mapping[str, Reading]:
        """Read tickets by id."""
        with self._quoting():
            found = await self._adapter.get(ids)
        return {name: self._reading(one) for name, one in found.items()}

    async def find(self, keys: Sequence[str], created_since: datetime) -> Found:
        """Look up tickets by key."""
        with self._quoting():
            found = await self._adapter.find(keys, created_since)
        shown = {key: tuple(map(self._ticket, some)) for key, some in found.tickets.items()}
        return replace(found, tickets=shown)

    async def match(self, name: str, values: Sequence[Value]) -> Mapping[Value, tuple[str, ...]]:
        """Give the ids of tickets by a field's value; a value with a mark in it matches nothing."""
        asked = [one for one in values if not self._redaction.marks(one)]
        with self._quoting():
            found = await self._adapter.match(name, asked) if asked else {}
        return {one: found.get(one, ()) for one in values}

    async def people(self, emails: Iterable[str]) -> frozenset[str]:
        """Tell which addresses belong to active people."""
        with self._quoting():
            return await self._adapter.people(emails)

    async def create(self, draft: Draft, deadline: datetime) -> Written:
        """Make a ticket."""
        extras = {name: self._extra(name, one) for name, one in draft.extras.items()}
        draft = replace(draft, fields=self._fields(draft.fields), extras=extras)
        with self._quoting():
            return self._written(await self._adapter.create(draft, deadline))

    async def update(self, ticket: Ticket, changes: Fields, deadline: datetime) -> Written:
        """Write these fields."""
        with self._quoting():
            written = await self._adapter.update(_whole(ticket), self._fields(changes), deadline)
        return self._written(written)

    async def reply(self, ticket: Ticket, reply: Reply, deadline: datetime) -> Comment:
        """Add a public comment."""
        with self._quoting():
            return self._comment(await self._adapter.reply(_whole(ticket), reply, deadline))

    async def note(self, ticket: Ticket, note: Note, deadline: datetime) -> Comment:
        """Add an internal note."""
        with self._quoting():
            return self._comment(await self._adapter.note(_whole(ticket), note, deadline))

    async def rewrite(
        self, ticket: Ticket, comment_id: str, text: Reply | Note, deadline: datetime
    ) -> Comment:
        """Replace the body of a copy."""
        with self._quoting():
            shown = await self._adapter.rewrite(_whole(ticket), comment_id, text, deadline)
        return self._comment(shown)

    async def hide(self, ticket: Ticket, comment_id: str, deadline: datetime) -> None:
        """Hide a public copy."""
        with self._quoting():
            await self._adapter.hide(_whole(ticket), comment_id, deadline)

    async def touched(self, ticket_id: str, since: datetime) -> Sequence[Touch] | None:
        """Read the audit trail."""
        with self._quoting():
            told = await self._adapter.touched(ticket_id, since)
        return None if told is None else [self._touch(one) for one in told]

    # What is read

    def _page(self, page: Page) -> Page:
        return replace(page, rows=tuple(map(self._ticket, page.rows)))

    def _reading(self, reading: Reading) -> Reading:
        if isinstance(reading, Ticket):
            return self._ticket(reading)
        if isinstance(reading, Gone):
            return Gone(self._redaction.anything(reading.words))
        return reading

    def _written(self, written: Written) -> Written:
        return (
            written
            if written.ticket is None
            else replace(written, ticket=self._ticket(written.ticket))
        )

    def _ticket(self, ticket: Ticket) -> Ticket:
        fields = self._fields(ticket.fields)
        comments = ticket.comments
        return replace(
            ticket,
            fields=fields,
            comments=None if comments is None else tuple(map(self._comment, comments)),
            data=self._redaction.document(ticket.data, cache(self._adapter.kind)),
            masked=frozenset(name for name, one in fields.items() if one != ticket.fields[name]),
            sealed=Sealed(ticket),
        )

    def _fields(self, fields: Fields) -> dict[str, Value]:
        kind = self._adapter.kind
        return {n: self._redaction.value(n, kind(n), one) for n, one in fields.items()}

    def _extra(self, name: str, given: Any) -> Any:
        """Redact words that are no look-up; those name people and places of the far system."""
        return (
            self._redaction.value(name, self._adapter.kind(name), given)
            if isinstance(given, str)
            else given
        )

    def _comment(self, comment: Comment) -> Comment:
        """Redact a comment; a version that is made of its words must not tell of them either."""
        shown = self._redaction.comment(comment)
        if shown is comment or isinstance(self._adapter, QuietComments):
            return shown
        told = f"{type(comment).__name__}\n{comment.deleted}\n{shown.body}"
        return replace(shown, version=hashlib.sha256(told.encode()).hexdigest()[:16])

    def _touch(self, touch: Touch) -> Touch:
        kind = self._adapter.kind(touch.field)
        return replace(
            touch,
            old=self._redaction.value(touch.field, kind, touch.old),
            new=self._redaction.value(touch.field, kind, touch.new),
        )

    @contextmanager
    def _quoting(self) -> Iterator[None]:
        """Redact a vendor's own words, which quote what it was sent or what it holds."""
        try:
            yield
        except SyncServiceError as error:
            hide = self._redaction.anything
            error.args = tuple(hide(one) if isinstance(one, str) else one for one in error.args)
            if isinstance(error, Rejected):
                error.words = hide(error.words)
            raise


def _whole(ticket: Ticket) -> Ticket:
    """Give the ticket as its system showed it, which its adapter compares with what is there now."""
    return ticket.sealed.opened() if ticket.sealed else ticket


class _Quiet(_Redacting):
    """For a system whose feed does not show every comment."""

    async def comment_marks(self, ids: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        """Give the marks of comments, which hold no words."""
        assert isinstance(self._adapter, QuietComments)  # noqa: S101 - `redacting` chose by it
        return await self._adapter.comment_marks(ids)
