"""What `validate` says of links that meet each other: rings, and overlapping selections (R27).

Nothing of it is a mistake as such: a ticket gets one copy a system whatever the links (R14). But
which link makes it, and what then does not go round, a person should know beforehand.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from itertools import combinations

from sync_service.config.link import Link
from sync_service.core.selections import meet
from sync_service.core.values import Side


def hints(links: Mapping[str, Link]) -> tuple[str, ...]:
    """List what a person should know of the links together."""
    return (*_overlaps(links), *_rings(links))


def _overlaps(links: Mapping[str, Link]) -> list[str]:
    """Name links over the same systems that may both start a pair for one ticket."""
    found = []
    for one, other in combinations(links.values(), 2):
        if _ends(one) != _ends(other):
            continue
        for side in Side:
            there = side if one.systems.of(side) == other.systems.of(side) else side.far
            if _starts(one, side) and _starts(other, there):
                found += _overlap(one, side, other, there)
    return found


def _overlap(one: Link, side: Side, other: Link, there: Side) -> list[str]:
    system = one.systems.of(side)
    mine, theirs = one.select.of(side), other.select.of(there)
    both = meet(mine, theirs, system)
    if both.never:
        return []
    if not both.surely:
        how = f"may both select a ticket of {system}, as far as can be told"
    elif mine is None and theirs is None:
        how = f"both select every ticket of {system}"
    else:
        how = f"both select a ticket of {system}"
        how += f" whose {both.example}" if both.example else ""
    told = f"{other.where}: links {one.name} and {other.name} {how}; the first to see it has it."
    return [f"{told} Make their `select` exclude each other."]


def _starts(link: Link, side: Side) -> bool:
    """Tell whether a ticket of this side may start a pair."""
    return side.far in link.create or bool(link.match)


def _ends(link: Link) -> frozenset[str]:
    return frozenset((link.systems.left, link.systems.right))


def _rings(links: Mapping[str, Link]) -> list[str]:
    """Name each ring that a link closes; links over the same two systems are no ring."""
    found: list[str] = []
    before: list[Link] = []
    for link in links.values():
        if all(_ends(link) != _ends(one) for one in before):
            way = _way(before, link.systems.right, link.systems.left)
            if way:
                found.append(_ring(link, way))
        before.append(link)
    return found


def _way(links: list[Link], start: str, goal: str) -> list[tuple[str, str]]:
    """Find the shortest way over links as (link, system it leads to); empty if there is none."""
    ways: deque[tuple[str, list[tuple[str, str]]]] = deque([(start, [])])
    seen = {start}
    while ways:
        here, way = ways.popleft()
        if here == goal:
            return way
        for link in links:
            if here not in _ends(link):
                continue
            (there,) = _ends(link) - {here}
            if there not in seen:
                seen.add(there)
                ways.append((there, [*way, (link.name, there)]))
    return []


def _ring(link: Link, way: list[tuple[str, str]]) -> str:
    names = ", ".join(sorted([link.name, *(name for name, _ in way)]))
    left, right = link.systems.left, link.systems.right
    round_trip = " - ".join([left, right, *(system for _, system in way)])
    return (
        f"{link.where}: links {names} make a ring of systems ({round_trip}); link {link.name} closes"
        " it. A ticket that would come back to a system where its group has one already gets no"
        " copy there."
    )
