"""What is not believable, and what answers our writes too often."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sync_service.core.guard import Breaker, Flood, Rate, Seen, flooded, tripped
from tests.unit.core.examples import later


@pytest.mark.parametrize(
    ("changed", "pairs", "believed"),
    [(200, 0, True), (201, 0, False), (201, 402, True), (202, 402, False), (5000, 10000, True)],
)
def test_a_flood_is_measured_against_a_floor_and_a_share(
    changed: int, pairs: int, believed: bool
) -> None:
    """R26: an absolute floor until the link has history."""
    seen = Seen(moved=changed)

    assert believed is not bool(flooded(seen, pairs, Flood(share=0.5, floor=200)))


@pytest.mark.parametrize(
    ("seen", "what"),
    [
        (Seen(moved=501), "changed at once"),
        (Seen(moved=300, closed=251), "changed at once and are closed now"),
        (Seen(created=501), "new tickets came at once"),
        (Seen(moved=500, closed=250, created=500), ""),
    ],
)
def test_each_kind_of_flood_has_its_own_share(seen: Seen, what: str) -> None:
    """R26: a mass closing is less than a mass change, and new tickets are none of either."""
    told = flooded(seen, 1000, Flood(share=0.5, floor=100, closed=0.25, created=0.5))

    assert bool(what) is bool(told)
    assert what in told


@pytest.mark.parametrize(
    ("seen", "pairs", "believed"),
    [
        (Seen(moved=180, closed=180), 600, True),
        (Seen(moved=500, closed=240), 1000, True),
        (Seen(moved=300, closed=300), 1000, False),
        (Seen(moved=2000, closed=600), 5000, True),
        (Seen(created=200), 0, True),
        (Seen(created=900), 2000, True),
    ],
)
def test_what_people_do_on_a_busy_day_is_believed(seen: Seen, pairs: int, believed: bool) -> None:
    """R26: the defaults ask nobody about a morning's tickets or a small desk's cleaning up."""
    assert believed is not bool(flooded(seen, pairs, Flood()))


def test_the_breaker_counts_rewrites_within_its_time() -> None:
    """R26: six within ten minutes trip it; old ones are forgotten."""
    breaker = Breaker()

    most, within = breaker.writes, breaker.within

    assert not tripped([later(n) for n in range(5)], later(6), most, within)
    assert tripped([later(n) for n in range(6)], later(6), most, within)
    assert not tripped([later(n) for n in range(6)], later(606), most, within)


def test_a_rate_forgets_what_is_older_than_it_is_asked_for() -> None:
    """R26: memory stays flat however long it runs."""
    rate, within = Rate(), timedelta(minutes=10)
    for second in range(0, 3600, 20):
        rate.count(later(second))

    assert 30 == rate.within(later(3599), within)
    assert 10 >= len(rate.minutes)
