"""Problems: one open record for each thing that needs a person, however often it is met (R25).

The surprise: what is retried is the item's refusal and not its value. The next pass plans anew
from both tickets, so nothing stale is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, delete, insert, select, update

from sync_service.core.pair import Problem, Scope, Solved, State
from sync_service.store import codec, unpairing, work
from sync_service.store.database import chunked, upsert
from sync_service.store.notes import ProblemRow
from sync_service.store.tables import pair, problem, problem_ticket, seen

Entry = Problem | Solved

_NAMES = ("scope", "code", "system", "link", "pair_id", "item")
_SAME = [problem.c[name] == bindparam(f"_{name}") for name in _NAMES]
_OPEN = problem.c.closed_at.is_(None)
#: What parks a pair (R5); a pair may have other problems besides.
_LOST = frozenset({"gone", "merged"})
_CLOSE = (
    update(problem)
    .where(*_SAME, _OPEN)
    .values(closed_at=bindparam("_at", type_=problem.c.closed_at.type), closed="solved")
)


def note(c: Connection, entries: Sequence[Entry], at: datetime) -> None:
    """Open, refresh or close problems, in the order given."""
    for entry in entries:
        names = {f"_{name}": value for name, value in _names(entry).items()}
        if isinstance(entry, Solved) and entry.tickets:
            _close_for(c, entry, names, at)
        elif isinstance(entry, Solved):
            c.execute(_CLOSE, {**names, "_at": at})
        else:
            _open(c, entry, names, at)


def listed(c: Connection, where: Sequence[ColumnElement[bool]]) -> list[ProblemRow]:
    """Load problems, oldest first, with the tickets that each lists."""
    rows = c.execute(select(problem).where(*where).order_by(problem.c.id)).all()
    tickets: dict[int, list[str]] = {}
    for some in chunked([row.id for row in rows]):
        for number, ticket in c.execute(
            select(problem_ticket)
            .where(problem_ticket.c.problem_id.in_(some))
            .order_by(problem_ticket.c.problem_id, problem_ticket.c.ticket_id)
        ):
            tickets.setdefault(number, []).append(ticket)
    return [_row(row, tuple(tickets.get(row.id, ()))) for row in rows]


def select_where(
    system: str = "", link: str = "", pair_id: int | None = None, *, closed: bool = False
) -> list[ColumnElement[bool]]:
    """Say which problems are meant; empty names mean any, closed ones are left out unless asked."""
    narrow = [
        (_OPEN, not closed),
        (problem.c.system == system, bool(system)),
        (problem.c.link == link, bool(link)),
        (problem.c.pair_id == pair_id, pair_id is not None),
    ]
    return [condition for condition, asked in narrow if asked]


def has_id(number: int) -> ColumnElement[bool]:
    """Say that one problem is meant, open or closed."""
    return problem.c.id.in_([number])


def retry(c: Connection, ids: Sequence[int], at: datetime) -> list[ProblemRow]:
    """Close open problems, lift what they block and ask for work; give those that were open."""
    chosen = _open_of(c, ids)
    for row in chosen:
        pairs = _pairs_of(c, row.problem)
        for number in pairs:
            _unblock(c, number, row.problem)
        work.enqueue_ids(c, pairs, at, "a person asked to try again")
    _end(c, chosen, at, "retried")
    return chosen


def look_again(c: Connection, ids: Sequence[int], at: datetime, reason: str) -> int:
    """Ask for work on what open problems hold up, and leave them open; count the pairs."""
    pairs = {number for row in _open_of(c, ids) for number in _pairs_of(c, row.problem)}
    work.enqueue_ids(c, sorted(pairs), at, reason)
    return len(pairs)


def close(c: Connection, ids: Sequence[int], at: datetime, how: str) -> None:
    """Close open problems, saying how they ended."""
    _end(c, _open_of(c, ids), at, how)


def dismiss(c: Connection, ids: Sequence[int], at: datetime) -> list[ProblemRow]:
    """Close open problems for good; that a ticket is gone or was merged ends its pair (R14)."""
    chosen = _open_of(c, ids)
    _end(c, chosen, at, "dismissed")
    for row in chosen:
        number = row.problem.pair
        if row.problem.code in _LOST and number is not None:
            state = c.execute(select(pair.c.state).where(pair.c.id == number)).scalar()
            if state == State.PARKED.value:
                unpairing.unpair(c, number, at, forget=False)
    return chosen


def _names(entry: Entry) -> dict[str, Any]:
    return {
        "scope": entry.scope.value,
        "code": entry.code,
        "system": entry.system,
        "link": entry.link,
        "pair_id": entry.pair or 0,
        "item": entry.item,
    }


def _open(c: Connection, entry: Problem, names: dict[str, Any], at: datetime) -> None:
    told = {
        "message": entry.message,
        "value": entry.value,
        "words": entry.words,
        "last_at": at,
    }
    number = c.execute(select(problem.c.id).where(*_SAME, _OPEN), names).scalar()
    if number is None:
        values = {**_names(entry), **told, "attempts": 1, "opened_at": at, "closed": ""}
        number = c.execute(insert(problem).values(values).returning(problem.c.id)).scalar_one()
    else:
        again = update(problem).where(problem.c.id == number)
        c.execute(again.values(**told, attempts=problem.c.attempts + 1))
    if entry.tickets:
        listing = upsert(c, problem_ticket).on_conflict_do_nothing()
        c.execute(listing, [{"problem_id": number, "ticket_id": one} for one in entry.tickets])


def _close_for(c: Connection, entry: Solved, names: dict[str, Any], at: datetime) -> None:
    """Take tickets off the problem's list; it closes with the last of them (R10)."""
    number = c.execute(select(problem.c.id).where(*_SAME, _OPEN), names).scalar()
    if number is None:
        return
    listing = problem_ticket.c.problem_id == number
    c.execute(delete(problem_ticket).where(listing, problem_ticket.c.ticket_id.in_(entry.tickets)))
    if c.execute(select(problem_ticket.c.ticket_id).where(listing).limit(1)).first() is None:
        c.execute(_CLOSE, {**names, "_at": at})


