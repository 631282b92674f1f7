"""The demo's proof: both desks read by their own dumps, held against each other and the script.

It shares no code with mapping, merge or adapters: what should be equal is written out here again.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sync_service.cli.demo_desks import Desks, joined, key_of
from sync_service.cli.demo_people import People
from sync_service.cli.progress import Told
from sync_service.engine.link import Tally

LINK = "helpdesk"
#: Waits, in seconds: for the first copies, and for level after the second act, and for
#: the idle cycles.
FIRST, SECOND, IDLE = 40.0, 40.0, 20.0
_LOOK = 0.5
#: How many whole cycles must pass without a write.
QUIET = 2
#: Routes that only read although their method is POST (vendor documentation: searches).
_READS = re.compile(r"^GET |^POST /api/v1\.0/(tickets|tickets/activities|issues|custom-fields/.*)$")

_STATES = {
    "Submitted": "New",
    "In Progress": "In Progress",
    "Waiting on Requestor": "On Hold",
    "Resolved": "Resolved",
}


@dataclass(slots=True)
class Proof:
    """What was read at the end; it holds if `complaints` is empty."""

    complaints: list[str] = field(default_factory=list)
    tickets: dict[str, int] = field(default_factory=dict)
    copies: dict[str, int] = field(default_factory=dict)
    comments: dict[str, int] = field(default_factory=dict)
    requests: dict[str, int] = field(default_factory=dict)
    writes_when_idle: int = 0
    idle_cycles: int = 0
    seconds: float = 0.0

    @property
    def holds(self) -> bool:
        """Tell whether all of it is true."""
        return not self.complaints

    def as_data(self) -> dict[str, Any]:
        """Give it as plain data."""
        return {
            "holds": self.holds,
            "complaints": self.complaints,
            "tickets": self.tickets,
            "copies": self.copies,
            "comments": self.comments,
            "requests": self.requests,
            "idle_cycles": self.idle_cycles,
            "writes_when_idle": self.writes_when_idle,
            "seconds": round(self.seconds, 1),
        }

    def lines(self) -> Iterator[str]:
        """Write it for people."""
        yield ""
        yield f"{'':<22}" + "".join(f"{name:>14}" for name in self.tickets)
        for what, counts in (
            ("tickets", self.tickets),
            ("of these copies", self.copies),
            ("comments", self.comments),
            ("requests by the daemon", self.requests),
        ):
            yield f"{what:<22}" + "".join(f"{count:>14}" for count in counts.values())
        yield (
            f"{self.idle_cycles} further cycles made {self.writes_when_idle} writes;"
            f" {self.seconds:.0f} s in all"
        )
        for complaint in self.complaints:
            yield f"NOT TRUE: {complaint}"
        if self.holds:
            yield "proved: every pair is level, nothing twice, nothing missing, no note in public"


_ACTS = (
    "people open tickets",
    "until both desks agree",
    "people go on",
    "until both desks agree again",
    "whole cycles must write nothing",
)


class Acts:
    """Which part of the script is being played."""

    def __init__(self) -> None:
        self._played = -1

    def begin(self) -> None:
        """Go on to the next part."""
        self._played += 1

    async def look(self) -> Told | None:
        """Tell it to a progress bar."""
        if self._played < 0:
            return None
        return Told(_ACTS[self._played], self._played, len(_ACTS), "parts")


async def prove(people: People, totals: Mapping[str, Tally], acts: Acts) -> Proof:
    """Play both acts, wait for level after each, and judge."""
    began, desks = time.monotonic(), people.desks
    acts.begin()
    await asyncio.to_thread(people.begin)
    expected = sum(people.opened.values())
    acts.begin()
    await _until_none(lambda: _whole(desks, expected) + _judge(people), FIRST)
    acts.begin()
    await asyncio.to_thread(people.go_on)
    acts.begin()
    await _until_none(lambda: _whole(desks, expected) + _judge(people), SECOND)
    acts.begin()
    proof = Proof()
    await _stay_quiet(desks, totals, proof)
    proof.complaints += await asyncio.to_thread(_judge, people)
    proof.complaints += await asyncio.to_thread(_whole, desks, expected)
    await asyncio.to_thread(_count, desks, proof)
    proof.seconds = time.monotonic() - began
    return proof


async def _until_none(complaints: Any, seconds: float) -> None:
    """Wait until there is nothing to complain about; the judgement at the end tells the rest."""
    for _ in range(int(seconds / _LOOK)):
        if not await asyncio.to_thread(complaints):
            return
        await asyncio.sleep(_LOOK)


def _whole(desks: Desks, expected: int) -> list[str]:
    """Each ticket has one copy, and there is nothing else."""
    left, right = desks.left.tickets(), desks.right.tickets()
    complaints = []
    for desk, shown in ((desks.left, left), (desks.right, right)):
        if len(shown) != expected:
            complaints.append(f"{desk.name} has {len(shown)} tickets, not {expected}")
        keys = [key_of(one) for one in shown.values() if key_of(one)]
        if len(keys) != len(set(keys)):
            complaints.append(f"{desk.name} has two copies of one ticket")
    if len(joined(left, right)) != expected:
        complaints.append(f"{len(joined(left, right))} pairs, not {expected}")
    return complaints


def _judge(people: People) -> list[str]:
    """Each pair shows the same, and each word stands where it should and nowhere else."""
    left, right = people.desks.left.tickets(), people.desks.right.tickets()
    complaints = [why for one, two in joined(left, right) for why in _apart(one, two)]
    here, there = _words(left), _words(right)
    for one in people.said:
        own, far = (here, there) if one.left else (there, here)
        wanted = 0 if not one.left and not one.public else 1  # internal: to servicenow
        for where, count in ((own, 1), (far, wanted)):
            found = [public for text, public in where if one.mark in text]
            if len(found) != count:
                complaints.append(f"comment {one.mark} stands {len(found)} times, not {count}")
            if any(public is not one.public for public in found):
                complaints.append(f"comment {one.mark} is not as public as it was written")
    return complaints


def _apart(one: dict[str, Any], two: dict[str, Any]) -> Iterator[str]:
    names = f"{one['number']} and {two['number']}"
    if one["subject"] != two["subject"]:
        yield f"{names} have two subjects"
    if _STATES.get(one["status"]) != two["status"]:
        yield f"{names} are {one['status']} and {two['status']}"
    if one["assignee"] != two["assignee"]:
        yield f"{names} belong to two people"


def _words(shown: dict[str, Any]) -> list[tuple[str, bool]]:
    return [
        (str(comment["text"]), bool(comment["public"]))
        for ticket in shown.values()
        for comment in ticket["comments"]
    ]


async def _stay_quiet(desks: Desks, totals: Mapping[str, Tally], proof: Proof) -> None:
    """Let whole cycles pass and count what the servers were asked to write."""
    await asyncio.sleep(3)  # rules of a desk stamp tickets a moment after a write
    before = [await asyncio.to_thread(_everything, desks)]
    done, writes = totals[LINK].cycles, await asyncio.to_thread(_writes, desks)
    for _ in range(int(IDLE / _LOOK)):
        if totals[LINK].cycles > done + QUIET:
            break
        await asyncio.sleep(_LOOK)
    proof.idle_cycles = totals[LINK].cycles - done - 1  # the first had begun before we looked
    proof.writes_when_idle = await asyncio.to_thread(_writes, desks) - writes
    if proof.idle_cycles < QUIET:
        proof.complaints.append(f"only {proof.idle_cycles} further cycles were run")
    if proof.writes_when_idle:
        proof.complaints.append(f"{proof.writes_when_idle} writes although nothing had changed")
    if before != [await asyncio.to_thread(_everything, desks)]:
        proof.complaints.append("tickets changed although nobody changed them")


def _everything(desks: Desks) -> tuple[dict[str, Any], dict[str, Any]]:
    return desks.left.tickets(), desks.right.tickets()


def _writes(desks: Desks) -> int:
    counts = [*desks.left.requests().items(), *desks.right.requests().items()]
    return sum(count for route, count in counts if not _READS.match(route))


def _count(desks: Desks, proof: Proof) -> None:
    for desk in (desks.left, desks.right):
        shown = desk.tickets()
        proof.tickets[desk.name] = len(shown)
        proof.copies[desk.name] = sum(bool(key_of(one)) for one in shown.values())
        proof.comments[desk.name] = sum(len(one["comments"]) for one in shown.values())
        proof.requests[desk.name] = sum(desk.requests().values())
