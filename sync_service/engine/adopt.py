"""Take copies of ours that the store does not know, and tell those that must not be taken (R14).

A key counts only on a ticket of our own user, and only once: a second ticket with the same key is
a clone, whoever made it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sync_service.core.pair import Made, Problem, Scope
from sync_service.core.values import Side, Ticket
from sync_service.engine.link import LinkAtWork
from sync_service.store.notes import AdoptNote, No


@dataclass(slots=True)
class Found:
    """What is to become of copies: adopted, looked at by their half pairs, or told of."""

    notes: list[AdoptNote] = field(default_factory=list)
    looks: list[int] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


async def adoptions(link: LinkAtWork, side: Side, rows: Sequence[tuple[Ticket, str]]) -> Found:
    """Sort copies, each with the ticket it names; a half pair must find its copy itself (R16)."""
    found = Found()
    if not rows:
        return found
    store = link.store
    known = await store.run(store.store.known, link.name, side.far, [other for _, other in rows])
    for row, other in rows:
        pair = known.get(other)
        if pair is None:
            ids = (row.id, other) if side is Side.LEFT else (other, row.id)
            found.notes.append(AdoptNote(*ids, Made.KEY, row.created))
        elif pair.whole:
            found.problems.append(_second(link, side, row, other))
        else:
            found.looks.append(pair.pair_id)
    return found


def cloned(link: LinkAtWork, side: Side, row: Ticket) -> Problem:
    """Say that a person's ticket carries our key."""
    return _keyed(link, side, row, "but a person made it: probably a clone of a copy")


def strange(link: LinkAtWork, side: Side, row: Ticket, name: str) -> Problem:
    """Say that a copy of ours names a link or system that the configuration does not know."""
    why = f"which names {name}, and no link or system is or was called so by the configuration"
    return _keyed(link, side, row, why)


def _second(link: LinkAtWork, side: Side, row: Ticket, other: str) -> Problem:
    why = f"but {link.system(side.far)} {other}, which it names, has another partner"
    return _keyed(link, side, row, why)


def _keyed(link: LinkAtWork, side: Side, row: Ticket, why: str) -> Problem:
    name = row.number or row.id
    return Problem(
        Scope.ITEM,
        "cloned-key",
        f"{link.system(side)} {name} carries our key, {why}. It starts no pair. Empty its key field"
        " to let it start one.",
        system=link.system(side),
        link=link.name,
        item=f"{link.system(side)}:{row.id}",
        tickets=(name,),
    )


def refused(link: LinkAtWork, why: Mapping[tuple[str, str], No]) -> list[Problem]:
    """Say which copies the store did not take; what was unpaired by hand is no news."""
    return [
        Problem(
            Scope.ITEM,
            "not-adopted",
            f"{link.name}: {link.system(Side.LEFT)} {left} and {link.system(Side.RIGHT)} {right}"
            f" belong together by their key, but one is in another pair or group already ({no})."
            " Run `sync-service unpair` on the wrong one, then `sync-service pair` on these two.",
            link=link.name,
            item=f"{left} = {right}",
            tickets=(left, right),
        )
        for (left, right), no in why.items()
        if no in (No.TAKEN, No.RING)
    ]
