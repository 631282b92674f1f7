"""Ending a pair by hand, and making one: `unpair`, `unpair --forget` and `pair` (R14).

An unpaired ticket leaves a tombstone, or its next edit would start a new pair and a second copy.
The surprise: lifting a tombstone does not take it away. The ticket's key was used once, so a pair
that it starts must look for the copy first (R16).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, delete, or_, select, update

from sync_service.core.pair import Event, Pair
from sync_service.core.values import Side, Sides
from sync_service.store import groups, history, pairs, telling
from sync_service.store.database import chunked, upsert
from sync_service.store.notes import HistoryRow
from sync_service.store.tables import conflict, pair, problem, problem_ticket, tombstone


def unpair(c: Connection, number: int, at: datetime, *, forget: bool) -> Pair | None:
    """End a pair and give what it was; None if there is none.

    Both tickets stay as they are. They start no new pair until `pair`, or at once if `forget`.
    """
    found = pairs.load(c, [number])
    if not found:
        return None
    ended = found[0]
    group = c.execute(select(pair.c.group_id).where(pair.c.id == number)).scalar_one()
    c.execute(delete(pair).where(pair.c.id == number))
    groups.split(c, group)
    _close_reports(c, number, at)
    _leave_lists(c, ended, at)
    _bury(c, ended.link, ended.ids, at, lifted=forget)
    _tell(c, ended, at)
    return ended


def _leave_lists(c: Connection, ended: Pair, at: datetime) -> None:
    """Take its tickets off the problems that list them; one that lists nobody now is over (R10)."""
    tickets = [ticket for _, ticket in _named(ended.ids)]
    still_open = (problem.c.link == ended.link, problem.c.closed_at.is_(None))
    mine = problem_ticket.c.ticket_id.in_(tickets)
    listing = select(problem.c.id).join(problem_ticket, problem_ticket.c.problem_id == problem.c.id)
    numbers = list(c.scalars(listing.where(*still_open, problem.c.pair_id == 0, mine)))
    c.execute(delete(problem_ticket).where(problem_ticket.c.problem_id.in_(numbers), mine))
    left = select(problem_ticket.c.problem_id).where(problem_ticket.c.problem_id.in_(numbers))
    _close_problems(c, problem.c.id.in_(set(numbers) - set(c.scalars(left))), at)


def _close_reports(c: Connection, number: int, at: datetime) -> None:
    """End what was told of the pair: its problems and conflicts."""
    these = (conflict.c.pair_id == number, conflict.c.closed_at.is_(None))
    c.execute(update(conflict).where(*these).values(closed_at=at, closed="unpaired"))
    _close_problems(c, problem.c.pair_id == number, at)


def _close_problems(c: Connection, which: ColumnElement[bool], at: datetime) -> None:
    names = (problem.c.id, problem.c.code, problem.c.scope, problem.c.link, problem.c.system,
             problem.c.pair_id)  # fmt: skip
    ended = update(problem).where(which, problem.c.closed_at.is_(None))
    ended = ended.values(closed_at=at, closed="unpaired")
    for row in c.execute(ended.returning(*names)).all():
        telling.tell(
            c, "problem.closed", number=row.id, how="unpaired", code=row.code, scope=row.scope,
            link=row.link, system=row.system, pair=row.pair_id or None,
        )  # fmt: skip


def clear(c: Connection, link: str, ids: Sides[str | None]) -> int:
    """Lift the tombstones of these tickets; tell how many there were."""
    these = [_of(link, side, ticket) for side, ticket in _named(ids)]
    held = (or_(*these), tombstone.c.lifted.is_(False))
    return c.execute(update(tombstone).where(*held).values(lifted=True)).rowcount


def buried(c: Connection, link: str, side: Side, tickets: Sequence[str]) -> list[str]:
    """List those of these tickets that have a tombstone which holds."""
    return _with_stone(c, link, side, tickets, lifted=False)


def unearthed(c: Connection, link: str, side: Side, tickets: Sequence[str]) -> list[str]:
    """List those of these tickets that had a pair once, and may have another."""
    return _with_stone(c, link, side, tickets, lifted=True)


def _with_stone(
    c: Connection, link: str, side: Side, tickets: Sequence[str], *, lifted: bool
) -> list[str]:
    found: list[str] = []
    for some in chunked(tickets):
        here = (tombstone.c.link == link, tombstone.c.side == side.value)
        these = select(tombstone.c.ticket_id).where(*here, tombstone.c.ticket_id.in_(some))
        found += c.scalars(these.where(tombstone.c.lifted.is_(lifted)))
    return found


def _bury(c: Connection, link: str, ids: Sides[str | None], at: datetime, *, lifted: bool) -> None:
    stone = upsert(c, tombstone)
    again = {"at": stone.excluded.at, "lifted": stone.excluded.lifted}
    keys = [tombstone.c.link, tombstone.c.side, tombstone.c.ticket_id]
    c.execute(
        stone.on_conflict_do_update(index_elements=keys, set_=again),
        [
            {"link": link, "side": side.value, "ticket_id": ticket, "at": at, "lifted": lifted}
            for side, ticket in _named(ids)
        ],
    )


def _tell(c: Connection, ended: Pair, at: datetime) -> None:
    event = Event("pair.unpaired", {"left": ended.ids.left, "right": ended.ids.right})
    history.append(
        c, [HistoryRow(at, ended.link, ended.id, ticket, event) for _, ticket in _named(ended.ids)]
    )


def _named(ids: Sides[str | None]) -> Iterator[tuple[Side, str]]:
    return ((side, ticket) for side in Side if (ticket := ids.of(side)) is not None)


def _of(link: str, side: Side, ticket: str) -> ColumnElement[bool]:
    return and_(
        tombstone.c.link == link, tombstone.c.side == side.value, tombstone.c.ticket_id == ticket
    )
