"""How far a link's sweep has come, so that it goes on there after a restart.

The surprise: a person's wish for a round stands in columns of its own. The engine writes its place
many times an hour, and must not wipe out what was asked for meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, exists, select, update

from sync_service.core.pair import Scope, Solved
from sync_service.core.sweeping import Kind, Round
from sync_service.core.values import Side, Sides
from sync_service.store import codec, problems, saving
from sync_service.store import work as works
from sync_service.store.database import upsert
from sync_service.store.notes import No, Run, SweepNote, SweepRow
from sync_service.store.runs import fence
from sync_service.store.tables import problem, problem_ticket, sweep, work

#: Longer than a pair rests after a start or a write whose outcome is unknown.
_REST = timedelta(minutes=5)

_SWEEP = select(sweep).where(sweep.c.link == bindparam("link"))


def get(c: Connection, link: str) -> SweepRow:
    """Load how far a link's sweep has come."""
    row = c.execute(_SWEEP, {"link": link}).first()
    if row is None:
        return SweepRow()
    return SweepRow(
        round=_round(row) if row.began_at else None,
        asked_at=row.asked_at,
        repair=row.repair,
        ended_at=row.ended_at,
        last=_last(row.last),
        believed_at=row.believed_at,
    )


def ask(c: Connection, link: str, at: datetime, *, repair: bool) -> None:
    """Ask for a round as soon as may be."""
    _put(c, link, {"asked_at": at, "repair": repair})


def believe(c: Connection, link: str, at: datetime) -> None:
    """Believe that tickets are gone until the next round has ended, and ask for that round (R26)."""
    _put(c, link, {"asked_at": at, "repair": False, "believed_at": at})


def doubt(c: Connection, run: Run, link: str) -> None:
    """Believe no longer that tickets are gone, once the round that was asked for has ended.

    Pairs that rested then, as all do after a start (R16), are worked on before that.
    """
    fence(c, run)
    over = (sweep.c.link == link, sweep.c.began_at.is_(None), sweep.c.asked_at.is_(None))
    ended = c.execute(select(sweep.c.ended_at).where(*over)).scalar()
    if ended is None:
        return
    owed = exists().where(work.c.link == link, work.c.due <= ended + _REST)
    c.execute(update(sweep).where(*over, ~owed).values(believed_at=None))


def begin(c: Connection, run: Run, link: str, new: Round | None, at: datetime) -> None:
    """Begin a round, or with None only note that the first one is due `every` after now."""
    fence(c, run)
    if new is None:
        _put(c, link, {"ended_at": at})
        return
    _put(c, link, _columns(new))
    if new.asked:
        c.execute(update(sweep).where(sweep.c.link == link).values(asked_at=None, repair=False))


def note(c: Connection, run: Run, link: str, told: SweepNote, at: datetime) -> dict[int, No]:
    """Write down what a batch found, and where the walk stands; tell which pairs were refused."""
    refused = saving.save(c, run, told.saves, at)
    works.enqueue_ids(c, told.looks, at, told.reason)
    problems.note(c, told.problems, at)
    _put(c, link, _columns(told.round))
    return refused


def end(c: Connection, run: Run, link: str, ended: Round, at: datetime) -> None:
    """End a round; what it no longer found apart is listed no longer."""
    fence(c, run)
    _prune(c, link, ended.began, at)
    last = codec.dump({**_document(ended), "began": ended.began, "ended": at})
    _put(c, link, {"place": 0, "began_at": None, "tally": None, "ended_at": at, "last": last})


def dismissed(c: Connection, link: str, code: str) -> dict[str, set[str]]:
    """Give the tickets by item that a person dismissed a problem of this kind of."""
    found: dict[str, set[str]] = {}
    rows = c.execute(
        select(problem.c.item, problem_ticket.c.ticket_id)
        .join(problem_ticket, problem_ticket.c.problem_id == problem.c.id)
        .where(problem.c.link == link, problem.c.code == code, problem.c.closed == "dismissed")
    )
    for item, ticket in rows:
        found.setdefault(item, set()).add(ticket)
    return found


def _prune(c: Connection, link: str, since: datetime, at: datetime) -> None:
    """Take tickets off the lists of what stands apart, and close a list that is empty."""
    listed = (problem.c.pair_id == 0, problem.c.closed_at.is_(None))
    mine = (problem.c.link == link, problem.c.code == "apart", *listed)
    rows = c.execute(select(problem.c.id, problem.c.system, problem.c.item).where(*mine)).all()
    for row in rows:
        here = problem_ticket.c.problem_id == row.id
        c.execute(delete(problem_ticket).where(here, problem_ticket.c.at < since))
        if c.execute(select(problem_ticket.c.ticket_id).where(here).limit(1)).first() is None:
            over = Solved(Scope.LINK, "apart", row.system, link, None, row.item)
            problems.note(c, [over], at)


def _put(c: Connection, link: str, values: Mapping[str, Any]) -> None:
    new = upsert(c, sweep).values({"link": link, "place": 0, "repair": False, **values})
    c.execute(new.on_conflict_do_update(index_elements=["link"], set_=dict(values)))


def _columns(one: Round) -> dict[str, Any]:
    return {
        "began_at": one.began,
        "place": one.place,
        "tally": codec.dump(_document(one)),
    }


def _document(one: Round) -> dict[str, Any]:
    return {
        "asked": one.asked,
        "repair": one.repair,
        "pairs": one.pairs,
        "looks": one.looks,
        "requests": [one.requests.left, one.requests.right],
        "found": [[kind.value, side.value, count] for (kind, side), count in one.found.items()],
        "next": one.next_at,
        "scanning": one.scanning.value if one.scanning else None,
        "cursor": one.cursor,
    }


def _round(row: Any) -> Round:
    return _read(codec.load(row.tally) or {}, row.began_at, row.place)


def _last(text: str | None) -> tuple[Round, datetime] | None:
    if not text:
        return None
    told = codec.load(text)
    began = datetime.fromisoformat(told["began"])
    return _read(told, began, 0), datetime.fromisoformat(told["ended"])


def _read(told: Mapping[str, Any], began: datetime, place: int) -> Round:
    due = told.get("next")
    return Round(
        began=began,
        asked=bool(told.get("asked")),
        repair=bool(told.get("repair")),
        place=place,
        pairs=told.get("pairs", 0),
        looks=told.get("looks", 0),
        requests=Sides(*told.get("requests", (0, 0))),
        found={(Kind(kind), Side(side)): n for kind, side, n in told.get("found", ())},
        next_at=datetime.fromisoformat(due) if due else None,
        scanning=Side(told["scanning"]) if told.get("scanning") else None,
        cursor=told.get("cursor"),
    )
