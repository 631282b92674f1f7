"""Bring a chunk of claimed pairs in step: look, note, apply, record.

A chunk shares its reads and its transactions, not its fate: each pair ends by itself.
The surprise: the note and the record are one transaction for the whole chunk, so a crash leaves at
most a chunk of notes to settle, and a backfill pays for a commit once in many tickets.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from sync_service.core import record, settle
from sync_service.core.pair import Pair, Problem, Scope, Work
from sync_service.core.retry import Kind, Later, decide
from sync_service.core.values import Side
from sync_service.engine.apply import apply
from sync_service.engine.job import Job
from sync_service.engine.link import LinkAtWork
from sync_service.engine.look import look, plan_all
from sync_service.errors import Fenced
from sync_service.store.notes import No

log = structlog.get_logger(__name__)

#: Reading again and planning anew goes on so many times before the pair waits for its next turn.
_ROUNDS = 12
_TICK = timedelta(milliseconds=1)


async def reconcile(link: LinkAtWork, claimed: Sequence[tuple[Pair, Work]]) -> None:
    """Work on claimed pairs until each is done or put off.

    Raises what a whole side must stop for (`TryLater`, `NeedsHuman`); the claims are given back.
    """
    jobs = [Job(work, pair, pair) for pair, work in claimed]
    try:
        await _save(link, _rest(link, jobs))
        while active := [job for job in jobs if job.end is None]:
            await _round(link, active)
    except (Fenced, asyncio.CancelledError):
        raise
    except BaseException:
        await _give_back(link, [job for job in jobs if job.end is None])
        raise
    link.tally.looked += len(jobs)


def _rest(link: LinkAtWork, jobs: Sequence[Job]) -> list[Job]:
    """Put off the pairs that nobody may read yet (R16, R17)."""
    resting = []
    for job in jobs:
        until = settle.rest_until(job.pair, link.start, link.rules.patience)
        if until is not None and until >= link.clock():
            job.later(until + _TICK, "resting", failed=False)
            resting.append(job)
    return resting


async def _give_back(link: LinkAtWork, jobs: Sequence[Job]) -> None:
    """Return claims; what is already known of open writes is kept first."""
    await _save(link, [job for job in jobs if job.pair != job.saved])
    if jobs:
        await link.store.run(link.store.store.release, link.run, [job.key for job in jobs])


async def _round(link: LinkAtWork, jobs: Sequence[Job]) -> None:
    """Look where needed, plan all, note all in one transaction, apply, record in one."""
    for job in jobs:
        job.turn()
    await look(link, [job for job in jobs if job.began is None or job.reread])
    await plan_all(link, [job for job in jobs if job.end is None])
    writing = [job for job in jobs if job.end is None and job.actions]
    for job in jobs:
        if job.end is None and not job.actions:
            _finish(link, job)
    deadline = _note(link, writing)
    await _save(link, jobs)
    await _apply(link, writing, deadline)
    for job in writing:
        _finish(link, job)
    await _save(link, writing)


def _note(link: LinkAtWork, jobs: Sequence[Job]) -> datetime:
    """Note every write, with the last moment at which its call can be on the wire."""
    now = link.clock()
    deadline = now + link.claim
    until = max(link.wire_until(side, deadline) for side in Side)
    for job in jobs:
        job.pair = record.note(job.pair, job.actions, job.now, now, until)
    return deadline


async def _apply(link: LinkAtWork, jobs: Sequence[Job], deadline: datetime) -> None:
    """Write many pairs at once, each in order; a side that must stop stops after the others."""
    gate = asyncio.Semaphore(link.workers)

    async def one(job: Job) -> None:
        async with gate:
            await apply(link, job, deadline)

    ends = await asyncio.gather(*(one(job) for job in jobs), return_exceptions=True)
    for end in ends:
        if isinstance(end, BaseException):
            raise end


def _finish(link: LinkAtWork, job: Job) -> None:
    """Say how a job goes on after a round."""
    if job.end is not None:
        return
    if not job.again:
        _recorded(link, job)
    elif job.rounds >= _ROUNDS:
        decision = decide(Kind.STALE, job.work.attempts, link.clock(), link.jitter())
        due = decision.due if isinstance(decision, Later) else link.clock() + timedelta(minutes=15)
        job.later(due, "the ticket kept moving while we wrote")


def _recorded(link: LinkAtWork, job: Job) -> None:
    """End a pass: the pair is no longer suspect, and its work is cleared (R16, R19)."""
    if job.pair.sent or job.pair.intents:
        rest = settle.rest_until(job.pair, link.start, link.rules.patience) or link.clock()
        job.later(max(rest, link.clock()) + _TICK, "an open write must be settled", failed=False)
        return
    job.pair = replace(job.pair, run=link.run.id, recorded_at=link.clock())
    job.done()


async def _save(link: LinkAtWork, jobs: Sequence[Job]) -> None:
    """Record these jobs in one transaction; a pair that the store refuses is dropped."""
    if not jobs:
        return
    link.tally.conflicts += sum(len(job.conflicts) for job in jobs)
    link.tally.problems += sum(isinstance(one, Problem) for job in jobs for one in job.problems)
    saves = [job.save() for job in jobs]
    refused = await link.store.run(link.store.store.save, link.run, saves)
    for job in jobs:
        if (no := refused.get(job.key)) is not None:
            await _drop(link, job, no)


async def _drop(link: LinkAtWork, job: Job, no: No) -> None:
    """Leave a pair that cannot be joined as the store has it, and say so (R5, R14)."""
    job.done()
    job.actions = ()
    log.info("pair.refused", link=link.name, pair=job.key, why=str(no))
    if no is No.UNPAIRED:
        return
    problem = Problem(
        Scope.PAIR,
        "taken",
        f"{link.name}: the ticket that belongs to pair {job.key} is in another pair or group"
        f" already ({no}). Run `sync-service unpair` on the wrong one, then retry this problem.",
        link=link.name,
        pair=job.key,
    )
    await link.store.run(link.store.store.note_problems, link.run, [problem])
    await link.store.run(link.store.store.release, link.run, [job.key])
