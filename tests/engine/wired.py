"""The memory adapter with a wire under its reads too, so that they fail, and people act meanwhile.

A `get` is torn as R1 has it: the comments are read first, then anything may happen, then the ticket.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sync_service.adapters.base import Found, Page, Touch
from sync_service.adapters.memory import MemoryAdapter
from sync_service.core.values import Reading, Ticket, Value

#: Called before each read, and within a `get`, with the moment and what is read.
ReadWire = Callable[[str, str], Awaitable[None]]


async def _quiet(_when: str, _what: str) -> None:
    """Do nothing on the wire."""


class WiredAdapter(MemoryAdapter):
    """A `MemoryAdapter` whose reads pass a point each."""

    read_wire: ReadWire = staticmethod(_quiet)

    async def changed(self, since: str | None, page: str | None = None) -> Page:
        """Read a page of changes."""
        await self.read_wire("before", "changed")
        return await super().changed(since, page)

    async def scan(self, created_since: datetime | None, cursor: str | None = None) -> Page:
        """Read a page of the backfill."""
        await self.read_wire("before", "scan")
        return await super().scan(created_since, cursor)

    async def get(self, ids: Sequence[str]) -> Mapping[str, Reading]:
        """Read the comments, let things happen, and read the tickets."""
        await self.read_wire("before", "get")
        first = await super().get(ids)
        await self.read_wire("within", "get")
        return {name: _torn(first[name], self._reading(name)) for name in ids}

    async def find(self, keys: Sequence[str], created_since: datetime) -> Found:
        """Look copies up."""
        await self.read_wire("before", "find")
        return await super().find(keys, created_since)

    async def match(self, name: str, values: Sequence[Value]) -> Mapping[Value, tuple[str, ...]]:
        """Look matches up."""
        await self.read_wire("before", "match")
        return await super().match(name, values)

    async def people(self, emails: Iterable[str]) -> frozenset[str]:
        """Look people up."""
        await self.read_wire("before", "people")
        return await super().people(emails)

    async def touched(self, ticket_id: str, since: datetime) -> Sequence[Touch] | None:
        """Read the audit trail."""
        await self.read_wire("before", "touched")
        return await super().touched(ticket_id, since)


def _torn(comments: Reading, ticket: Reading) -> Reading:
    """Give the ticket as it was read last with the comments as they were read first."""
    if isinstance(comments, Ticket) and isinstance(ticket, Ticket):
        return replace(ticket, comments=comments.comments)
    return ticket
