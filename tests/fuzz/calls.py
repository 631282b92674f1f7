"""All that the engine asks of an adapter, and what may come of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sync_service.adapters.base import Page
from sync_service.core.outgoing import Draft, Note, PublicWords, Reply
from sync_service.core.values import Fields, Origin, Ticket
from sync_service.errors import NeedsHuman, NotSent, Stale, SyncServiceError, TryLater
from tests.fuzz.hostile import Hostile

ORIGIN = Origin("far", "17", "c1")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
#: They say that nothing was written, and the engine forgets its note of the write.
UNDONE = (TryLater, NotSent, Stale, NeedsHuman)
PAGES = 20


@dataclass
class Subject:
    """An adapter over a hostile wire, and what there is to ask it for."""

    adapter: Any
    wire: Hostile
    since: str
    draft: Draft
    match: tuple[str, str]
    changes: Fields


def reads(one: Subject, ids: list[str]) -> dict[str, Callable[[], Awaitable[Any]]]:
    """Give every call that reads, by name."""
    adapter = one.adapter
    people = ["dana.whitfield@springfield.example", "x@y.example"]
    return {
        "start": adapter.start,
        "describe": adapter.describe,
        "present": lambda: adapter.changed(None),
        "feed": lambda: _pages(lambda at: adapter.changed(one.since, at)),
        "scan": lambda: _pages(lambda at: adapter.scan(LONG_AGO, at)),
        "get": lambda: adapter.get(ids),
        "find": lambda: adapter.find([one.draft.key], LONG_AGO),
        "match": lambda: adapter.match(one.match[0], [one.match[1]]),
        "people": lambda: adapter.people(people),
        "touched": lambda: adapter.touched(ids[0], LONG_AGO),
        "marks": lambda: getattr(adapter, "comment_marks", adapter.get)(ids),
    }


def writes(one: Subject, ticket: Ticket) -> dict[str, Callable[[], Awaitable[Any]]]:
    """Give every call that writes, by name."""
    adapter, soon = one.adapter, datetime.now(UTC) + timedelta(minutes=5)
    return {
        "create": lambda: adapter.create(one.draft, soon),
        "update": lambda: adapter.update(ticket, one.changes, soon),
        "reply": lambda: adapter.reply(ticket, Reply(PublicWords("hello"), False, ORIGIN), soon),
        "note": lambda: adapter.note(ticket, Note("hello", html=False, origin=ORIGIN), soon),
    }


async def _pages(read: Callable[[str | None], Awaitable[Page]]) -> None:
    """Follow pages as the engine does, which stops where one is in doubt or torn."""
    page = await read(None)
    for _ in range(PAGES):
        if page.doubt or page.torn or page.next is None:
            return
        page = await read(page.next)


async def ends(wire: Hostile, call: Awaitable[Any]) -> Exception | None:
    """Let a call end; give the error that it named, None for a value. Anything else goes on."""
    wire.fresh()
    try:
        await call
    except SyncServiceError as error:
        return error
    return None
