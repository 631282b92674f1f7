"""What `validate` says of links that meet each other: rings, and overlapping selections (R27)."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

from sync_service.config.link import Link
from sync_service.core.values import Side


def hints(links: Mapping[str, Link]) -> tuple[str, ...]:
    """List what a person should know of the links together; nothing of it is a mistake as such."""
    return (*_overlaps(links), *_rings(links))


def _overlaps(links: Mapping[str, Link]) -> list[str]:
    """Two links over the same systems start pairs for the same ticket if both select it."""
    found = []
    for one, other in combinations(links.values(), 2):
        if {one.systems.left, one.systems.right} != {other.systems.left, other.systems.right}:
            continue
        for side in Side:
            there = side if one.systems.of(side) == other.systems.of(side) else side.far
            mine, theirs = one.select.of(side), other.select.of(there)
            if mine is None or theirs is None or mine.source == theirs.source:
                found.append(
                    f"{other.where}: links {one.name} and {other.name} may both select a ticket of"
                    f" {one.systems.of(side)}; the first to see it has it. Make their `select`"
                    " exclude each other."
                )
    return found


def _rings(links: Mapping[str, Link]) -> list[str]:
    """A ring of systems is allowed, because a group of tickets stays a tree (R14)."""
    joined: dict[str, str] = {}

    def root(system: str) -> str:
        while joined.get(system, system) != system:
            system = joined[system]
        return system

    found = []
    seen: set[frozenset[str]] = set()
    for link in links.values():
        ends = frozenset((link.systems.left, link.systems.right))
        left, right = root(link.systems.left), root(link.systems.right)
        if left == right and ends not in seen:
            found.append(
                f"{link.where}: link {link.name} closes a ring of systems; a ticket that would come"
                " back to a system where its group has one already gets no copy there."
            )
        seen.add(ends)
        joined[left] = right
    return found
