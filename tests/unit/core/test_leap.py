"""A system's clock is believed where it agrees with what was measured, or has stood (R2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sync_service.core.leap import SLACK, STANDS, Bounds, Clock, Way, hear

NOW = datetime(2026, 9, 1, 17, 0, tzinfo=UTC)
HOUR, EVEN, MOMENT = timedelta(hours=1), timedelta(0), timedelta(seconds=1)


def exactly(offset: timedelta) -> Bounds:
    """Give what a reply shows that took no time."""
    return Bounds(offset, offset)


def test_the_first_clock_and_one_that_agrees_are_believed() -> None:
    """R2: also where it drifts by less than a reply can show."""
    assert (Clock(HOUR), Way.MOVE) == hear(Clock(), exactly(HOUR), NOW)
    assert (Clock(HOUR + SLACK), Way.MOVE) == hear(Clock(HOUR), exactly(HOUR + SLACK), NOW)


def test_a_slow_reply_is_no_leap() -> None:
    """R2: all that it shows is that the clock lies somewhere between question and answer."""
    slow = Bounds.of(NOW - 3 * MOMENT, asked=NOW - HOUR, answered=NOW)

    assert (Clock(EVEN), Way.MOVE) == hear(Clock(EVEN), slow, NOW)
    early = Bounds.of(NOW - HOUR, asked=NOW - HOUR, answered=NOW)
    assert (Clock(EVEN), Way.MOVE) == hear(Clock(EVEN), early, NOW)


def test_a_clock_that_is_ahead_moves_nothing_until_it_has_stood() -> None:
    """R2: what is known stays known."""
    once = Clock(EVEN, NOW)

    assert (once, Way.STAY) == hear(Clock(EVEN), exactly(HOUR), NOW)
    assert (once, Way.STAY) == hear(once, exactly(HOUR), NOW + STANDS - MOMENT)
    assert (Clock(HOUR), Way.MOVE) == hear(once, exactly(HOUR), NOW + STANDS)
    assert (Clock(EVEN), Way.MOVE) == hear(once, exactly(EVEN), NOW + MOMENT)


def test_a_clock_that_is_behind_twice_lets_the_backfill_begin_anew() -> None:
    """R2: the watermark lay in its future."""
    once = Clock(HOUR, NOW)

    assert (once, Way.STAY) == hear(Clock(HOUR), exactly(EVEN), NOW)
    assert (Clock(EVEN), Way.ANEW) == hear(once, exactly(EVEN), NOW + MOMENT)
