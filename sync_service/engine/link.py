"""One link at work: its rules, its two adapters, the store, and what a cycle counted.

Everything that the engine's steps share is here, so that each step is a function of a `LinkAtWork`
and not a method of a tower.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ParamSpec, TypeVar

from sync_service.adapters.base import Adapter
from sync_service.core.guard import Breaker, Census, Flood, Rate
from sync_service.core.leap import SLACK
from sync_service.core.rules import Rules
from sync_service.core.settle import Start
from sync_service.core.sweeping import Pace
from sync_service.core.values import Side, Sides
from sync_service.store import AsyncStore
from sync_service.store.notes import Run

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(slots=True)
class Tally:
    """What one or more cycles did: successful remote writes of both sides, and what was found.

    `looked` counts the pairs that were claimed, `done` those of them whose work was then cleared.
    """

    created: int = 0
    updated: int = 0
    commented: int = 0
    conflicts: int = 0
    problems: int = 0
    looked: int = 0
    done: int = 0
    cycles: int = 0

    @property
    def writes(self) -> int:
        """Count the remote writes."""
        return self.created + self.updated + self.commented

    def add(self, other: Tally) -> None:
        """Add another tally to this one."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(slots=True)
class Down:
    """A side that could not be read: since when, how often, and when it is asked again.

    `at_work`: it can be read, but a person must act before its pairs can be worked on. `guard`: which one stopped it.
    """

    since: datetime
    attempts: int
    until: datetime
    why: str
    at_work: bool = False
    guard: str = ""


@dataclass(slots=True)
class Intake:
    """How far a side's scan or feed has been read: `rows` of it, and `left` as its system counts.

    `unread` are tickets without a pair that came in a shape that nobody can read.
    """

    rows: int = 0
    left: int | None = None
    unread: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Walk:
    """How the link's whole pairs are swept, and what is counted for it.

    `pace` is None where nothing sweeps by itself. `size` is how many pairs the next batch reads;
    `hurried`: a person waits for a round that is under way; `believing`: one has said that missing
    tickets are gone. `drained` is when each side's last good
    pull began. `counts` are of the last hour: when, and how many tickets were missing of how many.
    """

    pace: Pace | None = None
    missing: Census = field(default_factory=Census)
    size: int = 8
    hurried: bool = False
    believing: bool = False
    drained: dict[Side, datetime] = field(default_factory=dict)
    counts: dict[Side, deque[tuple[datetime, int, int]]] = field(default_factory=dict)


@dataclass(slots=True)
class LinkAtWork:
    """A link, ready to run.

    `claim` is how long after noting a write may still be sent. `workers` bounds the pairs that are
    written at once, `sweep_batches` the calls a cycle that ask for unseen comments. `offsets` is each system's clock less ours, as the last drain believed it; `neighbours` are the other links at work that touch a side's system, `awaits` the links that must join a copy before a side's feed goes on, `down` the sides that could not be read.
    `stopping` lets what was begun end and takes nothing new. `adrift`: a cycle did not end, and may
    have left claims that nobody holds. `ready` are the sides whose adapter was started, `intake`
    those that are being read now, `tested` when their filters were tried last, `heard` those that were pulled in this run; `swept` is how far
    each side's comments were asked for. `rewrites` and `rewritten` are what the breakers count, `pairs`
    how many there were when that last mattered, `runaway` why nothing is written any more. `renew` makes the rules anew after that, since an adapter then knows more.
    `walk` is how whole pairs are swept; `worked`: what was due was worked on to its end in this run.
    """

    rules: Rules
    adapters: Sides[Adapter]
    store: AsyncStore
    run: Run
    clock: Callable[[], datetime]
    claim: timedelta = timedelta(seconds=10)
    workers: int = 8
    chunk: int = 32
    sweep_batches: int | None = 2
    flood: Flood = field(default_factory=Flood)
    breaker: Breaker = field(default_factory=Breaker)
    walk: Walk = field(default_factory=Walk)
    tally: Tally = field(default_factory=Tally)
    offsets: dict[Side, timedelta] = field(default_factory=dict)
    neighbours: dict[Side, frozenset[str]] = field(default_factory=dict)
    awaits: dict[Side, set[str]] = field(default_factory=dict)
    rewrites: dict[tuple[int, str, Side], deque[datetime]] = field(default_factory=dict)
    spoke: dict[tuple[int, Side], datetime] = field(default_factory=dict)
    rewritten: dict[Side, Rate] = field(default_factory=lambda: {side: Rate() for side in Side})
    pairs: int = 0
    down: dict[Side, Down] = field(default_factory=dict)
    runaway: str = ""
    self_test: timedelta = timedelta(hours=1)
    tested: dict[Side, datetime] = field(default_factory=dict)
    last_write: datetime | None = None
    stopping: bool = False
    adrift: bool = False
    swept: dict[Side, int] = field(default_factory=dict)
    intake: dict[Side, Intake] = field(default_factory=dict)
    ready: set[Side] = field(default_factory=set)
    heard: set[Side] = field(default_factory=set)
    unread: dict[Side, frozenset[str]] = field(default_factory=dict)
    """Tickets without a pair that the last drain could not read; nothing before the first."""
    renew: Callable[[], Rules] | None = None
    worked: bool = False
    jitter: Callable[[], float] = random.random

    @property
    def name(self) -> str:
        """Give the link's name."""
        return self.rules.link

    @property
    def start(self) -> Start:
        """Say which run this is and when it started, with the systems' skew as measured."""
        skew = max((abs(offset) for offset in self.offsets.values()), default=timedelta(0))
        return Start(self.run.id, self.run.started_at, skew + SLACK)

    def system(self, side: Side) -> str:
        """Give the name of a side's system."""
        return self.rules.systems.of(side)

    def vendor_time(self, side: Side, ours: datetime) -> datetime:
        """Put a moment of our clock into a system's."""
        return ours + self.offsets.get(side, timedelta(0))

    def our_time(self, side: Side, vendors: datetime) -> datetime:
        """Put a moment of a system's clock into ours."""
        return vendors - self.offsets.get(side, timedelta(0))

    def since(self, side: Side) -> datetime | None:
        """Give the moment, by a system's clock, before which its tickets start no pair (R14)."""
        since = self.rules.since
        return self.vendor_time(side, since) if since is not None else None

    def wire_until(self, side: Side, deadline: datetime) -> datetime:
        """Give the last moment at which a call sent by `deadline` can still be on the wire."""
        return deadline + self.adapters.of(side).traits.timeout

    def wrote(self, kind: str) -> None:
        """Count a remote write that landed."""
        setattr(self.tally, kind, getattr(self.tally, kind) + 1)
        self.last_write = self.clock()
