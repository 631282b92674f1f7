"""Problems: one open record for each thing that needs a person, however often it is met (R25).

The surprise: what is retried is the item's refusal and not its value. The next pass plans anew
from both tickets, so nothing stale is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, delete, insert, or_, select, update

from sync_service.core.attempts import Attempt, attempted
from sync_service.core.pair import Problem, Scope, Solved, State
from sync_service.store import codec, telling, unpairing, work
from sync_service.store.database import chunked, upsert
from sync_service.store.notes import ProblemRow
from sync_service.store.tables import pair, problem, problem_ticket, seen

Entry = Problem | Solved

_NAMES = ("scope", "code", "system", "link", "pair_id", "item")
_SAME = [problem.c[name] == bindparam(f"_{name}") for name in _NAMES]
_OPEN = problem.c.closed_at.is_(None)
#: What parks a pair (R5); a pair may have other problems besides.
_LOST = frozenset({"gone", "merged"})
_RETRIED = "retried"
_EVER = datetime.max.replace(tzinfo=UTC)
_CLOSE = (
    update(problem)
    .where(*_SAME, _OPEN)
    .values(closed_at=bindparam("_at", type_=problem.c.closed_at.type), closed="solved")
    .returning(problem.c.id)
)
_BEFORE_RETRY = (
    select(problem.c.tried)
    .where(*_SAME, problem.c.closed == _RETRIED)
    .order_by(problem.c.id.desc())
    .limit(1)
)


#: Codes of problems whose tickets have no pair that could be looked at again.
_PAIRLESS = ("undecided", "cloned-key", "not-adopted")


@dataclass(frozen=True, slots=True)
class Which:
    """Which problems are meant: empty names and None mean any; closed ones only if asked.

    `ticket` is an id: its pairs' problems, and those that list it. `before`: opened before then.
    """

    system: str = ""
    link: str = ""
    pair: int | None = None
    code: str = ""
    ticket: str = ""
    before: datetime | None = None
    closed: bool = False


def note(c: Connection, entries: Sequence[Entry], at: datetime) -> None:
    """Open, refresh or close problems, in the order given.

    Most of what is told to be solved of a pair was never open; one look spares a statement each.
    """
    there = _open_names(
        c, sorted({one.pair for one in entries if isinstance(one, Solved) and one.pair})
    )
    for entry in entries:
        names = {f"_{name}": value for name, value in _names(entry).items()}
        if isinstance(entry, Problem):
            _open(c, entry, names, at)
            there.add(tuple(names.values()))
        elif entry.tickets:
            _close_for(c, entry, names, at)
        elif not entry.pair or tuple(names.values()) in there:
            _close(c, entry, names, at)


def _open_names(c: Connection, pairs: Sequence[int]) -> set[tuple[Any, ...]]:
    """Give the names of all open problems of these pairs."""
    columns = [problem.c[name] for name in _NAMES]
    return {
        tuple(row)
        for some in chunked(pairs)
        for row in c.execute(select(*columns).where(problem.c.pair_id.in_(some), _OPEN))
    }


def listed(c: Connection, where: Sequence[ColumnElement[bool]]) -> list[ProblemRow]:
    """Load problems, oldest first, with the tickets that each lists."""
    rows = c.execute(select(problem).where(*where).order_by(problem.c.id)).all()
    tickets: dict[int, list[str]] = {}
    for some in chunked([row.id for row in rows]):
        for number, ticket in c.execute(
            select(problem_ticket.c.problem_id, problem_ticket.c.ticket_id)
            .where(problem_ticket.c.problem_id.in_(some))
            .order_by(problem_ticket.c.problem_id, problem_ticket.c.ticket_id)
        ):
            tickets.setdefault(number, []).append(ticket)
    return [_row(row, tuple(tickets.get(row.id, ()))) for row in rows]


def select_where(which: Which) -> list[ColumnElement[bool]]:
    """Turn the choice into conditions."""
    here = select(seen.c.pair_id).where(seen.c.ticket_id == which.ticket)
    both = select(seen.c.ticket_id).where(seen.c.pair_id.in_(here))  # a list names one of the two
    these = or_(problem_ticket.c.ticket_id == which.ticket, problem_ticket.c.ticket_id.in_(both))
    listing = select(problem_ticket.c.problem_id).where(these)
    narrow = [
        (_OPEN, not which.closed),
        (problem.c.system == which.system, bool(which.system)),
        (problem.c.link == which.link, bool(which.link)),
        (problem.c.pair_id == which.pair, which.pair is not None),
        (problem.c.code == which.code, bool(which.code)),
        (or_(problem.c.pair_id.in_(here), problem.c.id.in_(listing)), bool(which.ticket)),
        (problem.c.opened_at < (which.before or _EVER), which.before is not None),
    ]
    return [condition for condition, asked in narrow if asked]


def has_id(number: int) -> ColumnElement[bool]:
    """Say that one problem is meant, open or closed."""
    return problem.c.id.in_([number])


def retry(c: Connection, ids: Sequence[int], at: datetime) -> list[ProblemRow]:
    """Close open problems, lift what they block and ask for work; give those that were open.

    One whose tickets have no pair stays open: there is no work to ask for, and closing it
    would leave them home in silence (R25).
    """
    chosen = [one for one in _open_of(c, ids) if one.problem.code not in _PAIRLESS]
    for row in chosen:
        pairs = _pairs_of(c, row.problem)
        for number in pairs:
            _unblock(c, number, row.problem)
        work.enqueue_ids(c, pairs, at, "a person asked to try again")
    _end(c, chosen, at, _RETRIED)
    return chosen


def look_again(c: Connection, ids: Sequence[int], at: datetime, reason: str) -> int:
    """Ask for work on what open problems hold up, and leave them open; count the pairs."""
    pairs = held_up(c, ids)
    work.enqueue_ids(c, pairs, at, reason)
    return len(pairs)


def held_up(c: Connection, ids: Sequence[int]) -> list[int]:
    """List the pairs that open problems hold up."""
    return sorted({number for row in _open_of(c, ids) for number in _pairs_of(c, row.problem)})


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
    told = {"message": entry.message, "value": entry.value, "words": entry.words,
            "before": entry.before, "last_at": at}  # fmt: skip
    there = c.execute(select(problem.c.id, problem.c.tried).where(*_SAME, _OPEN), names).first()
    if there is None:
        tried = codec.attempts(c.execute(_BEFORE_RETRY, names).scalar()) + entry.tried
        values = {**_names(entry), **told, "attempts": 1, "opened_at": at, "closed": "",
                  "tried": _add(tried, entry, at)}  # fmt: skip
        number = c.execute(insert(problem).values(values).returning(problem.c.id)).scalar_one()
        telling.tell(c, "problem.opened", number=number, **_facts(entry))
    else:
        number, tried = there.id, codec.attempts(there.tried)
        again = update(problem).where(problem.c.id == number)
        told["tried"] = _add(tried, entry, at)
        c.execute(again.values(**told, attempts=problem.c.attempts + 1))
    _list(c, number, entry.tickets, at)


def _add(tried: tuple[Attempt, ...], entry: Problem, at: datetime) -> str | None:
    answer = entry.words or entry.message
    return codec.dump_attempts(attempted(tried, at, entry.kind or entry.code, answer))


def _list(c: Connection, number: int, tickets: Sequence[str], at: datetime) -> None:
    """List tickets under a problem, and when each was found to have it."""
    if tickets:
        new = upsert(c, problem_ticket)
        listing = new.on_conflict_do_update(
            index_elements=["problem_id", "ticket_id"], set_={"at": new.excluded.at}
        )
        c.execute(listing, [{"problem_id": number, "ticket_id": t, "at": at} for t in tickets])


def _facts(entry: Entry) -> dict[str, Any]:
    """Give what a log line may say of a problem: no item, since that can hold a value."""
    return {
        "code": entry.code,
        "scope": entry.scope.value,
        "link": entry.link,
        "system": entry.system,
        "pair": entry.pair,
    }


def _tell_end(c: Connection, number: int, entry: Entry, how: str) -> None:
    telling.tell(c, "problem.closed", number=number, how=how, **_facts(entry))


def _close_for(c: Connection, entry: Solved, names: dict[str, Any], at: datetime) -> None:
    """Take tickets off the problem's list; it closes with the last of them (R10)."""
    number = c.execute(select(problem.c.id).where(*_SAME, _OPEN), names).scalar()
    if number is None:
        return
    listing = problem_ticket.c.problem_id == number
    c.execute(delete(problem_ticket).where(listing, problem_ticket.c.ticket_id.in_(entry.tickets)))
    if c.execute(select(problem_ticket.c.ticket_id).where(listing).limit(1)).first() is None:
        _close(c, entry, names, at)


def _close(c: Connection, entry: Solved, names: dict[str, Any], at: datetime) -> None:
    ended = c.scalars(_CLOSE, {**names, "_at": at}).all()
    for number in ended:
        _tell_end(c, number, entry, "solved")


def _open_of(c: Connection, ids: Sequence[int]) -> list[ProblemRow]:
    return [row for some in chunked(ids) for row in listed(c, [problem.c.id.in_(some), _OPEN])]


def _end(c: Connection, rows: Sequence[ProblemRow], at: datetime, how: str) -> None:
    for some in chunked([row.id for row in rows]):
        ended = update(problem).where(problem.c.id.in_(some), _OPEN)
        c.execute(ended.values(closed_at=at, closed=how))
    for row in rows:
        _tell_end(c, row.id, row.problem, how)


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
        words=row.words, tickets=tickets, before=row.before,
    )  # fmt: skip
    return ProblemRow(
        row.id, told, row.opened_at, row.last_at, row.attempts, row.closed_at, row.closed,
        codec.attempts(row.tried),
    )  # fmt: skip
