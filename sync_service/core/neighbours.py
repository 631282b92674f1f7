"""Which links may know a copy of a ticket that this link cannot find: those of a ring (R14)."""

from __future__ import annotations

from collections.abc import Mapping

from sync_service.core.values import Side, Sides


def neighbours(links: Mapping[str, Sides[str]], name: str) -> dict[Side, frozenset[str]]:
    """Name, per side, the other links that touch its system, if they lead there from the far one.

    `links` are the systems of each link. Where nothing but this link leads from one system to the
    other, only it makes copies there, and it waits for nobody.
    """
    others = {one: ends for one, ends in links.items() if one != name}
    mine = links[name]
    if mine.right not in _reached(mine.left, others):
        return dict.fromkeys(Side, frozenset())
    return {
        side: frozenset(
            one for one, ends in others.items() if mine.of(side) in (ends.left, ends.right)
        )
        for side in Side
    }


def _reached(start: str, links: Mapping[str, Sides[str]]) -> set[str]:
    found, todo = {start}, [start]
    while todo:
        at = todo.pop()
        for ends in links.values():
            if at in (ends.left, ends.right):
                new = {ends.left, ends.right} - found
                found |= new
                todo += new
    return found
