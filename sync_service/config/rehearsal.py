"""Try a link's templates and conditions on live tickets, so that a misspelt name is told early.

Offline nobody knows what a vendor's document holds. A name that *no* ticket has is a mistake; one
that only some lack may be meant, and is worth a word.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sync_service.config.link import Link
from sync_service.core.expressions import Expression, ExpressionError, Template
from sync_service.core.mapping import Line, Row
from sync_service.core.mapping_extras import Lookup
from sync_service.core.mapping_line import documents
from sync_service.core.merge import values_of
from sync_service.core.values import Side, Ticket


@dataclass(frozen=True, slots=True)
class Finding:
    """What went wrong with one expression; `always`: for every ticket that it was tried on."""

    message: str
    always: bool


@dataclass(frozen=True, slots=True)
class _Trial:
    """An expression, the tickets that it would see, and what follows where it fails."""

    expression: Template | Expression
    tickets: Sequence[Ticket]
    then: str = ""


def rehearse(link: Link, side: Side, tickets: Sequence[Ticket]) -> list[Finding]:
    """Try everything that looks at tickets of a side; a good expression is not told of."""
    system = link.systems.of(side)
    found = (_tried(trial, system) for trial in _trials(link, side, tickets) if trial.tickets)
    return [one for one in found if one is not None]


def _tried(trial: _Trial, system: str) -> Finding | None:
    errors = [error for one in trial.tickets if (error := _error(trial.expression, one, system))]
    if not errors:
        return None
    all_of_them = len(errors) == len(trial.tickets)
    many = "all" if all_of_them else f"{len(errors)} of"
    told = f"{errors[0]}{trial.then} (tried on tickets of {system}: {many} {len(trial.tickets)})"
    return Finding(told, all_of_them)


def _error(expression: Template | Expression, ticket: Ticket, system: str) -> str:
    context = documents(ticket, system, expression.needs)
    try:
        if isinstance(expression, Template):
            expression.render(context)
        else:
            expression.holds(context)
    except ExpressionError as error:
        return str(error)
    return ""


def _trials(link: Link, side: Side, tickets: Sequence[Ticket]) -> Iterator[_Trial]:
    condition = link.select.of(side)
    if condition is not None:
        yield _Trial(condition, tickets, "; until then such a ticket is not selected")
    for line in link.mapping.lines:
        if side.far in line.to:
            yield from _line(line, side, tickets)
    if side.far in link.create:
        for extra in link.mapping.on_create.of(side.far).values():
            parts = [*extra.by.values(), extra.otherwise] if isinstance(extra, Lookup) else [extra]
            yield from (_Trial(part, tickets) for part in parts if isinstance(part, Template))


def _line(line: Line, side: Side, tickets: Sequence[Ticket]) -> Iterator[_Trial]:
    if line.value is not None:
        yield _Trial(line.value, tickets)
    for row in line.table.rows if line.table else ():
        brought = [one for one in row.companions.of(side.far).values() if isinstance(one, Template)]
        fitting = [one for one in tickets if _fits(line, row, side, one)] if brought else []
        yield from (_Trial(one, fitting) for one in brought)


def _fits(line: Line, row: Row, side: Side, ticket: Ticket) -> bool:
    """Tell whether a ticket shows the value of this row; a computed line's row fits none."""
    names = line.names.of(side)
    if line.table is None or not names:
        return False
    return line.table.row(side, values_of(ticket.fields, names), None) is row
