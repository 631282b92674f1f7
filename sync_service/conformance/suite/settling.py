"""What settles a write of unknown outcome, and what may go on around one (R4, R15, R16, R17, R21)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from sync_service.conformance.bench import ended, new_origin, public, unique
from sync_service.conformance.deeds import KINDS, Deed, Stage, possible
from sync_service.conformance.harness import Harness, Wish
from sync_service.conformance.opening import opened
from sync_service.conformance.proxy import Fault
from sync_service.conformance.suite.writes import every_write, how_it_ended, told
from sync_service.core.values import Ticket
from sync_service.core.versions import older
from sync_service.errors import TryLater, UnknownOutcome


@every_write
async def test_a_read_that_goes_with_a_write_may_fail(harness: Harness, write: str) -> None:
    """R18, R19: what is read before or after a write changes nothing of how its end is told."""
    faults: tuple[Mapping[str, Any], ...] = (
        {"kind": "status", "status": 503},
        {"kind": "status", "status": 200, "body": b'{"unexpected": 1}'},
        {"kind": "status", "status": 200, "body": b"[]"},
        {"kind": "status", "status": 404},
    )
    async with opened(harness) as desk:
        stage = await Stage.of(desk, write)
        for fault in faults:
            one = await stage.deed()
            desk.wire.strike(
                Fault(**fault, only=lambda *at: not desk.system.is_write(*at), times=None)
            )
            error = await how_it_ended(desk, one)
            desk.wire.clear()

            assert len(desk.writes()) <= 1, fault
            told(error, await one.landed())


async def test_no_read_is_older_than_a_writes_reply(harness: Harness) -> None:
    """R1: the engine takes an older answer for a replica's and waits, so a reply claims no more."""
    async with opened(harness) as desk:
        made = (await desk.adapter.create(desk.draft(), desk.soon())).ticket
        assert made is not None
        read = await desk.read(made.id)
        changes = {desk.sample.title: unique("Written")}
        wrote = (await desk.adapter.update(read, changes, desk.soon())).ticket
        again = await desk.read(made.id)

        assert not older(read.version, made.version)
        assert wrote is not None
        assert not older(again.version, wrote.version)


async def test_a_write_that_timed_out_may_land_later(harness: Harness) -> None:
    """R16, R17: unknown after `traits.timeout`, when its call may still be handled."""
    timeout = timedelta(seconds=2)
    async with opened(harness, Wish(timeout=timeout)) as desk:
        assert timeout == desk.traits.timeout
        kinds = [kind for kind in KINDS if possible(desk.traits, kind)]
        deeds = [await (await Stage.of(desk, kind)).deed() for kind in kinds]
        desk.strike_writes("delay", seconds=5, times=None)
        desk.wire.forget()
        ended_with = await asyncio.gather(*(ended(one.send(desk.soon())) for one in deeds))
        before = await asyncio.gather(*(one.landed() for one in deeds))
        desk.wire.clear()
        after = [await _landed_at_last(one) for one in deeds]

        assert {UnknownOutcome} == {type(error) for error in ended_with}
        assert [0] * len(deeds) == list(before)
        assert [1] * len(deeds) == after
        assert len(deeds) == len(desk.writes())


async def _landed_at_last(one: Deed) -> int:
    for _ in range(60):
        if landed := await one.landed():
            return landed
        await asyncio.sleep(0.25)
    return 0


@pytest.mark.parametrize("kind", ["hang_up_after", "hang_up_before"])
async def test_a_lost_create_is_settled_by_its_key(harness: Harness, kind: str) -> None:
    """R4, R15, R16: found once, ours, with its key; or proven not to be there."""
    async with opened(harness) as desk:
        one = await (await Stage.of(desk, "create")).deed()
        since = desk.system.now() - timedelta(minutes=1)
        desk.strike_writes(kind)
        assert isinstance(await how_it_ended(desk, one), UnknownOutcome)
        found = await desk.adapter.find([one.key], since)

        assert found.proven
        shown = [(ticket.key, ticket.ours) for ticket in found.tickets[one.key]]
        assert ([(one.key, True)] if kind == "hang_up_after" else []) == shown


@pytest.mark.parametrize("write", ["reply", "note"])
async def test_a_lost_comment_is_settled_by_its_origin(harness: Harness, write: str) -> None:
    """R21: the next reading shows it once, ours, with the origin that was sent."""
    async with opened(harness) as desk:
        one = await (await Stage.of(desk, write)).deed()
        desk.strike_writes("hang_up_after")
        assert isinstance(await how_it_ended(desk, one), UnknownOutcome)
        shown = (await desk.read(one.ticket.id)).comments or ()

        assert [True] == [said.ours for said in shown if said.origin == one.origin]


async def test_an_update_that_was_cut_short_is_unknown(harness: Harness) -> None:
    """R17: where an update takes several calls and one landed, nobody may call it undone."""
    async with opened(harness, own=True) as desk:
        sample = harness.sample
        name, one, two = sample.choice

        async def update(ticket: Ticket, value: Any) -> None:
            changes = {sample.title: unique("New"), name: value, sample.person: sample.people[1]}
            await desk.adapter.update(ticket, changes, desk.soon())

        ticket = await desk.made({name: one})
        desk.wire.forget()
        await update(ticket, two)
        calls = len(desk.writes())
        ticket = await desk.made({name: one})
        desk.strike_writes("status", status=429, retry_after=30, after=calls - 1)

        with pytest.raises(TryLater if calls == 1 else UnknownOutcome):
            await update(ticket, two)
        desk.wire.clear()


async def test_many_comments_at_once_all_land_once(harness: Harness) -> None:
    """R21: the same words at the same time, told apart by origin, each with its own id."""
    async with opened(harness) as desk:
        ticket, origins = await desk.made(), [new_origin() for _ in range(8)]
        await desk.adapter.reply(ticket, public("first"), desk.soon())
        said = await asyncio.gather(
            *(desk.adapter.reply(ticket, public("hi", one), desk.soon()) for one in origins)
        )
        shown = (await desk.read(ticket.id)).comments or ()

        assert origins == [one.origin for one in said]
        assert len(origins) == len({one.id for one in said})
        told = {one.origin: one.id for one in shown}
        assert {one.origin: one.id for one in said} == {one: told.get(one) for one in origins}
