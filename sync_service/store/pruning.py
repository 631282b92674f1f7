"""Forgetting by age, a few rows at a time, so that nobody waits long for the writer (retention).

Open problems, conflicts that wait for a person and open notes are never too old. The words of
notes (`sent`, intents) are gone with their record, and need no age.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, delete, or_, select

from sync_service.store.tables import conflict, history, problem, request

#: Rows that one transaction forgets.
MANY = 500


def prune(c: Connection, what: str, before: datetime, limit: int = MANY) -> int:
    """Delete up to `limit` rows of a kind that are older; tell how many. Raises KeyError."""
    return _KINDS[what](c, before, limit)


def _history(c: Connection, before: datetime, limit: int) -> int:
    """Ids and moments grow together: the first rows are the oldest, and need no index."""
    first = c.execute(select(history.c.id, history.c.at).order_by(history.c.id).limit(limit))
    old = [row.id for row in first if row.at < before]
    if not old:
        return 0
    return c.execute(delete(history).where(history.c.id.in_(old))).rowcount


def _problems(c: Connection, before: datetime, limit: int) -> int:
    over = select(problem.c.id).where(problem.c.closed_at < before).limit(limit)
    return c.execute(delete(problem).where(problem.c.id.in_(over.scalar_subquery()))).rowcount


def _conflicts(c: Connection, before: datetime, limit: int) -> int:
    """A conflict that a policy decided stays open to be restored, but not for ever."""
    decided = and_(conflict.c.closed_at.is_(None), conflict.c.winner.is_not(None))
    over: ColumnElement[bool] = or_(conflict.c.closed_at < before, decided)
    these = select(conflict.c.id).where(conflict.c.at < before, over).limit(limit)
    return c.execute(delete(conflict).where(conflict.c.id.in_(these.scalar_subquery()))).rowcount


def _requests(c: Connection, before: datetime, limit: int) -> int:
    over = select(request.c.id).where(request.c.answered_at < before).limit(limit)
    return c.execute(delete(request).where(request.c.id.in_(over.scalar_subquery()))).rowcount


_KINDS: Mapping[str, Callable[[Connection, datetime, int], int]] = {
    "history": _history,
    "problems": _problems,
    "conflicts": _conflicts,
    "requests": _requests,
}
