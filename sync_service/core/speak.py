"""The mapping at work between two readings of a pair: what `merge` asks, answered by `mapping`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sync_service.core import mapping
from sync_service.core.expressions import ExpressionError
from sync_service.core.mapping import Context, Keep, Line, Translation, Unmapped
from sync_service.core.mapping_kinds import empty, word
from sync_service.core.outgoing import Kind
from sync_service.core.rules import Fit
from sync_service.core.values import Fields, Side, Sides, Ticket, Value

_ALL: Sides[frozenset[str] | None] = Sides(None, None)


@dataclass(frozen=True, slots=True)
class Speaker:
    """Speaks a link's mapping between two tickets; a missing one has no values yet.

    `known` are the people whom each side knows, None where nobody asked. What was asked once is
    kept: deciding a line asks for its values again and again.
    """

    tickets: Sides[Ticket | None]
    systems: Sides[str]
    fit: Sides[Fit]
    known: Sides[frozenset[str] | None] = _ALL
    _asked: dict[tuple[str, Side], Fields] = field(default_factory=dict, compare=False, repr=False)

    def values(self, line: Line, side: Side) -> Fields:
        """Give a line's values on a side by vendor field, computed ones included.

        A computed line whose template names what this ticket has not gives None.
        """
        found = self._asked.get((line.name, side))
        if found is None:
            found = self._asked[line.name, side] = self._values(line, side)
        return found

    def _values(self, line: Line, side: Side) -> Fields:
        ticket, names = self.tickets.of(side), line.names.of(side)
        if names or ticket is None:
            fields: Fields = ticket.fields if ticket else {}
            return {name: fields.get(name) for name in names}
        try:
            return mapping.shown(line, side, self._context(side))
        except ExpressionError:
            return dict.fromkeys(line.source_names(side))

    def translate(self, line: Line, source: Side) -> Translation | Unmapped | Keep:
        """Put the source's present values into the far side's words."""
        present = self._cells(line, source.far) if self.tickets.of(source.far) else None
        return mapping.translate(
            line, source, self._cells(line, source), present, self._context(source)
        )

    def shows(self, line: Line, source: Side) -> bool:
        """Tell whether the far side already shows the source's present values."""
        near, far = self._cells(line, source), self._cells(line, source.far)
        return mapping.shows(
            line, source, near, far, self.fit.of(source.far), self._context(source)
        )

    def cut(self, line: Line, source: Side) -> bool:
        """Tell whether the source shows only a part of what the far side holds (R12)."""
        far = self._cells(line, source.far)
        return mapping.cut(line, source, far, self.fit.of(source), self._context(source.far))

    def _cells(self, line: Line, side: Side) -> tuple[Value, ...]:
        return tuple(self.values(line, side).values())

    def _context(self, side: Side) -> Context:
        ticket = self.tickets.of(side)
        if ticket is None:
            raise ValueError(f"there is no {side} ticket yet")
        return Context(ticket, self.systems.of(side), self.known.of(side.far))


def people_named(lines: Iterable[Line], tickets: Sides[Ticket | None], to: Side) -> set[str]:
    """List the e-mail addresses that the far side `to` would be asked to put in a people field."""
    source = tickets.of(to.far)
    if source is None:
        return set()
    return {
        word(item).casefold()
        for line in lines
        if to in line.to and _holds_people(line, to)
        for name in line.names.of(to.far)
        for item in _items(source.fields.get(name))
        if not empty(item)
    }


def _holds_people(line: Line, side: Side) -> bool:
    return Kind.PERSON in line.kinds.of(side)


def _items(value: Value) -> tuple[Value, ...]:
    return value if isinstance(value, tuple) else (value,)
