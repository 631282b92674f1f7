"""History: what was read, decided and written, one line each, never changed.

A line belongs to a pair. It names a ticket itself only where no pair can: before the first pair,
and in the line that tells of an unpairing, through which the lines of a pair that is gone are
still found.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, func, insert, or_, select, true

from sync_service.core.pair import Event
from sync_service.store import codec
from sync_service.store.database import chunked
from sync_service.store.notes import HistoryRow
from sync_service.store.tables import history, seen

#: A page began a pair.
STARTED = "pair.started"


def append(c: Connection, rows: Sequence[HistoryRow]) -> None:
    """Write down what happened."""
    if rows:
        c.execute(
            insert(history),
            [
                {
                    "at": row.at,
                    "link": row.link,
                    "pair_id": row.pair,
                    "ticket_id": row.ticket,
                    "what": row.event.what,
                    "facts": codec.dump(row.event.facts) if row.event.facts else None,
                }
                for row in rows
            ],
        )


def of_pair(at: datetime, link: str, pair: int, events: Sequence[Event]) -> list[HistoryRow]:
    """Make the lines of one pair."""
    return [HistoryRow(at, link, pair, None, event) for event in events]


def count_begun(c: Connection, ids: Sequence[int], since: datetime | None) -> int:
    """Count those of these pairs that a page began later than `since`."""
    later = history.c.at > since if since else true()
    return sum(
        c.execute(
            select(func.count()).where(
                history.c.pair_id.in_(some), history.c.what == STARTED, later
            )
        ).scalar_one()
        for some in chunked(ids)
    )


def since(c: Connection, link: str, moment: datetime, what: Sequence[str]) -> list[HistoryRow]:
    """Read a link's lines of these kinds from a moment on, oldest first.

    Lines stand in the order of time, so the table is read backwards and no further.
    """
    older = select(history.c.id).where(history.c.at < moment).order_by(history.c.id.desc()).limit(1)
    last = c.scalar(older) or 0
    some = (history.c.id > last, history.c.link == link, history.c.what.in_(what))
    return [_line(row) for row in c.execute(select(history).where(*some).order_by(history.c.id))]


def _line(row: Row[Any]) -> HistoryRow:
    facts = codec.load(row.facts) if row.facts else {}
    return HistoryRow(row.at, row.link, row.pair_id, row.ticket_id, Event(row.what, facts))


def read(c: Connection, ticket: str, limit: int) -> list[HistoryRow]:
    """Read the last `limit` lines of a ticket on all links, oldest first."""
    pairs = set(c.scalars(select(seen.c.pair_id).where(seen.c.ticket_id == ticket)))
    named = select(history.c.pair_id).where(history.c.ticket_id == ticket)
    pairs.update(number for number in c.scalars(named) if number is not None)
    rows = c.execute(
        select(history)
        .where(
            or_(
                history.c.ticket_id == ticket,
                and_(history.c.pair_id.in_(pairs), history.c.ticket_id.is_(None)),
            )
        )
        .order_by(history.c.id.desc())
        .limit(limit)
    ).all()
    return [_line(row) for row in reversed(rows)]
