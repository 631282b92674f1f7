"""Answers of a server that means us harm, or is broken: an honest one with one part made anything.

Whole random documents would be refused at their first key; what gets deep is an answer that is right
but for one place.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from sync_service.adapters.http.wire import Answer

#: `SYNC_FUZZ=5000` plays that many of each; `./check` plays few.
EXAMPLES = int(os.environ.get("SYNC_FUZZ") or 15)
Path = tuple[str | int, ...]

_TEXTS = st.sampled_from(
    ["", " ", "x", "0", "-1", "1e999", "NaN", "²", "\x00", "\ud83d", "true", "null", "[sync:a:b:c]",
     "[code]<script>", "00000000-0000-0000-0000-000000000000", "01234567-89ab-cdef-0123-456789abcdef",
     "0001-01-01T00:00:00", "9999-12-31T23:59:59Z", "9999-12-31 23:59:59", "0001-01-01T00:00:00+14:00",
     "2026-02-30T00:00:00Z", "javascript:alert(1)", "../../x", "//elsewhere/x", "9" * 5_000, "(" * 3_000]
)  # fmt: skip
_NUMBERS = st.sampled_from(
    [0, 1, -1, 7, 400, 10**9, -(10**30), 0.5, 1e308, float("inf"), float("nan")]
)
JUNK = st.recursive(
    st.none() | st.booleans() | _NUMBERS | _TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_TEXTS, inner, max_size=2),
    max_leaves=4,
)


@dataclass(frozen=True)
class Spoil:
    """Which answer is spoilt (`turn`, counted from 0, of those that can be), where, and by what.

    `what` is "put", "drop" (the place goes) or "double" (a list holds it twice). With `all_after`
    every later answer of the same route is spoilt likewise.
    """

    turn: int
    place: int
    what: str
    junk: Any
    all_after: bool


SPOILS = st.builds(
    Spoil,
    turn=st.integers(0, 60),
    place=st.integers(0, 400),
    what=st.sampled_from(["put", "put", "put", "drop", "double"]),
    junk=JUNK,
    all_after=st.booleans(),
)


def places(data: Any, path: Path = ()) -> Iterator[Path]:
    """List every place of a document, the whole first."""
    yield path
    items: Any = ()
    if isinstance(data, dict):
        items = data.items()
    elif isinstance(data, list):
        items = enumerate(data)
    for key, item in items:
        yield from places(item, (*path, key))


def spoilt(answer: Answer, spoil: Spoil, spared: frozenset[str]) -> Answer:
    """Give the answer with one place spoilt; `spared` are names below which nothing is touched."""
    try:
        data = json.loads(answer.content)
    except ValueError:
        return answer
    there = [path for path in places(data) if not spared & {str(part) for part in path}]
    path = there[spoil.place % len(there)]
    content = json.dumps(_with(data, path, spoil)).encode()
    return Answer(answer.status, answer.headers, content)


def _with(data: Any, path: Path, spoil: Spoil) -> Any:
    if not path:
        return spoil.junk
    at = data
    for key in path[:-1]:
        at = at[key]
    last: Any = path[-1]
    if spoil.what == "drop":
        del at[last]
    elif spoil.what == "double" and isinstance(at, list):
        at.insert(last, at[last])
    else:
        at[last] = spoil.junk
    return data
