"""The lines under `fields:` read into the core's lines, with the checks that one line allows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sync_service.config.document import Document, Path
from sync_service.config.mapping_models import FieldLine
from sync_service.config.mapping_table import TableReader
from sync_service.config.template import compiled
from sync_service.core.expressions import Template, did_you_mean
from sync_service.core.mapping import (
    NAMES,
    Cells,
    Drift,
    Line,
    Lossy,
    People,
    Table,
    Unknown,
)
from sync_service.core.values import Side, Sides

_BOTH = frozenset(Side)
_TO = re.compile(r"to (\S+)")


@dataclass(frozen=True, slots=True)
class LineReader:
    """Reads lines of one document for the two systems of a link."""

    document: Document
    systems: Sides[str]

    def read(self, given: FieldLine, path: Path) -> Line | None:
        """Give the core's line, or None after noting what is wrong with it."""
        before = len(self.document.faults)
        names = self._names(given, path)
        if names is None:
            return None
        target = self._target(given, names, path)
        flow = self._flow(given, target, path)
        line = Line(
            name=_line_name(names),
            names=names,
            to=flow,
            on_create_only=given.direction == "on create",
            table=self._table(given, names, path),
            value=self._value(given, path),
            default=self._default(given, names, flow, path),
            people=self._people(given, path),
            drift=Drift(given.drift),
            lossy=Lossy(given.lossy),
            where=self.document.where(path),
        )
        if given.value is None:
            self._judge(line, path)
        return line if len(self.document.faults) == before else None

    def _names(self, given: FieldLine, path: Path) -> Sides[tuple[str, ...]] | None:
        fields = given.__pydantic_extra__ or {}
        known = (self.systems.left, self.systems.right)
        strangers = [name for name in fields if name not in known]
        for name in strangers:
            words = {*known, *FieldLine.model_fields}
            hint = did_you_mean(name, words) or f"; this link joins {known[0]} and {known[1]}"
            self.document.fault((*path, name), f"`{name}` is no setting of a line{hint}", key=True)
        if strangers:
            return None
        names = Sides.build(lambda side: _listed(fields.get(self.systems.of(side), [])))
        named = [side for side in Side if names.of(side)]
        if given.value is None and len(named) < 2:
            missing = [self.systems.of(side) for side in Side if side not in named]
            self.document.fault(path, f"name the field of {missing[0]} too, or give a `value:`")
            return None
        if given.value is not None and len(named) != 1:
            self.document.fault(
                path, "a line with `value:` names one field of one system, its target"
            )
            return None
        return names

    def _target(self, given: FieldLine, names: Sides[tuple[str, ...]], path: Path) -> Side | None:
        """Give the target of a computed line."""
        if given.value is None:
            return None
        side = Side.LEFT if names.left else Side.RIGHT
        if len(names.of(side)) > 1:
            self.document.fault(path, "a computed line writes one field; make a line for each")
        return side

    def _flow(self, given: FieldLine, target: Side | None, path: Path) -> frozenset[Side]:
        said = given.direction
        if said in ("both", "on create"):
            return _BOTH if target is None else frozenset({target})
        to = direction(said, self.systems)
        if to is None:
            left, right = self.systems.left, self.systems.right
            self.document.fault(
                (*path, "direction"),
                f"`{said}` is no direction; write both, to {left}, to {right} or on create",
            )
            return _BOTH
        if target is not None and to != frozenset({target}):
            self.document.fault(
                (*path, "direction"),
                f"a computed line flows to the system it names: to {self.systems.of(target)}",
            )
        return to

    def _table(self, given: FieldLine, names: Sides[tuple[str, ...]], path: Path) -> Table | None:
        if given.values is None:
            return None
        fields = given.__pydantic_extra__ or {}
        first = Side.LEFT if next(iter(fields)) == self.systems.left else Side.RIGHT
        if given.value is not None:
            first = first.far  # a computed line's keys are what it renders
        widths = names.map(lambda side_names: len(side_names) or 1)
        reader = TableReader(self.document, self.systems, first, widths)
        return reader.read(given.values, (*path, "values"))

    def _value(self, given: FieldLine, path: Path) -> Template | None:
        if given.value is None:
            return None
        return compiled(Template, given.value, self.document, (*path, "value"), NAMES)

    def _default(
        self,
        given: FieldLine,
        names: Sides[tuple[str, ...]],
        flow: frozenset[Side],
        path: Path,
    ) -> Sides[Cells | None]:
        nothing: Sides[Cells | None] = Sides(None, None)
        if given.default is None:
            return nothing
        at = (*path, "default")
        wanted = given.default
        if not isinstance(wanted, dict):
            if len(flow) == 2:
                self.document.fault(
                    at, f"say whose default this is: `default: {{{self.systems.right}: VALUE}}`"
                )
                return nothing
            wanted = {self.systems.of(next(iter(flow))): wanted}
        for system, value in wanted.items():
            side = side_of(str(system), self.systems)
            if side is None or side not in flow:
                self.document.fault((*at, str(system)), f"the line does not flow to `{system}`")
                continue
            cells = tuple(value) if isinstance(value, list) else (value,)
            if len(cells) != len(names.of(side)):
                self.document.fault(at, f"give {len(names.of(side))} values, one for each field")
                continue
            nothing = nothing.put(side, cells)
        return nothing

    def _people(self, given: FieldLine, path: Path) -> People:
        if given.unknown in (Unknown.LEAVE, Unknown.CLEAR, Unknown.PROBLEM):
            return People(Unknown(given.unknown))
        if "@" in given.unknown:
            return People(Unknown.FALLBACK, given.unknown)
        self.document.fault(
            (*path, "unknown"),
            "`unknown` is leave, clear, problem or the e-mail address of a person",
        )
        return People()

    def _judge(self, line: Line, path: Path) -> None:
        """Refuse coupled fields that no table translates."""
        left, right = line.names.left, line.names.right
        if line.table is None and len(left) != len(right):
            self.document.fault(
                path, "coupled fields of different number need a `values:` table with lists in it"
            )


def direction(said: str, systems: Sides[str]) -> frozenset[Side] | None:
    """Read `both`, `to SYSTEM` or `never`; None if it is none of them."""
    if said == "both":
        return _BOTH
    if said == "never":
        return frozenset()
    match = _TO.fullmatch(said)
    side = side_of(match[1], systems) if match else None
    return frozenset({side}) if side else None


def side_of(system: str, systems: Sides[str]) -> Side | None:
    """Give the side that a system's name stands for."""
    return next((side for side in Side if systems.of(side) == system), None)


def _listed(fields: Any) -> tuple[str, ...]:
    return (fields,) if isinstance(fields, str) else tuple(fields)


def _line_name(names: Sides[tuple[str, ...]]) -> str:
    said = names.map(lambda fields: " + ".join(fields) or "(computed)")
    return f"{said.left} = {said.right}"
