"""Judge whether a batch is believable before anything of it is acted on (R26).

Absence proves nothing and an empty page is normal; what is not normal is a change of half of a
link at once, a feed whose filter is ignored, or one field that we rewrite again and again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

#: Codes of the problems by which a guard stops a side of a link, until what it saw is over or
#: `accept LINK` lets it go on.
STOPS = ("emptied", "filter", "flood", "strange-key", "unbelievable")
#: Stops the writing of a whole link, until `accept LINK`.
RUNAWAY = "runaway"
#: What each of these saw, in the few words that health has room for.
SAW: Mapping[str, str] = {
    "emptied": "too many tickets are missing",
    "filter": "a search ignores what it is asked",
    "flood": "more changed at once than is believed",
    RUNAWAY: "something answers our writes in every pair",
    "strange-key": "copies carry a name that nobody has",
    "unbelievable": "what a system shows cannot be true",
}
#: All that stops something until a person looks, by the code of its problem (docs/guards.md).
CODES = ("breaker", "changed", "emptied-table", "renamed", RUNAWAY, *STOPS)
#: Under this item a pair is refused that was written again and again, until a person retries.
WHOLE_PAIR = "pair"


@dataclass(frozen=True, slots=True)
class Flood:
    """How much change at once is a fault until a person says otherwise.

    `floor` tickets are always allowed. Beyond it, of the link's pairs, `share` may change, `closed`
    be closed, and as many as `created` of them be started anew.
    """

    share: float = 0.5
    floor: int = 200
    closed: float = 0.25
    created: float = 0.5


@dataclass(frozen=True, slots=True)
class Breaker:
    """How often one field of one pair may be rewritten within a time, how often one pair, and how
    often a link's tickets of one side in all (R26).
    """

    writes: int = 6
    within: timedelta = timedelta(minutes=10)
    pair: int = 30
    side: int = 2000


@dataclass(slots=True)
class Seen:
    """What a drain has shown so far: pairs that others changed, those of them that are closed now,
    and tickets that start a pair.
    """

    moved: int = 0
    closed: int = 0
    created: int = 0

    @property
    def most(self) -> int:
        """Give the largest of them, to compare with a floor."""
        return max(self.moved, self.created)


@dataclass(frozen=True, slots=True)
class Census:
    """How many tickets may be gone at once before a side is not believed (R26).

    Of the tickets of a side that were asked for by id within an hour, `share` may be missing, and
    `floor` always; but if `every` or more were asked for, not all of them.
    """

    share: float = 0.1
    floor: int = 20
    every: int = 5


def emptied(gone: int, asked: int, guard: Census) -> str:
    """Say why these missing tickets are not believable; "" if they are."""
    if gone == asked and gone >= guard.every:
        return f"not one of the {asked} tickets asked for is there"
    limit = max(guard.floor, int(asked * guard.share))
    if gone <= limit:
        return ""
    return f"{gone} of {asked} tickets asked for are gone, and no more than {limit} are believed"


def flooded(seen: Seen, pairs: int, guard: Flood) -> str:
    """Say why this drain is not believable; "" if it is.

    A backfill is not judged here, and up to the floor nothing is.
    """
    counts = (
        (seen.moved, guard.share, f"of {pairs} pairs changed at once"),
        (seen.closed, guard.closed, f"of {pairs} pairs changed at once and are closed now"),
        (seen.created, guard.created, f"new tickets came at once, beside {pairs} pairs"),
    )
    for count, share, what in counts:
        limit = max(guard.floor, int(pairs * share))
        if count > limit:
            return f"{count} {what}, and no more than {limit} are believed"
    return ""


@dataclass(slots=True)
class Rate:
    """Counts what happened, by the minute, as far back as anybody asks."""

    minutes: dict[int, int] = field(default_factory=dict)

    def count(self, now: datetime) -> None:
        """Note one."""
        minute = int(now.timestamp() // 60)
        self.minutes[minute] = self.minutes.get(minute, 0) + 1

    def within(self, now: datetime, time: timedelta) -> int:
        """Count what was noted within the time; what is older is forgotten."""
        since = int((now - time).timestamp() // 60)
        self.minutes = {minute: n for minute, n in self.minutes.items() if minute > since}
        return sum(self.minutes.values())


def tripped(writes: Sequence[datetime], now: datetime, most: int, within: timedelta) -> bool:
    """Tell whether there were so many writes within the time; first copies are never counted."""
    recent = [at for at in writes if now - at <= within]
    return len(recent) >= most
