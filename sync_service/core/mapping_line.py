"""What a line of a mapping is, what it may know, and what it can answer.

The surprise: a computed line has no field on its source side. Its rendered text stands there under
a name of its own, with a past like any other value (`Line.source_names`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sync_service.core.expressions import Template, plain
from sync_service.core.mapping_table import Cells, Table
from sync_service.core.outgoing import Kind
from sync_service.core.values import Fields, Side, Sides, Ticket, Value

#: What a vendor will show for a value: (field name, value) -> value.
Fit = Callable[[str, Value], Value]


class Drift(StrEnum):
    """What happens to an edit on the target of a one-way line (R9)."""

    LEAVE = "leave"
    RESTORE = "restore"


class Lossy(StrEnum):
    """Whether an edit of a copy without formatting may replace the formatted original (R12)."""

    ASK = "ask"
    OVERWRITE = "overwrite"


class Unknown(StrEnum):
    """What happens to a person whom the far side does not know (R10)."""

    LEAVE = "leave"
    CLEAR = "clear"
    PROBLEM = "problem"
    FALLBACK = "fallback"


@dataclass(frozen=True, slots=True)
class People:
    """The policy for unknown people; `fallback` is an e-mail address, used by that policy only."""

    unknown: Unknown = Unknown.LEAVE
    fallback: str = ""


_NO_DEFAULT: Sides[Cells | None] = Sides(None, None)
_NO_KINDS: Sides[tuple[Kind, ...]] = Sides((), ())
_BOTH = frozenset(Side)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the mapping.

    `name` is stable and reads like "Status = state". `names` are the vendors' fields, several
    where they are coupled (R11) and none on the source side of a computed line. `to` holds the
    sides it flows to. `kinds` has one kind a field; a field without one is text.
    `default` is per target side what to write where the source is empty or has no row.
    """

    name: str
    names: Sides[tuple[str, ...]]
    to: frozenset[Side] = _BOTH
    on_create_only: bool = False
    kinds: Sides[tuple[Kind, ...]] = _NO_KINDS
    table: Table | None = None
    value: Template | None = None
    default: Sides[Cells | None] = _NO_DEFAULT
    people: People = field(default_factory=People)
    drift: Drift = Drift.LEAVE
    lossy: Lossy = Lossy.ASK
    where: str = ""

    def source_names(self, side: Side) -> tuple[str, ...]:
        """Give the names under which the side's values stand, also for a computed line."""
        return self.names.of(side) or (f"= {self.name}",)

    def kind(self, side: Side, place: int) -> Kind:
        """Give the kind of one of the side's fields."""
        kinds = self.kinds.of(side)
        return kinds[place] if place < len(kinds) else Kind.TEXT


@dataclass(frozen=True, slots=True)
class Context:
    """What a translation may know besides the values.

    `ticket` is the source's ticket and `system` the name of its system. `known` are the active
    people of the *target*, lower-case e-mail addresses; None where nobody asked, which trusts all.
    """

    ticket: Ticket
    system: str
    known: frozenset[str] | None = None

    def render(self, template: Template) -> str | None:
        """Render a template on the ticket, None where nothing is left of it.

        Raises `ExpressionError` if it names what this ticket does not have.
        """
        return template.render(documents(self.ticket, self.system, template.needs)).strip() or None


@dataclass(frozen=True, slots=True)
class Translation:
    """What to write to the far side: the line's own fields, and companions in the same call."""

    values: Fields
    companions: Fields = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A value that has no counterpart: nothing is written, a person must say what it means (R10).

    `side` shows it, `why` is a sentence that names the line, the value and the way out.
    """

    side: Side
    value: Value
    why: str


@dataclass(frozen=True, slots=True)
class Keep:
    """The far side is left as it is, and that is no problem."""

    why: str = ""


#: The names that a template of a mapping may use.
NAMES = frozenset({"ticket", "far", "system"})


def documents(ticket: Ticket, system: str, needs: frozenset[str] | None = None) -> dict[str, Any]:
    """Give what expressions see: `ticket`, `far` and `system`, all of it plain data.

    `ticket` is the ticket in its vendor's words; `far` is the same ticket as the system that is
    written to may name it: `system`, `id`, `number` and `url`. With `needs` (an expression's own),
    only those keys of `ticket` are copied, which is far cheaper.
    """
    data, fields = ticket.data, ticket.fields
    if needs is None:
        told = {name: plain(value) for name, value in {**fields, **data}.items()}
    else:
        told = {name: plain(data[name]) for name in needs if name in data}
        told |= {name: plain(fields[name]) for name in needs if name in fields and name not in data}
    far = {"system": system, "id": ticket.id, "number": ticket.number, "url": ticket.url}
    return {"ticket": told, "far": far, "system": system}


def shown(line: Line, side: Side, context: Context) -> Fields:
    """Give the line's values on a side; for a computed line's source the rendered text.

    Raises `ExpressionError` if a computed line names what this ticket does not have.
    """
    names = line.names.of(side)
    if names:
        return {name: context.ticket.fields.get(name) for name in names}
    if line.value is None:
        return {}
    return {line.source_names(side)[0]: context.render(line.value)}
