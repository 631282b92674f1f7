"""One cycle of a link: pull both sides, then work on the pairs that are due.

A side that cannot be read stops the cycle, says so once, and is asked again when its time has
come; the other side's changes are pulled meanwhile, since work holds names and cannot go stale.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import TypeVar

import structlog

from sync_service.core.guard import RUNAWAY, STOPS
from sync_service.core.pair import Pair, Problem, Scope, Solved, Work
from sync_service.core.retry import Kind, Later, decide
from sync_service.core.values import Side
from sync_service.engine.link import Down, LinkAtWork
from sync_service.engine.pull import pull
from sync_service.engine.quiet import sweep_comments
from sync_service.engine.reconcile import reconcile
from sync_service.engine.sweep import sweep
from sync_service.engine.unforeseen import misread, told
from sync_service.errors import (
    NeedsHuman,
    SyncServiceError,
    TryLater,
    Unbelievable,
    Unreadable,
    unquoted,
)

log = structlog.get_logger(__name__)

T = TypeVar("T")
Chunk = list[tuple[Pair, Work]]

#: Guards that stop the work on pairs, and not the reading of a side.
_AT_WORK = ("emptied",)
#: Chunks that are worked on at once, so that one's reads overlap the other's writes.
_CHUNKS = 2


async def cycle(link: LinkAtWork) -> bool:
    """Pull and reconcile once; tell whether both sides were read to their end.

    Raises `StoreAway` and `Fenced`. What was claimed then is free again in the next cycle.
    """
    if link.adrift:
        await link.store.run(link.store.store.free, link.run, link.name)
    link.adrift = True
    whole = await _cycle(link)
    link.adrift = False
    return whole


async def _cycle(link: LinkAtWork) -> bool:
    link.tally.cycles += 1
    link.walk.hurried = False
    if not all(await _together(_pull(link, Side.LEFT), _pull(link, Side.RIGHT))):
        return False
    if link.runaway:
        return False
    try:
        await sweep_comments(link, link.sweep_batches)
        await sweep(link)
        await _work_through(link)
    except (TryLater, NeedsHuman) as error:
        if isinstance(error, Unbelievable) and error.code == RUNAWAY:
            await _run_away(link, error)
        else:
            await failed(link, _side_of(link, error), error, at_work=True)
        return False
    await _worked(link)
    return True


async def _run_away(link: LinkAtWork, error: Unbelievable) -> None:
    """Write nothing more until a person accepts it; both sides are still read (R26)."""
    if not link.runaway:
        link.runaway = str(error)
        log.error("guard.stopped", link=link.name, guard=error.code, system="")
        await _tell(link, _stopped(link, None, error))


def _side_of(link: LinkAtWork, error: SyncServiceError) -> Side | None:
    """Tell which side an error of the work names, if it names one."""
    return next((side for side in Side if link.system(side) == error.system), None)


async def _together(*works: Awaitable[T]) -> list[T]:
    """Wait for all to end, so that none is left running by itself; then raise what one raised."""
    ends = await asyncio.gather(*works, return_exceptions=True)
    for end in ends:
        if isinstance(end, BaseException):
            raise end
    return [end for end in ends if not isinstance(end, BaseException)]


async def _work_through(link: LinkAtWork) -> None:
    """Take chunks of due pairs, several at once, until none is due; an idle cycle claims once."""
    if first := await _claim(link):
        more = _CHUNKS - 1 if len(first) >= link.chunk else 0
        await _together(_work(link, first), *(_work(link, []) for _ in range(more)))


async def _work(link: LinkAtWork, claimed: Chunk) -> None:
    """Work on a chunk, and then on others, until none is due."""
    claimed = claimed or await _claim(link)
    while claimed:
        await reconcile(link, claimed)
        claimed = await _claim(link)


async def _claim(link: LinkAtWork) -> Chunk:
    store = link.store
    if link.stopping:
        return []
    return await store.run(store.store.claim, link.run, link.name, link.clock(), link.chunk)


async def _pull(link: LinkAtWork, side: Side) -> bool:
    down = link.down.get(side)
    if down is not None and down.until > link.clock():
        return False
    began = link.clock()
    try:
        await make_ready(link, side)
        await pull(link, side)
    except (TryLater, NeedsHuman) as error:
        await failed(link, side, error)
        return False
    except SyncServiceError:
        raise
    except Exception as error:  # noqa: BLE001 - one side's odd answer must not stop the other
        await failed(link, side, misread(link.system(side), error))
        return False
    link.walk.drained[side] = began
    if (down is not None and not down.at_work) or side not in link.heard:
        await back(link, side, down)
    return True


async def make_ready(link: LinkAtWork, side: Side) -> None:
    """Start the adapter the first time, and again after it was down."""
    if side in link.ready and side not in link.down:
        return
    await link.adapters.of(side).start()
    link.ready.add(side)
    if link.renew is not None:
        link.rules = link.renew()


async def failed(
    link: LinkAtWork, side: Side | None, error: SyncServiceError, *, at_work: bool = False
) -> None:
    """Back off; log only the first failure, and ask a person where one is needed."""
    now, asks = link.clock(), isinstance(error, NeedsHuman)
    for one in [side] if side else list(Side):
        before = link.down.get(one)
        attempts = before.attempts + 1 if before else 0
        after = getattr(error, "after", None)
        wish = timedelta(seconds=after) if after else None
        decision = decide(Kind.AWAY, attempts, now, link.jitter(), wish)
        until = decision.due if isinstance(decision, Later) else now
        since = before.since if before else now
        why = unquoted(told(link.system(one), error))
        guard = error.code if isinstance(error, Unbelievable) else ""
        link.down[one] = Down(since, attempts, until, why, at_work and asks, guard)
        if guard and (before is None or before.guard != guard):
            log.warning("guard.stopped", link=link.name, guard=guard, system=link.system(one))
        if before is None:
            log.warning("system.down", link=link.name, system=link.system(one),
                        kind=type(error).__name__, retry_in=(until - now).total_seconds())  # fmt: skip
    if isinstance(error, NeedsHuman | Unreadable):
        await _tell(link, _stopped(link, side, error))


def _stopped(link: LinkAtWork, side: Side | None, error: NeedsHuman | Unreadable) -> Problem:
    system = link.system(side) if side else ""
    if not isinstance(error, Unbelievable):
        return Problem(Scope.SYSTEM, "stopped", told(system, error), system=system, link=link.name)
    return Problem(
        Scope.LINK,
        error.code,
        told(system, error),
        system=system,
        link=link.name,
        value=error.value,
    )


async def back(link: LinkAtWork, side: Side, down: Down | None) -> None:
    """Close what stood against reading a side, also what an earlier run said of it."""
    link.heard.add(side)
    _up(link, side, down)
    system = link.system(side)
    guards = [code for code in STOPS if code not in _AT_WORK]
    await _tell(
        link,
        Solved(Scope.SYSTEM, "stopped", system=system, link=link.name),
        *(Solved(Scope.LINK, code, system=system, link=link.name) for code in guards),
    )


async def _worked(link: LinkAtWork) -> None:
    """Close what stood against working on pairs, now that all that was due went through."""
    if link.walk.believing:
        await link.store.run(link.store.store.doubt_gone, link.run, link.name)
    stood = [side for side, down in link.down.items() if down.at_work]
    for side in stood:
        _up(link, side, link.down[side])
    if stood or not link.worked:
        systems = [link.system(side) for side in Side]
        await _tell(
            link,
            Solved(Scope.SYSTEM, "stopped", link=link.name),
            *(Solved(Scope.LINK, code, link=link.name) for code in STOPS),
            *(
                Solved(Scope.LINK, code, system=system, link=link.name)
                for system in systems
                for code in _AT_WORK
            ),
        )
    link.worked = True


def _up(link: LinkAtWork, side: Side, down: Down | None) -> None:
    if link.down.pop(side, None) is not None and down is not None:
        after = (link.clock() - down.since).total_seconds()
        log.info("system.back", link=link.name, system=link.system(side), after=after)


async def _tell(link: LinkAtWork, *entries: Problem | Solved) -> None:
    link.tally.problems += sum(isinstance(entry, Problem) for entry in entries)
    await link.store.run(link.store.store.note_problems, link.run, entries)
