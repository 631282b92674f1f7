"""Errors and storms: a read tells what it saw or says that it could not (R3, R4, R18).

The law behind them all: an answer of the wrong shape is never an absence. A feed that took it for
"nothing changed" would move its watermark on, and a look-up would prove what nobody said.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from sync_service.adapters.base import Found, Page
from sync_service.conformance.bench import Bench, ended, new_key, unique
from sync_service.conformance.harness import Harness
from sync_service.conformance.opening import opened
from sync_service.conformance.proxy import Fault
from sync_service.core.values import Ticket
from sync_service.errors import AuthFailed, NeedsHuman, NotSent, SyncServiceError, TryLater

READS = ("changed", "scan", "get", "find", "match", "people", "start")
every_read = pytest.mark.parametrize("read", READS)
#: Wounds that heal: the next attempt is answered.
HICCUPS = (
    Fault("hang_up_before"),
    Fault("hang_up_after"),
    Fault("truncate"),
    Fault("status", status=503),
    Fault("error_after", status=500),
    Fault("not_json", status=502),
)
#: JSON, or nearly, that is no answer to anything.
SHAPES = (
    b"",
    b"null",
    b"[]",
    b"{}",
    b"7",
    b'"text"',
    b"true",
    b"[null]",
    b"[[]]",
    b'{"unexpected": 1}',
    b'{"items": [null]}',
    b'{"Items": [{}]}',
    b'{"result": [[]]}',
    b'{"result": "text"}',
    b"{",
    b"\xff\xfe{}",
    b"[" * 100_000,
    b'{"a":' * 100_000,
)
MOST = 10


@dataclass(frozen=True)
class _Asked:
    """A read, and whether what it gave is right or claims nothing; `ready` is done before it."""

    send: Callable[[], Awaitable[Any]]
    right: Callable[[Any], bool]
    harmless: Callable[[Any], bool]
    ready: Callable[[], Awaitable[object]]


async def _nothing() -> None:
    """Nothing is to be made ready."""


def _never(_: object) -> bool:
    return False


def _doubted(page: Page) -> bool:
    return bool(page.doubt)


def _unproven(found: Found) -> bool:
    return not found.proven


async def _asked(desk: Bench, read: str) -> _Asked:
    sample, mark, text = desk.sample, await desk.mark(), unique("asked")
    ticket = await desk.made({sample.match: text})
    key, absent, known = str(ticket.key), new_key(), sample.people[0]

    def paged(page: Page) -> bool:
        return ticket.id in [row.id for row in page.rows]

    def found(got: Found) -> bool:
        return len(got.tickets[key]) == 1 and got.tickets[absent] == ()

    def asked(
        send: Callable[[], Awaitable[Any]],
        right: Callable[[Any], bool],
        harmless: Callable[[Any], bool] = _never,
        ready: Callable[[], Awaitable[object]] = _nothing,
    ) -> _Asked:
        return _Asked(send, right, harmless, ready)

    match read:
        case "changed":
            return asked(lambda: desk.adapter.changed(mark), paged, _doubted)
        case "scan":
            return asked(lambda: desk.adapter.scan(ticket.created), paged, _doubted)
        case "get":
            return asked(lambda: desk.read(ticket.id), lambda got: isinstance(got, Ticket))
        case "find":
            keys = [key, absent]
            return asked(lambda: desk.adapter.find(keys, ticket.created), found, _unproven)
        case "match":
            wanted = {text: (ticket.id,)}
            return asked(
                lambda: desk.adapter.match(sample.match, [text]), lambda got: dict(got) == wanted
            )
        case "people":
            return asked(
                lambda: desk.adapter.people([known]), lambda got: got == {known}, ready=desk.forgets
            )
    return asked(lambda: desk.fresh().start(), lambda got: got is None)


@every_read
async def test_a_read_survives_a_hiccup(harness: Harness, read: str) -> None:
    """R18: reads are asked again, so one lost answer costs nothing."""
    async with opened(harness) as desk:
        one = await _asked(desk, read)
        for hiccup in HICCUPS:
            await one.ready()
            desk.wire.strike(hiccup)
            assert one.right(await one.send()), hiccup
            desk.wire.clear()


@every_read
async def test_a_read_that_fails_for_good_is_put_off(harness: Harness, read: str) -> None:
    """R18: `TryLater` after few attempts, whatever the fault, and nothing is taken from it."""
    lasting = [Fault(one.kind, status=one.status, times=None) for one in HICCUPS]
    lasting += [Fault("not_json", status=200, times=None)]
    async with opened(harness) as desk:
        one = await _asked(desk, read)
        for fault in lasting:
            await one.ready()
            desk.wire.strike(fault)
            desk.wire.forget()
            with pytest.raises((TryLater, NeedsHuman)):
                await one.send()
            assert len(desk.wire.calls()) <= MOST, fault
            desk.wire.clear()


@pytest.mark.parametrize("read", ["changed", "get"])
async def test_an_answer_without_end_is_not_read_to_the_end(harness: Harness, read: str) -> None:
    """A server that never stops must not fill our memory, and is asked again later."""
    async with opened(harness) as desk:
        one = await _asked(desk, read)
        desk.wire.strike(Fault("huge", times=None, size=1 << 29))
        desk.wire.forget()

        with pytest.raises((TryLater, NeedsHuman)):
            await one.send()
        assert all(call.sent < 1 << 28 for call in desk.wire.calls())


@every_read
async def test_an_answer_of_another_shape_is_no_absence(harness: Harness, read: str) -> None:
    """R3, R4: neither "no change" nor "no such ticket" nor a crash."""
    async with opened(harness) as desk:
        one = await _asked(desk, read)
        for shape in SHAPES:
            await one.ready()
            desk.wire.strike(Fault("status", status=200, body=shape, times=None))
            got = await ended(one.send())
            desk.wire.clear()
            put_off = isinstance(got, TryLater | NeedsHuman)
            assert put_off or one.harmless(got) or one.right(got), (shape[:20], got)


@every_read
async def test_no_connection_is_put_off(harness: Harness, read: str) -> None:
    """An outage is nobody's fault: the side backs off, and goes on by itself."""
    async with opened(harness, own=True) as desk:
        one = await _asked(desk, read)
        await one.ready()
        desk.wire.refuse()
        with pytest.raises(TryLater):
            await one.send()
        desk.wire.accept()

        assert one.right(await one.send())


