"""Runs: one start of a daemon each, whose number fences the store (R29).

The check is the first statement of every write transaction, and write transactions stand in
line, so a run that was overtaken cannot write once the newer one has begun.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from sync_service.errors import Fenced
from sync_service.store.notes import Run
from sync_service.store.tables import feed, request, run, work

_NEWEST = select(func.max(run.c.id))


def begin(c: Connection, now: datetime, holder: str) -> Run:
    """Start a new run; what an earlier one had claimed or taken is free again."""
    number = c.execute(
        insert(run).values(started_at=now, holder=holder).returning(run.c.id)
    ).scalar_one()
    c.execute(update(work).where(work.c.claimed.is_not(None)).values(claimed=None))
    c.execute(
        update(request)
        .where(request.c.taken.is_not(None), request.c.answered_at.is_(None))
        .values(taken=None)
    )
    return Run(number, now)


def newest(c: Connection) -> Run | None:
    """Load the newest run; None if none ever began."""
    row = c.execute(select(run).order_by(run.c.id.desc()).limit(1)).first()
    return Run(row.id, row.started_at) if row else None


def latest(c: Connection) -> datetime | None:
    """Give the newest start of a run or good pull."""
    told = (
        c.scalar(select(func.max(run.c.started_at))),
        c.scalar(select(func.max(feed.c.pulled_at))),
    )
    return max((one for one in told if one is not None), default=None)


def fence(c: Connection, mine: Run) -> None:
    """Raise Fenced if a newer run has begun."""
    newest = c.execute(_NEWEST).scalar()
    if newest != mine.id:
        raise Fenced(
            f"run {mine.id} has been taken over by run {newest}: another daemon uses this store. "
            "This one stops writing; stop one of the two."
        )
