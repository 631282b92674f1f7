"""The change feed and the scan: nothing is skipped, whatever moves, lags or is ignored (R2, R3)."""

from __future__ import annotations

import json
from datetime import timedelta

from sync_service.adapters.base import QuietComments
from sync_service.conformance.abilities import (
    HidesTickets,
    Lags,
    SetsClock,
    ShortensPages,
)
from sync_service.conformance.bench import Bench, unique
from sync_service.conformance.harness import Harness, Wish
from sync_service.conformance.opening import opened
from sync_service.core.values import Ticket

SMALL_PAGES = Wish(page=True)


async def some_opened(desk: Bench, count: int) -> list[str]:
    """Open tickets one after the other."""
    return [await desk.system.open(unique(f"Ticket {n}")) for n in range(count)]


async def _together(desk: Bench, count: int) -> list[str]:
    """Open tickets with one stamp, and see that they have it."""
    made = await desk.system.open_together([unique(f"Together {n}") for n in range(count)])
    read = await desk.adapter.get(made)
    stamps = {one.version.stamp for one in read.values() if isinstance(one, Ticket)}
    assert 1 == len(stamps), f"the harness opened tickets of {len(stamps)} stamps"
    return made


async def test_the_present_is_a_watermark_and_the_systems_own_time(harness: Harness) -> None:
    """R2: `changed(None)` reads no ticket, and the clock is the vendor's."""
    async with opened(harness) as desk:
        await desk.system.open(unique("There"))
        page = await desk.adapter.changed(None)

        assert ((), None, "") == (page.rows, page.next, page.doubt)
        assert not page.torn
        assert page.watermark
        assert page.clock.tzinfo is not None
        assert abs(page.clock - desk.system.now()) < timedelta(seconds=5)


async def test_what_changes_after_the_watermark_is_fed(harness: Harness) -> None:
    """R2: a new ticket and an edited one, each with what it now shows."""
    async with opened(harness) as desk:
        old, title = await desk.system.open(unique("Old")), unique("Edited")
        mark = await desk.mark()
        new = await desk.system.open(unique("New"))
        await desk.system.edit(old, {desk.sample.title: title})

        found = await desk.drain(mark)

        assert not found.doubt
        assert {old, new} <= set(found.ids)
        shown = {row.id: row for row in found.rows}
        assert title == shown[old].fields[desk.sample.title]


async def test_what_changes_in_the_very_moment_of_the_watermark_is_fed(harness: Harness) -> None:
    """R2: `>= watermark - overlap`, never `>`: the clock stands still meanwhile."""
    async with opened(harness, start=False) as desk:
        clock = desk.needs(SetsClock)
        await clock.set_clock(desk.system.now())
        await desk.start()
        ticket = await desk.system.open(unique("Before"))
        mark = await desk.mark()
        title = unique("In that moment")
        await desk.system.edit(ticket, {desk.sample.title: title})
        await clock.pass_time(1)

        rows = (await desk.drain(mark)).rows

        assert title in [row.fields[desk.sample.title] for row in rows]


async def test_an_idle_poll_is_one_request(harness: Harness) -> None:
    """Promise 7: however many tickets there are."""
    async with opened(harness) as desk:
        await some_opened(desk, 12)
        mark = await desk.mark()
        await desk.drain(mark)
        desk.wire.forget()

        await desk.drain(mark)

        assert 1 == len(desk.wire.calls())


async def test_a_row_carries_what_may_decide_that_nothing_is_to_do(harness: Harness) -> None:
    """R1: id, version, creation and fields as `get` shows them; no comments were read."""
    async with opened(harness) as desk:
        mark = await desk.mark()
        ticket = await desk.system.open(unique("Row"))
        await desk.system.comment(ticket, "said", public=True)
        (row,) = [one for one in (await desk.drain(mark)).rows if one.id == ticket]
        whole = await desk.read(ticket)

        assert row.comments is None
        assert (row.version, row.created, row.number) == (
            whole.version,
            whole.created,
            whole.number,
        )
        assert row.version.stamp.tzinfo is not None is not row.created.tzinfo
        assert row.fields[desk.sample.title] == whole.fields[desk.sample.title]


async def test_a_page_full_of_one_stamp_is_read_whole(harness: Harness) -> None:
    """R2: a bulk update stamps more rows alike than a page holds; feed and scan show them all."""
    async with opened(harness, SMALL_PAGES) as desk:
        mark = await desk.mark()
        made = await _together(desk, 2 * desk.system.page + 2)
        drained, scanned = await desk.drain(mark), await desk.scan()

        assert 1 < len(drained.pages)
        for found in (drained, scanned):
            assert (False, "") == (found.torn, found.doubt)
            assert set(made) <= set(found.ids)


