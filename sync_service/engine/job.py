"""One pair in the hands of a worker, from claim to its last transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sync_service.core.actions import Action, Plan
from sync_service.core.attempts import Attempt, attempted
from sync_service.core.pair import Conflict, Event, Pair, Problem, Solved, Work
from sync_service.core.record import Recorded
from sync_service.core.values import Side, Sides, Ticket
from sync_service.store.notes import Done, Keep, Later, Save

_UNREAD: Sides[Ticket | None] = Sides(None, None)


@dataclass(slots=True)
class Job:
    """A claimed pair: `saved` is what the store holds, `pair` what we know by now.

    `again` asks for another round, with a fresh reading if `reread`. `solo` sends one line at a
    time, to find the one that is refused (R25). `landed`, `clashed` and `complained` count writes,
    conflicts and problems for the log. `wrote` are sides written to since the reading.
    `withheld`: nothing of it may flow now, so nothing was judged either (R13).
    `doubts` are the fields that may have changed unseen, as the pass's first reading told (R16).
    `made`: this pass made the copy. `over`: its end is in the store. `tried` are the failed attempts of this pass.
    """

    work: Work
    saved: Pair
    pair: Pair
    began: datetime | None = None
    now: Sides[Ticket | None] = _UNREAD
    doubts: Mapping[Side, frozenset[str] | None] | None = None
    actions: tuple[Action, ...] = ()
    problems: list[Problem | Solved] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    wrote: set[Side] = field(default_factory=set)
    again: bool = False
    reread: bool = False
    solo: bool = False
    withheld: bool = False
    made: bool = False
    rounds: int = 0
    landed: int = 0
    clashed: int = 0
    complained: int = 0
    end: Done | Later | None = None
    over: bool = False
    tried: tuple[Attempt, ...] = ()

    def __post_init__(self) -> None:
        """Go on from the attempts that earlier turns of this work made."""
        self.tried = self.work.tried

    @property
    def key(self) -> int:
        """Give the pair's id."""
        return self.saved.id

    def turn(self) -> None:
        """Begin another round."""
        self.actions, self.again = (), False
        self.rounds += 1

    def take(self, plan: Plan) -> None:
        """Go by this plan from here on."""
        self.pair, self.actions = plan.pair, plan.actions
        self.withheld = bool(plan.withheld)
        self.again = self.again or plan.more
        self.problems += plan.problems
        self.conflicts += plan.conflicts
        self.events += plan.events

    def record(self, recorded: Recorded) -> None:
        """Take the outcome of one action."""
        self.pair = recorded.pair
        self.problems += recorded.problems
        self.events += recorded.events

    def done(self) -> None:
        """Nothing is left to do for this pair."""
        self.end = Done(self.work.seq)

    def later(self, due: datetime, reason: str) -> None:
        """Put the pair off, though nothing failed."""
        self.end = Later(self.work.seq, due, self.work.attempts, reason, self.tried)

    def failed(self, at: datetime, due: datetime, kind: str, answer: str) -> None:
        """Put the pair off after an attempt that failed, and remember how."""
        self.tried = attempted(self.tried, at, kind, answer)
        self.end = Later(self.work.seq, due, self.work.attempts + 1, answer, self.tried)

    def save(self) -> Save:
        """Give what is to be stored now, and begin a new page for what follows."""
        save = Save(
            self.saved,
            self.pair,
            tuple(self.events),
            tuple(self.conflicts),
            tuple(self.problems),
            self.end or Keep(),
        )
        self.saved, self.over = self.pair, self.end is not None
        self.events, self.conflicts, self.problems = [], [], []
        return save
