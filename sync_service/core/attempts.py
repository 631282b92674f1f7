"""How often something was attempted, and how each attempt ended: bounded, however long it goes on.

The surprise: attempts that end alike, one after the other, are one entry with a count. So a
night of the same answer is one line, and the answer that was different is not pushed out by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

#: The most entries that are kept: the first one, and the newest others.
MOST = 20
#: The longest answer that is kept, in characters.
LONGEST = 500


@dataclass(frozen=True, slots=True)
class Attempt:
    """Attempts in a row that ended alike: from `first` to `last`, so many `times`.

    `kind` says how they ended, `answer` quotes the system.
    """

    first: datetime
    last: datetime
    times: int
    kind: str
    answer: str


def attempted(
    before: Sequence[Attempt], at: datetime, kind: str, answer: str
) -> tuple[Attempt, ...]:
    """Add one attempt to those before it; the oldest but one gives way beyond `MOST` entries."""
    answer = answer if len(answer) <= LONGEST else answer[: LONGEST - 1] + "…"
    if before and (before[-1].kind, before[-1].answer) == (kind, answer):
        again = replace(before[-1], last=at, times=before[-1].times + 1)
        return (*before[:-1], again)
    every = (*before, Attempt(at, at, 1, kind, answer))
    return every if len(every) <= MOST else (every[0], *every[2:])


def count(attempts: Sequence[Attempt]) -> int:
    """Count the attempts that the entries stand for; those that gave way are not among them."""
    return sum(one.times for one in attempts)
