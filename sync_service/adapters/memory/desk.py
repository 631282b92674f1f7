"""A help desk in memory: the state that `MemoryAdapter` speaks to, and people act on.

It is small but not kind. It can cut texts, stamp coarsely, let its search lag, drop comment
origins and refuse values, because a sync that is right only for a kind desk is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from sync_service.core.outgoing import Touch
from sync_service.core.values import (
    Comment,
    Fields,
    InternalNote,
    Origin,
    Person,
    PublicComment,
    Value,
    Version,
)

#: The user that the adapter writes as.
US = "sync@desk.example"


@dataclass(frozen=True, slots=True)
class Manners:
    """How the desk behaves.

    `cut`: texts end after so many characters. `resolution`: stamps are cut to it. `lag`: how long
    the search shows a ticket as it was. `origin_field`: comments keep their origin. `audit`: there
    is an audit trail. `serial`: versions carry a counter; if `guarded`, a write on an old one is
    refused. `edits`: comments can be rewritten and hidden by the API. `workflow`: the legal next
    values of each value of the field `status`; a new ticket has the first of them. `closed`: values
    of any field that mean that nobody works on the ticket any more. `vague`: a refusal names no field.
    """

    cut: int = 0
    resolution: timedelta = timedelta(0)
    lag: timedelta = timedelta(0)
    origin_field: bool = True
    audit: bool = True
    serial: bool = True
    edits: bool = True
    page_size: int = 50
    status: str = ""
    guarded: bool = True
    workflow: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    closed: tuple[str, ...] = ()
    vague: bool = False


@dataclass(slots=True)
class Record:
    """A ticket as the desk keeps it."""

    id: str
    created: datetime
    changed: datetime
    serial: int
    by: str
    fields: dict[str, Value]
    key: str | None = None
    comments: list[Comment] = field(default_factory=list)
    trail: list[Touch] = field(default_factory=list)
    sensitive: bool = False
    deleted: bool = False
    merged_into: str | None = None


class MemoryDesk:
    """Tickets, the people who edit them, and a search that may lag."""

    def __init__(
        self,
        name: str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        manners: Manners | None = None,
        people: frozenset[str] | None = None,
    ) -> None:
        self.name = name
        self.clock = clock
        self.manners = manners or Manners()
        self.people = people
        self.records: dict[str, Record] = {}
        self.refuses: Callable[[str, Value], str] = lambda _name, _value: ""
        #: Fields that the adapter's user may not read: they are in no answer.
        self.unreadable: frozenset[str] = frozenset()
        #: Why a search ignores its filter; "" while it does not.
        self.deaf = ""
        self._older: dict[str, list[tuple[datetime, Record]]] = {}
        self._count = 0

    def shown(self, record: Record) -> dict[str, Value]:
        """Give a ticket's fields as far as the adapter's user may read them."""
        return {n: one for n, one in record.fields.items() if n not in self.unreadable}

    def named(self, name: str) -> list[str]:
        """Give the fields that a refusal names."""
        return [] if self.manners.vague else [name]

    def fit(self, _name: str, value: Value) -> Value:
        """Show a text as the desk would: trimmed, and cut if it cuts; empty is None."""
        if not isinstance(value, str):
            return value
        text = value.strip()
        return (text[: self.manners.cut].strip() if self.manners.cut else text) or None

    def open(self, fields: Fields, by: str, key: str | None = None) -> Record:
        """Make a ticket."""
        now = self.clock()
        shown = {name: self.fit(name, value) for name, value in fields.items()}
        if self.manners.workflow:
            shown.setdefault(self.manners.status, next(iter(self.manners.workflow)))
        ticket_id = f"{self.name[:1].upper()}{self._next()}"
        record = Record(ticket_id, now, self._stamp(now), 1, by, shown, key)
        for name, value in shown.items():
            record.trail.append(Touch(name, now, by == US, None, value, by))
        self.records[record.id] = record
        self._remember(record)
        return record

    def edit(self, ticket_id: str, fields: Fields, by: str) -> Record:
        """Change fields; a value that is already there is no change."""
        record = self.records[ticket_id]
        new = {name: self.fit(name, value) for name, value in fields.items()}
        now = self.clock()
        changed = {n: v for n, v in new.items() if record.fields.get(n) != v}
        for name, value in changed.items():
            old = record.fields.get(name)
            record.trail.append(Touch(name, now, by == US, old, value, by))
        record.fields.update(changed)
        return self._bump(record) if changed else record

    def say(
        self,
        ticket_id: str,
        body: str,
        by: str,
        *,
        public: bool = True,
        origin: Origin | None = None,
    ) -> Comment:
        """Add a comment."""
        record = self.records[ticket_id]
        make = PublicComment if public else InternalNote
        comment = make(
            id=f"c{self._next()}",
            body=body,
            created=self.clock(),
            author=Person(by.split("@", maxsplit=1)[0], by),
            ours=by == US,
            origin=origin,
            version="1",
        )
        record.comments.append(comment)
        self._bump(record)
        return comment

    def reword(self, ticket_id: str, comment_id: str, body: str) -> Comment:
        """Edit a comment."""
        return self._swap(
            ticket_id, comment_id, lambda one: replace(one, body=body, version=one.version + "'")
        )

    def turn_internal(self, ticket_id: str, comment_id: str) -> Comment:
        """Hide a public comment from the requester."""
        return self._swap(ticket_id, comment_id, lambda one: _as(InternalNote, one))

    def turn_public(self, ticket_id: str, comment_id: str) -> Comment:
        """Let the requester see an internal note."""
        return self._swap(ticket_id, comment_id, lambda one: _as(PublicComment, one))

    def erase(self, ticket_id: str, comment_id: str) -> Comment:
        """Delete a comment; the desk goes on showing that there was one."""
        return self._swap(
            ticket_id, comment_id, lambda one: replace(one, deleted=True, version=one.version + "-")
        )

    def mark_sensitive(self, ticket_id: str, *, sensitive: bool = True) -> None:
        """Set or clear the ticket's sensitive flag."""
        self.records[ticket_id].sensitive = sensitive
        self._bump(self.records[ticket_id])

    def delete(self, ticket_id: str) -> None:
        """Delete a ticket; the feed shows nothing of it."""
        self.records[ticket_id].deleted = True
        self._remember(self.records[ticket_id])

    def merge(self, ticket_id: str, into: str) -> None:
        """Make a ticket answer under another's id."""
        self.records[ticket_id].merged_into = into
        self._remember(self.records[ticket_id])

    def bring_back(self, ticket_id: str) -> None:
        """Undo a deletion or a merge."""
        record = self.records[ticket_id]
        record.deleted, record.merged_into = False, None
        self._bump(record)

    def search(self) -> list[Record]:
        """Give all tickets as the search shows them now: each as it was `lag` ago."""
        limit = self.clock() - self.manners.lag
        shown = (self._as_of(ticket_id, limit) for ticket_id in self.records)
        return [one for one in shown if one and not one.deleted and not one.merged_into]

    def illegal(self, record: Record, fields: Fields) -> str:
        """Say why a status may not follow the present one; "" if it may."""
        goal, present = fields.get(self.manners.status), record.fields.get(self.manners.status)
        steps = self.manners.workflow
        if not steps or goal is None or goal == present or goal in steps.get(str(present), ()):
            return ""
        return f"{goal} may not follow {present}"

    def version(self, record: Record) -> Version:
        """Give the version that the desk's API shows."""
        return Version(record.changed, record.serial if self.manners.serial else 0)

    def _as_of(self, ticket_id: str, limit: datetime) -> Record | None:
        if not self.manners.lag:
            return self.records[ticket_id]
        older = [record for at, record in self._older[ticket_id] if at <= limit]
        return older[-1] if older else None

    def _bump(self, record: Record) -> Record:
        record.changed = self._stamp(self.clock())
        record.serial += 1
        self._remember(record)
        return record

    def _remember(self, record: Record) -> None:
        if self.manners.lag:
            copy = replace(record, fields=dict(record.fields), comments=list(record.comments))
            self._older.setdefault(record.id, []).append((self.clock(), copy))

    def _swap(
        self, ticket_id: str, comment_id: str, change: Callable[[Comment], Comment]
    ) -> Comment:
        record = self.records[ticket_id]
        for index, one in enumerate(record.comments):
            if one.id == comment_id:
                record.comments[index] = change(one)
                self._bump(record)
                return record.comments[index]
        raise KeyError(comment_id)

    def _stamp(self, moment: datetime) -> datetime:
        step = self.manners.resolution.total_seconds()
        if not step:
            return moment
        return datetime.fromtimestamp(moment.timestamp() // step * step, UTC)

    def _next(self) -> int:
        self._count += 1
        return self._count


def _as(kind: type[PublicComment | InternalNote], one: Comment) -> Comment:
    facts = {name: getattr(one, name) for name in PublicComment.__dataclass_fields__}
    return kind(**{**facts, "version": one.version + "'"})


#: Every ticket's fields by id: what a judge compares.
def shown(desk: MemoryDesk) -> Mapping[str, Mapping[str, Value]]:
    """Give the fields of every ticket that is not deleted."""
    return {one.id: dict(one.fields) for one in desk.records.values() if not one.deleted}


def number_of(ticket_id: str) -> int:
    """Give the number in a ticket's id, by which tickets are sorted."""
    return int("".join(filter(str.isdigit, ticket_id)))
