"""May a reply's clock move the watermark? A system's clock is judged by the offset measured so far (R2).

A watermark is the system's own moment. From a clock that is ahead for one reply it would lie in the
future, and what changes until then would never be asked for. The surprise: nothing need be refused.
A watermark that stays is always right, only more is read again; one that was ahead is mended by
reading the backfill anew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

#: What a clock may be off by beyond what its replies show: a reply's way, and whole seconds.
SLACK = timedelta(seconds=5)
#: A clock that stays ahead for so long has been set, and is believed.
STANDS = timedelta(hours=1)


class Way(Enum):
    """What a drain does with the watermark."""

    MOVE = "move"
    STAY = "stay"
    ANEW = "anew"
    """It moves, and the backfill begins anew, since the one before lay in the future."""


@dataclass(frozen=True, slots=True)
class Clock:
    """A system's clock less ours when its watermark was taken; None before any was measured.

    `odd_since`: since when its replies do not agree with that.
    """

    offset: timedelta | None = None
    odd_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Bounds:
    """Between what a system's clock less ours lies, as one reply shows it."""

    low: timedelta
    high: timedelta

    @classmethod
    def of(cls, shown: datetime, asked: datetime, answered: datetime) -> Bounds:
        """Give the bounds that a reply's clock shows, from our moments around the question."""
        return cls(shown - answered, shown - asked)

    def of_both(self, offset: timedelta) -> timedelta:
        """Give the offset as near to what was known as these bounds allow."""
        return min(max(offset, self.low), self.high)


def hear(known: Clock, bounds: Bounds, now: datetime) -> tuple[Clock, Way]:
    """Judge a reply's clock by the one known; a slow reply shows little and so proves little.

    Behind counts from the second reply on, since one may come out of a cache.
    """
    if known.offset is None:
        return Clock(bounds.low), Way.MOVE
    since = known.odd_since or now
    if bounds.low > known.offset + SLACK:
        stands = now - since >= STANDS
        return (Clock(bounds.low), Way.MOVE) if stands else _odd(known, since)
    if bounds.high < known.offset - SLACK:
        return (Clock(bounds.high), Way.ANEW) if known.odd_since else _odd(known, since)
    return Clock(bounds.of_both(known.offset)), Way.MOVE


def _odd(known: Clock, since: datetime) -> tuple[Clock, Way]:
    return replace(known, odd_since=since), Way.STAY
