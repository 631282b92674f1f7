"""Clocks: two that disagree, zones, and the two nights of the year that break naive stamps (R2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sync_service.conformance.abilities import SetsClock, SetsZone
from sync_service.conformance.bench import Bench, ended, unique
from sync_service.conformance.harness import Harness
from sync_service.conformance.opening import opened
from sync_service.core.leap import Bounds, Clock, Way, hear
from sync_service.core.values import Ticket
from sync_service.errors import NeedsHuman

#: Where America/Chicago turns its clocks: an hour comes twice, and an hour never comes.
NIGHTS = {
    "autumn": datetime(2026, 11, 1, 7, 0, tzinfo=UTC),
    "spring": datetime(2027, 3, 14, 8, 0, tzinfo=UTC),
}
CHICAGO = "America/Chicago"
ONE_HOUR = timedelta(hours=1)
A_LITTLE = timedelta(seconds=3)


@pytest.mark.parametrize("minutes", [-10, 10], ids=["behind", "ahead"])
async def test_the_systems_clock_counts_and_not_ours(harness: Harness, minutes: int) -> None:
    """R2, R8: a clock that is minutes off hides no change and lends its time to the page."""
    async with opened(harness, start=False) as desk:
        clock = desk.needs(SetsClock)
        await clock.set_clock(desk.clock() + timedelta(minutes=minutes))
        await desk.start()
        ticket, title = await desk.system.open(unique("Skew")), unique("Edited")
        page = await desk.adapter.changed(None)
        await clock.pass_time(2)
        await desk.system.edit(ticket, {desk.sample.title: title})
        shown = {row.id: row for row in (await desk.drain(page.watermark)).rows}[ticket]

        assert abs(page.clock - desk.system.now()) < A_LITTLE
        assert title == shown.fields[desk.sample.title]
        assert abs(shown.version.stamp - desk.system.now()) < A_LITTLE
        assert (await desk.adapter.create(desk.draft(), desk.soon())).ticket is not None


async def test_a_clock_that_leaps_takes_the_watermark_along_in_plain_sight(
    harness: Harness,
) -> None:
    """R2: a page's clock is the one its watermark comes from, so that the engine lets it stay."""
    async with opened(harness, start=False) as desk:
        clock = desk.needs(SetsClock)
        noon = desk.clock()
        await clock.set_clock(noon)
        await desk.start()
        before = await desk.adapter.changed(None)
        await clock.set_clock(noon + ONE_HOUR)
        leapt = (await desk.drain(before.watermark)).pages[0]
        ahead = leapt.clock - before.clock
        _, way = hear(Clock(timedelta(0)), Bounds(ahead, ahead), noon)
        await clock.set_clock(noon + timedelta(minutes=2))
        ticket = await desk.system.open(unique("In between"))
        mark = before.watermark if way is Way.STAY else leapt.watermark
        await clock.pass_time(30)
        found = await desk.drain(mark)

        assert not found.doubt
        assert ticket in found.ids


def _true(shown: Ticket, stamped: datetime, created: datetime) -> None:
    """A stamp is right, or one repeated hour off and said to be uncertain."""
    off = abs(shown.version.stamp - stamped)
    assert off < A_LITTLE or (not shown.version.certain and abs(off - ONE_HOUR) < A_LITTLE)
    off = abs(shown.created - created)
    assert min(off, abs(off - ONE_HOUR)) < A_LITTLE


async def _opened_at(desk: Bench, clock: SetsClock, moment: datetime) -> str:
    await clock.set_clock(moment)
    return await desk.system.open(unique("Night"))


@pytest.mark.parametrize("night", NIGHTS)
async def test_no_night_hides_a_change(harness: Harness, night: str) -> None:
    """R2: before, in and after the hour that comes twice or never, from one mark to the next."""
    turn = NIGHTS[night]
    async with opened(harness, start=False) as desk:
        clock, zones = desk.needs(SetsClock), desk.needs(SetsZone)
        await zones.set_zone(CHICAGO)
        await clock.set_clock(turn - timedelta(hours=3))
        await desk.start()
        mark, times = await desk.mark(), [-90, -50, -20, 5, 25, 55, 70, 130]
        for minutes in times:
            moment = turn + timedelta(minutes=minutes)
            made = await _opened_at(desk, clock, moment)
            edited = await _opened_at(desk, clock, moment)
            await clock.pass_time(1)
            title = unique("Edited at night")
            await desk.system.edit(edited, {desk.sample.title: title})
            found = await desk.drain(mark)
            rows = {row.id: row for row in found.rows}

            assert (False, "") == (found.torn, found.doubt), minutes
            assert {made, edited} <= set(rows), minutes
            assert title == rows[edited].fields[desk.sample.title]
            assert abs(found.pages[0].clock - desk.system.now()) < A_LITTLE
            _true(rows[edited], moment + timedelta(seconds=1), moment)
            _true(rows[made], moment, moment)
            mark = found.mark
        assert rows[edited].version.certain


@pytest.mark.parametrize("night", NIGHTS)
async def test_a_scan_from_within_the_night_misses_nothing(harness: Harness, night: str) -> None:
    """R14, R26: what was opened after `since` is shown, whichever pass of the hour it fell in."""
    turn = NIGHTS[night]
    async with opened(harness, start=False) as desk:
        clock, zones = desk.needs(SetsClock), desk.needs(SetsZone)
        await zones.set_zone(CHICAGO)
        await clock.set_clock(turn - timedelta(days=2))
        old = await desk.system.open(unique("Days before"))
        times = [-50, -20, 5, 25, 55, 70]
        made = [await _opened_at(desk, clock, turn + timedelta(minutes=one)) for one in times]
        await clock.set_clock(turn + timedelta(hours=4))
        await desk.start()
        for index, minutes in enumerate(times):
            found = await desk.scan(turn + timedelta(minutes=minutes))

            assert set(made[index:]) <= set(found.ids), minutes
            assert old not in found.ids


async def test_a_zone_is_read_right_or_refused(harness: Harness) -> None:
    """R2: where moments cannot be read in a zone, `start` says so and what to do."""
    async with opened(harness, start=False) as desk:
        await desk.needs(SetsZone).set_zone(CHICAGO)
        ticket = await desk.system.open(unique("Zone"))
        moment = desk.system.now()
        refusal = await ended(desk.start())
        if isinstance(refusal, NeedsHuman):
            assert "zone" in str(refusal).lower()
            return
        mark = await desk.mark()
        await desk.system.edit(ticket, {desk.sample.title: unique("Edited")})
        shown = {row.id: row for row in (await desk.drain(mark)).rows}[ticket]

        _true(shown, moment, moment)


@pytest.mark.parametrize("night", NIGHTS)
async def test_a_moment_of_that_night_is_kept(harness: Harness, night: str) -> None:
    """R7: a due date is kept; in the repeated hour it may be the other pass, as `fit` foretold."""
    async with opened(harness) as desk:
        name = desk.sample.moment
        ticket = await desk.made()
        for minutes in (-90, -30, 30, 90):
            moment = NIGHTS[night] + timedelta(minutes=minutes)
            value = moment.isoformat().replace("+00:00", "Z")
            await desk.adapter.update(ticket, {name: value}, desk.soon())
            ticket = await desk.read(ticket.id)
            shown = str(ticket.fields[name])

            assert desk.adapter.fit(name, value) == shown
            off = abs(datetime.fromisoformat(shown) - moment)
            repeated = night == "autumn" and minutes in (-30, 30)
            assert off == timedelta(0) or (repeated and off == ONE_HOUR), minutes
