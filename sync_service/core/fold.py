"""Small steps from one `Pair` to the next: values that were seen, refusals that were met.

Text stands for values where they are compared or kept as a refusal, since a refusal must be equal
exactly when the same thing would be sent again (R25).
"""

from __future__ import annotations

import json
from dataclasses import replace

from sync_service.core.outgoing import Draft
from sync_service.core.pair import Pair, Refusal, Seen
from sync_service.core.values import NEVER, Fields, Side, Sides


def fold(pair: Pair, values: Sides[Fields]) -> Pair:
    """Store these values as seen, per side."""
    return replace(pair, seen=Sides.build(lambda side: _with(pair.seen.of(side), values.of(side))))


def fold_side(pair: Pair, side: Side, values: Fields) -> Pair:
    """Store these values as seen on one side only."""
    return replace(pair, seen=pair.seen.put(side, _with(pair.seen.of(side), values)))


def _with(seen: Seen | None, values: Fields) -> Seen | None:
    if seen is None and not values:
        return None
    base = seen or Seen(NEVER, {})
    return replace(base, fields={**base.fields, **values})


def value_text(fields: Fields) -> str:
    """Write field values as text that is equal exactly when they are."""
    return json.dumps(dict(fields), sort_keys=True, ensure_ascii=False, default=str)


def draft_text(draft: Draft) -> str:
    """Write what a create sends as text, `on_create` with it: a corrected mapping is another value."""
    needs = {"on_create": dict(draft.extras)} if draft.extras else {}
    return json.dumps({**draft.fields, **needs}, sort_keys=True, ensure_ascii=False, default=str)


def refuse(pair: Pair, to: Side, item: str, value: str) -> Pair:
    """Remember a refused value, so that it is not sent again by itself (R25)."""
    kept = tuple(r for r in pair.refusals if (r.to, r.item) != (to, item))
    return replace(pair, refusals=(*kept, Refusal(to, item, value)))


def is_refused(pair: Pair, to: Side, item: str, value: str) -> bool:
    """Tell whether this very value was refused before."""
    return Refusal(to, item, value) in pair.refusals


def lift(pair: Pair, item: str) -> Pair:
    """Forget what was refused of an item, and that its value had no counterpart."""
    if not pair.refusals:
        return pair
    names = (item, item + UNMAPPED)
    return replace(pair, refusals=tuple(r for r in pair.refusals if r.item not in names))


#: What stands behind a line's name where its value had no counterpart, so that the one problem of
#: all tickets with that value can end by itself (R10).
UNMAPPED = "="
#: What stands behind a line's name while a side does not show a field of it.
UNSHOWN = "?"
#: What stands behind a contested line's name while a person is asked, whatever the policy (R16).
_ASK = " [ask]"


def contest(pair: Pair, line: str, *, ask: bool) -> Pair:
    """Mark a line as contested until both sides agree or a write of it is recorded (R8)."""
    marks = {line, line + _ASK} if ask else {line}
    return replace(pair, contested=pair.contested | marks)


def agree(pair: Pair, line: str) -> Pair:
    """Mark a line as contested no longer."""
    if not pair.contested:
        return pair
    return replace(pair, contested=pair.contested - {line, line + _ASK})


def is_asked(pair: Pair, line: str) -> bool:
    """Tell whether a person must choose the winner of this line."""
    return line + _ASK in pair.contested
