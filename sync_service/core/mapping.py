"""One line of a mapping at work: what the far side should hold for what the near side shows.

Names are the vendors' own, and nothing here knows what they mean. Whatever a line cannot say is an
answer too: `Unmapped` is a problem for a person, `Keep` leaves the far side alone (R10).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sync_service.core.expressions import ExpressionError, Template
from sync_service.core.mapping_kinds import Unfit, convert, empty, loses, same
from sync_service.core.mapping_line import (
    NAMES,
    Context,
    Drift,
    Fit,
    Keep,
    Line,
    Lossy,
    People,
    Translation,
    Unknown,
    Unmapped,
    documents,
    shown,
)
from sync_service.core.mapping_table import Cells, Row, Table
from sync_service.core.outgoing import Kind
from sync_service.core.values import Fields, Side, Value

__all__ = [
    "NAMES",
    "Cells",
    "Context",
    "Drift",
    "Fit",
    "Keep",
    "Line",
    "Lossy",
    "People",
    "Row",
    "Table",
    "Translation",
    "Unknown",
    "Unmapped",
    "answers",
    "cut",
    "documents",
    "shown",
    "shows",
    "translate",
]


def translate(
    line: Line, source: Side, values: Cells, present: Cells | None, context: Context
) -> Translation | Unmapped | Keep:
    """Put the source's values into the far side's words.

    `values` are the source's in the order of `source_names` and are ignored for a computed line;
    `present` is what the far side shows now, None where there is no ticket yet.
    """
    try:
        if line.value is not None:
            values = tuple(shown(line, source, context).values())
        return _translated(line, source, values, present, context)
    except ExpressionError as error:
        return Unmapped(source, None, str(error))


def answers(line: Line, source: Side, values: Cells) -> bool:
    """Tell whether a value that had no counterpart may have one by this line (R10).

    Nothing is known but the line, so where its answer hangs on the ticket this is True.
    """
    if line.value is not None:
        return True
    if line.table is not None:
        if line.table.row(source, values, None) or line.default.of(source.far) is not None:
            return True
        if line.kind(source.far, 0) is not Kind.PERSON:
            return False
    return line.people.unknown is not Unknown.PROBLEM or _fits(line, source, values)


def _fits(line: Line, source: Side, values: Cells) -> bool:
    try:
        for place, value in enumerate(values):
            convert(value, *_kinds(line, source, place))
    except Unfit:
        return False
    return not any(line.kind(source.far, place) is Kind.PERSON for place in range(len(values)))


def shows(line: Line, source: Side, near: Cells, far: Cells, fit: Fit, context: Context) -> bool:
    """Tell whether the far side already shows the near values, through the map and `fit` (R7).

    `fit` is the far system's. True as well where the far value is another word for the near one
    (R10). A value that cannot be translated is not shown.
    """
    said = translate(line, source, near, far, context)
    if not isinstance(said, Translation):
        return False
    wanted = [fit(name, value) for name, value in said.values.items()]
    return all(
        same(want, there, *_kinds(line, source, place))
        for place, (want, there) in enumerate(zip(wanted, far, strict=True))
    )


def cut(line: Line, source: Side, far: Cells, fit: Fit, context: Context) -> bool:
    """Tell whether the source can show only a part of what the far side holds (R12).

    `fit` is the source system's, `context` the far ticket's. Then an edit at the source is not
    carried over the whole by itself. Tables and computed lines lose nothing.
    """
    if line.table is not None or line.value is not None or source not in line.to:
        return False
    said = translate(line, source.far, far, None, context)
    if not isinstance(said, Translation):
        return False
    for place, ((name, value), whole) in enumerate(zip(said.values.items(), far, strict=True)):
        words, looks = loses(whole, fit(name, value), *_kinds(line, source.far, place))
        if words or (looks and line.lossy is Lossy.ASK):
            return True
    return False


def _translated(
    line: Line, source: Side, values: Cells, present: Cells | None, context: Context
) -> Translation | Unmapped | Keep:
    blank = all(empty(value) for value in values)
    default = line.default.of(source.far)
    row = line.table.row(source, values, present) if line.table else None
    if blank and default is None and present is not None and all(map(empty, present)):
        row = None  # two empty sides agree, whatever a row means by an empty word
    if row is not None:
        brought = dict(_rendered(row.companions.of(source.far), context))
        return _named(line, source, row.cells.of(source.far), brought)
    if default is not None and (blank or line.table is not None):
        return _named(line, source, default)
    if blank:
        return _named(line, source, (None,) * len(line.names.of(source.far)))
    if line.table is not None and line.kind(source.far, 0) is not Kind.PERSON:
        return _rowless(line, source, values, context)
    return _converted(line, source, values, context)


def _named(line: Line, source: Side, cells: Cells, companions: Fields | None = None) -> Translation:
    return Translation(dict(zip(line.names.of(source.far), cells, strict=True)), companions or {})


def _converted(
    line: Line, source: Side, values: Cells, context: Context
) -> Translation | Unmapped | Keep:
    cells: list[Value] = []
    for place, value in enumerate(values):
        kinds = _kinds(line, source, place)
        try:
            there = convert(value, *kinds)
        except Unfit as error:
            return _unfit(line, source, value, context, str(error))
        if kinds[1] is Kind.PERSON and not empty(there):
            person = _person(line, source, there, context)
            if isinstance(person, Unmapped | Keep):
                return person
            there = person
        cells.append(there)
    return _named(line, source, tuple(cells))


def _person(line: Line, source: Side, value: Value, context: Context) -> Value | Unmapped | Keep:
    """Follow the policy for people whom the far side does not know (R10)."""
    people = value if isinstance(value, tuple) else (value,)
    known = tuple(person for person in people if _is_known(person, context))
    if known:
        return known if isinstance(value, tuple) else known[0]
    match line.people.unknown:
        case Unknown.CLEAR:
            return None
        case Unknown.FALLBACK:
            return line.people.fallback
        case Unknown.PROBLEM:
            return _unfit(line, source, value, context, "names nobody whom the far side knows")
    return Keep("the far side does not know this person")


def _is_known(person: Value, context: Context) -> bool:
    if not isinstance(person, str) or "@" not in person:
        return False
    return context.known is None or person.casefold() in context.known


def _rendered(
    companions: Mapping[str, Value | Template], context: Context
) -> Iterator[tuple[str, Value]]:
    for name, value in companions.items():
        if isinstance(value, Template):
            yield name, context.render(value)
        else:
            yield name, value


def _kinds(line: Line, source: Side, place: int) -> tuple[Kind, Kind]:
    """Give the kinds of a place: the source's (text for a table or a computed line), the far's."""
    simple = line.table is not None or line.value is not None
    near = Kind.TEXT if simple else line.kind(source, place)
    return near, line.kind(source.far, place)


def _rowless(line: Line, source: Side, values: Cells, context: Context) -> Unmapped:
    value = values[0] if len(values) == 1 else values
    said = " + ".join(line.source_names(source))
    why = (
        f"{context.system} shows {value!r} in `{said}`, which has no row in `values:` of"
        f" `{line.name}` ({line.where or 'the mapping'}); add a row for it, or a `default:`"
    )
    return Unmapped(source, value, why)


def _unfit(line: Line, source: Side, value: Value, context: Context, what: str) -> Unmapped:
    why = (
        f"{context.system} shows a value for `{line.name}` ({line.where or 'the mapping'}) that"
        f" {what}; correct it there, or give the line a `values:` table"
    )
    return Unmapped(source, value, why)
