"""What is remembered of a pair, redacted anew: rules that were added later hold for it, too (R13).

Redaction is stable, so what was stored under the present rules comes out as it went in.
"""

from __future__ import annotations

import json
from dataclasses import replace

from sync_service.core.fold import value_text
from sync_service.core.pair import Conflict, Intent, Pair, Refusal, Seen, Sent
from sync_service.core.redaction import Kinds, Redaction
from sync_service.core.values import Fields, Side, Sides, Value


def redacted(pair: Pair, redaction: Redaction, kinds: Sides[Kinds]) -> Pair:
    """Give the pair as it would have been remembered under these rules."""
    if not redaction:
        return pair

    def fields(side: Side, given: Fields) -> Fields:
        kind = kinds.of(side)
        return {name: redaction.value(name, kind(name), one) for name, one in given.items()}

    def seen(side: Side) -> Seen | None:
        one = pair.seen.of(side)
        return None if one is None else replace(one, fields=fields(side, one.fields))

    def sent(one: Sent) -> Sent:
        before = Sides.build(lambda side: fields(side, one.before.of(side)))
        after = Sides.build(lambda side: fields(side, one.after.of(side)))
        return replace(one, before=before, after=after)

    def intent(one: Intent) -> Intent:
        far = fields(one.to, one.values)
        return replace(one, values=far, sources=fields(one.to.far, one.sources))

    def refusal(one: Refusal) -> Refusal:
        held = _fields_of(one.value)
        return one if held is None else replace(one, value=value_text(fields(one.to, held)))

    return replace(
        pair,
        seen=Sides.build(seen),
        sent=tuple(map(sent, pair.sent)),
        intents=tuple(map(intent, pair.intents)),
        refusals=tuple(map(refusal, pair.refusals)),
    )


def redacted_conflict(conflict: Conflict, redaction: Redaction) -> Conflict:
    """Give the conflict with both values redacted, whatever fields its line had."""

    def cells(side: Side) -> tuple[Value, ...]:
        return tuple(_anything(redaction, one) for one in conflict.values.of(side))

    return replace(conflict, values=Sides.build(cells))


def _anything(redaction: Redaction, value: Value) -> Value:
    if isinstance(value, tuple):
        return tuple(_anything(redaction, one) for one in value)
    return redaction.anything(value) if isinstance(value, str) else value


def _fields_of(text: str) -> Fields | None:
    """Read what `value_text` wrote; None for a refusal of something else."""
    try:
        held = json.loads(text)
    except ValueError:
        return None
    if not isinstance(held, dict):
        return None
    return {name: tuple(one) if isinstance(one, list) else one for name, one in held.items()}
