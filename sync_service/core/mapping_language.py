"""The mapping between two readings of a pair, as the merge asks for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sync_service.core.expressions import ExpressionError
from sync_service.core.mapping import (
    Cells,
    Context,
    Fit,
    Keep,
    Line,
    Translation,
    Unmapped,
    cut,
    shown,
    shows,
    translate,
)
from sync_service.core.outgoing import Kind
from sync_service.core.values import Fields, Side, Sides, Ticket

_NOBODY_ASKED: Sides[frozenset[str] | None] = Sides(None, None)


@dataclass(frozen=True, slots=True)
class Readings:
    """Two readings of a pair, of which one may not exist yet, put into each other's words.

    `known` are per side the people its system knows, lower-case e-mail addresses, or None where
    nobody asked it.
    """

    tickets: Sides[Ticket | None]
    systems: Sides[str]
    fit: Sides[Fit]
    known: Sides[frozenset[str] | None] = _NOBODY_ASKED

    def values(self, line: Line, side: Side) -> Fields:
        """Give the line's values on a side by name, a computed line's rendered text included.

        Empty if there is no ticket, and for a computed line that this ticket cannot fill.
        """
        context = self._context(side)
        if context is None:
            return {}
        try:
            return shown(line, side, context)
        except ExpressionError:
            return {}  # `translate` tells it as a problem

    def translate(self, line: Line, source: Side) -> Translation | Unmapped | Keep:
        """Put the source's present values into the far side's words."""
        context = self._context(source)
        if context is None:
            return Keep("there is no ticket to read")
        present = self._cells(line, source.far) if self.tickets.of(source.far) else None
        return translate(line, source, self._cells(line, source), present, context)

    def shows(self, line: Line, source: Side) -> bool:
        """Tell whether the far side already shows the source's present values (R7)."""
        context = self._context(source)
        if context is None or self.tickets.of(source.far) is None:
            return False
        near, far = self._cells(line, source), self._cells(line, source.far)
        return shows(line, source, near, far, self.fit.of(source.far), context)

    def cut(self, line: Line, source: Side) -> bool:
        """Tell whether the source shows only a part of what the far side holds (R12)."""
        context = self._context(source.far)
        if context is None or line.value is not None:
            return False
        far = self._cells(line, source.far)
        return cut(line, source, far, self.fit.of(source), context)

    def _cells(self, line: Line, side: Side) -> Cells:
        return tuple(self.values(line, side).values())

    def _context(self, side: Side) -> Context | None:
        ticket = self.tickets.of(side)
        if ticket is None:
            return None
        return Context(ticket, self.systems.of(side), self.known.of(side.far))


def people_of(lines: Iterable[Line], side: Side, ticket: Ticket) -> frozenset[str]:
    """Give the e-mail addresses that the ticket shows and the far side should be asked about."""
    found: set[str] = set()
    for line in lines:
        for place, name in enumerate(line.names.of(side)):
            if place >= len(line.names.of(side.far)) or side.far not in line.to:
                continue
            if line.kind(side.far, place) is Kind.PERSON:
                value = ticket.fields.get(name)
                people = value if isinstance(value, tuple) else (value,)
                found |= {one.casefold() for one in people if isinstance(one, str) and "@" in one}
    return frozenset(found)
