"""After a changed configuration, try again what had no counterpart (R10) or was not shown (R4).

The pairs get work and the problem stays open: it ends when the value has been carried, ticket by
ticket. A problem of a line that the mapping no longer has is over.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import structlog

from sync_service.config import Link
from sync_service.core import unshown
from sync_service.core.mapping import answers
from sync_service.core.pair import Problem
from sync_service.core.values import Side
from sync_service.store import ProblemRow, codec

if TYPE_CHECKING:
    from sync_service.scheduling.opening import Opened

log = structlog.get_logger(__name__)


async def answer(opened: Opened, link: Link) -> None:
    """Look again at tickets whose value may have a counterpart, or whose fields may be shown now."""
    store = opened.service.store
    rows = await opened.store.run(store.problems, link=link.name)
    await _look_at_unshown(opened, link, [row for row in rows if row.problem.code == "unshown"])
    unmapped = [row for row in rows if row.problem.code == "unmapped"]
    lines = {line.name for line in link.mapping.lines}
    gone = [row.id for row in unmapped if _line_of(row.problem) not in lines]
    mapped = answered(link, unmapped)
    if gone:
        await opened.store.run(store.close_problems, opened.run, gone, "line removed")
    if mapped:
        why = "its value may have a counterpart now"
        pairs = await opened.store.run(store.look_again, opened.run, mapped, why)
        log.info("values.mapped", link=link.name, problems=len(mapped), pairs=pairs)


async def _look_at_unshown(opened: Opened, link: Link, rows: Sequence[ProblemRow]) -> None:
    """Close what no line has any more; else a right may have been granted while nobody looked."""
    store, lines = opened.service.store, link.mapping.lines
    mapped = [one.id for one in rows if unshown.mapped(one.problem.item, _side(link, one), lines)]
    gone = [one.id for one in rows if one.id not in mapped]
    if gone:
        await opened.store.run(store.close_problems, opened.run, gone, "line removed")
    if mapped:
        why = "its fields may be shown now"
        await opened.store.run(store.look_again, opened.run, mapped, why)


def _side(link: Link, row: ProblemRow) -> Side:
    return Side.LEFT if row.problem.system == link.systems.left else Side.RIGHT


def answered(link: Link, rows: Sequence[ProblemRow]) -> list[int]:
    """List the problems whose value has a counterpart by this configuration."""
    lines = {line.name for line in link.mapping.lines}
    return [
        row.id
        for row in rows
        if row.problem.code == "unmapped"
        and _line_of(row.problem) in lines
        and _answered(link, row)
    ]


def _line_of(problem: Problem) -> str:
    return problem.item.removesuffix(f"={problem.value}")


def _answered(link: Link, row: ProblemRow) -> bool:
    problem = row.problem
    name = _line_of(problem)
    line = next(one for one in link.mapping.lines if one.name == name)
    side = _side(link, row)
    value = codec.value(json.loads(problem.value))
    names = line.source_names(side)
    if len(names) == 1:
        return answers(line, side, (value,))
    if isinstance(value, tuple) and len(value) == len(names):
        return answers(line, side, value)
    return True  # one value of several coupled ones, and the others are not known
