"""Look at claimed pairs: read both tickets, settle what is open, and plan.

Nothing here writes to a system. Each function takes the jobs of one round, so that what the
vendors can answer in one call is asked in one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from sync_service.core import admit, begin, plan, settle, versions
from sync_service.core.actions import Action, Plan, Update
from sync_service.core.begin import LookUp, Words
from sync_service.core.pair import Event, Pair, Problem, Scope, Solved, State
from sync_service.core.plan import Knowledge
from sync_service.core.retry import Kind
from sync_service.core.speak import Speaker
from sync_service.core.values import NEVER, Gone, Merged, Reading, Side, Sides, Ticket
from sync_service.engine import breaker, census, read
from sync_service.engine.job import Job
from sync_service.engine.link import LinkAtWork
from sync_service.engine.putting_off import put_off

_People = Sides[frozenset[str] | None]


async def look(link: LinkAtWork, jobs: Sequence[Job]) -> None:
    """Read both tickets of these jobs, settle what is open, and note the versions read (R1)."""
    told = await _look(link, jobs) if jobs else []
    if told:  # what was read before an audit trail is old by the time of its answer (R20)
        await _look(link, told)
    await _find_orphans(link, [job for job in jobs if _orphaned(job)])


async def _look(link: LinkAtWork, jobs: Sequence[Job]) -> list[Job]:
    """Read and settle once; give the jobs for which an audit trail was read after their tickets."""
    told = []
    readings = await read.read(link, [job.pair for job in jobs])
    await census.believe(link, [(job.pair, readings.of(job.pair)) for job in jobs])
    for job in jobs:
        job.began, job.reread, job.wrote = readings.began, False, set()
        shown = readings.of(job.pair)
        tickets = shown.map(lambda one: one if isinstance(one, Ticket) else None)
        if _put_off_outdated(link, job, tickets):
            continue
        asked = await _settle(link, job, tickets)
        if not _both_there(link, job, shown):
            continue
        job.now = tickets
        job.pair = versions.observe(job.pair, tickets, job.work.rows, _fresh(link, job))
        told += [job] if asked else []
    return told


def _put_off_outdated(link: LinkAtWork, job: Job, tickets: Sides[Ticket | None]) -> bool:
    """Look later where a system shows an older state than before: nothing is judged by it (R1)."""
    for side in Side:
        ticket, seen = tickets.of(side), job.pair.seen.of(side)
        if ticket is None or not versions.outdated(ticket, seen, job.work.rows.of(side)):
            continue
        name, shown = link.system(side), f"{ticket.version.stamp:%Y-%m-%d %H:%M:%S}"
        words = f"{name} shows {ticket.number or ticket.id} as of {shown} UTC, older than before"
        put_off(link, job, Kind.OLDER, words)
        return True
    return False


def _orphaned(job: Job) -> bool:
    parked = job.pair.state is State.PARKED and not job.pair.whole
    return parked and settle.ticket_intent(job.pair) is not None


async def _find_orphans(link: LinkAtWork, jobs: Sequence[Job]) -> None:
    """Settle the create of a ticket whose original is gone: it is joined, or was never made (R16)."""
    gone = [(job.pair, _last_known(link, job.pair)) for job in jobs]
    found = await read.look_up(link, gone) if gone else {}
    for job in jobs:
        taken = begin.take_found(job.pair, link.rules, found[job.key])
        if taken is None:
            job.pair = settle.close_intents(job.pair, job.pair.intents)
            continue
        job.pair = replace(taken.pair, state=State.PARKED)
        job.problems += taken.problems


def _last_known(link: LinkAtWork, pair: Pair) -> Ticket:
    """Give what is left to know of a ticket that is gone."""
    side = begin.near_side(pair)
    noted = link.vendor_time(side, min(note.noted_at for note in pair.intents))
    return Ticket(pair.ids.of(side) or "", NEVER, pair.born_at or noted, {})


def _fresh(link: LinkAtWork, job: Job) -> Sides[bool]:
    """Tell per side whether no equal stamp can follow the version that was read (R2)."""

    def fresh(side: Side) -> bool:
        ticket, began = job.now.of(side), job.began
        if ticket is None or began is None:
            return False
        traits = link.rules.traits.of(side)
        vendors = link.vendor_time(side, began)
        return admit.fresh(ticket.version, vendors, traits.resolution, traits.index_lag)

    return Sides.build(fresh)


async def _settle(link: LinkAtWork, job: Job, now: Sides[Ticket | None]) -> bool:
    """Settle open writes, and judge by the first reading what a suspect pair may hide (R16).

    Gives whether an audit trail was asked for that. That one of the tickets is gone changes nothing about what was written to the other (R20).
    """
    moved = read.moved_unwatched(link, job.pair, now)
    told = await read.trails(link, job.pair, now, moved)
    if job.pair.sent:
        ahead = Sides.build(lambda side: link.offsets.get(side, timedelta(0)))
        settled = settle.settle_sent(job.pair, now, told, link.rules.patience, ahead)
        breaker.settled(link, job, job.pair.sent, settled.events)
        job.pair = settled.pair
        job.events += settled.events
        job.conflicts += settled.conflicts
    if job.doubts is None and now.left is not None and now.right is not None:
        job.doubts = settle.lines_in_doubt(job.pair, moved, told)
    return any(told.of(side) is not None for side in Side)


def _both_there(link: LinkAtWork, job: Job, shown: Sides[Reading | None]) -> bool:
    """Park a pair of which a ticket is gone or was merged; absence is never a delete (R5)."""
    for side in Side:
        reading = shown.of(side)
        if isinstance(reading, Gone | Merged):
            job.pair = replace(settle.abandon(job.pair), state=State.PARKED)
            job.problems.append(_lost(link, job, side, reading))
            job.events.append(Event("parked", {"side": side}))
            job.done()
            return False
    if job.pair.state is State.PARKED:
        job.pair = replace(job.pair, state=State.ACTIVE)
        job.problems += [
            Solved(Scope.PAIR, code, link.system(side), link.name, job.key)
            for side in Side
            for code in ("gone", "merged")
        ]
    return True


def _lost(link: LinkAtWork, job: Job, side: Side, reading: Gone | Merged) -> Problem:
    name, ticket = link.system(side), job.pair.called(side)
    stays = "Its partner is left as it is."
    end = f"End the pair with `sync-service unpair {ticket}`"
    if isinstance(reading, Merged):
        code = "merged"
        words = ""
        told = (
            f"was merged into {reading.into}. {stays} {end}; `sync-service pair` then joins"
            " that one with another."
        )
    else:
        code = "gone"
        words = reading.words
        told = f"is gone. {stays} {end}, or bring the ticket back and retry this problem."
    return Problem(
        Scope.PAIR,
        code,
        f"{name}: ticket {ticket} {told}",
        system=name,
        link=link.name,
        pair=job.key,
        words=words,
    )


async def plan_all(link: LinkAtWork, jobs: Sequence[Job]) -> None:
    """Plan each job; afterwards one without actions has nothing to write."""
    if not jobs:
        return
    people = await read.known_people(link, [job.now for job in jobs if _may_flow(link, job)])
    halves = [job for job in jobs if not job.pair.whole]
    found = await read.look_up(
        link, [(job.pair, near) for job in halves if (near := _near(job)) is not None]
    )
    joined: set[tuple[Side, str]] = set()
    for job in jobs:
        if job.pair.whole:
            await _plan_whole(link, job, people)
        else:
            _plan_half(link, job, people, found.get(job.key, LookUp()), joined)
        if job.solo:
            job.actions = _one_line_at_a_time(job)


def _may_flow(link: LinkAtWork, job: Job) -> bool:
    """Tell whether anything of the pair may leave: a question names people, too (R13)."""
    left, right = job.now.left, job.now.right
    if left is not None and right is not None:
        return not plan.withheld(Sides(left, right), link.rules)
    return not any(link.rules.keeps_home(one) for one in (left, right) if one is not None)


def _near(job: Job) -> Ticket | None:
    return job.now.of(begin.near_side(job.pair))


def _plan_half(
    link: LinkAtWork, job: Job, people: _People, found: LookUp, joined: set[tuple[Side, str]]
) -> None:
    """Take the copy or match that exists, or plan the create."""
    near, side = _near(job), begin.near_side(job.pair)
    if near is None or (side, near.id) in joined:
        job.done()  # another half pair of this round has just been joined with it
        return
    found = replace(found, taken=found.taken | {one for far, one in joined if far is side.far})
    taken = begin.take_found(job.pair, link.rules, found)
    if taken is None:
        job.take(_create(link, job, near, people))
        return
    job.take(taken)
    if job.pair.whole:
        joined.add((side.far, job.pair.ids.of(side.far) or ""))
        job.pair = replace(job.pair, adopted_at=link.clock())
        job.again = job.reread = True
    else:
        job.done()  # still suspect and still noted: a person must say what is true


def _create(link: LinkAtWork, job: Job, near: Ticket, people: _People) -> Plan:
    speaker = _speaker(link, job, people)
    side = begin.near_side(job.pair)
    values = {line.name: speaker.values(line, side) for line in link.rules.lines}
    return begin.plan_create(job.pair, near, link.rules, Words(speaker, values))


def _speaker(link: LinkAtWork, job: Job, people: _People) -> Speaker:
    return Speaker(job.now, link.rules.systems, link.rules.fit, people)


async def _plan_whole(link: LinkAtWork, job: Job, people: _People) -> None:
    left, right = job.now.left, job.now.right
    if left is None or right is None:
        raise ValueError(f"pair {job.key} is whole, but was read by half")
    now, speaker = Sides(left, right), _speaker(link, job, people)
    offsets = Sides.build(lambda side: link.offsets.get(side, timedelta(0)))
    known = Knowledge(speaker, speaker.values, job.doubts or {}, offsets=offsets, made_now=job.made)
    made = plan.plan(job.pair, now, link.rules, known)
    if made.conflicts and link.rules.policy.newest:
        latest = await read.latest(link, now)
        made = plan.plan(job.pair, now, link.rules, replace(known, latest=latest))
    job.take(made)


def _one_line_at_a_time(job: Job) -> tuple[Action, ...]:
    """Send one line alone, so that a refusal names it (R25)."""
    kept: list[Action] = []
    for action in job.actions:
        if isinstance(action, Update) and len(action.lines) > 1:
            kept.append(replace(action, lines=action.lines[:1]))
            job.again = job.reread = True
        else:
            kept.append(action)
    return tuple(kept)
