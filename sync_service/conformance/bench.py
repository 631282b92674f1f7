"""A system opened for one test: its adapter started, a wire between them, and short ways to read."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import uuid4

from sync_service.adapters.base import Adapter, Draft, Note, Page, Reply, Traits
from sync_service.conformance.abilities import SetsClock
from sync_service.conformance.harness import Harness, NotClaimed, Sample, System, Wire
from sync_service.conformance.proxy import Call, Fault
from sync_service.core.values import Fields, InternalNote, Origin, Person, PublicComment, Ticket
from sync_service.errors import SyncServiceError

T = TypeVar("T")
C = TypeVar("C", PublicComment, InternalNote)
#: More pages than any test makes: a drain that does not end must fail, not hang.
MOST_PAGES = 200


class OurClock:
    """Our time, which adapters go by for deadlines and for what they remember."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        """Tell it."""
        return datetime.now(UTC) + self.ahead


def unique(what: str) -> str:
    """Give a text that nothing else holds."""
    return f"{what} {uuid4().hex[:12]}"


def new_key() -> str:
    """Give a key that no ticket carries."""
    return f"conformance:link:far:{uuid4().hex[:12]}"


def new_origin() -> Origin:
    """Give an origin that no comment carries."""
    return Origin("far", "T-1", f"c{uuid4().hex[:10]}")


def public(body: str, origin: Origin | None = None, *, html: bool = False) -> Reply:
    """A public copy."""
    return Reply.of(_said(PublicComment, body), origin or new_origin(), lambda _: (body, html))


def internal(body: str, origin: Origin | None = None, *, html: bool = False) -> Note:
    """An internal copy."""
    return Note.of(_said(InternalNote, body), origin or new_origin(), lambda _: (body, html))


def _said(kind: type[C], body: str) -> C:
    return kind("c1", body, datetime.now(UTC), Person("Somebody elsewhere"))


async def ended(call: Awaitable[T]) -> T | SyncServiceError:
    """Give what a call gave, or the error with a known next step that it ended with."""
    try:
        return await call
    except SyncServiceError as error:
        return error


@dataclass(frozen=True, slots=True)
class Read:
    """Every page of a drain or scan."""

    pages: tuple[Page, ...]

    @property
    def rows(self) -> list[Ticket]:
        """All rows, in the order they came."""
        return [row for page in self.pages for row in page.rows]

    @property
    def ids(self) -> list[str]:
        """The ids of all rows."""
        return [row.id for row in self.rows]

    @property
    def mark(self) -> str:
        """The watermark for the next drain."""
        return self.pages[0].watermark

    @property
    def torn(self) -> bool:
        """Whether rows were said to have moved between pages."""
        return any(page.torn for page in self.pages)

    @property
    def doubt(self) -> str:
        """What was doubted."""
        return "; ".join(page.doubt for page in self.pages if page.doubt)


@dataclass
class Bench:
    """One system, a started adapter for it, and the wire between them.

    `began` is before all that the test does, by the system's clock: other tickets may be there.
    """

    harness: Harness
    system: System
    wire: Wire
    clock: OurClock
    began: datetime
    _url: str
    _stack: AsyncExitStack

    @property
    def sample(self) -> Sample:
        """Names and values to use."""
        return self.harness.sample

    @property
    def adapter(self) -> Adapter:
        """The adapter under test."""
        return self._adapter

    @property
    def traits(self) -> Traits:
        """What the adapter says of its system."""
        return self._adapter.traits

    def fresh(self) -> Adapter:
        """Make an adapter as a newly started daemon would; it is not started."""
        made = self.system.adapter(self._url, self.clock)
        self._stack.push_async_callback(made.close)
        return made

    async def forgets(self) -> None:
        """Let hours pass by our clock, after which no adapter goes by what it remembers.

        A first call renews what else has run out, such as a token.
        """
        self.clock.ahead += timedelta(hours=3)
        await self.mark()

    def use(self, adapter: Adapter) -> None:
        """Take a started adapter for the one under test."""
        self._adapter = adapter

    async def start(self) -> Adapter:
        """Start an adapter, which is the one under test from then on."""
        self._adapter = self.fresh()
        await self._adapter.start()
        return self._adapter

    def soon(self) -> datetime:
        """Give a deadline that no test reaches."""
        return self.clock() + timedelta(seconds=30)

    def needs(self, ability: type[T]) -> T:
        """Give the system as one that has the ability; raise `NotClaimed` where it has not."""
        if isinstance(self.system, ability):
            return self.system
        raise NotClaimed(self.harness.not_claimed[ability])

    def writes(self) -> list[Call]:
        """Give the calls since the last `forget` that change anything."""
        return [one for one in self.wire.calls() if self.system.is_write(one.method, one.path)]

    def strike_writes(self, kind: str, **more: object) -> None:
        """Let something go wrong with the next write."""
        self.wire.strike(replace(Fault(kind, only=self.system.is_write), **more))  # type: ignore[arg-type]

    def draft(self, fields: Fields | None = None, *, key: str = "", title: str = "") -> Draft:
        """Make a draft that the vendor takes."""
        given = {self.sample.title: title or unique("Copy"), **(fields or {})}
        return Draft(given, key or new_key(), self.sample.extras)

    async def made(self, fields: Fields | None = None) -> Ticket:
        """Make a ticket through the adapter, and give it as its outcome shows it."""
        done = await self.adapter.create(self.draft(fields), self.soon())
        assert done.ticket is not None, "a create that landed shows its ticket"
        return replace(done.ticket, comments=done.ticket.comments or ())

    async def opened(self, title: str = "") -> Ticket:
        """Open a ticket as a person, and read it."""
        return await self.read(await self.system.open(title or unique("Opened")))

    async def read(self, ticket: str) -> Ticket:
        """Read one ticket, which must be there."""
        found = (await self.adapter.get([ticket]))[ticket]
        assert isinstance(found, Ticket), f"{ticket} was read as {found}"
        return found

    async def mark(self) -> str:
        """Give the present watermark."""
        return (await self.adapter.changed(None)).watermark

    async def drain(
        self, since: str, between: Callable[[], Awaitable[object]] | None = None
    ) -> Read:
        """Read the feed to its end or first tear, doing something between pages."""
        return await _all(lambda page: self.adapter.changed(since, page), between)

    async def scan(
        self,
        since: datetime | None = None,
        between: Callable[[], Awaitable[object]] | None = None,
    ) -> Read:
        """Scan to the end, from a moment or from where the test began."""
        start = since or self.began
        return await _all(lambda cursor: self.adapter.scan(start, cursor), between)

    async def wait(self, seconds: float) -> None:
        """Let the system's time pass, by its own clock where that can be set."""
        if isinstance(self.system, SetsClock):
            await self.system.pass_time(seconds)
        else:
            await asyncio.sleep(seconds)


async def _all(
    ask: Callable[[str | None], Awaitable[Page]],
    between: Callable[[], Awaitable[object]] | None,
) -> Read:
    pages = [await ask(None)]
    while (following := pages[-1].next) is not None and not pages[-1].torn:
        assert len(pages) < MOST_PAGES, "the pages do not end"
        if between:
            await between()
        pages.append(await ask(following))
    return Read(tuple(pages))
