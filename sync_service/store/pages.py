"""Taking a page of a feed: everything it leaves behind, in one transaction (R2).

A crash inside leaves nothing of it, so the same page may simply be read again. Taking a page
twice does no harm: a ticket that has a pair starts no second one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, insert, select

from sync_service.core.pair import Event, Made, State
from sync_service.core.values import Side, Sides, Version
from sync_service.store import feeds, groups, history, problems, unpairing, work
from sync_service.store.database import chunked
from sync_service.store.notes import AdoptNote, HistoryRow, No, PageNote, PageResult, Run, StartNote
from sync_service.store.runs import fence
from sync_service.store.tables import pair, seen

_NO_ROWS: Sides[Version | None] = Sides(None, None)


def take(
    c: Connection, run: Run, link: str, side: Side, page: PageNote, at: datetime
) -> PageResult:
    """Note the page's work, new pairs, feed, problems and events; tell what was refused."""
    fence(c, run)
    asks = {number: _NO_ROWS.put(side, version) for number, version in page.looks}
    work.enqueue(c, asks, at, "")
    adopted, not_adopted = _adopt_all(c, link, page, at)
    started, not_started = _start(c, link, side, page, at)
    if page.feed is not None:
        feeds.put(c, link, side, page.feed)
    problems.note(c, page.problems, at)
    lines = [HistoryRow(at, link, None, ticket, event) for ticket, event in page.events]
    history.append(c, lines)
    return PageResult(started, adopted, not_started, not_adopted)


def pair_by_hand(
    c: Connection, link: str, systems: Sides[str], left: str, right: str, at: datetime
) -> int | No:
    """Join two tickets because a person says so, over their tombstones (R14)."""
    unpairing.clear(c, link, Sides(left, right))
    return _adopt(c, link, systems, AdoptNote(left, right, Made.MATCH), at)


def _adopt_all(
    c: Connection, link: str, page: PageNote, at: datetime
) -> tuple[dict[tuple[str, str], int], dict[tuple[str, str], No]]:
    adopted: dict[tuple[str, str], int] = {}
    refused: dict[tuple[str, str], No] = {}
    for one in page.adoptions:
        result = _adopt(c, link, page.systems, one, at)
        if isinstance(result, No):
            refused[one.left, one.right] = result
        else:
            adopted[one.left, one.right] = result
    return adopted, refused


def _adopt(c: Connection, link: str, systems: Sides[str], one: AdoptNote, at: datetime) -> int | No:
    left, right = _holder(c, link, Side.LEFT, one.left), _holder(c, link, Side.RIGHT, one.right)
    if left is not None and left == right:
        return left
    if left is not None or right is not None:
        return _taken(c, [number for number in (left, right) if number is not None], at)
    if unpairing.buried(c, link, Side.LEFT, [one.left]) or unpairing.buried(
        c, link, Side.RIGHT, [one.right]
    ):
        return No.TOMBSTONE
    group = groups.unite(c, (systems.left, one.left), (systems.right, one.right))
    if group is None:
        return No.RING
    (number,) = _insert(c, link, systems, [(group, Sides(one.left, one.right), one.created)],
                        made=one.made, adopted_at=at)  # fmt: skip
    work.enqueue_ids(c, [number], at, "")
    facts = {"left": one.left, "right": one.right, "by": one.made.value}
    history.append(c, [HistoryRow(at, link, number, None, Event("pair.adopted", facts))])
    return number


def _taken(c: Connection, holders: Sequence[int], at: datetime) -> No:
    """Tell a half pair, which is left to find its partner by itself, from one that is whole.

    Filling it in here would race with the worker that is about to make the missing ticket.
    """
    half = seen.c.ticket_id.is_(None)
    halves = set(c.scalars(select(seen.c.pair_id).where(seen.c.pair_id.in_(holders), half)))
    work.enqueue_ids(c, halves, at, "its other ticket may exist already")
    return No.HALF if halves == set(holders) and len(holders) == 1 else No.TAKEN


def _start(
    c: Connection, link: str, side: Side, page: PageNote, at: datetime
) -> tuple[dict[str, int], dict[str, No]]:
    notes = {one.ticket_id: one for one in page.starts}
    refused = dict.fromkeys(unpairing.buried(c, link, side, list(notes)), No.TOMBSTONE)
    refused |= dict.fromkeys(_held(c, link, side, list(notes)), No.TAKEN)
    free = [ticket for ticket in notes if ticket not in refused]
    near, far = page.systems.of(side), page.systems.of(side.far)
    places = groups.keep_places(c, near, far, free)
    refused |= {ticket: No.RING for ticket in free if ticket not in places}
    once_paired = unpairing.unearthed(c, link, side, list(places))
    started = _begin(c, link, side, page.systems, places, notes, once_paired)
    work.enqueue(
        c, {number: _NO_ROWS.put(side, notes[ticket].version)
            for ticket, number in started.items()}, at, "",
    )  # fmt: skip
    history.append(c, [
        HistoryRow(at, link, number, None, Event(history.STARTED, {side.value: ticket}))
        for ticket, number in started.items()
    ])  # fmt: skip
    return started, refused


def _begin(
    c: Connection, link: str, side: Side, systems: Sides[str],
    places: Mapping[str, int], notes: Mapping[str, StartNote], once_paired: Collection[str],
) -> dict[str, int]:  # fmt: skip
    """Make the half pairs; one whose ticket had a pair before looks for its copy first (R16)."""
    nobody: Sides[str | None] = Sides(None, None)
    born = {ticket: None if ticket in once_paired else notes[ticket].created for ticket in places}
    new = [(group, nobody.put(side, ticket), born[ticket]) for ticket, group in places.items()]
    return dict(zip(places, _insert(c, link, systems, new, made=Made.CREATED), strict=True))


def _insert(
    c: Connection,
    link: str,
    systems: Sides[str],
    new: Sequence[tuple[int, Sides[str | None], datetime | None]],
    *,
    made: Made,
    adopted_at: datetime | None = None,
) -> list[int]:
    """Insert pairs of (group, ticket ids, born at) with their two sides; give their ids."""
    if not new:
        return []
    values = [
        {"link": link, "group_id": group, "made": made.value, "state": State.ACTIVE.value,
         "born_at": born, "adopted_at": adopted_at, "run": 0}
        for group, _, born in new
    ]  # fmt: skip
    # In any order, which is one statement on either database: each pair has a group of its own.
    made_as = c.execute(insert(pair).returning(pair.c.group_id, pair.c.id), values)
    number_of = {row.group_id: row.id for row in made_as}
    numbers = [number_of[group] for group, _, _ in new]
    c.execute(insert(seen), [
        {"pair_id": number, "side": side.value, "link": link, "system": systems.of(side),
         "ticket_id": ids.of(side)}
        for number, (_, ids, _) in zip(numbers, new, strict=True)
        for side in Side
    ])  # fmt: skip
    return numbers


def _holder(c: Connection, link: str, side: Side, ticket: str) -> int | None:
    return _held(c, link, side, [ticket]).get(ticket)


def _held(c: Connection, link: str, side: Side, tickets: Sequence[str]) -> dict[str, int]:
    held: dict[str, int] = {}
    for some in chunked(tickets):
        rows = c.execute(
            select(seen.c.ticket_id, seen.c.pair_id).where(
                seen.c.ticket_id.in_(some), seen.c.link == link, seen.c.side == side.value
            )
        )
        held.update((row.ticket_id, row.pair_id) for row in rows)
    return held
