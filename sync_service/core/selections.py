"""Tell whether two conditions can be true of one ticket, by trying.

Each path that they look at is given every value that they name, and one that neither does. Where
they only compare with fixed values (`==`, `!=`, `in [...]`, `and`, `or`, `not`), that is every case
there is. The surprise: it is the expressions themselves that answer, so nothing is parsed twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import Any

from sync_service.core.expressions import Expression, ExpressionError

_ITEM = r"""\[\s*(?:'[^'\\]*'|"[^"\\]*")\s*\]"""
_PATH = re.compile(rf"\bticket((?:\.\w+|{_ITEM})+)")
_STEP = re.compile(r"""\.(\w+)|\[\s*['"]([^'"\\]*)['"]\s*\]""")
_TEXT = re.compile(r"""'([^'\\]*)'|"([^"\\]*)\"""")
_NUMBER = re.compile(r"(?<![\w.'\"])-?\d+(?:\.\d+)?")
#: What a condition may hold besides paths and fixed values for the tries to be every case.
_SIMPLE = re.compile(
    r"(?:[\s\[\](),]|==|!=|\b(?:and|or|not|in|true|false|none|system)\b)*", re.IGNORECASE
)
#: In what a ticket holds, rather than among fixed values: there the tries are not every case.
_WITHIN = re.compile(r"\bin\s+ticket\b")
_ELSE = "\N{BLACK SQUARE} any other"
_MOST = 5000

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Meeting:
    """Whether both may hold: surely (`example` says for what), surely not, or nobody can tell."""

    surely: bool
    never: bool = False
    example: str = ""


_UNSURE = Meeting(False)


def meet(one: Expression | None, other: Expression | None, system: str) -> Meeting:
    """Tell whether both conditions can hold for one ticket of `system`; None is always true."""
    both = [condition for condition in (one, other) if condition is not None]
    sources = [condition.source for condition in both]
    paths = sorted({path for source in sources for path in _paths(source)})
    fixed = _fixed(sources)
    for chosen in islice(product(fixed, repeat=len(paths)), _MOST):
        case = dict(zip(paths, chosen, strict=True))
        if all(_holds(condition, case, system) for condition in both):
            return Meeting(True, example=_in_words(case))
    every = len(fixed) ** len(paths) <= _MOST and all(_simple(source) for source in sources)
    nested = any(a != b and b[: len(a)] == a for a in paths for b in paths)
    return Meeting(False, never=True) if every and not nested else _UNSURE


def _paths(source: str) -> Iterator[Path]:
    for found in _PATH.finditer(source):
        yield tuple(word or item for word, item in _STEP.findall(found[1]))


def _fixed(sources: Sequence[str]) -> list[Any]:
    """List the values to try: all that the conditions name, and one that they do not."""
    bare = [_PATH.sub(" ", source) for source in sources]
    texts = [a or b for source in bare for a, b in _TEXT.findall(source)]
    numbers = [float(n) for source in bare for n in _NUMBER.findall(_TEXT.sub(" ", source))]
    together = [" ".join(texts)] if len(texts) > 1 else []
    return [*dict.fromkeys([*texts, *numbers, *together, _ELSE]), True, False, None]


def _simple(source: str) -> bool:
    """Tell whether the condition only compares paths with fixed values."""
    bare = _NUMBER.sub(" ", _TEXT.sub(" ", _PATH.sub(" ", source)))
    return _SIMPLE.fullmatch(bare) is not None and not _WITHIN.search(source)


def _holds(condition: Expression, case: Mapping[Path, Any], system: str) -> bool:
    try:
        return condition.holds({"ticket": _ticket(case), "system": system})
    except ExpressionError:
        return False  # as at work: what cannot be decided starts no pair


def _ticket(case: Mapping[Path, Any]) -> dict[str, Any]:
    """Make a ticket that shows these values at these paths."""
    made: dict[str, Any] = {}
    for path, value in sorted(case.items()):
        place = made
        for step in path[:-1]:
            inner = place.get(step)
            place[step] = inner if isinstance(inner, dict) else {}
            place = place[step]
        place.setdefault(path[-1], value)
    return made


def _in_words(case: Mapping[Path, Any]) -> str:
    said = [f"{'.'.join(path)} {_value(value)}" for path, value in case.items()]
    return " and ".join(said)


def _value(value: Any) -> str:
    if value == _ELSE:
        return "is something else"
    if value is None or isinstance(value, bool):
        return f"is {'empty' if value is None else str(value).lower()}"
    return f"is {value!r}" if isinstance(value, str) else f"is {value:g}"
