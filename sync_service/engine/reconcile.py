"""Bring a chunk of claimed pairs in step: look, note, apply, record.

A chunk shares its reads and its transactions, not its fate: each pair ends by itself.
The surprise: the note and the record are one transaction for the whole chunk, so a crash leaves at
most a chunk of notes to settle, and a backfill pays for a commit once in many tickets.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from sync_service.core import settle, versions
from sync_service.core.notes import note
from sync_service.core.pair import Pair, Problem, Scope, Solved, Work
from sync_service.core.retry import Kind
from sync_service.core.values import Side
from sync_service.engine.apply import apply
from sync_service.engine.job import Job
from sync_service.engine.link import LinkAtWork
from sync_service.engine.look import look, plan_all
from sync_service.engine.putting_off import put_off, put_off_bug
from sync_service.errors import Fenced, NeedsHuman, StoreAway, SyncServiceError, TryLater
from sync_service.store.notes import Done, No

log = structlog.get_logger(__name__)

#: Reading again and planning anew goes on so many times before the pair waits for its next turn.
_ROUNDS = 12
_TICK = timedelta(milliseconds=1)


async def reconcile(link: LinkAtWork, claimed: Sequence[tuple[Pair, Work]]) -> None:
    """Work on claimed pairs until each is done or put off.

    Raises what a whole side must stop for (`TryLater`, `NeedsHuman`); the claims are given back.
    """
    jobs = [Job(work, pair, pair) for pair, work in claimed]
    await _save(link, _rest(link, jobs))
    try:
        await _rounds(link, jobs)
    except (Fenced, StoreAway):
        raise
    except NeedsHuman:
        await _give_back(link, jobs)
        raise
    except Exception as error:  # noqa: BLE001 - one pair must not stop a link (R25)
        jobs = await _isolate(link, jobs, error)
    link.tally.looked += len(jobs)
    _tell(link, jobs)


async def _rounds(link: LinkAtWork, jobs: Sequence[Job]) -> None:
    while active := [job for job in jobs if job.end is None]:
        await _round(link, active)


async def _isolate(link: LinkAtWork, jobs: Sequence[Job], error: Exception) -> list[Job]:
    """Find the pairs that a chunk fails at, by halves: they are put off, the others go on (R25).

    A system that fails for every half is away, and that is raised. Gives the jobs as they ended.
    """
    ended: list[Job] = []
    search = _Search(link, ended, len(jobs).bit_length() + 1)
    await search.split(jobs, error)
    while search.waiting:
        some = search.waiting.pop(0)
        try:
            await _rounds(link, some)
        except (Fenced, StoreAway):
            raise
        except NeedsHuman:
            await search.give_up(some)
            raise
        except Exception as again:  # noqa: BLE001 - as above
            await search.split(some, again)
        else:
            search.passed = True
            ended += some
    return ended


@dataclass(slots=True)
class _Search:
    """A search for the pairs that fail: `waiting` are halves to try, `passed` tells whether one went.

    A system that fails `most` times, enough to come down to one pair, before one went is away.
    """

    link: LinkAtWork
    ended: list[Job]
    most: int
    waiting: list[list[Job]] = field(default_factory=list)
    failures: int = 0
    passed: bool = False

    async def split(self, jobs: Sequence[Job], error: Exception) -> None:
        """Keep what is known, and halve the rest; a pair that fails alone is put off."""
        await _save_known(self.link, jobs)
        self.ended += [job for job in jobs if job.over]
        left = [_anew(job) for job in jobs if not job.over]
        away = isinstance(error, TryLater)
        self.failures += away
        if away and not self.passed and self.failures > self.most:
            await self.give_up(left)
            raise error
        if len(left) == 1:
            _put_off(self.link, left[0], error)
            await _save(self.link, left)
            self.ended += left
            return
        middle = (len(left) + 1) // 2
        self.waiting[:0] = [half for half in (left[:middle], left[middle:]) if half]

    async def give_up(self, jobs: Sequence[Job]) -> None:
        """Give all claims back."""
        await _give_back(self.link, [*jobs, *(job for some in self.waiting for job in some)])


def _anew(job: Job) -> Job:
    """Begin again from what the store holds."""
    return Job(job.work, job.saved, job.saved)


def _put_off(link: LinkAtWork, job: Job, error: Exception) -> None:
    if isinstance(error, TryLater):
        wish = timedelta(seconds=error.after) if error.after else None
        put_off(link, job, Kind.BUSY, f"{type(error).__name__}: {error}", wish=wish)
    else:
        put_off_bug(link, job, error)


def _tell(link: LinkAtWork, jobs: Sequence[Job]) -> None:
    """Log each pair once a cycle; one where nothing happened only for those who debug."""
    for job in jobs:
        happened = job.landed or job.clashed or job.complained
        (log.info if happened else log.debug)(
            "link.synced",
            link=link.name,
            pair=job.key,
            wrote=job.landed,
            conflicts=job.clashed,
            problems=job.complained,
        )


def _rest(link: LinkAtWork, jobs: Sequence[Job]) -> list[Job]:
    """Put off the pairs that nobody may read yet (R16, R17)."""
    resting = []
    for job in jobs:
        until = settle.rest_until(job.pair, link.start, link.rules.patience)
        if until is not None and until >= link.clock():
            job.later(until + _TICK, "resting")
            resting.append(job)
    return resting


async def _give_back(link: LinkAtWork, jobs: Sequence[Job]) -> None:
    """Return claims; what is known by now is kept first."""
    await _save_known(link, jobs)
    if back := [job.key for job in jobs if not job.over]:
        await link.store.run(link.store.store.release, link.run, back)


async def _save_known(link: LinkAtWork, jobs: Sequence[Job]) -> None:
    """Save how writes ended, and the end of those pairs that have one."""
    left = [job for job in jobs if not job.over]
    await _save(link, [job for job in left if job.end is not None or job.pair != job.saved])


async def _round(link: LinkAtWork, jobs: Sequence[Job]) -> None:
    """Look where needed, plan all, note all in one transaction, apply, record in one."""
    for job in jobs:
        job.turn()
    await look(link, [job for job in jobs if _must_read(link, job)])
    await plan_all(link, [job for job in jobs if job.end is None])
    writing = [job for job in jobs if job.end is None and job.actions]
    for job in jobs:
        if job.end is None and not job.actions:
            _finish(link, job)
    deadline = _note(link, writing)
    await _save(link, jobs)
    await _apply(link, writing, deadline)
    for job in writing:
        if not job.over:
            _finish(link, job)
    await _save(link, [job for job in writing if not job.over])


def _must_read(link: LinkAtWork, job: Job) -> bool:
    """Tell whether what was read of a pair is no ground for a plan, or not any more (R13)."""
    return job.began is None or job.reread or link.clock() - job.began > link.claim


def _note(link: LinkAtWork, jobs: Sequence[Job]) -> datetime:
    """Note every write, with the last moment at which its call can be on the wire."""
    now = link.clock()
    deadline = now + link.claim
    until = max(link.wire_until(side, deadline) for side in Side)
    for job in jobs:
        job.pair = note(job.pair, job.actions, job.now, now, until)
    return deadline


async def _apply(link: LinkAtWork, jobs: Sequence[Job], deadline: datetime) -> None:
    """Write many pairs at once, each in order; a side that must stop stops after the others."""
    gate = asyncio.Semaphore(link.workers)

    async def one(job: Job) -> None:
        async with gate:
            await apply(link, job, deadline)

    ends = await asyncio.gather(*(one(job) for job in jobs), return_exceptions=True)
    for job, end in zip(jobs, ends, strict=True):
        if isinstance(end, Exception) and not isinstance(end, SyncServiceError):
            put_off_bug(link, job, end)
    for end in ends:
        if isinstance(end, SyncServiceError) or not isinstance(end, Exception | None):
            raise end


def _finish(link: LinkAtWork, job: Job) -> None:
    """Say how a job goes on after a round; what was in doubt has been judged by now (R16)."""
    if job.end is not None:
        known = link.clock() if job.pair.recorded_at else None
        job.pair = replace(job.pair, run=link.run.id, recorded_at=known)
        return
    if not job.again:
        _recorded(link, job)
    elif job.rounds >= _ROUNDS:
        put_off(link, job, Kind.STALE, "the ticket kept moving while we wrote")


def _recorded(link: LinkAtWork, job: Job) -> None:
    """End a pass: the pair is no longer suspect, and its work is cleared (R16, R19).

    A suspect pair of which nothing may flow stays suspect: what may have changed unseen in it is
    judged once it may.
    """
    if job.pair.sent or job.pair.intents:
        rest = settle.rest_until(job.pair, link.start, link.rules.patience) or link.clock()
        job.later(max(rest, link.clock()) + _TICK, "an open write must be settled")
        return
    if job.withheld and job.pair.whole and settle.suspect(job.pair, link.start):
        job.pair = versions.unjudged(job.pair, job.saved)
    else:
        job.pair = replace(job.pair, run=link.run.id, recorded_at=link.clock())
    if job.work.attempts:
        job.problems += [
            Solved(Scope.PAIR, code, link=link.name, pair=job.key)
            for code in ("bug", "many-attempts")
        ]
    job.done()


async def _save(link: LinkAtWork, jobs: Sequence[Job]) -> None:
    """Record these jobs in one transaction; a pair that the store refuses is dropped."""
    if not jobs:
        return
    for job in jobs:
        complaints = sum(isinstance(one, Problem) for one in job.problems)
        job.clashed += len(job.conflicts)
        job.complained += complaints
        link.tally.conflicts += len(job.conflicts)
        link.tally.problems += complaints
    before, done = [job.saved for job in jobs], [job for job in jobs if isinstance(job.end, Done)]
    refused = await link.store.run(link.store.store.save, link.run, [job.save() for job in jobs])
    link.tally.done += len(done)
    for job, saved in zip(jobs, before, strict=True):
        if (no := refused.get(job.key)) is not None:
            job.saved = saved
            await _drop(link, job, no)


async def _drop(link: LinkAtWork, job: Job, no: No) -> None:
    """Leave a pair that cannot be joined as the store has it, and say so (R5, R14)."""
    job.pair, job.actions, job.over = job.saved, (), True
    job.done()
    log.info("pair.refused", link=link.name, pair=job.key, why=str(no))
    if no is No.UNPAIRED:
        return
    job.problems = [_taken(link, job, no)]
    await link.store.run(link.store.store.save, link.run, [job.save()])


def _taken(link: LinkAtWork, job: Job, no: No) -> Problem:
    return Problem(
        Scope.PAIR,
        "taken",
        f"{link.name}: the ticket that belongs to pair {job.key} is in another pair or group"
        f" already ({no}). Run `sync-service unpair` on the wrong one, then retry this problem.",
        link=link.name,
        pair=job.key,
    )