async def test_rows_that_move_between_pages_are_not_lost(harness: Harness) -> None:
    """R2: people edit what was read and what was not; the next drain shows each edit."""
    async with opened(harness, SMALL_PAGES) as desk:
        mark = await desk.mark()
        made = await some_opened(desk, 2 * desk.system.page + 2)
        turns = iter([made[0], made[-1], made[len(made) // 2], *made] * 9)
        edited: dict[str, str] = {}

        async def edit() -> None:
            ticket = next(turns)
            edited[ticket] = unique("Moved")
            await desk.system.edit(ticket, {desk.sample.title: edited[ticket]})

        found = await desk.drain(mark, edit)
        again = await desk.drain(found.mark)

        assert 1 < len(found.pages)
        assert not found.doubt
        assert found.torn or set(made) - set(edited) <= set(found.ids)
        shown = {row.id: row.fields[desk.sample.title] for row in again.rows}
        assert edited == {ticket: shown.get(ticket) for ticket in edited}


async def test_a_row_that_leaves_a_full_stamp_between_pages_hides_none(harness: Harness) -> None:
    """R2: rows of one stamp move up when one of them is edited; the drain tells, or shows all."""
    async with opened(harness, SMALL_PAGES) as desk:
        mark = await desk.mark()
        made = await _together(desk, 3 * desk.system.page + 2)
        turns, moved = iter(sorted(made)), set[str]()

        async def move() -> None:
            await desk.wait(1.1)
            ticket = next(turns)
            await desk.system.edit(ticket, {desk.sample.title: unique("Left")})
            moved.add(ticket)

        found = await desk.drain(mark, move)

        assert 1 < len(found.pages)
        assert found.torn or set(made) - moved <= set(found.ids)
        assert moved <= set((await desk.drain(found.mark)).ids)


async def test_deletes_between_pages_hide_no_other_row(harness: Harness) -> None:
    """R2: rows that vanish move the others up; the drain tells, or shows the others."""
    async with opened(harness, SMALL_PAGES) as desk:
        mark = await desk.mark()
        made = await some_opened(desk, 3 * desk.system.page + 2)
        first, last = iter(made), iter(reversed(made))
        deleted: set[str] = set()

        async def delete() -> None:
            for turn in (first, last):
                if (ticket := next(turn)) not in deleted:
                    await desk.system.delete(ticket)
                    deleted.add(ticket)

        found = await desk.drain(mark, delete)

        assert 1 < len(found.pages)
        assert found.torn or set(made) - deleted <= set(found.ids)


async def test_a_page_that_is_short_is_not_the_end(harness: Harness) -> None:
    """R2: a cap or rights make pages short; only the vendor's own count tells the last."""
    async with opened(harness, SMALL_PAGES) as desk:
        system = desk.needs(ShortensPages)
        mark = await desk.mark()
        made = await some_opened(desk, 2 * desk.system.page + 2)
        await system.shorten_pages()
        drained, scanned = await desk.drain(mark), await desk.scan()

        for found in (drained, scanned):
            assert (False, "") == (found.torn, found.doubt)
            assert set(made) <= set(found.ids)


async def test_tickets_that_we_may_not_see_hide_no_others(harness: Harness) -> None:
    """R2, R5: rights taken from us empty whole pages; the others are read, these are gone."""
    async with opened(harness, SMALL_PAGES) as desk:
        system = desk.needs(HidesTickets)
        mark = await desk.mark()
        made = await some_opened(desk, 3 * desk.system.page + 1)
        hidden = made[desk.system.page // 2 : 2 * desk.system.page]
        await system.hide(hidden)
        found = await desk.drain(mark)

        assert (False, "") == (found.torn, found.doubt)
        assert set(made) - set(hidden) == set(found.ids) & set(made)


async def test_a_change_that_the_index_shows_late_is_fed_later(harness: Harness) -> None:
    """R2: the overlap covers `traits.index_lag`, so a watermark taken meanwhile skips nothing."""
    lag = timedelta(seconds=6)
    async with opened(harness, Wish(lag=lag)) as desk:
        system = desk.needs(Lags)
        assert desk.traits.index_lag >= lag
        ticket = await desk.system.open(unique("Lagging"))
        await system.lag(lag.total_seconds() - 0.5)
        title = unique("Late")
        await desk.system.edit(ticket, {desk.sample.title: title})
        meanwhile = await desk.drain(await desk.mark())
        await desk.wait(lag.total_seconds())
        later = await desk.drain(meanwhile.mark)

        shown = [row.fields[desk.sample.title] for row in meanwhile.rows]
        assert title not in shown, "the harness does not let the index lag"
        assert title in [row.fields[desk.sample.title] for row in later.rows]


async def test_a_watermark_outlives_the_daemon(harness: Harness) -> None:
    """R2: it is text, and another process goes on from it."""
    async with opened(harness) as desk:
        mark = json.loads(json.dumps(await desk.mark()))
        ticket = await desk.system.open(unique("Meanwhile"))
        await desk.start()

        assert ticket in (await desk.drain(mark)).ids


async def test_a_comment_is_fed_or_marked(harness: Harness) -> None:
    """R21, ADR 5: where a comment moves no ticket, the adapter gives marks to compare."""
    async with opened(harness) as desk:
        ticket = await desk.system.open(unique("Quiet"))
        await desk.wait(1.1)
        before = await desk.read(ticket)
        mark = await desk.mark()
        await desk.system.comment(ticket, "a word", public=True)
        after = await desk.read(ticket)
        fed = {row.id: row.version for row in (await desk.drain(mark)).rows}

        if fed.get(ticket, before.version) > before.version:
            return
        assert isinstance(desk.adapter, QuietComments)
        marks = (await desk.adapter.comment_marks([ticket]))[ticket]
        assert {one.id: one.version for one in after.comments or ()} == marks
