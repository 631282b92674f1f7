"""Work: "look at this pair by this time", at most one a pair.

It names a pair and carries no payload, so nothing in it goes stale. The surprise: work that is
asked for while a worker has it is not lost, because finishing clears only the `seq` it claimed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, case, delete, exists, func, select, update

from sync_service.core.pair import Pair, Work
from sync_service.core.values import Side, Sides, Version
from sync_service.store import codec, groups, pairs
from sync_service.store.database import UPSERTS, chunked
from sync_service.store.notes import Backlog, Done, Later, Run
from sync_service.store.runs import fence
from sync_service.store.tables import pair, work

_NO_ROWS: Sides[Version | None] = Sides(None, None)


def enqueue(
    c: Connection, asks: Mapping[int, Sides[Version | None]], due: datetime, reason: str
) -> None:
    """Ask for work on pairs by `due`; pairs that are gone are passed over.

    Waiting work keeps the older page row of each side and the earlier time.
    """
    for some in chunked(list(asks)):
        rows = c.execute(_WAITING, {"ids": some})
        _ask(c, [_asked(row, asks[row.id], due, reason) for row in rows])


def enqueue_ids(c: Connection, ids: Iterable[int], due: datetime, reason: str) -> None:
    """Ask for work on pairs of which no page row tells anything."""
    enqueue(c, dict.fromkeys(ids, _NO_ROWS), due, reason)


def enqueue_after(
    c: Connection, link: str, last: int, limit: int, due: datetime, reason: str
) -> int | None:
    """Ask for work on the next pairs of a link behind `last`; give the last id, None at the end."""
    these = select(pair.c.id).where(pair.c.link == link, pair.c.id > last)
    ids = list(c.scalars(these.order_by(pair.c.id).limit(limit)))
    enqueue_ids(c, ids, due, reason)
    return ids[-1] if ids else None


def enqueue_siblings(c: Connection, ids: Iterable[int], due: datetime) -> None:
    """Ask for work on the other pairs of these pairs' tickets (R14)."""
    enqueue_ids(c, groups.siblings(c, ids), due, "a copy was recorded on another link")


def claim(c: Connection, run: Run, link: str, now: datetime, limit: int) -> list[tuple[Pair, Work]]:
    """Take up to `limit` due and unclaimed pairs of a link, those due first before the others.

    A ticket is in one hand at a time: a pair waits while another of its group is claimed.
    """
    fence(c, run)
    rows = c.execute(_DUE, {"link": link, "now": now, "limit": limit}).all()
    taken = {row.pair_id: _work(row) for row in rows}
    for some in chunked(list(taken)):
        c.execute(update(work).where(work.c.pair_id.in_(some)).values(claimed=run.id))
    return [(found, taken[found.id]) for found in pairs.load(c, list(taken))]


def due_ids(c: Connection, link: str, now: datetime, limit: int) -> list[int]:
    """List pairs of a link that are due, the longest due first."""
    these = select(work.c.pair_id).where(work.c.link == link, work.c.due <= now)
    return list(c.scalars(these.order_by(work.c.due, work.c.pair_id).limit(limit)))


def waiting(c: Connection, ids: Sequence[int]) -> set[int]:
    """Tell which of these pairs have work, due or put off."""
    found: set[int] = set()
    for some in chunked(ids):
        found.update(c.scalars(select(work.c.pair_id).where(work.c.pair_id.in_(some))))
    return found


def release(c: Connection, run: Run, ids: Sequence[int]) -> None:
    """Give claimed work back undone."""
    fence(c, run)
    for some in chunked(ids):
        c.execute(
            update(work)
            .where(work.c.pair_id.in_(some), work.c.claimed == run.id)
            .values(claimed=None)
        )


def free(c: Connection, run: Run, link: str) -> None:
    """Give back all that this run has claimed of a link: nobody works on it any more."""
    fence(c, run)
    c.execute(
        update(work).where(work.c.link == link, work.c.claimed == run.id).values(claimed=None)
    )


