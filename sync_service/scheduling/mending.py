"""`problems retry` and `problems dismiss`.

The surprise is what a sweep told of: the merge has nothing to do about a pair that only stands
apart, and no copy is missing for a comment whose copy was deleted. So the pair is made to forget
what keeps it quiet, and the ordinary rules decide (R7, R21). So is one whose system shows an older
state than before: by retrying it a person says that this is true (R1).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sync_service.core.pair import Event, Pair, Problem
from sync_service.core.retry import Kind
from sync_service.core.sweeping import copy_again, forget_past
from sync_service.core.versions import trust_shown
from sync_service.engine import breaker
from sync_service.scheduling.opening import Opened
from sync_service.store.notes import ProblemRow, Save

Args = Mapping[str, Any]
#: How many problems an answer names by number.
_NAMED = 20


async def retry(opened: Opened, args: Args) -> str:
    """Lift what open problems block, and ask for work."""
    store = opened.service.store
    await _mend(opened, _numbers(args))
    done = await opened.store.run(store.retry, _numbers(args))
    stay = await _still_open(opened, _numbers(args))
    for row in done:
        work = opened.links.get(row.problem.link)
        if row.problem.code == "breaker" and work is not None and row.problem.pair is not None:
            breaker.forget(work, row.problem.pair)
    nothing = "" if stay else "No open problem is meant; nothing is tried again."
    return " ".join(said for said in (_counted(done, "tried again", nothing), stay) if said)


async def dismiss(opened: Opened, args: Args) -> str:
    """Close open problems for good."""
    store = opened.service.store
    done = await opened.store.run(store.dismiss, _numbers(args))
    return _counted(done, "dismissed", "No open problem is meant; nothing is dismissed.")


async def _still_open(opened: Opened, numbers: Sequence[int]) -> str:
    """Say which problems no work can settle: their tickets have no pair."""
    rows = [await opened.store.run(opened.service.store.problem, number) for number in numbers]
    stay = [row for row in rows if row is not None and not row.closed]
    said = "left open, since trying again cannot settle it"
    return _counted(stay, said, "") + (" `problems show` tells what does." if stay else "")


def _counted(done: Sequence[ProblemRow], what: str, nothing: str) -> str:
    if not done:
        return nothing
    first = ", ".join(str(row.id) for row in done[:_NAMED])
    more = f" and {len(done) - _NAMED} more" if len(done) > _NAMED else ""
    words = "problem is" if len(done) == 1 else "problems are"
    return f"{len(done)} {words} {what}: {first}{more}."


def _numbers(args: Args) -> list[int]:
    return [int(one) for one in args["ids"]]


async def _mend(opened: Opened, numbers: Sequence[int]) -> None:
    """Let the pairs of these problems forget their past, or the copies that were deleted."""
    store = opened.service.store
    for number in numbers:
        row = await opened.store.run(store.problem, number)
        if row is not None and not row.closed and (change := _change(opened, row)):
            await _save(opened, row.problem, change)


def _change(opened: Opened, row: ProblemRow) -> Callable[[Pair], Pair] | None:
    problem = row.problem
    if problem.code == "lost-copy":
        return copy_again
    if problem.code == "many-attempts" and row.tried and row.tried[-1].kind == Kind.OLDER:
        return trust_shown
    link = opened.service.config.links.get(problem.link)
    if problem.code != "apart" or link is None:
        return None
    return lambda pair: forget_past(pair, [problem.item], link.mapping.lines)


async def _save(opened: Opened, problem: Problem, change: Callable[[Pair], Pair]) -> None:
    store, told = opened.service.store, Event("mended", {"code": problem.code})
    numbers = [] if problem.pair is None else [problem.pair]
    pairs = await opened.store.run(store.load, numbers)
    for ticket in problem.tickets:
        pairs += await opened.store.run(store.find_pairs, ticket, link=problem.link)
    saves = [Save(pair, after, (told,)) for pair in pairs if (after := change(pair)) != pair]
    await opened.store.run(store.save, opened.run, saves)
