"""Judge a changed configuration by its plan, a bounded turn at a time (R27).

It reads both systems as a pass would, plans, and writes nothing to them. The surprise: a pair that
would be written gets work at once. Nobody takes it while the link waits, and once a person has
accepted the configuration, what was shown is what is done; the queue holds names, so a
configuration that is put back leaves a harmless look behind.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

import structlog

from sync_service.core.config_change import caused
from sync_service.core.judgement import Change, Judgement, Step, change_of
from sync_service.core.pair import Pair
from sync_service.core.values import Side
from sync_service.engine.link import LinkAtWork
from sync_service.engine.preview import News, Preview, preview, take
from sync_service.errors import SyncServiceError

log = structlog.get_logger(__name__)

#: Pairs and rows that one turn plans, more or less: a step is never cut in half.
BUDGET = 256
#: Steps of a turn, of at least a request each, however little they find.
_STEPS_A_TURN = 32
_CHUNK = 32
#: What a pair counts as that cannot be planned.
_UNPLANNED = "pair that cannot be planned"


async def judge(link: LinkAtWork, told: Judgement, budget: int = BUDGET) -> Judgement:
    """Plan on for one turn; raise what a read raises, with nothing of the turn counted."""
    end = told.planned + told.read + budget
    await _measure_clocks(link)
    for _ in range(_STEPS_A_TURN):
        if told.done or told.planned + told.read >= end or link.stopping:
            break
        told = await _STEPS[told.step](link, told)
    return told


async def _measure_clocks(link: LinkAtWork) -> None:
    for side in Side:
        if side not in link.offsets:
            page = await link.adapters.of(side).changed(None)
            link.offsets[side] = page.clock - link.clock()


async def _pairs(link: LinkAtWork, told: Judgement) -> Judgement:
    store, place = link.store, int(told.cursor or 0)
    pairs = await store.run(store.store.pairs_after, link.name, place, _CHUNK)
    if not pairs:
        return told.passed()
    found = await _planned(link, pairs, told)
    owed = [pair.id for pair in pairs if found[pair.id]]
    if owed:
        reason = "the changed configuration"
        await store.run(store.store.enqueue, link.run, owed, link.clock(), reason)
    for changes in found.values():
        told = told.with_writes(changes)
    return told.moved(str(pairs[-1].id), planned=len(pairs))


async def _scan(link: LinkAtWork, told: Judgement, side: Side) -> Judgement:
    """Plan a page of what the backfill will find, which begins anew once this is taken.

    Tickets with a pair were planned with the pairs.
    """
    page = await link.adapters.of(side).scan(link.rules.since, told.cursor or None)
    if page.torn:
        return Judgement(told.parts)  # rows moved between pages: what was counted is not true
    news = News()
    await take(link, side, page, news)
    told = await _started(link, told, news, len(page.rows))
    if told.done:
        return told
    return told.passed() if page.next is None else replace(told, cursor=page.next)


async def _started(link: LinkAtWork, told: Judgement, news: News, rows: int) -> Judgement:
    for at in range(0, len(news.new), _CHUNK):
        found = await _planned(link, news.new[at : at + _CHUNK], told)
        for changes in found.values():
            told = told.with_writes(changes)
    return told.moved(told.cursor, read=rows)


async def _planned(
    link: LinkAtWork, pairs: Sequence[Pair], told: Judgement
) -> Mapping[int, list[Change]]:
    """Plan pairs together; where one of them fails unforeseen, each by itself (R25)."""
    try:
        return await _plan(link, pairs, told)
    except SyncServiceError:
        raise
    except Exception:
        if len(pairs) > 1:
            parts = [await _planned(link, [pair], told) for pair in pairs]
            return {number: changes for part in parts for number, changes in part.items()}
        log.exception("pair.not_planned", link=link.name, pair=pairs[0].id)
        (pair,) = pairs
        tickets = {link.system(side): pair.ids.of(side) for side in Side}
        return {pair.id: [Change(_UNPLANNED, link.system(Side.LEFT), tickets)]}


async def _plan(
    link: LinkAtWork, pairs: Sequence[Pair], told: Judgement
) -> Mapping[int, list[Change]]:
    shown = await preview(link, pairs)
    return {
        pair.id: [
            change_of(action, link.rules.systems, _numbers(link, one))
            for action in caused(one.actions, told.reach, half=not pair.whole)
        ]
        for pair, one in zip(pairs, shown, strict=True)
    }


def _numbers(link: LinkAtWork, one: Preview) -> dict[str, str | None]:
    """Give the number of both tickets as people know them."""

    def number(side: Side) -> str | None:
        ticket = one.tickets.of(side)
        return (ticket.number or ticket.id) if ticket else one.pair.ids.of(side)

    return {link.system(side): number(side) for side in Side}


_Planner = Callable[[LinkAtWork, Judgement], Awaitable[Judgement]]
_STEPS: Mapping[Step, _Planner] = {
    Step.PAIRS: _pairs,
    Step.LEFT_SCAN: lambda link, told: _scan(link, told, Side.LEFT),
    Step.RIGHT_SCAN: lambda link, told: _scan(link, told, Side.RIGHT),
}
