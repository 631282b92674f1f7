"""Walk over all pairs of a link at a slow pace, and find what no feed shows (R7, R26).

A sweep reads both tickets of a pair and compares them with what is remembered. What the ordinary
rules would settle is queued like any other work; what they leave alone is told, or with `repair`
settled as at an adoption. Nothing here writes to a system. The surprise: it keeps its budget of
requests afterwards, by waiting as long as the last batch was dear, so that no adapter need know
beforehand what a batch will cost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import structlog

from sync_service.adapters.metering import metered
from sync_service.core.pair import Pair, Problem
from sync_service.core.sweep_report import Outcome, deaf, report
from sync_service.core.sweeping import Found, Kind, Pace, Round
from sync_service.core.values import Side, Sides
from sync_service.engine.findings import examine
from sync_service.engine.link import LinkAtWork
from sync_service.engine.rescan import Rescanned, rescan
from sync_service.errors import AuthFailed, Fenced, StoreAway, Unbelievable, place
from sync_service.store.notes import Save, SweepNote

log = structlog.get_logger(__name__)

#: What was not spent for so long is not made up for: it bounds a burst.
_BURST = timedelta(minutes=1)
#: Batches that an asked round does between two pulls.
_AT_ONCE = 10
#: A batch grows while it is cheaper than this and shrinks when it is dearer, in requests.
_CHEAP, _DEAR = 5, 25


async def sweep(link: LinkAtWork) -> None:
    """Go on with the round that is due or asked for, as far as the budget allows now."""
    now = await _due(link)
    done = 0
    while now is not None and not link.stopping:
        if now.asked and done >= _AT_ONCE:
            link.walk.hurried = True
            return
        if not now.asked and now.next_at is not None and now.next_at > link.clock():
            return
        now = await _step(link, now)
        done += 1


async def _due(link: LinkAtWork) -> Round | None:
    """Give the round under way, or begin the one that is due; None where none is.

    A round that a person asks for takes the place of the one under way.
    """
    store, pace, at = link.store, link.walk.pace, link.clock()
    row = await store.run(store.store.sweep, link.name)
    repair = pace.repair if pace else False
    link.walk.believing = row.believed_at is not None
    if row.asked_at is not None:
        return await _begin(link, Round(at, asked=True, repair=repair or row.repair))
    if row.round is not None:
        return row.round
    if pace is None or not pace.requests:
        return None
    if row.ended_at is None:  # the first one comes when the link has run for a whole time
        await store.run(store.store.begin_sweep, link.run, link.name, None)
    elif row.ended_at + pace.every <= at:
        return await _begin(link, Round(at, repair=repair))
    return None


async def _begin(link: LinkAtWork, new: Round) -> Round:
    await link.store.run(link.store.store.begin_sweep, link.run, link.name, new)
    log.info("sweep.began", link=link.name, asked=new.asked, repair=new.repair)
    return new


async def _step(link: LinkAtWork, now: Round) -> Round | None:
    """Read and compare the next batch, and write down what it found; None at the walk's end.

    A batch that cannot be read is made smaller; a pair that cannot be read alone is passed over,
    and looked at by itself.
    """
    store, size = link.store, link.walk.size
    if now.scanning is not None:
        return await _scan(link, now, now.scanning)
    pairs = await store.run(store.store.pairs_after, link.name, now.place, size)
    if not pairs:
        return replace(now, scanning=Side.LEFT)
    with metered() as spent:
        try:
            found = await examine(link, pairs)
        except (AuthFailed, Unbelievable, StoreAway, Fenced):
            raise
        except Exception as error:  # noqa: BLE001 - one odd ticket must not end the walk (R25)
            if len(pairs) > 1:
                link.walk.size = max(len(pairs) // 4, 1)
                return _charged(link, now, spent)
            log.warning("sweep.unreadable", link=link.name, pair=pairs[0].id, what=place(error))
            found = {pairs[0].id: (Found(Kind.UNREADABLE, Side.LEFT),)}
    _resize(link, spent)
    walked = replace(now, place=pairs[-1].id, pairs=now.pairs + len(pairs))
    return await _note(link, _charged(link, walked, spent), pairs, found)


async def _scan(link: LinkAtWork, now: Round, side: Side) -> Round | None:
    """Read the next page of a side's new tickets; None after the last side's last page.

    A side that cannot be scanned is told of and passed over until the next round.
    """
    with metered() as spent:
        try:
            found = await rescan(link, side, now)
        except (AuthFailed, StoreAway, Fenced):
            raise
        except Exception as error:  # noqa: BLE001 - nothing else may wait for a backstop (R25)
            log.warning("sweep.unscanned", link=link.name, system=link.system(side),
                        what=place(error))  # fmt: skip
            found = Rescanned((Found(Kind.UNREADABLE, side),), None)
    after = replace(now, cursor=found.next).counted(found.new)
    if found.next is None:
        after = replace(after, scanning=Side.RIGHT if side is Side.LEFT else None)
    after = replace(_charged(link, after, spent), looks=now.looks + found.started)
    await link.store.run(link.store.store.note_sweep, link.run, link.name, SweepNote(after))
    if after.scanning is None:
        await _end(link, after)
        return None
    return after


async def _note(
    link: LinkAtWork, now: Round, pairs: Sequence[Pair], found: Mapping[int, tuple[Found, ...]]
) -> Round:
    """Write down what became of a batch, and where the walk stands, in one transaction."""
    store = link.store
    dismissed: Mapping[str, set[str]] = {}
    if any(one.kind is Kind.APART for told in found.values() for one in told):
        dismissed = await store.run(store.store.dismissed, link.name, "apart")
    outcomes = {
        pair.id: report(pair, found[pair.id], link.rules, dismissed, repair=now.repair)
        for pair in pairs
        if pair.id in found
    }
    looks = [number for number, one in outcomes.items() if one.look]
    told = [problem for one in outcomes.values() for problem in one.problems]
    for number in outcomes:
        log.debug(
            "sweep.found", link=link.name, pair=number, kinds=[str(f.kind) for f in found[number]]
        )
    after = replace(now, looks=now.looks + len(looks))
    after = after.counted(one for every in found.values() for one in every)
    note = SweepNote(after, looks, _saves(pairs, outcomes), _alike(told))
    await store.run(store.store.note_sweep, link.run, link.name, note)
    link.tally.problems += len(note.problems)
    return after


def _saves(pairs: Sequence[Pair], outcomes: Mapping[int, Outcome]) -> list[Save]:
    return [
        Save(pair, one.pair, one.events)
        for pair in pairs
        if (one := outcomes.get(pair.id)) is not None and (one.events or one.pair != pair)
    ]


def _alike(problems: Sequence[Problem]) -> list[Problem]:
    """Tell of equal problems once, with all their tickets."""
    merged: dict[Problem, list[str]] = {}
    for one in problems:
        merged.setdefault(replace(one, tickets=()), []).extend(one.tickets)
    return [replace(one, tickets=tuple(dict.fromkeys(ids))) for one, ids in merged.items()]


async def _end(link: LinkAtWork, ended: Round) -> None:
    store = link.store
    await store.run(store.store.end_sweep, link.run, link.name, ended)
    await store.run(store.store.note_problems, link.run, deaf(ended, link.rules))
    log.info(
        "sweep.ended",
        link=link.name,
        pairs=ended.pairs,
        looks=ended.looks,
        seconds=round((link.clock() - ended.began).total_seconds(), 1),
        requests={link.system(side): ended.requests.of(side) for side in Side},
        found={f"{kind} {link.system(side)}": n for (kind, side), n in ended.found.items()},
    )


def _charged(link: LinkAtWork, now: Round, spent: Mapping[str, int]) -> Round:
    """Count what a batch cost, and say when the budget allows the next one."""
    cost = Sides.build(lambda side: spent.get(link.system(side), 0))
    total = Sides.build(lambda side: now.requests.of(side) + cost.of(side))
    pace, at = link.walk.pace or Pace(), link.clock()
    wait = timedelta(hours=max(cost.left, cost.right) / max(pace.requests, 1))
    begun = max(now.next_at or at, at - _BURST)
    return replace(now, requests=total, next_at=begun + wait)


def _resize(link: LinkAtWork, spent: Mapping[str, int]) -> None:
    """Let the next batch be as large as is cheap, and no larger than both systems read at once."""
    cost = max((spent.get(link.system(side), 0) for side in Side), default=0)
    most = min(max(link.adapters.of(side).traits.batch, 1) for side in Side)
    if cost > _DEAR:
        link.walk.size = max(link.walk.size // 2, 1)
    elif cost < _CHEAP:
        link.walk.size = min(link.walk.size * 2, most)
