"""The harness of the reference adapter: a desk whose calls are function calls."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sync_service.adapters.base import Adapter, Kind
from sync_service.adapters.memory import Manners, MemoryAdapter, MemoryDesk
from sync_service.conformance import abilities as need
from sync_service.conformance.harness import Clock, NotClaimed, Sample, Wish
from sync_service.conformance.proxy import Call, Fault, Request
from sync_service.conformance.proxy.fault import Faults
from sync_service.core.values import Value
from sync_service.errors import UnknownOutcome

ADA, BEN = "ada@desk.example", "ben@desk.example"
WRITES = frozenset({"create", "update", "reply", "note", "rewrite", "hide"})
KINDS: Mapping[str, Kind] = {
    "title": Kind.TEXT,
    "text": Kind.TEXT,
    "level": Kind.CHOICE,
    "status": Kind.CHOICE,
    "owner": Kind.PERSON,
    "due": Kind.MOMENT,
    "tag": Kind.TEXT,
}
NO_HTTP = "it is called, not spoken to over HTTP: there is no status, page or body to go wrong"


class MemoryWire:
    """Counts calls, and loses the answers of writes: what a function call can suffer."""

    def __init__(self) -> None:
        self._faults, self._adapters = Faults(), list[MemoryAdapter]()
        self._lost: list[Call] = []

    def watch(self, adapter: MemoryAdapter) -> None:
        """Stand between an adapter and its desk."""
        adapter.wire = self._pass
        self._adapters.append(adapter)

    def strike(self, *faults: Fault) -> None:
        """Lose an answer; nothing else can happen here."""
        for fault in faults:
            if fault.only is None or fault.kind not in ("hang_up_before", "hang_up_after"):
                raise NotClaimed(NO_HTTP)
            self._faults.add(fault)

    def clear(self) -> None:
        """Lose nothing from now on."""
        self._faults.clear()

    def calls(self) -> list[Call]:
        """Give what reached the desk, reads as GET and writes as POST."""
        counted = [
            Call(_request(what), handled=True)
            for adapter in self._adapters
            for what, count in adapter.requests.items()
            for _ in range(count)
        ]
        return counted + self._lost

    def forget(self) -> None:
        """Forget what reached the desk."""
        self._lost.clear()
        for adapter in self._adapters:
            adapter.requests.clear()

    def refuse(self) -> None:
        """There is no connection that could be refused."""
        raise NotClaimed(NO_HTTP)

    accept = refuse

    async def _pass(self, when: str, what: str) -> None:
        request = _request(what)
        if when == "before":
            self._striking = next(iter(self._faults.hits(request)), None)
            if self._striking and self._striking.kind == "hang_up_before":
                self._lost.append(Call(request, (self._striking.kind,)))
                raise UnknownOutcome(f"the {what} was lost on its way")
        elif self._striking:
            raise UnknownOutcome(f"the answer to the {what} was lost")


def _request(what: str) -> Request:
    return Request("POST" if what in WRITES else "GET", f"/{what}", (), b"")


class MemorySystem:
    """A desk and its people."""

    url = ""
    secrets: Sequence[str] = ()

    def __init__(self, wish: Wish) -> None:
        self.page = 3 if wish.page else 50
        self.wire = MemoryWire()
        self._wish = wish
        self._stopped: datetime | None = None
        manners = Manners(page_size=self.page, cut=200, lag=wish.lag, status="status", workflow={
            "new": ("open",), "open": ("done", "new"), "done": ("open",)})  # fmt: skip
        self.desk = MemoryDesk("desk", self.now, manners, frozenset({ADA, BEN}))
        self.desk.refuses = self._refuses
        self._kept: set[str] = set()

    def _refuses(self, name: str, value: Value) -> str:
        if name != "comment" and name not in KINDS:
            return f"there is no field {name}"
        if name == "owner" and value and value not in (ADA, BEN):
            return f"nobody is {value}"
        known = {"level": ("low", "high"), "status": ("new", "open", "done")}.get(name)
        return f"{name} is none of {known}" if known and value and value not in known else ""

    def adapter(self, url: str, clock: Clock) -> Adapter:
        """Make an adapter for the desk, whose clock is ours."""
        made = MemoryAdapter(
            "desk", self.desk, timeout=self._wish.timeout, kinds=KINDS, clock=clock
        )
        self.wire.watch(made)
        return made

    def is_write(self, method: str, path: str) -> bool:
        """Writes are counted as POST."""
        return method == "POST"

    def now(self) -> datetime:
        """Tell the desk's time."""
        return self._stopped or datetime.now(UTC)

    async def open(self, title: str, by: str = "") -> str:
        """Open a ticket."""
        fields = {"title": title, "level": "low", "status": "new"}
        return self.desk.open(fields, by or ADA).id

    async def open_together(self, titles: Sequence[str]) -> list[str]:
        """Open tickets while the clock stands."""
        before = self._stopped
        self._stopped = self.now()
        made = [await self.open(title) for title in titles]
        self._stopped = before
        return made

    async def edit(self, ticket: str, values: Mapping[str, Value], by: str = "") -> None:
        """Change fields."""
        self.desk.edit(ticket, values, by or ADA)

    async def comment(self, ticket: str, text: str, *, public: bool, by: str = "") -> None:
        """Say something."""
        self.desk.say(ticket, text, by or ADA, public=public)

    async def delete(self, ticket: str) -> None:
        """Delete a ticket."""
        self.desk.delete(ticket)

    async def titled(self, title: str) -> Sequence[str]:
        """Look at the desk's records."""
        records = self.desk.records.values()
        return [one.id for one in records if one.fields.get("title") == title]

    async def said(self, ticket: str) -> Sequence[tuple[str, bool]]:
        """Look at the desk's records."""
        from sync_service.core.values import PublicComment

        record = self.desk.records[ticket]
        return [(one.body, isinstance(one, PublicComment)) for one in record.comments]

    async def set_clock(self, moment: datetime) -> None:
        """Stop the desk's clock."""
        self._stopped = moment

    async def pass_time(self, seconds: float) -> None:
        """Move the desk's clock on; it stands from now on."""
        self._stopped = self.now() + timedelta(seconds=seconds)

    async def lag(self, seconds: float) -> None:
        """Let the search lag."""
        self.desk.manners = replace(self.desk.manners, lag=timedelta(seconds=seconds))

    async def merge(self, ticket: str, into: str) -> None:
        """Merge a ticket."""
        self.desk.merge(ticket, into)

    async def clone(self, ticket: str) -> str:
        """Copy a ticket with its key."""
        record = self.desk.records[ticket]
        return self.desk.open(record.fields, ADA, record.key).id

    async def mark(self, ticket: str, *, sensitive: bool) -> None:
        """Set or clear the sensitive flag."""
        self.desk.mark_sensitive(ticket, sensitive=sensitive)

    async def reword(self, ticket: str, comment: str, text: str) -> None:
        """Change a comment."""
        self.desk.reword(ticket, comment, text)

    async def turn(self, ticket: str, comment: str, *, public: bool) -> None:
        """Change who sees a comment."""
        turn = self.desk.turn_public if public else self.desk.turn_internal
        turn(ticket, comment)

    async def drop_origins(self) -> None:
        """Let comments carry a marker instead; the desk knows beforehand."""
        self.desk.manners = replace(self.desk.manners, origin_field=False)


class MemoryHarness:
    """The desk as the suite sees it."""

    lasting = False

    def __init__(self, system: type[MemorySystem] = MemorySystem, name: str = "memory") -> None:
        self.name, self._system = name, system

    sample = Sample(
        title="title",
        body="text",
        choice=("level", "low", "high"),
        status=("new", "open"),
        person="owner",
        people=(ADA, BEN),
        stranger="nobody@elsewhere.example",
        match="tag",
        refused=("level", "purple"),
        fixed="number",
        moment="due",
    )
    not_claimed: Mapping[type[Any], str] = {
        need.Automates: "the desk has no rules",
        need.DeletesComments: "comments stay",
        need.HidesTickets: "the desk has no rights: everybody sees every ticket",
        need.IgnoresFilters: "a search is a loop over all tickets; there is no filter to ignore",
        need.IgnoresSorting: "a search is sorted by the adapter itself",
        need.KeepsSilently: "the desk says what it refuses",
        need.SetsZone: "the desk's stamps are moments, not readings of a local clock",
        need.ShortensPages: "pages are cut by the adapter itself",
    }

    @asynccontextmanager
    async def open(self, wish: Wish) -> AsyncIterator[MemorySystem]:
        """Make a desk."""
        yield self._system(wish)
