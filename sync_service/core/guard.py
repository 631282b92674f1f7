"""Judge whether a batch is believable before anything of it is acted on (R26).

Absence proves nothing and an empty page is normal; what is not normal is a change of half of a
link at once, or one field that we rewrite again and again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

#: Codes of the problems by which a guard stops a side of a link; `accept LINK` lets it go on.
STOPS = ("unbelievable", "strange-key")


@dataclass(frozen=True, slots=True)
class Flood:
    """How much change at once is a fault until a person says otherwise.

    `floor` tickets are always allowed, as is `share` of the link's pairs.
    """

    share: float = 0.5
    floor: int = 200


@dataclass(frozen=True, slots=True)
class Breaker:
    """How often one field of one pair may be rewritten within a time (R26)."""

    writes: int = 6
    within: timedelta = timedelta(minutes=10)


def flooded(changed: int, pairs: int, guard: Flood) -> str:
    """Say why this drain is not believable; "" if it is.

    `changed` counts pairs whose ticket moved in one drain. A backfill is not judged here.
    """
    limit = max(guard.floor, int(pairs * guard.share))
    if changed <= limit:
        return ""
    return f"{changed} of {pairs} pairs changed at once, more than the {limit} that are believable"


def tripped(writes: Sequence[datetime], now: datetime, breaker: Breaker) -> bool:
    """Tell whether a field was rewritten too often; first copies are never counted."""
    recent = [at for at in writes if now - at <= breaker.within]
    return len(recent) >= breaker.writes
