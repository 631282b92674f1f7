"""Rows of a page that nobody can read: the others go on, and none is passed over in silence (R2, R25).

A ticket that has a pair is looked at by its id, and is put off as one that its system cannot answer
for. The surprise: one without a pair holds the watermark where it is, so that each drain shows it
again until it can be read; what came after it is taken all the same, a little of it twice.
"""

from __future__ import annotations

from collections.abc import Mapping

from sync_service.core.pair import Problem, Scope, Solved
from sync_service.core.values import Side
from sync_service.engine.believing import Drain
from sync_service.engine.link import LinkAtWork
from sync_service.store.notes import Known


async def unread(
    link: LinkAtWork, side: Side, rows: Mapping[str, str], drain: Drain
) -> tuple[list[int], list[Problem | Solved]]:
    """Give the pairs of a page's unreadable rows, and what is told of those without one."""
    store = link.store
    known: Mapping[str, Known] = await store.run(store.store.known, link.name, side, list(rows))
    new = {ticket: why for ticket, why in rows.items() if ticket not in known}
    drain.unread |= new.keys()
    link.intake[side].unread |= new.keys()
    return [one.pair_id for one in known.values()], [_problem(link, side, new)] if new else []


def _problem(link: LinkAtWork, side: Side, rows: Mapping[str, str]) -> Problem:
    system = link.system(side)
    return Problem(
        Scope.LINK,
        "unreadable",
        f"{link.name}: {system} shows tickets in a shape that nobody can read, so they get no copy:"
        f" {next(iter(rows.values()))} All others go on, and these are read again on every poll.",
        system=system,
        link=link.name,
        item="row",
        tickets=tuple(rows),
    )


def read_again(link: LinkAtWork, side: Side) -> list[Problem | Solved]:
    """End the problem for what can be read by now; an earlier run may have opened it."""
    before, now = link.unread.get(side), frozenset(link.intake[side].unread)
    link.unread[side] = now
    system = link.system(side)
    if before is None or (before and not now):
        return [] if now else [Solved(Scope.LINK, "unreadable", system, link.name, item="row")]
    over = tuple(sorted(before - now))
    return (
        [Solved(Scope.LINK, "unreadable", system, link.name, item="row", tickets=over)]
        if over
        else []
    )
