"""The reference adapter: the contract of `base` over a `MemoryDesk`, and nothing more.

The surprise is its `wire`: a function called before and after every write, through which tests
crash the daemon, lose answers, or let a person type between our read and our write.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

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
from sync_service.adapters.memory.desk import US, MemoryDesk, Record, number_of
from sync_service.adapters.metering import spend
from sync_service.core.values import (
    Comment,
    Fields,
    Gone,
    Merged,
    Origin,
    Reading,
    Ticket,
    Value,
)
from sync_service.errors import NotSent, Rejected, Stale

_MARK = "[sync "

Wire = Callable[[str, str], Awaitable[None]]


async def _quiet(_when: str, _what: str) -> None:
    """Do nothing on the wire."""


class MemoryAdapter:
    """An `Adapter` for one `MemoryDesk`."""

    def __init__(
        self,
        system: str,
        desk: MemoryDesk,
        *,
        timeout: timedelta = timedelta(seconds=2),
        kinds: Mapping[str, Kind] | None = None,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self.system = system
        self.desk = desk
        self._clock = clock or desk.clock
        self.kinds = kinds
        self.wire: Wire = _quiet
        self.requests: dict[str, int] = {}
        manners = desk.manners
        self.traits = Traits(
            resolution=manners.resolution,
            index_lag=manners.lag,
            timeout=timeout,
            exact_version=manners.serial or not manners.resolution,
            batch=50,
            origin_field=manners.origin_field,
            edits_comments=manners.edits,
            hides_comments=manners.edits,
            audit=manners.audit,
            status_field=manners.status,
        )

    async def start(self) -> None:
        """Nothing is to be learnt of a desk in memory."""

    async def close(self) -> None:
        """Nothing is held."""

    def kind(self, name: str) -> Kind | None:
        """Every field exists and holds text, unless told otherwise."""
        return Kind.TEXT if self.kinds is None else self.kinds.get(name)

    def creatable(self, name: str) -> bool:
        """A create carries every field."""
        return bool(name)

    async def describe(self) -> Sequence[FieldInfo]:
        """List the fields that there are, or else those that tickets have."""
        shown = {name: Kind.TEXT for one in self.desk.records.values() for name in one.fields}
        kinds = shown if self.kinds is None else self.kinds
        cut = self.desk.manners.cut
        return [FieldInfo(name, kinds[name], longest=cut) for name in sorted(kinds)]

    def fit(self, name: str, value: Value) -> Value:
        """Foretell what the desk shows."""
        return self.desk.fit(name, value)

    async def changed(self, since: str | None, page: str | None = None) -> Page:
        """Page through tickets changed since the watermark less lag and resolution."""
        self._count("changed")
        now = self.desk.clock()
        if since is None:
            return Page((), None, now.isoformat(), now, doubt=self.desk.deaf)
        overlap = self.traits.index_lag + self.traits.resolution + timedelta(seconds=1)
        start = datetime.fromisoformat(since) - overlap
        rows = sorted(
            (one for one in self.desk.search() if one.changed >= start),
            key=lambda one: (one.changed, number_of(one.id)),
        )
        return self._page(rows, page, now)

    async def scan(self, created_since: datetime | None, cursor: str | None = None) -> Page:
        """Page through tickets in order of creation."""
        self._count("scan")
        start = created_since or datetime(1, 1, 1, tzinfo=UTC)
        rows = sorted(
            (one for one in self.desk.search() if one.created >= start),
            key=lambda one: number_of(one.id),
        )
        return self._page(rows, cursor, self.desk.clock())

    def _page(self, rows: list[Record], after: str | None, now: datetime) -> Page:
        """Ask one row early: the last row read must still be there (R2)."""
        offset, last = (int(after.split("/")[0]), after.split("/")[1]) if after else (0, "")
        asked = rows[max(offset - 1, 0) : offset + self.desk.manners.page_size]
        torn = bool(last) and (not asked or asked[0].id != last)
        fresh = asked[1:] if offset else asked
        more = offset + len(fresh) < len(rows)
        token = f"{offset + len(fresh)}/{fresh[-1].id}" if more and fresh else None
        shown = tuple(self._ticket(one) for one in fresh)
        left = max(len(rows) - offset - len(fresh), 0)
        return Page(shown, token, now.isoformat(), now, torn=torn, left=left)

    async def get(self, ids: Sequence[str]) -> Mapping[str, Reading]:
        """Read the tickets with their comments."""
        self._count("get")
        return {ticket_id: self._reading(ticket_id) for ticket_id in ids}

    def _reading(self, ticket_id: str) -> Reading:
        record = self.desk.records.get(ticket_id)
        if record is None or record.deleted:
            return Gone(f"no ticket {ticket_id}")
        if record.merged_into:
            return Merged(record.merged_into)
        comments = tuple(self._decode(one) for one in record.comments)
        return replace(self._ticket(record), comments=comments)

    async def find(self, keys: Sequence[str], created_since: datetime) -> Found:
        """Look tickets up by key, as the search shows them, from a moment of the desk's clock on."""
        self._count("find")
        shown = [
            one for one in self.desk.search() if one.key in keys and one.created >= created_since
        ]
        return Found(
            {key: tuple(self._ticket(one) for one in shown if one.key == key) for key in keys}, True
        )

    async def match(self, name: str, values: Sequence[Value]) -> Mapping[Value, tuple[str, ...]]:
        """Find tickets by a field's value; `number` is the ticket's id."""
        self._count("match")

        def value(one: Record) -> Value:
            return one.id if name == "number" else one.fields.get(name)

        shown = self.desk.search()
        return {
            wanted: tuple(one.id for one in shown if wanted is not None and value(one) == wanted)
            for wanted in values
        }

    async def people(self, emails: Iterable[str]) -> frozenset[str]:
        """Know everybody, unless the desk has a list."""
        known = self.desk.people
        return frozenset(one for one in emails if known is None or one.lower() in known)

    async def create(self, draft: Draft, deadline: datetime) -> Written:
        """Make a ticket as our own user."""
        await self._send("create", deadline)
        self._check(draft.fields)
        record = self.desk.open(draft.fields, US, draft.key)
        written = Written(self._ticket(record), own_reply=True)
        await self.wire("after", "create")
        return written

    async def update(self, ticket: Ticket, changes: Fields, deadline: datetime) -> Written:
        """Write the fields if the ticket is still at the version that was read."""
        await self._send("update", deadline)
        self._check(changes)
        record = self._there(ticket)
        manners = self.desk.manners
        if manners.serial and manners.guarded and self.desk.version(record) != ticket.version:
            raise Stale(f"{self.system}: {ticket.id} moved since it was read")
        if words := self.desk.illegal(record, changes):
            raise Rejected(f"{self.system} refused {ticket.id}: {words}", words, [manners.status])
        record = self.desk.edit(ticket.id, changes, US)
        written = Written(self._ticket(record), own_reply=True)
        await self.wire("after", "update")
        return written

    async def reply(self, ticket: Ticket, reply: Reply, deadline: datetime) -> Comment:
        """Add a public comment."""
        await self._send("reply", deadline)
        return await self._say(ticket, reply, public=True)

    async def note(self, ticket: Ticket, note: Note, deadline: datetime) -> Comment:
        """Add an internal note."""
        await self._send("note", deadline)
        return await self._say(ticket, note, public=False)

    async def _say(self, ticket: Ticket, text: Reply | Note, *, public: bool) -> Comment:
        self._there(ticket)
        self._check({"comment": text.body})
        body, origin = self._mark(text)
        made = self.desk.say(ticket.id, body, US, public=public, origin=origin)
        await self.wire("after", "reply" if public else "note")
        return self._decode(made)

    async def rewrite(
        self, ticket: Ticket, comment_id: str, text: Reply | Note, deadline: datetime
    ) -> Comment:
        """Replace the body of a comment."""
        await self._send("rewrite", deadline)
        self._there(ticket)
        comment = self.desk.reword(ticket.id, comment_id, self._mark(text)[0])
        await self.wire("after", "rewrite")
        return self._decode(comment)

    async def hide(self, ticket: Ticket, comment_id: str, deadline: datetime) -> None:
        """Turn a comment internal."""
        await self._send("hide", deadline)
        self._there(ticket)
        self.desk.turn_internal(ticket.id, comment_id)
        await self.wire("after", "hide")

    async def touched(self, ticket_id: str, since: datetime) -> Sequence[Touch] | None:
        """Give the trail, where the desk keeps one."""
        if not self.desk.manners.audit:
            return None
        record = self.desk.records.get(ticket_id)
        return [one for one in record.trail if one.at >= since] if record else []

    async def _send(self, what: str, deadline: datetime) -> None:
        await self.wire("before", what)
        if self._clock() > deadline:
            raise NotSent(f"{self.system}: the {what} was not sent, its time was over")
        self._count(what)

    def _check(self, fields: Fields) -> None:
        for name, value in fields.items():
            if words := self.desk.refuses(name, value):
                raise Rejected(f"{self.system}: {words}", words, self.desk.named(name))

    def _there(self, ticket: Ticket) -> Record:
        """Give the ticket's record; one that was deleted or merged takes no write."""
        record = self.desk.records[ticket.id]
        if record.deleted or record.merged_into:
            raise Stale(f"{self.system}: {ticket.id} was deleted or merged since it was read")
        return record

    def _mark(self, text: Reply | Note) -> tuple[str, Origin | None]:
        """Carry the origin in its field, or as the last line of the text (R21)."""
        if self.traits.origin_field:
            return text.body, text.origin
        return f"{text.body}\n{_MARK}{text.origin}]", None

    def _decode(self, comment: Comment) -> Comment:
        body, _, last = comment.body.rpartition("\n")
        if self.traits.origin_field or not (last.startswith(_MARK) and last.endswith("]")):
            return comment
        return replace(comment, body=body, origin=Origin.parse(last[len(_MARK) : -1]))

    def _ticket(self, record: Record) -> Ticket:
        return Ticket(
            record.id,
            self.desk.version(record),
            record.created,
            fields := self.desk.shown(record),
            key=record.key,
            ours=record.by == US,
            sensitive=record.sensitive,
            closed=any(value in self.desk.manners.closed for value in fields.values()),
            number=record.id,
            data={**fields, "id": record.id, "number": record.id},
            workflow=self.desk.manners.workflow,
            unshown=self.desk.unreadable,
        )

    def _count(self, what: str) -> None:
        self.requests[what] = self.requests.get(what, 0) + 1
        spend(self.system)
