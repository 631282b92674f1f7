"""Ending a pair by hand, and making one: `unpair`, `unpair --forget` and `pair` (R14).

An unpaired ticket leaves a tombstone, or its next edit would start a new pair and a second copy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, delete, or_, select, update

from sync_service.core.pair import Event, Pair
from sync_service.core.values import Side, Sides
from sync_service.store import groups, history, pairs
from sync_service.store.database import chunked, upsert
from sync_service.store.notes import HistoryRow
from sync_service.store.tables import conflict, pair, problem, tombstone


def unpair(c: Connection, number: int, at: datetime, *, forget: bool) -> Pair | None:
    """End a pair and give what it was; None if there is none.

    Both tickets stay as they are. They start no new pair until `pair`, or at once if `forget`.
    """
    found = pairs.load(c, [number])
    if not found:
        return None
    ended = found[0]
    group = c.execute(select(pair.c.group_id).where(pair.c.id == number)).scalar_one()
    c.execute(delete(pair).where(pair.c.id == number))
    groups.split(c, group)
    for table in (problem, conflict):
        still_open = (table.c.pair_id == number, table.c.closed_at.is_(None))
        c.execute(update(table).where(*still_open).values(closed_at=at, closed="unpaired"))
    clear(c, ended.link, ended.ids)
    if not forget:
        _bury(c, ended.link, ended.ids, at)
    _tell(c, ended, at)
    return ended


def clear(c: Connection, link: str, ids: Sides[str | None]) -> int:
    """Take the tombstones of these tickets away; tell how many there were."""
    these = [_of(link, side, ticket) for side, ticket in _named(ids)]
    return c.execute(delete(tombstone).where(or_(*these))).rowcount


def buried(c: Connection, link: str, side: Side, tickets: Sequence[str]) -> list[str]:
    """List those of these tickets that have a tombstone."""
    found: list[str] = []
    for some in chunked(tickets):
        here = (tombstone.c.link == link, tombstone.c.side == side.value)
        these = select(tombstone.c.ticket_id).where(*here, tombstone.c.ticket_id.in_(some))
        found += c.scalars(these)
    return found


def _bury(c: Connection, link: str, ids: Sides[str | None], at: datetime) -> None:
    c.execute(
        upsert(c, tombstone).on_conflict_do_nothing(),
        [
            {"link": link, "side": side.value, "ticket_id": ticket, "at": at}
            for side, ticket in _named(ids)
        ],
    )


def _tell(c: Connection, ended: Pair, at: datetime) -> None:
    event = Event("pair.unpaired", {"left": ended.ids.left, "right": ended.ids.right})
    history.append(
        c, [HistoryRow(at, ended.link, ended.id, ticket, event) for _, ticket in _named(ended.ids)]
    )


def _named(ids: Sides[str | None]) -> Iterator[tuple[Side, str]]:
    return ((side, ticket) for side in Side if (ticket := ids.of(side)) is not None)


def _of(link: str, side: Side, ticket: str) -> ColumnElement[bool]:
    return and_(
        tombstone.c.link == link, tombstone.c.side == side.value, tombstone.c.ticket_id == ticket
    )
