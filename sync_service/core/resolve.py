"""A person's word on a conflict: which side's value goes on.

Nothing is decided here. The pair is remembered as if the other side had not changed, so that the
next pass carries the chosen value by the ordinary table (R7); an edit made since the conflict was
noted still counts, and is a new conflict.
"""

from __future__ import annotations

from dataclasses import replace

from sync_service.core.fold import agree
from sync_service.core.mapping import Line
from sync_service.core.pair import Conflict, Pair, Seen
from sync_service.core.values import NEVER, Side, Sides, Value

#: Differs from whatever the chosen side shows: no field is ever seen to hold it.
_CHANGED: Value = ("\x00 chosen by a person",)


def resolved(pair: Pair, line: Line, conflict: Conflict, source: Side) -> Pair:
    """Give the pair in which only `source` changed the conflict's line (R8)."""

    def seen(side: Side) -> Seen:
        names, told = line.source_names(side), conflict.values.of(side)
        past: dict[str, Value] = dict(zip(names, told, strict=True))
        if side is source:
            past = dict.fromkeys(names, _CHANGED)
        base = pair.seen.of(side) or Seen(NEVER, {})
        return replace(base, fields={**base.fields, **past})

    return agree(replace(pair, seen=Sides.build(seen)), line.name)
