"""Conflicts: every one is kept with both values, also those that a policy decided (R8).

A conflict is open until the sides agree or a person decides. The same pair of values in the same
line of the same pair is one conflict, however many passes meet it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, select, update

from sync_service.core.pair import Conflict
from sync_service.core.values import Side, Sides
from sync_service.store import codec
from sync_service.store.notes import ConflictRow
from sync_service.store.tables import conflict

_OPEN = conflict.c.closed_at.is_(None)


def note(c: Connection, link: str, found: Sequence[Conflict], at: datetime) -> None:
    """Keep conflicts; one that waits for a person gives way to its line's newer values."""
    for one in found:
        columns = _columns(one)
        here = (conflict.c.pair_id == one.pair, conflict.c.line == one.line, _OPEN)
        same = [conflict.c[name] == columns[name] for name in ("left", "right", "winner")]
        if c.execute(select(conflict.c.id).where(*here, *same)).first():
            continue
        asked = update(conflict).where(*here, conflict.c.winner.is_(None))
        c.execute(asked.values(closed_at=at, closed="overtaken"))
        c.execute(insert(conflict).values(link=link, at=at, closed="", **columns))


def agree(c: Connection, pair: int, lines: Iterable[str], at: datetime) -> None:
    """Close what waits for a person in these lines: they are contested no longer."""
    waiting = (conflict.c.pair_id == pair, conflict.c.line.in_(sorted(lines)), _OPEN)
    agreed = update(conflict).where(*waiting, conflict.c.winner.is_(None))
    c.execute(agreed.values(closed_at=at, closed="agreed"))


def resolve(c: Connection, number: int, how: str, at: datetime) -> ConflictRow | None:
    """Close an open conflict, saying how; None if there is no such open conflict."""
    found = listed(c, [conflict.c.id == number, _OPEN])
    ended = update(conflict).where(conflict.c.id == number, _OPEN)
    c.execute(ended.values(closed_at=at, closed=how))
    return found[0] if found else None


def select_where(
    link: str = "", pair: int | None = None, *, closed: bool = False
) -> list[ColumnElement[bool]]:
    """Say which conflicts are meant; empty names mean any, closed ones are left out unless asked."""
    narrow = [
        (_OPEN, not closed),
        (conflict.c.link == link, bool(link)),
        (conflict.c.pair_id == pair, pair is not None),
    ]
    return [condition for condition, asked in narrow if asked]


def listed(c: Connection, where: Sequence[ColumnElement[bool]]) -> list[ConflictRow]:
    """Load conflicts, oldest first."""
    return [_row(row) for row in c.execute(select(conflict).where(*where).order_by(conflict.c.id))]


def values_of(one: Conflict) -> dict[str, Any]:
    """Give the columns of both values."""
    return {"left": codec.dump(one.values.left), "right": codec.dump(one.values.right)}


def _columns(one: Conflict) -> dict[str, Any]:
    return {
        "pair_id": one.pair,
        "line": one.line,
        **values_of(one),
        "winner": one.winner and one.winner.value,
        "why": one.why,
    }


def _row(row: Any) -> ConflictRow:
    values = Sides(*(tuple(codec.value(one) for one in codec.load(text))
                     for text in (row.left, row.right)))  # fmt: skip
    winner = Side(row.winner) if row.winner else None
    told = Conflict(row.pair_id, row.line, values, winner, row.why)
    return ConflictRow(row.id, row.link, told, row.at, row.closed_at, row.closed)
