"""A line's `values:` read into a table, in either of its two forms.

As a block, each key is a word of the system that the line names first; as a list, each row names
both systems. Both keep the order of the file, because the first row that fits wins (R10).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sync_service.config.document import Document, Path
from sync_service.config.template import template_or_value
from sync_service.core.mapping import NAMES, Cells, Row, Table
from sync_service.core.values import Side, Sides

_NO_COMPANIONS: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class TableReader:
    """Reads the table of one line; `first` is the side that the line names first.

    `widths` are the numbers of coupled fields, one for the source of a computed line.
    """

    document: Document
    systems: Sides[str]
    first: Side
    widths: Sides[int]

    def read(self, values: Any, path: Path) -> Table | None:
        """Give the table, or None after noting what is wrong with it."""
        if isinstance(values, dict) and values:
            rows = [self._keyed(key, cell, (*path, str(key))) for key, cell in values.items()]
        elif isinstance(values, list) and values:
            rows = [self._listed(row, (*path, place)) for place, row in enumerate(values)]
        else:
            self.document.fault(
                path, "`values` must be a table: `near word: far word` in each line"
            )
            return None
        table = Table(tuple(row for row in rows if row is not None))
        self._judge(table, rows, path, values)
        return table

    def _keyed(self, key: Any, value: Any, path: Path) -> Row | None:
        """Read `near: far` or `near: {system: far, with: {...}}`."""
        far, brought = value, _NO_COMPANIONS
        there = self.systems.of(self.first.far)
        if isinstance(value, dict):
            if there not in value or set(value) - {there, "with"}:
                self.document.fault(
                    path, f"a row reads `{{{there}: VALUE, with: {{FIELD: VALUE}}}}`"
                )
                return None
            far = value[there]
            brought = self._companions(value.get("with"), (*path, "with"))
        near_cells = self._cells(key, self.first, path)
        far_cells = self._cells(far, self.first.far, path)
        if near_cells is None or far_cells is None:
            return None
        nothing = Sides(_NO_COMPANIONS, _NO_COMPANIONS)
        return Row(
            Sides.build(lambda side: near_cells if side is self.first else far_cells),
            nothing.put(self.first.far, brought),
            self.document.where(path),
        )

    def _listed(self, row: Any, path: Path) -> Row | None:
        """Read `{left: near, right: far, with: {system: {...}}}`."""
        names = (self.systems.left, self.systems.right)
        if not isinstance(row, dict) or set(names) - set(row) or set(row) - {*names, "with"}:
            self.document.fault(path, f"a row reads `{{{names[0]}: VALUE, {names[1]}: VALUE}}`")
            return None
        cells = Sides.build(lambda side: self._cells(row[self.systems.of(side)], side, path))
        brings = row.get("with") or {}
        if not isinstance(brings, dict) or set(brings) - set(names):
            self.document.fault(
                path,
                f"`with` of such a row names a system: `with: {{{names[1]}: {{FIELD: VALUE}}}}`",
            )
            return None
        if cells.left is None or cells.right is None:
            return None
        at = Sides.build(lambda side: (*path, "with", self.systems.of(side)))
        brought = Sides.build(
            lambda side: self._companions(brings.get(self.systems.of(side)), at.of(side))
        )
        return Row(Sides(cells.left, cells.right), brought, self.document.where(path))

    def _cells(self, cell: Any, side: Side, path: Path) -> Cells | None:
        cells = tuple(cell) if isinstance(cell, list) else (cell,)
        width = self.widths.of(side)
        if any(isinstance(one, list | dict) for one in cells) or len(cells) != width:
            wanted = "one value" if width == 1 else f"a list of {width} values"
            self.document.fault(path, f"{self.systems.of(side)} needs {wanted} in this row")
            return None
        return cells

    def _companions(self, given: Any, path: Path) -> Mapping[str, Any]:
        if given is None:
            return _NO_COMPANIONS
        if not isinstance(given, dict):
            self.document.fault(path, "`with` must read `{FIELD: VALUE}`")
            return _NO_COMPANIONS
        return dict(self._read(given, path))

    def _read(self, given: Mapping[Any, Any], path: Path) -> Iterator[tuple[str, Any]]:
        for name, value in given.items():
            if isinstance(value, list | dict):
                self.document.fault((*path, str(name)), f"`{name}` must have one plain value")
            else:
                yield (
                    str(name),
                    template_or_value(value, self.document, (*path, str(name)), NAMES),
                )

    def _judge(self, table: Table, rows: list[Row | None], path: Path, values: Any) -> None:
        """Refuse rows that never win, and tell of companions that would not be written (R22)."""
        steps = list(values) if isinstance(values, dict) else range(len(rows))
        places = {id(row): (*path, step if isinstance(step, int) and isinstance(values, list) else
                  str(step)) for row, step in zip(rows, steps, strict=True)}  # fmt: skip
        for row in table.unreachable():
            self.document.fault(
                places[id(row)], "this row never wins: earlier rows have both its values; remove it"
            )
        for row in table.twins():
            if row not in table.unreachable():
                self.document.hint(
                    places[id(row)],
                    "another row has the same value with other companions, which would not be"
                    " written while the value stays; couple the fields instead:"
                    " `SYSTEM: [field, companion]`, with a list in each row",
                )