@every_read
async def test_a_pause_asked_of_a_read_is_handed_on(harness: Harness, read: str) -> None:
    """429 with its seconds in the header or the body."""
    for where in ("header", "body"):
        async with opened(harness, own=True) as desk:
            one = await _asked(desk, read)
            await one.ready()
            fault = Fault("status", status=429, retry_after=50, retry_after_in=where, times=None)
            desk.wire.strike(fault)
            with pytest.raises(TryLater) as caught:
                await one.send()

            assert caught.value.after is not None
            assert 40 < caught.value.after <= 50


async def test_a_storm_of_429_is_not_answered_with_a_storm(harness: Harness) -> None:
    """While a system wants to be left alone nothing is sent to it: not a read, not a write."""
    async with opened(harness, own=True) as desk:
        mark, ticket = await desk.mark(), await desk.made()
        desk.wire.strike(Fault("status", status=429, retry_after=60, times=None))
        desk.wire.forget()
        storm = [desk.read(ticket.id) for _ in range(30)]
        ended = await asyncio.gather(*storm, return_exceptions=True)
        assert {TryLater} == {type(one) for one in ended}
        assert len(desk.wire.calls()) < len(storm)

        desk.wire.forget()
        title = {desk.sample.title: unique("x")}
        for late in (
            desk.adapter.changed(mark),
            desk.read(ticket.id),
            desk.adapter.update(ticket, title, desk.soon()),
            desk.adapter.create(desk.draft(), desk.soon()),
        ):
            with pytest.raises((TryLater, NotSent)):
                await late
        assert [] == desk.wire.calls()


@every_read
async def test_dead_credentials_are_told_as_such(harness: Harness, read: str) -> None:
    """A 401 everywhere is one message to a person, never an empty answer."""
    async with opened(harness) as desk:
        one = await _asked(desk, read)
        await one.ready()
        desk.wire.strike(Fault("status", status=401, times=None))

        with pytest.raises(AuthFailed):
            await one.send()


async def test_no_error_shows_a_secret_or_what_a_ticket_says(harness: Harness) -> None:
    """Promise 5: errors go to logs and mails; tokens and tickets' words do not."""
    canary = unique("canary")
    async with opened(harness) as desk:
        ticket = await desk.made({desk.sample.match: canary})
        title = {desk.sample.title: canary}
        for fault in (*HICCUPS, *(Fault("status", status=code) for code in (400, 401, 429, 500))):
            told: list[str] = []
            for send in (
                lambda: desk.adapter.match(desk.sample.match, [canary]),
                lambda: desk.read(ticket.id),
                lambda: desk.adapter.update(ticket, title, desk.soon()),
                lambda: desk.adapter.create(desk.draft(title), desk.soon()),
            ):
                desk.wire.strike(Fault(fault.kind, status=fault.status, times=None))
                error = await ended(send())
                desk.wire.clear()
                if isinstance(error, SyncServiceError):
                    told += [str(error), repr(error), str(error.__cause__)]
            assert told
            for text in told:
                assert canary not in text
                assert not [one for one in desk.system.secrets if one in text]


async def test_it_can_be_started_and_closed_again(harness: Harness) -> None:
    """`start` is safe to call again, and `close` lets go of everything."""
    async with opened(harness, own=True) as desk:
        title = unique("Again")
        await desk.adapter.start()
        ticket = await desk.system.open(title)
        assert title == (await desk.read(ticket)).fields[desk.sample.title]
        await desk.adapter.close()
        await desk.adapter.close()


async def test_the_traits_are_sound(harness: Harness) -> None:
    """What the engine reckons with is what was configured, and does not change."""
    async with opened(harness) as desk:
        traits = desk.traits
        await desk.made()

        assert traits == desk.traits
        assert 1 <= traits.batch
        assert traits.timeout.total_seconds() > 0
        assert desk.adapter.kind(traits.status_field) is not None
        assert desk.adapter.system
