"""Value tables: which words of one system mean which words of the other.

A row holds the values of both sides, and what must be written along with them. The first row that
fits wins, in both directions alike. The surprise: a row whose far values are already there wins
over the first one, so a many-to-one table does not undo the finer word that a person chose (R10).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sync_service.core.expressions import Template
from sync_service.core.mapping_kinds import word
from sync_service.core.values import Side, Sides, Value

Cells = tuple[Value, ...]
Companions = Mapping[str, Value | Template]

_NOTHING: Companions = {}


@dataclass(frozen=True, slots=True)
class Row:
    """One row: a cell for each coupled field of each side.

    `companions` are written in the same call when the row is carried to that side (R11).
    """

    cells: Sides[Cells]
    companions: Sides[Companions] = field(default_factory=lambda: Sides(_NOTHING, _NOTHING))
    where: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one mapping line, indexed by either side's words."""

    rows: tuple[Row, ...]
    _index: Sides[dict[tuple[str, ...], list[Row]]] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Index the rows."""
        object.__setattr__(self, "_index", Sides.build(lambda side: _indexed(self.rows, side)))

    def row(self, source: Side, values: Cells, present: Cells | None) -> Row | None:
        """Find the row for the source's values; `present` is what the far side shows now (R10)."""
        fitting = self._index.of(source).get(words(values), ())
        there = words(present) if present is not None else None
        for row in fitting:
            if words(row.cells.of(source.far)) == there:
                return row
        return fitting[0] if fitting else None

    def unreachable(self) -> list[Row]:
        """List rows that win in no direction, because earlier rows have both their values."""
        seen: Sides[set[tuple[str, ...]]] = Sides(set(), set())
        shadowed = []
        for row in self.rows:
            if all(words(row.cells.of(side)) in seen.of(side) for side in Side):
                shadowed.append(row)
            for side in Side:
                seen.of(side).add(words(row.cells.of(side)))
        return shadowed

    def twins(self) -> list[Row]:
        """List rows that bring other companions with the same values as an earlier row.

        Such a companion is not written while the far side shows the value already (R22).
        """
        first: dict[tuple[Side, tuple[str, ...]], Companions] = {}
        found = []
        for row in self.rows:
            for side in Side:
                brings = row.companions.of(side)
                if first.setdefault((side, words(row.cells.of(side))), brings) != brings:
                    found.append(row)
        return found


def words(values: Iterable[Value]) -> tuple[str, ...]:
    """Give the values as the words that a table is looked up by."""
    return tuple(word(value) for value in values)


def _indexed(rows: Iterable[Row], side: Side) -> dict[tuple[str, ...], list[Row]]:
    index: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        index.setdefault(words(row.cells.of(side)), []).append(row)
    return index
