"""What a run would do, without doing it: the same reading and planning, and no note of it.

The surprise: pairs that do not exist yet are planned under ids below zero, which no store ever
gives, so nothing of a preview can be mistaken for something remembered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count

from sync_service.adapters.base import Page
from sync_service.core.actions import Action
from sync_service.core.admit import Adopt, Cloned, Forward, Known, Look, Start, Strange, admit
from sync_service.core.pair import Conflict, Made, Pair, Problem, Work
from sync_service.core.redaction import Kinds
from sync_service.core.remembered import redacted
from sync_service.core.values import NEVER, Side, Sides, Ticket
from sync_service.engine import adopt
from sync_service.engine.job import Job
from sync_service.engine.link import Intake, LinkAtWork
from sync_service.engine.look import look, plan_all
from sync_service.errors import Unbelievable
from sync_service.store.notes import AdoptNote

#: A pair that is joined by its key or by `match:` is planned again as what it then is.
_ROUNDS = 3
#: What rests or was put off is what a run would do, too, only later.
_WHENEVER = timedelta(days=366)
_NOBODY: Sides[str | None] = Sides(None, None)


@dataclass(frozen=True, slots=True)
class Preview:
    """One pair's part: both tickets as they are now, and what would be written.

    `why` says why a ticket would get no copy, or is empty.
    """

    pair: Pair
    tickets: Sides[Ticket | None]
    actions: tuple[Action, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    problems: tuple[Problem, ...] = ()
    why: str = ""


@dataclass(slots=True)
class News:
    """What the feeds show: pairs to look at, new pairs, and rows that are told of only.

    `backfill` counts the rows of a scan that a first run would take in (R26); `intake` tells how
    far it has read.
    """

    looks: dict[int, None] = field(default_factory=dict)
    new: list[Pair] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    intake: Intake = field(default_factory=Intake)
    backfill: int = 0
    numbers: Iterator[int] = field(default_factory=lambda: count(-1, -1))


async def news(link: LinkAtWork, found: News) -> None:
    """Read both feeds as a pull would into `found`, and leave their watermarks where they are."""
    for side in Side:
        feed = await link.store.run(link.store.store.feed, link.name, side)
        adapter = link.adapters.of(side)
        since = link.rules.since
        backfilled = feed.done if feed else since is not None and since >= link.run.started_at
        page = await adapter.changed(feed.watermark if feed else None)
        link.offsets[side] = page.clock - link.clock()
        if feed is not None and feed.watermark is not None:
            await _drain(link, side, page, feed.watermark, found)
        if not backfilled:
            await _scan(link, side, feed.cursor if feed else None, found)


async def _drain(link: LinkAtWork, side: Side, page: Page, since: str, found: News) -> None:
    while True:
        await take(link, side, page, found)
        if page.next is None:
            return
        page = await link.adapters.of(side).changed(since, page.next)


async def _scan(link: LinkAtWork, side: Side, cursor: str | None, found: News) -> None:
    while True:
        page = await link.adapters.of(side).scan(link.since(side), cursor)
        found.backfill += len(page.rows)
        await take(link, side, page, found)
        if page.next is None:
            return
        cursor = page.next


async def take(link: LinkAtWork, side: Side, page: Page, found: News) -> None:
    """Judge a page's rows as a pull would."""
    if page.doubt:
        raise Unbelievable(f"{link.system(side)}: {page.doubt}")
    intake = found.intake
    intake.rows, intake.left = intake.rows + len(page.rows), page.left
    store, rows = link.store, [row.id for row in page.rows]
    known = await store.run(store.store.known, link.name, side, rows)
    buried = set(await store.run(store.store.buried, link.name, side, rows))
    planned = {one.ids.of(side) for one in found.new}
    adopts: list[tuple[Ticket, str]] = []
    rules = replace(link.rules, since=link.since(side))
    for row in page.rows:
        mine = known.get(row.id)
        have = Known(mine.pair_id, mine.version or NEVER, mine.provisional) if mine else None
        match admit(row, side, have, rules):
            case Look(pair):
                found.looks[pair] = None
            case Start() | Forward() if row.id not in planned | buried:
                ids = _NOBODY.put(side, row.id)
                new = Pair(next(found.numbers), link.name, ids, born_at=row.created)
                found.new.append(new)
            case Adopt(other):
                adopts.append((row, other))
            case Strange(name):
                found.problems.append(adopt.strange(link, side, row, name))
            case Cloned():
                found.problems.append(adopt.cloned(link, side, row))
    await _adopt(link, side, adopts, found)


async def _adopt(
    link: LinkAtWork, side: Side, adopts: Sequence[tuple[Ticket, str]], found: News
) -> None:
    """Plan copies that the store does not know together with what they are copies of (R14)."""
    told = await adopt.adoptions(link, side, adopts)
    found.problems += told.problems
    found.looks.update(dict.fromkeys(told.looks))
    for note in told.notes:
        if await _buried(link, note):
            continue
        ids: Sides[str | None] = Sides(note.left, note.right)
        alone = [one for one in found.new if _overlap(one.ids, ids)]
        found.new[:] = [one for one in found.new if one not in alone]
        new = Pair(next(found.numbers), link.name, ids, Made.KEY, born_at=note.created)
        found.new.append(new)


async def _buried(link: LinkAtWork, note: AdoptNote) -> bool:
    store = link.store
    left = await store.run(store.store.buried, link.name, Side.LEFT, [note.left])
    return bool(left or await store.run(store.store.buried, link.name, Side.RIGHT, [note.right]))


def _overlap(one: Sides[str | None], two: Sides[str | None]) -> bool:
    return any(one.of(side) is not None and one.of(side) == two.of(side) for side in Side)


async def preview(link: LinkAtWork, pairs: Sequence[Pair]) -> list[Preview]:
    """Plan pairs on what both systems show now; nothing is written or noted."""
    kinds: Sides[Kinds] = Sides.build(lambda side: link.adapters.of(side).kind)
    shown = [redacted(pair, link.rules.redaction, kinds) for pair in pairs]
    jobs = [Job(Work(pair.id, 0, link.clock()), pair, pair) for pair in shown]
    active = jobs
    for _ in range(_ROUNDS):
        for job in active:
            job.turn()
        await look(link, [job for job in active if job.began is None or job.reread])
        await plan_all(link, [job for job in active if job.end is None])
        active = [job for job in active if job.end is None and job.again and not job.actions]
        if not active:
            break
    return [_told(job) for job in jobs]


def _told(job: Job) -> Preview:
    facts: list[Mapping[str, object]] = [
        one.facts for one in job.events if one.what == "not created"
    ]
    problems = tuple(one for one in job.problems if isinstance(one, Problem))
    why = str(facts[-1].get("why", "")) if facts else ""
    return Preview(job.pair, job.now, job.actions, tuple(job.conflicts), problems, why)


async def chosen(link: LinkAtWork, found: News, now: datetime, *, every: bool) -> list[Pair]:
    """Load the pairs to plan: all of the link, or those with work, now or later, and with news."""
    store = link.store
    if every:
        pairs = await store.run(lambda: list(store.store.iterate(link.name)))
        return [*pairs, *found.new]
    due = await store.run(store.store.due, link.name, now + _WHENEVER, 100_000)
    ids = list(dict.fromkeys([*due, *found.looks]))
    return [*await store.run(store.store.load, ids), *found.new]
