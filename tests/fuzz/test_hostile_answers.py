"""Whatever a server answers: a value or a named error, soon; and a write that landed is never called undone.

`SYNC_FUZZ=5000 .venv/bin/pytest tests/fuzz` plays 5,000 of each; without it a few, for `./check`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest
import stamina
from hypothesis import given, settings
from hypothesis import strategies as st

from sync_service.core.values import Ticket
from tests.fuzz.calls import UNDONE, ends, reads, writes
from tests.fuzz.spoil import EXAMPLES, SPOILS, Spoil
from tests.fuzz.subjects import SCENES, Scene

READS = (
    "start", "describe", "present", "feed", "scan", "get", "find", "match", "people", "touched", "marks",
)  # fmt: skip
WRITES = ("create", "update", "reply", "note")
#: They say that the write was refused, or that a note became public, which it may.
SAYS_NO = frozenset({"StatusCode", "IsSuccess", "IsPublic", "message"})


@pytest.fixture(autouse=True, scope="module")
def _quick() -> Iterator[None]:
    with stamina.set_testing(True, attempts=2):
        yield


async def read_once(scene: Scene, name: str, spoil: Spoil | None) -> Exception | None:
    """Start honestly, then read with answers spoilt; give the error that was named."""
    one = scene.subject()
    try:
        if name != "start":
            await one.adapter.start()
        one.wire.aim(spoil)
        return await ends(one.wire, reads(one, scene.ids)[name]())
    finally:
        await one.wire.aclose()


async def write_once(scene: Scene, name: str, spoil: Spoil | None) -> tuple[Exception | None, bool]:
    """Start and read honestly, then write with answers spoilt; tell whether the server took it."""
    one = scene.subject()
    try:
        await one.adapter.start()
        ticket = (await one.adapter.get(scene.ids))[scene.ids[0]]
        assert isinstance(ticket, Ticket)
        one.wire.spared = SAYS_NO
        one.wire.aim(spoil)
        return await ends(one.wire, writes(one, ticket)[name]()), one.wire.landed
    finally:
        await one.wire.aclose()


@pytest.mark.parametrize("name", SCENES)
def test_an_honest_server_is_read_and_written(name: str) -> None:
    """Without a spoilt answer all of it works; else the tests below would prove nothing."""
    for read in READS:
        assert None is asyncio.run(read_once(SCENES[name](), read, None)), read
    for write in WRITES:
        assert (None, True) == asyncio.run(write_once(SCENES[name](), write, None)), write


@pytest.mark.parametrize("name", SCENES)
def test_whatever_is_read_is_a_value_or_a_named_error(name: str) -> None:
    """R3, R25: no answer ends in an error that nobody named, nor in requests without end."""
    scene = SCENES[name]()

    @settings(max_examples=EXAMPLES)
    @given(read=st.sampled_from(READS), spoil=SPOILS)
    def holds(read: str, spoil: Spoil) -> None:
        turns = 40 if read == "start" else 6
        asyncio.run(read_once(scene, read, replace(spoil, turn=spoil.turn % turns)))

    holds()


@pytest.mark.parametrize("name", SCENES)
@settings(max_examples=EXAMPLES)
@given(write=st.sampled_from(WRITES), spoil=SPOILS)
def test_what_landed_is_never_called_undone(name: str, write: str, spoil: Spoil) -> None:
    """R18: the note of a write that the server took must stay until a read has settled it."""
    spoil = replace(spoil, turn=spoil.turn % 8)
    error, landed = asyncio.run(write_once(SCENES[name](), write, spoil))

    assert not (landed and isinstance(error, UNDONE)), repr(error)
