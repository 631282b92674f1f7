"""Names of links and systems: which the store knows, and putting new ones in their place (R27).

The surprise: every table that has a column of that name is changed, so that one that is added
later cannot be forgotten. What copies out there carry is not: see `core.names`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Table, delete, func, select, update

from sync_service.core.names import Names, renamed
from sync_service.core.pair import Scope
from sync_service.core.values import Side, Sides
from sync_service.store import codec
from sync_service.store.database import upsert
from sync_service.store.tables import link as link_table
from sync_service.store.tables import metadata, pair, problem, seen

_SYSTEM_COLUMNS = ("system", "origin_system")


@dataclass(frozen=True, slots=True)
class Known:
    """What the store knows of a link: its systems, None where it never had a pair."""

    pairs: int
    systems: Sides[str] | None


def names(c: Connection) -> frozenset[str]:
    """Give every name of a link or system that there is a row of."""
    return frozenset([
        *c.scalars(select(link_table.c.name)),
        *c.scalars(select(seen.c.system).distinct()),
    ])  # fmt: skip


def links(c: Connection) -> dict[str, Known]:
    """Tell of each link how many pairs it has, and between which systems."""
    counts = select(pair.c.link, func.count(), func.min(pair.c.id)).group_by(pair.c.link)
    found = {name: Known(0, None) for name in c.scalars(select(link_table.c.name))}
    for name, count, first in c.execute(counts):
        sides = select(seen.c.side, seen.c.system).where(seen.c.pair_id == first)
        by_side = {row.side: row.system for row in c.execute(sides)}
        both = Sides(by_side[Side.LEFT.value], by_side[Side.RIGHT.value])
        found[name] = Known(count, both)
    return found


def know(c: Connection, gone: Sequence[str]) -> None:
    """Note links that are no more, so that their copies are no strangers."""
    rows = [{"name": name, "reason": "", "paused": False} for name in gone]
    if rows:
        c.execute(upsert(c, link_table).on_conflict_do_nothing(), rows)


def link(c: Connection, old: str, new: str, at: datetime) -> None:
    """Put `new` in the place of `old`; what `new` had, being held, is forgotten."""
    c.execute(delete(link_table).where(link_table.c.name == new))
    c.execute(update(link_table).where(link_table.c.name == old).values(name=new))
    waits = (problem.c.link == new, problem.c.closed_at.is_(None))
    c.execute(update(problem).where(*waits).values(closed_at=at, closed="renamed"))
    for table in metadata.sorted_tables:
        if "link" in table.c:
            _replace(c, table, table.c.link, old, new)
    _rewrite_notes(c, Names(links={old: new}))


def system(c: Connection, old: str, new: str) -> None:
    """Put `new` in the place of `old`, also in what names a comment's origin."""
    for table in metadata.sorted_tables:
        for name in _SYSTEM_COLUMNS:
            if name in table.c:
                _replace(c, table, table.c[name], old, new)
    named = Names(systems={old: new})
    _rewrite_notes(c, named)
    _rewrite_items(c, old, new)


def _replace(c: Connection, table: Table, column: Column[Any], old: str, new: str) -> None:
    if column.primary_key:
        c.execute(delete(table).where(column == new))
    c.execute(update(table).where(column == old).values({column.name: new}))


def _rewrite_notes(c: Connection, named: Names) -> None:
    """Put keys and origins in pairs' documents into the new names."""
    documents = select(pair.c.id, pair.c.intents, pair.c.refusals)
    some = pair.c.intents.is_not(None) | pair.c.refusals.is_not(None)
    for row in c.execute(documents.where(some)).all():
        intents = [_intent(raw, named) for raw in codec.load(row.intents)]
        refusals = [
            [to, renamed(item, named), value] for to, item, value in codec.load(row.refusals)
        ]
        told = {
            "intents": codec.dump_or_none(intents),
            "refusals": codec.dump_or_none(refusals),
        }
        c.execute(update(pair).where(pair.c.id == row.id).values(told))


def _intent(raw: dict[str, Any], named: Names) -> dict[str, Any]:
    return {**raw, "key": renamed(raw["key"], named)}


def _rewrite_items(c: Connection, old: str, new: str) -> None:
    """A problem of one comment or ticket names its system first."""
    items = select(problem.c.id, problem.c.item).where(problem.c.scope == Scope.ITEM.value)
    for row in c.execute(items.where(problem.c.closed_at.is_(None))).all():
        if row.item.startswith(f"{old}:"):
            item = f"{new}:{row.item.removeprefix(f'{old}:')}"
            c.execute(update(problem).where(problem.c.id == row.id).values(item=item))
