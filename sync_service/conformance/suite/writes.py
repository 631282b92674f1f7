"""Writes: each sent at most once, and its end told as what it is (R16, R17, R18).

The laws hold for every fault. What returns has landed; what is refused, stale, put off or not sent
has not; nothing lands twice; and whatever cannot be known is `UnknownOutcome`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from sync_service.conformance.bench import Bench, ended
from sync_service.conformance.deeds import KINDS, Deed, Stage
from sync_service.conformance.harness import Harness
from sync_service.conformance.opening import opened
from sync_service.conformance.proxy import FaultProxy
from sync_service.errors import (
    NeedsHuman,
    NotSent,
    Rejected,
    Stale,
    SyncServiceError,
    TryLater,
    UnknownOutcome,
)

every_write = pytest.mark.parametrize("write", KINDS)

#: After these the write has landed, and the adapter was not told so.
LANDED: Mapping[str, Mapping[str, Any]] = {
    "cut": {"kind": "hang_up_after"},
    "half an answer": {"kind": "truncate"},
    "500": {"kind": "error_after", "status": 500},
    "503": {"kind": "error_after", "status": 503},
    "504": {"kind": "error_after", "status": 504},
    "408": {"kind": "error_after", "status": 408},
    "a page": {"kind": "not_json_after"},
    "nothing": {"kind": "error_after", "status": 200, "body": b""},
    "a list": {"kind": "error_after", "status": 200, "body": b"[[]]"},
    "null": {"kind": "error_after", "status": 200, "body": b"null"},
    "an object": {"kind": "error_after", "status": 201, "body": b'{"unexpected": 1}'},
    "empty parts": {"kind": "error_after", "status": 200, "body": b'{"Item": {}, "result": {}}'},
    "no end": {"kind": "huge_after", "size": 1 << 28},
    "elsewhere": {"kind": "error_after", "status": 302, "headers": {"Location": "/login"}},
    "429": {"kind": "error_after", "status": 429},
    "409": {"kind": "error_after", "status": 409},
}
#: Of these the answer says "no": an adapter hands that on, and the engine takes it for words (R16).
DENIED = frozenset({"429", "409"})
#: After these it has not, and the adapter cannot know it.
LOST: Mapping[str, Mapping[str, Any]] = {
    "cut": {"kind": "hang_up_before"},
    "a page": {"kind": "not_json", "status": 200},
    "bad gateway": {"kind": "not_json", "status": 502},
    "503": {"kind": "status", "status": 503},
}
REFUSED = (400, 403, 409, 412, 422)


async def how_it_ended(desk: Bench, one: Deed) -> SyncServiceError | None:
    """Send the write; give the error it ended with, or None where it returned."""
    desk.wire.forget()
    done = await ended(one.send(desk.soon()))
    return done if isinstance(done, SyncServiceError) else None


def told(error: SyncServiceError | None, landed: int) -> None:
    """Hold the end of a write against what became of it."""
    certain = (NotSent, Rejected, Stale, TryLater)
    assert landed <= 1, "it landed twice"
    assert error is not None or landed == 1, "it returned, and nothing landed"
    assert not (landed and isinstance(error, certain)), f"it landed, and ended with {error!r}"


@every_write
async def test_a_write_is_one_call_and_lands(harness: Harness, write: str) -> None:
    """R18, design 10: no write costs more calls than it must."""
    async with opened(harness) as desk:
        one = await (await Stage.of(desk, write)).deed()

        assert await how_it_ended(desk, one) is None
        assert (1, 1) == (await one.landed(), len(desk.writes()))


@every_write
async def test_a_write_past_its_deadline_is_not_sent(harness: Harness, write: str) -> None:
    """R16: whoever settles must know when nothing can be on the wire any more."""
    async with opened(harness) as desk:
        one = await (await Stage.of(desk, write)).deed()
        desk.wire.forget()

        with pytest.raises(NotSent):
            await one.send(desk.clock() - timedelta(seconds=1))
        assert (0, []) == (await one.landed(), desk.writes())


@every_write
async def test_a_write_whose_answer_was_lost_is_unknown(harness: Harness, write: str) -> None:
    """R18: it landed, however its answer was lost or wrong, and it is not sent again."""
    async with opened(harness) as desk:
        stage = await Stage.of(desk, write)
        for name, fault in LANDED.items():
            one = await stage.deed()
            desk.strike_writes(**fault)
            error = await how_it_ended(desk, one)
            desk.wire.clear()

            assert 1 == len(desk.writes()), name
            no = isinstance(error, TryLater | Rejected) and name in DENIED
            unsure = error is None or isinstance(error, UnknownOutcome | NeedsHuman)
            assert no or unsure, (name, error)
            assert 1 == await one.landed(), name


@every_write
async def test_a_write_that_was_not_handled_is_unknown_too(harness: Harness, write: str) -> None:
    """R18: from here it looks just like one that was."""
    async with opened(harness) as desk:
        stage = await Stage.of(desk, write)
        for name, fault in LOST.items():
            one = await stage.deed()
            desk.strike_writes(**fault)
            error = await how_it_ended(desk, one)
            desk.wire.clear()

            assert 1 == len(desk.writes()), name
            assert isinstance(error, UnknownOutcome), (name, error)
            assert 0 == await one.landed(), name


@every_write
async def test_a_pause_that_is_asked_for_is_handed_on(harness: Harness, write: str) -> None:
    """R18: 429 refuses; its seconds stand in the header or the body, and nothing is sent meanwhile."""
    for where in ("header", "body"):
        async with opened(harness, own=True) as desk:
            one = await (await Stage.of(desk, write)).deed()
            desk.strike_writes("status", status=429, retry_after=40, retry_after_in=where)
            error = await how_it_ended(desk, one)
            assert isinstance(error, TryLater)
            assert error.after is not None
            assert 30 < error.after <= 40
            assert (0, 1) == (await one.landed(), len(desk.writes()))

            again = await how_it_ended(desk, one)
            assert isinstance(again, TryLater | NotSent)
            assert [] == desk.wire.calls()


@every_write
async def test_a_refusal_is_told_as_one(harness: Harness, write: str) -> None:
    """R19, R25: a 4xx proves that nothing was written; 412 that the ticket moved."""
    async with opened(harness) as desk:
        stage = await Stage.of(desk, write)
        for status in REFUSED:
            one = await stage.deed()
            body = {"message": "the vendor's own words", "error": {"message": "and more"}}
            desk.strike_writes("status", status=status, body=body, times=None)
            error = await how_it_ended(desk, one)
            desk.wire.clear()

            assert isinstance(error, Rejected | Stale | NeedsHuman), (status, error)
            assert status != 412 or isinstance(error, Stale)
            assert "the vendor's own words" in str(error)
            assert 0 == await one.landed()


@every_write
async def test_a_write_without_a_connection_was_not_sent(harness: Harness, write: str) -> None:
    """R18: only a connection that was never made proves that."""
    async with opened(harness, own=True) as desk:
        one = await (await Stage.of(desk, write)).deed()
        desk.wire.refuse()
        reads = [ended(desk.read(one.ticket.id)) for _ in range(16)]
        await asyncio.gather(*reads)  # kept connections are known to be dead from here on
        error = await how_it_ended(desk, one)
        desk.wire.accept()

        assert isinstance(error, NotSent | TryLater)
        assert (0, []) == (await one.landed(), desk.wire.calls())


@every_write
async def test_a_connection_that_died_unseen_sends_nothing_twice(
    harness: Harness, write: str
) -> None:
    """R18: HTTP clients like to repeat a request on a kept connection that broke."""
    async with opened(harness) as desk:
        one = await (await Stage.of(desk, write)).deed()
        desk.wire.refuse()  # cuts the connections that are kept
        desk.wire.accept()
        error = await how_it_ended(desk, one)

        told(error, await one.landed())
        assert len(desk.writes()) <= 1


@every_write
async def test_a_redirect_is_not_followed(harness: Harness, write: str) -> None:
    """Security: only the configured host is spoken to; a token must not reach another."""
    async with opened(harness) as desk:
        stage = await Stage.of(desk, write)
        with FaultProxy("http://127.0.0.1:9") as elsewhere:
            for status in (302, 307, 308):
                one = await stage.deed()
                headers = {"Location": f"{elsewhere.url}/catch"}
                desk.strike_writes("status", status=status, headers=headers)
                error = await how_it_ended(desk, one)

                assert error is not None
                told(error, await one.landed())
            assert [] == elsewhere.calls()


@every_write
async def test_a_dead_credential_wrote_nothing(harness: Harness, write: str) -> None:
    """A 401 is told to a person, once, and the item is not lost."""
    async with opened(harness) as desk:
        one = await (await Stage.of(desk, write)).deed()
        desk.strike_writes("status", status=401, times=None)
        error = await how_it_ended(desk, one)
        desk.wire.clear()

        assert isinstance(error, NeedsHuman | Rejected)
        assert 0 == await one.landed()
