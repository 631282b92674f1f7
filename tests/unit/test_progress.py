"""What a bar tells: a total only where somebody knows it."""

from __future__ import annotations

import asyncio
import io
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from sync_service.cli.how_far import pairs_so_far, read_so_far, wrote
from sync_service.cli.progress import Told, _Bar, working
from sync_service.engine.link import Intake, Tally
from sync_service.store import Backlog

NOW = datetime(2026, 11, 26, tzinfo=UTC)


def test_a_total_to_read_is_told_only_if_every_system_counts() -> None:
    """A vendor that hides its total makes the bar one without an end, not one with a guess."""
    both = read_so_far([Intake(50, 25), Intake(10, 0)], "reading")
    one = read_so_far([Intake(50, 25), Intake(10, None)], "reading")

    assert ("60/85 tickets", 85) == (both.of, both.total)
    assert ("60 tickets", None) == (one.of, one.total)


def test_pairs_are_counted_against_what_is_due_and_not_what_rests() -> None:
    """Work that rests is told with its time: nobody should wait for the bar to move."""
    rests = Backlog(0, 1_200, NOW + timedelta(seconds=4.2))

    due = pairs_so_far(30, [Backlog(70, 3, None), rests], NOW)
    resting = pairs_so_far(30, [Backlog(0, 0, None), rests], NOW)
    level = pairs_so_far(30, [Backlog(0, 0, None)], NOW)

    assert "30/100 pairs" == due.of
    assert ("resting", "", "1,200 pairs, the next in 5 s") == (
        resting.doing,
        resting.of,
        resting.also,
    )
    assert ("seeing that it is level", "") == (level.doing, level.of)


def test_only_what_was_written_is_said() -> None:
    """No row of zeros."""
    assert "1,003 created, 2 commented" == wrote([Tally(created=1_000, commented=2), Tally(3)])
    assert "" == wrote([Tally()])


def test_a_bar_that_lost_its_total_pulses_and_one_without_anything_to_show_is_gone() -> None:
    """A later part whose end nobody knows must not look finished."""
    drawn = io.StringIO()
    console = Console(file=drawn, force_terminal=True, width=100)

    with _Bar(console) as bar:
        bar.show(Told("syncing [helpdesk]", 3, 4, "pairs"))
        known = bar._progress.tasks[0]  # type: ignore[union-attr]
        bar.show(Told("reading", 7, None, "tickets"))
        unknown = bar._progress.tasks[0]  # type: ignore[union-attr]
        bar.show(None)
        after = len(drawn.getvalue())
        bar.show(None)

    assert (4, 3) == (known.total, known.completed)
    assert (None, 7) == (unknown.total, unknown.completed)
    assert after == len(drawn.getvalue())
    assert "syncing [helpdesk]" in drawn.getvalue()


def test_away_from_a_terminal_nobody_is_even_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A container pays nothing for it."""
    asked: list[int] = []
    monkeypatch.setattr("sys.stderr", io.StringIO())

    async def look() -> Told:
        asked.append(1)
        return Told("reading")

    async def work() -> None:
        async with working(look):
            await asyncio.sleep(0.6)

    asyncio.run(work())

    assert [] == asked
