"""Filling in a pair's missing ticket: it was made, or found by its key or by `match:`.

The ticket takes the place that its pair kept in the group (R14). The surprise: both sides' feeds
may each have started a half pair for what `match:` then joins; the one that has made nothing yet
gives way to the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from sync_service.core.values import Side
from sync_service.store import groups, pairs, unpairing
from sync_service.store.notes import No, Save
from sync_service.store.tables import seen


def fill(
    c: Connection, saves: Sequence[Save], group_of: Mapping[int, int], at: datetime
) -> dict[int, No]:
    """Put newly known tickets into their pairs and groups; tell which may not, and why (R5, R14).

    A pair of the same batch that gave way to another is told `UNPAIRED`.
    """
    refused: dict[int, No] = {}
    filled = [(one, side) for one in saves for side in Side if _fills(one, side)]
    if not filled:
        return refused
    systems = groups.systems_of(c, [one.after.id for one, _ in filled])
    if _all_free(c, filled, systems):
        _place_all(c, filled, systems, group_of)
        return refused
    for one, side in filled:
        number = one.after.id
        if number in refused:
            continue
        no, gave_way = _enter(c, one, side, systems[number, side], group_of[number], at)
        if no is not None:
            refused[number] = no
        elif gave_way is not None:
            refused[gave_way] = No.UNPAIRED
    return refused


def _all_free(
    c: Connection, filled: Sequence[tuple[Save, Side]], systems: Mapping[tuple[int, Side], str]
) -> bool:
    """Tell whether no pair and no group has any of these tickets: then there is nothing to judge."""
    new: dict[str, list[str]] = {}
    for one, side in filled:
        ticket = one.after.ids.of(side)
        if ticket is None or one.before.ids.of(side) is not None:
            return False
        new.setdefault(systems[one.after.id, side], []).append(ticket)
    if any(len(set(tickets)) < len(tickets) for tickets in new.values()):
        return False
    return not any(groups.groups_of(c, system, tickets) for system, tickets in new.items())


def _place_all(
    c: Connection,
    filled: Sequence[tuple[Save, Side]],
    systems: Mapping[tuple[int, Side], str],
    group_of: Mapping[int, int],
) -> None:
    places = [
        {
            "p": one.after.id,
            "s": side.value,
            "g": group_of[one.after.id],
            "y": systems[one.after.id, side],
            "t": one.after.ids.of(side),
        }
        for one, side in filled
    ]
    groups.take_places(c, places)
    c.execute(_TAKE, places)


_TAKE = (
    update(seen)
    .where(seen.c.pair_id == bindparam("p"), seen.c.side == bindparam("s"))
    .values(ticket_id=bindparam("t"))
)


def _fills(one: Save, side: Side) -> bool:
    return one.before.ids.of(side) != one.after.ids.of(side)


def _enter(
    c: Connection, one: Save, side: Side, system: str, group: int, at: datetime
) -> tuple[No | None, int | None]:
    """Put the side's ticket in; give why it may not be, and the pair that gave way to this one."""
    ticket = one.after.ids.of(side)
    if ticket is None or one.before.ids.of(side) is not None:
        raise ValueError(f"pair {one.after.id}: a known ticket id never changes; unpair it instead")
    holder = c.execute(
        select(seen.c.pair_id).where(
            seen.c.ticket_id == ticket, seen.c.link == one.after.link, seen.c.side == side.value
        )
    ).scalar()
    if holder is None:
        return _place(c, one, side, ticket, system, group), None
    if not _may_give_way(c, holder):
        return No.TAKEN, None
    with c.begin_nested() as attempt:  # a ring gives the holder its ticket back
        unpairing.unpair(c, holder, at, forget=True)
        if no := _place(c, one, side, ticket, system, group):
            attempt.rollback()
            return no, None
    return None, holder


def _place(c: Connection, one: Save, side: Side, ticket: str, system: str, group: int) -> No | None:
    if not groups.fill(c, group, system, ticket):
        return No.RING
    # Written at once, so that a second pair of the same batch finds it taken.
    c.execute(
        update(seen)
        .where(seen.c.pair_id == one.after.id, seen.c.side == side.value)
        .values(ticket_id=ticket)
    )
    return None


def _may_give_way(c: Connection, holder: int) -> bool:
    (found,) = pairs.load(c, [holder])
    return not found.whole and not found.intents
