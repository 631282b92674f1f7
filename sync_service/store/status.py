"""A link in numbers, for `status`, health and metrics."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select

from sync_service.core.pair import State
from sync_service.store import feeds, sweeps, work
from sync_service.store.notes import LinkStatus
from sync_service.store.tables import conflict, pair, problem, seen


def of_link(c: Connection, link: str, now: datetime) -> LinkStatus:
    """Count what there is of a link."""
    codes = _by_code(c, link)
    open_conflict = (conflict.c.link == link, conflict.c.closed_at.is_(None))
    return LinkStatus(
        pairs=_by_state(c, link),
        half=_count(c, seen.c.link == link, seen.c.ticket_id.is_(None)),
        open_notes=open_notes(c, link),
        problems=sum(codes.values()),
        conflicts=_count(c, *open_conflict),
        asked=_count(c, *open_conflict, conflict.c.winner.is_(None)),
        backlog=work.backlog(c, link, now),
        feeds=feeds.of_link(c, link),
        state=feeds.state(c, link),
        codes=codes,
        sweep=sweeps.get(c, link),
    )


def open_notes(c: Connection, link: str) -> int:
    """Count the pairs of a link with an open `sent` or intent (R28)."""
    noted = [
        select(pair.c.id).where(pair.c.link == link, column.is_not(None))
        for column in (pair.c.sent, pair.c.intents)
    ]
    # A union of two small indexes; an OR would walk all pairs of the link.
    return c.execute(
        select(func.count()).select_from(noted[0].union(noted[1]).subquery())
    ).scalar_one()


def _by_code(c: Connection, link: str) -> dict[str, int]:
    """Count a link's open problems by kind."""
    here = (problem.c.link == link, problem.c.closed_at.is_(None))
    counts = select(problem.c.code, func.count()).where(*here).group_by(problem.c.code)
    return dict(c.execute(counts).all())


def _by_state(c: Connection, link: str) -> dict[State, int]:
    rows = c.execute(
        select(pair.c.state, func.count()).where(pair.c.link == link).group_by(pair.c.state)
    )
    return {State(state): count for state, count in rows}


def _count(c: Connection, *where: ColumnElement[bool]) -> int:
    return c.execute(select(func.count()).where(*where)).scalar_one()