def finish(c: Connection, ends: Mapping[int, Done | Later]) -> None:
    """Clear or put off claimed work; what was asked for meanwhile stays due and unclaimed."""
    done = [{"p": number, "s": end.seq} for number, end in ends.items() if isinstance(end, Done)]
    later = [
        {"p": number, "s": end.seq, "at": end.due, "n": end.attempts, "why": end.reason,
         "t": codec.dump_attempts(end.tried)}
        for number, end in ends.items()
        if isinstance(end, Later)
    ]  # fmt: skip
    if done:
        c.execute(_CLEAR, done)
        c.execute(_UNCLAIM, [{"p": one["p"]} for one in done])
    if later:
        c.execute(_PUT_OFF, later)


def backlog(c: Connection, link: str, now: datetime) -> Backlog:
    """Count a link's work, claimed or not."""
    of_link = work.c.link == link
    due = select(func.count()).where(of_link, work.c.due <= now).scalar_subquery()
    later = select(func.count()).where(of_link, work.c.due > now).scalar_subquery()
    first = select(func.min(work.c.due)).where(of_link, work.c.due > now).scalar_subquery()
    row = c.execute(select(due, later, first)).one()
    return Backlog(row[0], row[1], row[2])


_mine, _other, _held = pair.alias("mine"), pair.alias("other"), work.alias("held")
#: Another pair of the group is claimed: our own links must not overwrite each other unseen (R20).
_IN_A_HAND = exists(
    select(_held.c.pair_id)
    .select_from(_mine)
    .join(_other, (_other.c.group_id == _mine.c.group_id) & (_other.c.id != _mine.c.id))
    .join(_held, _held.c.pair_id == _other.c.id)
    .where(_mine.c.id == work.c.pair_id, _held.c.claimed.is_not(None))
)
_DUE = (
    select(work)
    .where(
        work.c.link == bindparam("link"),
        work.c.due <= bindparam("now", type_=work.c.due.type),
        work.c.claimed.is_(None),
        ~_IN_A_HAND,
    )
    .order_by(work.c.due, work.c.pair_id)
    .limit(bindparam("limit"))
)
_WAITING = (
    select(pair.c.id, pair.c.link, work.c.due, work.c.rows, work.c.claimed)
    .outerjoin(work, work.c.pair_id == pair.c.id)
    .where(pair.c.id.in_(bindparam("ids", expanding=True)))
)
_MINE = work.c.pair_id == bindparam("p")
_CLEAR = delete(work).where(_MINE, work.c.seq == bindparam("s"))
_UNCLAIM = update(work).where(_MINE).values(claimed=None)
_PUT_OFF = (
    update(work)
    .where(_MINE)
    .values(
        claimed=None,
        attempts=bindparam("n"),
        reason=bindparam("why"),
        tried=bindparam("t", type_=work.c.tried.type),
        due=case((work.c.seq == bindparam("s"), bindparam("at", type_=work.c.due.type)),
                 else_=work.c.due),
    )
)  # fmt: skip


def _asking(database: str) -> Any:
    new = UPSERTS[database](work)
    return new.on_conflict_do_update(
        index_elements=[work.c.pair_id],
        set_={"seq": work.c.seq + 1, "due": new.excluded.due, "rows": new.excluded.rows,
              "reason": new.excluded.reason},
    )  # fmt: skip


_ASK = {database: _asking(database) for database in UPSERTS}


def _ask(c: Connection, values: list[dict[str, Any]]) -> None:
    if values:
        c.execute(_ASK[c.dialect.name], values)


def _asked(row: Any, asked: Sides[Version | None], due: datetime, reason: str) -> dict[str, Any]:
    waiting = row.due is not None and row.claimed is None
    rows = _older(codec.rows(row.rows), asked) if waiting else asked
    return {
        "pair_id": row.id,
        "link": row.link,
        "seq": 1,
        "due": min(row.due, due) if waiting else due,
        "attempts": 0,
        "reason": reason,
        "rows": codec.dump_rows(rows),
        "claimed": None,
    }


def _older(waiting: Sides[Version | None], asked: Sides[Version | None]) -> Sides[Version | None]:
    def older(side: Side) -> Version | None:
        both = [version for version in (waiting.of(side), asked.of(side)) if version is not None]
        return min(both, default=None)

    return Sides.build(older)


def _work(row: Any) -> Work:
    return Work(
        row.pair_id, row.seq, row.due, row.attempts, row.reason, codec.rows(row.rows),
        codec.attempts(row.tried),
    )  # fmt: skip
