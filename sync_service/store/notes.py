"""What the engine hands to the store and gets back, besides the core's own values.

Each is data for one transaction. The one surprise: a refusal of the store (a ticket that is
taken, a group that would close a ring) is a value and not an exception, because the other notes
of the same transaction stand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sync_service.core.attempts import Attempt
from sync_service.core.judgement import Judgement
from sync_service.core.pair import Conflict, Event, Made, Pair, Problem, Solved, State
from sync_service.core.sweeping import Round
from sync_service.core.values import Side, Sides, Version


@dataclass(frozen=True, slots=True)
class Run:
    """One start of a daemon: its `id` is the epoch that fences the store."""

    id: int
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Feed:
    """How far one side's change feed and backfill of a link have come (R2, R26).

    `cursor` and `done` are the backfill's. `doubt` says why the watermark does not move, since
    `doubt_since`; `pulled_at` is the last good pull, by our clock. `believed` is
    a watermark from which a person believes even a flood (R26). `ahead` is by how many seconds the
    system's clock was ahead of ours when the watermark was taken.
    """

    watermark: str | None = None
    cursor: str | None = None
    done: bool = False
    doubt: str = ""
    doubt_since: datetime | None = None
    pulled_at: datetime | None = None
    believed: str = ""
    ahead: float | None = None


class No(StrEnum):
    """Why the store refuses to join tickets (R5, R14)."""

    TAKEN = "taken"
    """Another pair of the link has the ticket."""
    HALF = "half"
    """One of the two has a half pair, which got work and must find its partner itself."""
    TOMBSTONE = "tombstone"
    """It was unpaired; only `pair` or `unpair --forget` lets it start again."""
    RING = "ring"
    """Its group has a ticket of that system already, or is about to make one."""
    UNPAIRED = "unpaired"
    """The pair is gone: somebody unpaired it meanwhile."""


@dataclass(frozen=True, slots=True)
class StartNote:
    """A ticket that starts a pair: its id, when it was created, and the version of its row."""

    ticket_id: str
    created: datetime
    version: Version | None = None


@dataclass(frozen=True, slots=True)
class AdoptNote:
    """Two tickets to be joined; `created` is when the older was made, if that is known."""

    left: str
    right: str
    made: Made
    created: datetime | None = None


@dataclass(frozen=True, slots=True)
class PageNote:
    """All that one page of a feed leaves behind.

    `systems` names the link's two systems. `looks` are pairs to work on, with the version of the
    row that asks. `feed` replaces what is stored of the feed. `events` name the ticket they tell of.
    """

    systems: Sides[str]
    looks: Sequence[tuple[int, Version | None]] = ()
    starts: Sequence[StartNote] = ()
    adoptions: Sequence[AdoptNote] = ()
    feed: Feed | None = None
    problems: Sequence[Problem | Solved] = ()
    events: Sequence[tuple[str, Event]] = ()


@dataclass(frozen=True, slots=True)
class PageResult:
    """What became of a page: pair ids of what started, and why the rest did not."""

    started: Mapping[str, int] = field(default_factory=dict)
    adopted: Mapping[tuple[str, str], int] = field(default_factory=dict)
    refused: Mapping[str, No] = field(default_factory=dict)
    refused_adoptions: Mapping[tuple[str, str], No] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Known:
    """What a page row needs to know of its ticket's pair; no version: it was never read;
    no `recorded_at`: no pass over the pair has ended yet.
    """

    pair_id: int
    version: Version | None
    provisional: bool
    state: State
    whole: bool
    recorded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """Clear the work, unless it was asked for again since `seq` was claimed."""

    seq: int


@dataclass(frozen=True, slots=True)
class Later:
    """Put the work off until `due`, unless it was asked for again since `seq` was claimed.

    `tried` are all the failed attempts of this pass so far.
    """

    seq: int
    due: datetime
    attempts: int
    reason: str
    tried: tuple[Attempt, ...] = ()


@dataclass(frozen=True, slots=True)
class Keep:
    """Leave the work claimed: this is not the pass's last transaction."""


@dataclass(frozen=True, slots=True)
class Save:
    """One pair's share of a recording transaction; `before` is what was loaded or last saved."""

    before: Pair
    after: Pair
    events: Sequence[Event] = ()
    conflicts: Sequence[Conflict] = ()
    problems: Sequence[Problem | Solved] = ()
    work: Done | Later | Keep = Keep()


@dataclass(frozen=True, slots=True)
class Backlog:
    """A link's work: due now (claimed or not), waiting, and when the first waiting one is due."""

    due: int
    later: int
    next_due: datetime | None


@dataclass(frozen=True, slots=True)
class ProblemRow:
    """A problem as it is kept; `closed` says how it ended (solved, retried, dismissed, unpaired).

    `attempts` counts how often it was met, `tried` tells of these meetings and what was attempted
    before, also before a person's retry.
    """

    id: int
    problem: Problem
    opened_at: datetime
    last_at: datetime
    attempts: int
    closed_at: datetime | None = None
    closed: str = ""
    tried: tuple[Attempt, ...] = ()


@dataclass(frozen=True, slots=True)
class ConflictRow:
    """A conflict as it is kept, both values with it; `closed` says how it ended."""

    id: int
    link: str
    conflict: Conflict
    at: datetime
    closed_at: datetime | None = None
    closed: str = ""


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One line of a ticket's history."""

    at: datetime
    link: str
    pair: int | None
    ticket: str | None
    event: Event


@dataclass(frozen=True, slots=True)
class LinkState:
    """What is remembered of a link's configuration (R27).

    `accepted` is the fingerprint it works by; while `pending` is set, the link waits for `accept`
    because of `reason`, or until `plan` is made and shows that nothing would be written. `began_at`
    is the start of its first run, for `since: now`.
    """

    accepted: str | None = None
    pending: str | None = None
    reason: str = ""
    paused: bool = False
    began_at: datetime | None = None
    plan: Judgement | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A writing command left for the daemon (R29); `answer` is None until it was carried out."""

    id: int
    at: datetime
    command: str
    args: Mapping[str, Any]
    answer: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class SweepRow:
    """How far a link's sweep has come: the `round` under way, and the `last` one with its end.

    `asked_at`: a person asks for a round, which is to `repair` or not. `believed_at`: a person
    says that missing tickets are gone, which holds until a round that began later has ended.
    """

    round: Round | None = None
    asked_at: datetime | None = None
    repair: bool = False
    ended_at: datetime | None = None
    last: tuple[Round, datetime] | None = None
    believed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SweepNote:
    """All that one batch of a sweep leaves behind: pairs to look at, and why, and what was told."""

    round: Round
    looks: Sequence[int] = ()
    saves: Sequence[Save] = ()
    problems: Sequence[Problem | Solved] = ()
    reason: str = "a sweep found something"


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """One link in numbers. `open_notes` counts pairs with an open `sent` or intent (R28).

    `codes` counts the open problems by kind; `sweep` is how far the walk over all pairs has come.
    """

    pairs: Mapping[State, int]
    half: int
    open_notes: int
    problems: int
    conflicts: int
    asked: int
    """Conflicts that wait for a person."""
    backlog: Backlog
    feeds: Mapping[Side, Feed]
    state: LinkState
    codes: Mapping[str, int] = field(default_factory=dict)
    sweep: SweepRow = SweepRow()
