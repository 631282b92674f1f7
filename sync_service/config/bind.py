"""Put what the adapters know of their fields into a link's lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from sync_service.config.births import birth_faults
from sync_service.config.link import Link
from sync_service.core.expressions import Template, did_you_mean
from sync_service.core.mapping import Cells, Line, Row, Table, Unknown
from sync_service.core.mapping_kinds import Unfit, convert
from sync_service.core.outgoing import Births, Kind
from sync_service.core.redaction import Redact
from sync_service.core.values import Side, Sides, Value
from sync_service.errors import ConfigError

#: What a system's adapter answers: (system, field) -> kind, None for an unknown field.
Kinds = Callable[[str, str], Kind | None]
#: The field names of a system, for "did you mean".
Names = Callable[[str], Sequence[str]]
#: What a system says of its new tickets, None where it says nothing.
Newborn = Callable[[str], Births | None]


def bind(
    link: Link,
    kinds: Kinds,
    names: Names = lambda _system: (),
    births: Newborn = lambda _system: None,
) -> Link:
    """Give the link with the kind of every field; raise `ConfigError` listing what does not fit."""
    binding = _Binding(link, kinds, names, [])
    lines = tuple(binding.line(line) for line in link.mapping.lines)
    for side in Side:
        for match in link.match:
            binding.kind(side, match.of(side), link.where)
        if (born := births(link.systems.of(side))) is not None:
            binding.births(side, born)
    for rule in link.mapping.redaction.rules:
        binding.redacted(rule)
    if binding.problems:
        raise ConfigError(binding.problems)
    return replace(link, mapping=replace(link.mapping, lines=lines))


class _Binding:
    """One link at the moment of binding, and the problems found so far."""

    def __init__(self, link: Link, kinds: Kinds, names: Names, problems: list[str]) -> None:
        self.link = link
        self.problems = problems
        self._kinds = kinds
        self._names = names

    def kind(self, side: Side, name: str, where: str) -> Kind:
        system = self.link.systems.of(side)
        found = self._kinds(system, name)
        if found is None:
            hint = did_you_mean(name, self._names(system))
            self.problems.append(f"{where}: {system} has no field `{name}`{hint or '; correct it'}")
        return found or Kind.TEXT

    def births(self, side: Side, births: Births) -> None:
        system = self.link.systems.of(side)
        has_field = lambda name: self._kinds(system, name) is not None  # noqa: E731
        self.problems += birth_faults(self.link, side, births, has_field, self._names(system))

    def redacted(self, rule: Redact) -> None:
        """Check that a redaction's fields hold words: nothing else can be redacted."""
        for name in sorted(rule.fields or ()):
            kinds = [self._kinds(self.link.systems.of(side), name) for side in Side]
            known = [kind for kind in kinds if kind is not None]
            if not known:
                names = [one for side in Side for one in self._names(self.link.systems.of(side))]
                hint = did_you_mean(name, names) or "; correct it"
                self.problems.append(f"{rule.where}: neither system has a field `{name}`{hint}")
            elif not {Kind.TEXT, Kind.HTML} & set(known):
                self.problems.append(
                    f"{rule.where}: `{name}` holds a {known[0]} and no words, which cannot be"
                    " redacted; leave it out of `fields:` at the top instead"
                )

    def line(self, line: Line) -> Line:
        kinds = Sides.build(
            lambda side: tuple(self.kind(side, name, line.where) for name in line.names.of(side))
        )
        people = any(Kind.PERSON in kinds.of(side) for side in Side)
        if line.people.unknown is not Unknown.LEAVE and not people:
            self.problems.append(
                f"{line.where}: `unknown` is for people, and no field here holds any"
            )
        return replace(
            line,
            kinds=kinds,
            table=self._table(line, kinds),
            default=Sides.build(lambda side: self._default(line, kinds, side)),
        )

    def _table(self, line: Line, kinds: Sides[tuple[Kind, ...]]) -> Table | None:
        if line.table is None:
            return None
        return Table(tuple(self._row(row, kinds, line) for row in line.table.rows))

    def _row(self, row: Row, kinds: Sides[tuple[Kind, ...]], line: Line) -> Row:
        where = row.where or line.where
        companions = Sides.build(
            lambda side: self._companions(row.companions.of(side), side, where)
        )
        cells = Sides.build(lambda side: self._cells(row.cells.of(side), kinds.of(side), where))
        return Row(cells, companions, row.where)

    def _companions(
        self, given: Mapping[str, Value | Template], side: Side, where: str
    ) -> Mapping[str, Value | Template]:
        """Check the fields, and put fixed values into their kinds."""
        kinds = {name: self.kind(side, name, where) for name in given}
        return {
            name: value if isinstance(value, Template) else self._cell(value, kinds[name], where)
            for name, value in given.items()
        }

    def _default(self, line: Line, kinds: Sides[tuple[Kind, ...]], side: Side) -> Cells | None:
        default = line.default.of(side)
        return None if default is None else self._cells(default, kinds.of(side), line.where)

    def _cells(self, cells: Cells, kinds: tuple[Kind, ...], where: str) -> Cells:
        if not kinds:
            return cells  # the source of a computed line
        return tuple(self._cell(cell, kind, where) for cell, kind in zip(cells, kinds, strict=True))

    def _cell(self, cell: Value, kind: Kind, where: str) -> Value:
        try:
            return convert(cell, Kind.TEXT, kind)
        except Unfit as error:
            self.problems.append(
                f"{where}: `{cell}` {error}, which the field must hold; correct it"
            )
            return None
