"""Erasing what is held of a ticket: its words, its past, and what was told of it (R13, R14).

What stays is that there was a ticket: a tombstone with its id, or its next edit would start a new
pair and a second copy, and a line of history that says when it was forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, delete, or_, select

from sync_service.core.pair import Event, Pair
from sync_service.core.values import Side
from sync_service.store import history, pairs, unpairing
from sync_service.store.notes import HistoryRow
from sync_service.store.tables import conflict, problem, problem_ticket, seen
from sync_service.store.tables import history as lines

#: The line of history that stays.
FORGOTTEN = "ticket.forgotten"


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased: the pairs as they were, and counts of what was told of their tickets."""

    pairs: tuple[Pair, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.pairs) or any(self.counts.values())


def erase(c: Connection, names: Sequence[str], link: str, at: datetime) -> Erased:
    """Erase the pairs of a ticket, on one link or all, and all that is told of their tickets.

    `names` are what the ticket is called: its id, and its number where it has one.
    """
    called_so = or_(seen.c.ticket_id.in_(names), seen.c.number.in_(names))
    here = (called_so, *((seen.c.link == link,) if link else ()))
    numbers = sorted(set(c.scalars(select(seen.c.pair_id).where(*here))))
    ended = pairs.load(c, numbers)
    for one in ended:
        unpairing.unpair(c, one.id, at, forget=False)
    called = {*names, *(name for one in ended for name in (*_ids(one), *_numbers(one)))}
    told = {
        "comments": sum(len(one.rows) for one in ended),
        "problems": _problems(c, numbers, called, link),
        "conflicts": _rows(c, conflict, conflict.c.pair_id.in_(numbers)),
        "lines of history": _history(c, numbers, called, link),
    }
    history.append(c, [
        HistoryRow(at, one.link, None, name, Event(FORGOTTEN, {}))
        for one in ended
        for name in _ids(one)
    ])  # fmt: skip
    return Erased(tuple(ended), told)


def _ids(one: Pair) -> Iterable[str]:
    return (name for side in Side if (name := one.ids.of(side)) is not None)


def _numbers(one: Pair) -> Iterable[str]:
    return (shown.number for side in Side if (shown := one.seen.of(side)) and shown.number)


def _problems(c: Connection, numbers: Sequence[int], called: Iterable[str], link: str) -> int:
    """Delete the pairs' own problems, and those that list these tickets and nobody else."""
    on_link = (problem.c.link == link,) if link else ()
    listed = problem_ticket.c.ticket_id.in_(sorted(called))
    mine = set(c.scalars(select(problem.c.id).where(problem.c.pair_id.in_(numbers))))
    listing = select(problem.c.id).join(problem_ticket, problem_ticket.c.problem_id == problem.c.id)
    shared = set(c.scalars(listing.where(listed, *on_link))) - mine
    c.execute(delete(problem_ticket).where(problem_ticket.c.problem_id.in_(shared), listed))
    still = select(problem_ticket.c.problem_id).where(problem_ticket.c.problem_id.in_(shared))
    alone = shared - set(c.scalars(still))
    return _rows(c, problem, problem.c.id.in_(mine | alone | _unlisted(c, on_link)))


def _unlisted(c: Connection, on_link: Sequence[object]) -> set[int]:
    """Give the problems that unpairing has just closed because they list nobody any more."""
    nobody = (
        ~select(problem_ticket.c.problem_id)
        .where(problem_ticket.c.problem_id == problem.c.id)
        .exists()
    )
    over = (problem.c.closed == "unpaired", problem.c.pair_id == 0, nobody, *on_link)
    return set(c.scalars(select(problem.c.id).where(*over)))  # type: ignore[arg-type]


def _history(c: Connection, numbers: Sequence[int], called: Iterable[str], link: str) -> int:
    named = lines.c.ticket_id.in_(sorted(called))
    on_link = (lines.c.link == link,) if link else ()
    words = lines.c.what != FORGOTTEN
    return _rows(c, lines, words, or_(lines.c.pair_id.in_(numbers), named), *on_link)


def _rows(c: Connection, table: object, *where: object) -> int:
    return c.execute(delete(table).where(*where)).rowcount  # type: ignore[arg-type]
