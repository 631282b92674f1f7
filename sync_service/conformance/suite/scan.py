"""The scan, and what is not believed: a backfill in order, filters and orders that are ignored."""

from __future__ import annotations

import json

from sync_service.conformance.abilities import IgnoresFilters, IgnoresSorting
from sync_service.conformance.bench import unique
from sync_service.conformance.harness import Harness
from sync_service.conformance.opening import opened
from sync_service.conformance.suite.feed import SMALL_PAGES, some_opened


async def test_a_filter_that_is_ignored_is_noticed(harness: Harness) -> None:
    """R3: a reply counts only if it shows that the filter was applied, or was not needed."""
    async with opened(harness) as desk:
        system = desk.needs(IgnoresFilters)
        old = set(await some_opened(desk, 4))
        await desk.wait(1.1)
        since = desk.system.now()
        await desk.wait(1.1)
        young = set(await some_opened(desk, 2))
        mark = await desk.mark()
        await system.ignore_filters()
        drained, scanned = await desk.drain(mark), await desk.scan(since)

        assert drained.doubt or young <= set(drained.ids)
        assert scanned.doubt or young == set(scanned.ids) & (old | young)


async def test_an_order_that_is_ignored_is_noticed(harness: Harness) -> None:
    """R3: rows in another order than asked would end the drain too early."""
    async with opened(harness, SMALL_PAGES) as desk:
        system = desk.needs(IgnoresSorting)
        mark = await desk.mark()
        made = await some_opened(desk, 2 * desk.system.page + 2)
        await desk.system.edit(made[0], {desk.sample.title: unique("Newest change")})
        await system.ignore_sorting()
        drained, scanned = await desk.drain(mark), await desk.scan()

        assert drained.doubt or drained.torn or set(made) <= set(drained.ids)
        assert scanned.doubt or scanned.torn or set(made) <= set(scanned.ids)


async def test_a_scan_goes_up_by_creation_and_shows_every_ticket(harness: Harness) -> None:
    """R26: the backfill; edits in between change nothing of its order."""
    async with opened(harness, SMALL_PAGES) as desk:
        made = await some_opened(desk, 2 * desk.system.page + 2)
        turns = iter(made * 9)

        async def edit() -> None:
            await desk.system.edit(next(turns), {desk.sample.title: unique("Edited")})

        found = await desk.scan(between=edit)

        assert 1 < len(found.pages)
        assert (False, "") == (found.torn, found.doubt)
        assert set(made) <= set(found.ids)
        assert found.pages[-1].left in (None, 0)
        first = {row.id: row.created for row in reversed(found.rows)}  # a page may repeat rows
        created = list(reversed(first.values()))
        assert sorted(created) == created


async def test_a_scan_begins_where_it_is_told(harness: Harness) -> None:
    """R14: tickets from before `since` start no pair."""
    async with opened(harness) as desk:
        old = set(await some_opened(desk, 3))
        await desk.wait(1.1)
        since = desk.system.now()
        await desk.wait(1.1)
        young = set(await some_opened(desk, 3))

        assert young == set((await desk.scan(since)).ids) & (old | young)


async def test_a_scan_goes_on_in_another_process(harness: Harness) -> None:
    """R26: its cursor is kept over a restart, and rows deleted meanwhile cost no other."""
    async with opened(harness, SMALL_PAGES) as desk:
        made = await some_opened(desk, 2 * desk.system.page + 2)
        first = await desk.adapter.scan(desk.began)
        cursor = json.loads(json.dumps(first.next))
        gone = made[: desk.system.page // 2]
        for ticket in gone:
            await desk.system.delete(ticket)
        await desk.start()
        ids = [row.id for row in first.rows]
        page = await desk.adapter.scan(desk.began, cursor)
        while not page.torn and page.next is not None:
            ids += [row.id for row in page.rows]
            page = await desk.adapter.scan(desk.began, page.next)
        ids += [row.id for row in page.rows]

        assert page.torn or set(made) - set(gone) <= set(ids)
        assert not page.doubt
        if page.torn:  # the engine then begins anew
            assert set(made) - set(gone) <= set((await desk.scan()).ids)
