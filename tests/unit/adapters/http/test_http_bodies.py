"""Answers that are too much, packed oddly, or no JSON however they look."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import stamina

from sync_service.adapters.http import Http, body
from sync_service.errors import TryLater, UnknownOutcome
from tests.unit.adapters.http.conftest import soon

if TYPE_CHECKING:
    from tests.unit.adapters.http.conftest import Behave, Line, Server

LIMIT = 1 << 20


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(body, "LARGEST", LIMIT)
    with stamina.set_testing(True, attempts=2):
        yield


def _packed(content: bytes, packing: str, kind: str = "json") -> Behave:
    async def behave(line: Line) -> None:
        head = (
            f"HTTP/1.1 200 OK\r\nContent-Type: application/{kind}\r\n"
            f"Content-Encoding: {packing}\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        line.writer.write(head.encode() + content)
        await line.writer.drain()

    return behave


def _raw_deflate(content: bytes) -> bytes:
    packing = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packing.compress(content) + packing.flush()


async def _endless(line: Line) -> None:
    line.writer.write(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    while not line.writer.is_closing():
        line.writer.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
        await line.writer.drain()


async def _boastful(line: Line) -> None:
    line.writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")
    await line.writer.drain()
    await asyncio.sleep(5)


@pytest.mark.parametrize("behave", [_endless, _boastful])
async def test_an_answer_without_end_is_cut_off(server: Server, http: Http, behave: Behave) -> None:
    """A server that never stops must not fill our memory; a read is put off."""
    server.behave = [behave]

    with pytest.raises(TryLater, match="more than"):
        await http.read("GET", "/x")


async def test_a_write_answered_without_end_is_unknown(server: Server, http: Http) -> None:
    """R18: it may have landed; the size of the answer says nothing of that."""
    server.behave = [_endless]

    with pytest.raises(UnknownOutcome, match="more than"):
        await http.write("POST", "/x", deadline=soon())

    assert 1 == len(server.seen)


@pytest.mark.parametrize(
    ("packing", "pack"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("deflate", _raw_deflate)],
)
async def test_a_packed_answer_is_unpacked(
    server: Server, http: Http, packing: str, pack: type[bytes]
) -> None:
    """As we said that we can; also deflate without its head, which some servers send."""
    server.behave = [_packed(pack(b'{"ok": true}'), packing)]

    assert {"ok": True} == (await http.read("GET", "/x")).json()
    assert "accept-encoding: gzip, deflate\r\n" in server.seen[0].head.lower()


@pytest.mark.parametrize(
    ("content", "packing"),
    [
        (gzip.compress(b"0" * (LIMIT * 50)), "gzip"),
        (gzip.compress(b"{}")[:-4], "gzip"),
        (b"{}", "gzip"),
        (b"{}", "br"),
    ],
    ids=["a bomb", "cut", "not packed", "never asked for"],
)
async def test_what_unpacks_to_too_much_or_not_at_all_is_put_off(
    server: Server, http: Http, content: bytes, packing: str
) -> None:
    """A packed megabyte can hold a gigabyte: the limit counts what is unpacked."""
    server.behave = [_packed(content, packing)]

    with pytest.raises(TryLater):
        await http.read("GET", "/x")


async def test_brackets_without_end_are_no_json(server: Server, http: Http) -> None:
    """Found by the conformance suite: the parser's recursion ended in a crash."""

    async def nested(line: Line) -> None:
        await line.answer(200, "[" * 100_000)

    server.behave = [nested]

    with pytest.raises(TryLater, match="not with JSON"):
        (await http.read("GET", "/x")).json()


async def test_calls_in_line_heed_a_pause_that_was_asked_for_meanwhile(server: Server) -> None:
    """Found by the conformance suite: calls that waited for a free connection were still sent."""

    async def paused(line: Line) -> None:
        await line.answer(429, "{}", "Retry-After: 60")

    server.behave = [paused]
    one_by_one = Http("desk", server.url, headers={}, connections=1)
    calls = [one_by_one.read("GET", "/x") for _ in range(5)]
    ended = await asyncio.gather(*calls, return_exceptions=True)
    await one_by_one.aclose()

    assert {TryLater} == {type(one) for one in ended}
    assert 1 == len(server.seen)
