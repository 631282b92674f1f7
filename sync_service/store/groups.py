"""Groups: the tickets that pairs of any links have joined, at most one a system (R14).

A member without a ticket id is a place kept for a ticket that is being made, so that open intents
count. A group is a tree: a pair between two tickets of one group is always refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from sync_service.core.values import Side
from sync_service.store.database import chunked
from sync_service.store.tables import member, pair, seen, ticket_group

#: A ticket of any system: (system, ticket id).
Named = tuple[str, str]

_mine, _theirs = seen.alias("mine"), seen.alias("theirs")
_SIBLINGS = (
    select(_theirs.c.pair_id)
    .join(
        _mine,
        (_theirs.c.ticket_id == _mine.c.ticket_id)
        & (_theirs.c.system == _mine.c.system)
        & (_theirs.c.pair_id != _mine.c.pair_id),
    )
    .where(_mine.c.pair_id.in_(bindparam("ids", expanding=True)))
)


def group_of(c: Connection, system: str, ticket: str) -> int | None:
    """Give the group of a ticket."""
    return groups_of(c, system, [ticket]).get(ticket)


def keep_places(c: Connection, near: str, far: str, tickets: Sequence[str]) -> dict[str, int]:
    """Keep a place in `far` for a copy of each ticket of `near`; give their groups.

    A ticket whose group has a ticket or a kept place in `far` is left out.
    """
    groups = groups_of(c, near, tickets)
    taken = _having(c, set(groups.values()), far)
    fresh = [ticket for ticket in tickets if ticket not in groups]
    new = dict(zip(fresh, _new(c, len(fresh)), strict=True))
    open_groups = {ticket: group for ticket, group in groups.items() if group not in taken}
    _add(c, [(group, near, ticket) for ticket, group in new.items()])
    _add(c, [(group, far, None) for group in {**new, **open_groups}.values()])
    return {**new, **open_groups}


def fill(c: Connection, group: int, system: str, ticket: str) -> bool:
    """Put a ticket, with all it is joined to, in the place that its pair kept; False: a ring."""
    other = group_of(c, system, ticket)
    place = (member.c.group_id == group) & (member.c.system == system)
    if other is None:
        c.execute(update(member).where(place).values(ticket_id=ticket))
        return True
    if _systems(c, other) & (_systems(c, group) - {system}) or other == group:
        return False
    c.execute(delete(member).where(place))
    _merge(c, other, into=group)
    return True


def take_places(c: Connection, places: Sequence[Mapping[str, object]]) -> None:
    """Put tickets that are in no group yet (`t`) in the places kept for them (`g`, system `y`)."""
    c.execute(_TAKE, places)


_TAKE = (
    update(member)
    .where(member.c.group_id == bindparam("g"), member.c.system == bindparam("y"))
    .values(ticket_id=bindparam("t"))
)


def unite(c: Connection, one: Named, two: Named) -> int | None:
    """Put two tickets, with all they are joined to, in one group; None: that is a ring."""
    first, second = group_of(c, *one), group_of(c, *two)
    if first is None and second is None:
        (group,) = _new(c, 1)
        _add(c, [(group, *one), (group, *two)])
        return group
    if first is None:
        return second if second is not None and _enter(c, second, one) else None
    if second is None:
        return first if _enter(c, first, two) else None
    if first == second or _systems(c, first) & _systems(c, second):
        return None
    _merge(c, second, into=first)
    return first


def split(c: Connection, group: int) -> None:
    """Part a group into what its remaining pairs still join, after a pair was taken out."""
    sides = c.execute(
        select(seen.c.pair_id, seen.c.system, seen.c.ticket_id)
        .join(pair, pair.c.id == seen.c.pair_id)
        .where(pair.c.group_id == group)
    ).all()
    parts = _parts([(row.pair_id, (row.system, row.ticket_id or "")) for row in sides])
    c.execute(delete(member).where(member.c.group_id == group))
    for place, (pairs, tickets) in enumerate(parts):
        target = group if place == 0 else _new(c, 1)[0]
        c.execute(update(pair).where(pair.c.id.in_(pairs)).values(group_id=target))
        _add(c, [(target, system, ticket or None) for system, ticket in sorted(tickets)])
    if not parts:
        c.execute(delete(ticket_group).where(ticket_group.c.id == group))


def siblings(c: Connection, pairs: Iterable[int]) -> set[int]:
    """Give the other pairs, on any link, of the tickets of these pairs."""
    found: set[int] = set()
    for some in chunked(sorted(pairs)):
        found.update(c.scalars(_SIBLINGS, {"ids": some}))
    return found


def systems_of(c: Connection, pairs: Sequence[int]) -> dict[tuple[int, Side], str]:
    """Give the system of each side of these pairs."""
    rows = c.execute(
        select(seen.c.pair_id, seen.c.side, seen.c.system).where(seen.c.pair_id.in_(pairs))
    )
    return {(row.pair_id, Side(row.side)): row.system for row in rows}


def groups_of(c: Connection, system: str, tickets: Sequence[str]) -> dict[str, int]:
    """Give the groups of tickets of one system; those that are in none are left out."""
    groups: dict[str, int] = {}
    for some in chunked(tickets):
        rows = c.execute(
            select(member.c.ticket_id, member.c.group_id).where(
                member.c.system == system, member.c.ticket_id.in_(some)
            )
        )
        groups.update((row.ticket_id, row.group_id) for row in rows)
    return groups


def _having(c: Connection, groups: set[int], system: str) -> set[int]:
    having: set[int] = set()
    for some in chunked(sorted(groups)):
        having.update(
            c.scalars(
                select(member.c.group_id).where(
                    member.c.system == system, member.c.group_id.in_(some)
                )
            )
        )
    return having


def _systems(c: Connection, group: int) -> set[str]:
    return set(c.scalars(select(member.c.system).where(member.c.group_id == group)))


def _enter(c: Connection, group: int, newcomer: Named) -> bool:
    if newcomer[0] in _systems(c, group):
        return False
    _add(c, [(group, *newcomer)])
    return True


def _new(c: Connection, count: int) -> list[int]:
    if not count:
        return []
    made = insert(ticket_group).returning(ticket_group.c.id)
    return [c.execute(made).scalar_one() for _ in range(count)]


def _add(c: Connection, members: Sequence[tuple[int, str, str | None]]) -> None:
    if members:
        names = ("group_id", "system", "ticket_id")
        c.execute(insert(member), [dict(zip(names, one, strict=True)) for one in members])


def _merge(c: Connection, group: int, *, into: int) -> None:
    c.execute(update(member).where(member.c.group_id == group).values(group_id=into))
    c.execute(update(pair).where(pair.c.group_id == group).values(group_id=into))
    c.execute(delete(ticket_group).where(ticket_group.c.id == group))


def _parts(sides: Sequence[tuple[int, Named]]) -> list[tuple[set[int], set[Named]]]:
    """Find what hangs together; a place kept for a ticket belongs to its one pair."""
    parts: list[tuple[set[int], set[Named]]] = []
    for number, named in sides:
        touching = [part for part in parts if number in part[0] or (named[1] and named in part[1])]
        joined = (
            {number}.union(*(part[0] for part in touching)),
            {named}.union(*(part[1] for part in touching)),
        )
        parts = [part for part in parts if part not in touching] + [joined]
    return parts
