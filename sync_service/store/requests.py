"""Requests: what writing commands ask of the daemon (R29).

A request that was taken and never answered is taken again, by the same daemon or the next one, so
carrying one out twice must do no harm.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from sync_service.store import codec
from sync_service.store.notes import Request, Run
from sync_service.store.runs import fence
from sync_service.store.tables import request

_UNANSWERED = select(request).where(request.c.answered_at.is_(None)).order_by(request.c.id)


def ask(c: Connection, command: str, args: Mapping[str, Any], at: datetime) -> int:
    """Leave a request; give its id."""
    values = {"at": at, "command": command, "args": codec.dump(args)}
    return int(c.execute(insert(request).values(values).returning(request.c.id)).scalar_one())


def take(c: Connection, run: Run) -> list[Request]:
    """Take all requests that have no answer, in the order they were asked; one task does that."""
    fence(c, run)
    rows = c.execute(_UNANSWERED).all()
    if rows:
        taken = update(request).where(request.c.id.in_([row.id for row in rows]))
        c.execute(taken.values(taken=run.id))
    return [_request(row) for row in rows]


def answer(c: Connection, run: Run, number: int, said: Mapping[str, Any], at: datetime) -> None:
    """Say what became of a request."""
    fence(c, run)
    told = update(request).where(request.c.id == number)
    c.execute(told.values(answered_at=at, answer=codec.dump(said)))


def get(c: Connection, number: int) -> Request | None:
    """Load a request, with its answer if there is one."""
    row = c.execute(select(request).where(request.c.id == number)).first()
    return _request(row) if row else None


def _request(row: Any) -> Request:
    said = codec.load(row.answer) if row.answer else None
    return Request(row.id, row.at, row.command, codec.load(row.args), said)