def _open_of(c: Connection, ids: Sequence[int]) -> list[ProblemRow]:
    return [row for some in chunked(ids) for row in listed(c, [problem.c.id.in_(some), _OPEN])]


def _end(c: Connection, rows: Iterable[ProblemRow], at: datetime, how: str) -> None:
    for some in chunked([row.id for row in rows]):
        ended = update(problem).where(problem.c.id.in_(some), _OPEN)
        c.execute(ended.values(closed_at=at, closed=how))


def _pairs_of(c: Connection, entry: Problem) -> list[int]:
    """Give the pairs that a problem holds up: its own, or those of the tickets it lists."""
    if entry.pair is not None:
        return [entry.pair]
    found: set[int] = set()
    for some in chunked(entry.tickets):
        found.update(
            c.scalars(
                select(seen.c.pair_id).where(seen.c.ticket_id.in_(some), seen.c.link == entry.link)
            )
        )
    return sorted(found)


def _unblock(c: Connection, number: int, entry: Problem) -> None:
    """Lift a pair's refusals of the problem's item, or the parking of the whole pair."""
    this = update(pair).where(pair.c.id == number)
    if entry.scope is Scope.PAIR:
        c.execute(this.values(state=State.ACTIVE.value))
    text = c.execute(select(pair.c.refusals).where(pair.c.id == number)).scalar()
    if text is not None and entry.pair is not None:
        kept = [one for one in codec.load(text) if one[1] != entry.item]
        c.execute(this.values(refusals=codec.dump_or_none(kept)))


def _row(row: Any, tickets: tuple[str, ...]) -> ProblemRow:
    told = Problem(
        scope=Scope(row.scope), code=row.code, message=row.message, system=row.system,
        link=row.link, pair=row.pair_id or None, item=row.item, value=row.value,
        words=row.words, tickets=tickets,
    )  # fmt: skip
    return ProblemRow(
        row.id, told, row.opened_at, row.last_at, row.attempts, row.closed_at, row.closed
    )
