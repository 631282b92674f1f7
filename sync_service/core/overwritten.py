"""What our write replaced unseen, between our read and it (R20).

Where a vendor has no precondition, a person may type in that moment, and our value lands on top.
The surprise: only the audit trail can tell, and it has no order within a second; there it is our own
entry's old value that names what we replaced.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sync_service.core.outgoing import Touch
from sync_service.core.pair import Conflict
from sync_service.core.values import Fields, Side, Sides, Value

WHY = "overwritten between our read and our write"


def overwritten(
    pair: int,
    line: str,
    to: Side,
    before: Sides[Fields],
    after: Sides[Fields],
    trail: Sequence[Touch],
    since: datetime,
) -> Conflict | None:
    """Give a conflict that keeps what a person wrote to the target after `since` and before us.

    `trail` is the target's, oldest first. A value that was read, or is ours, is not lost.
    """
    ours, read = after.of(to), before.of(to)
    stood: dict[str, Value] = {name: read.get(name) for name in ours}
    lost = False
    for name, value in ours.items():
        entries = [one for one in trail if one.field == name and one.at >= since]
        if _stood_already(entries, value):
            stood[name] = value
        for entry in _before_ours(entries, value):
            if not entry.ours and (entry.old, entry.new) != (None, None):  # else no value is told
                stood[name] = entry.new
                lost = lost or entry.new not in (read.get(name), value)
    if not lost:
        return None
    gone = tuple(stood.values())  # of a coupled line also what they left as it was (R11)
    kept = tuple(before.of(to.far).values())
    values = Sides.build(lambda side: gone if side is to else kept)
    return Conflict(pair, line, values, winner=to.far, why=WHY)


def _before_ours(entries: Sequence[Touch], value: Value) -> Sequence[Touch]:
    """Give the entries before the one of our write of `value`; none if it is not listed."""
    place = _listed(entries, value)
    if place is None:
        return ()
    mine = entries[place]
    together = [e for e in entries[place + 1 :] if e.at == mine.at and e.new == mine.old]
    return (*entries[:place], *(together if mine.old is not None else ()))


def _stood_already(entries: Sequence[Touch], value: Value) -> bool:
    """Tell whether a person had set our value first: our write then changed nothing to be listed."""
    theirs = any(not one.ours and one.new == value for one in entries)
    return theirs and _listed(entries, value) is None


def _listed(entries: Sequence[Touch], value: Value) -> int | None:
    """Give the place of the entry of our write of `value`; None if it is not listed."""
    return next((n for n, e in enumerate(entries) if e.ours and e.new in (None, value)), None)
