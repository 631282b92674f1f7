"""Decide what follows a failed attempt: later, or a problem for a person.

Give it the kind of the error, not the class: the core knows nothing of exceptions.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Kind(StrEnum):
    """What an error asks of the one who sees it."""

    LATER = "later"
    """The system is busy or away: nothing is wrong with the pair."""
    AWAY = "away"
    """A whole side cannot be read: one request a minute asks for it, whatever it missed."""
    BUSY = "busy"
    """The system answers, but will not take this pair's call now."""
    UNKNOWN = "unknown"
    """A write may have landed; the pair rests and is settled."""
    STALE = "stale"
    """The ticket moved under us."""
    OLDER = "older"
    """It shows an older state than before: a replica or a cache answered."""
    BUG = "bug"
    """Anything that nobody foresaw."""


@dataclass(frozen=True, slots=True)
class Later:
    """Look again at this moment."""

    due: datetime


@dataclass(frozen=True, slots=True)
class Park:
    """Give the pair to a person."""


_FIRST = {
    Kind.LATER: timedelta(seconds=5),
    Kind.AWAY: timedelta(seconds=5),
    Kind.BUSY: timedelta(seconds=5),
    Kind.UNKNOWN: timedelta(seconds=1),
    Kind.STALE: timedelta(seconds=1),
    Kind.OLDER: timedelta(seconds=5),
    Kind.BUG: timedelta(seconds=30),
}
_LONGEST = timedelta(minutes=15)
_LONGEST_AWAY = timedelta(minutes=1)
#: After this many attempts a person is asked; a system that is away is waited for without end.
_ATTEMPTS = {Kind.BUSY: 10, Kind.OLDER: 8, Kind.STALE: 20, Kind.BUG: 5, Kind.UNKNOWN: 20}


def decide(
    kind: Kind, attempts: int, now: datetime, jitter: float, after: timedelta | None = None
) -> Later | Park:
    """Back off twice as long at each attempt, by up to a quarter more for `jitter` in [0, 1].

    `after` is the vendor's own wish, and the least that is waited.
    """
    if attempts >= _ATTEMPTS.get(kind, attempts + 1):
        return Park()
    longest = _LONGEST_AWAY if kind is Kind.AWAY else _LONGEST
    wait = min(_FIRST[kind] * 2 ** min(attempts, 12), longest)
    wait += wait * (jitter / 4)
    return Later(now + max(wait, after or timedelta(0)))
