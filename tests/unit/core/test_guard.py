"""What is not believable, and what answers our writes too often."""

from __future__ import annotations

import pytest

from sync_service.core.guard import Breaker, Flood, flooded, tripped
from tests.unit.core.examples import later


@pytest.mark.parametrize(
    ("changed", "pairs", "believed"),
    [(200, 0, True), (201, 0, False), (201, 402, True), (202, 402, False), (5000, 10000, True)],
)
def test_a_flood_is_measured_against_a_floor_and_a_share(
    changed: int, pairs: int, believed: bool
) -> None:
    """R26: an absolute floor until the link has history."""
    assert believed is not bool(flooded(changed, pairs, Flood(share=0.5, floor=200)))


def test_the_breaker_counts_rewrites_within_its_time() -> None:
    """R26: six within ten minutes trip it; old ones are forgotten."""
    breaker = Breaker()

    assert not tripped([later(n) for n in range(5)], later(6), breaker)
    assert tripped([later(n) for n in range(6)], later(6), breaker)
    assert not tripped([later(n) for n in range(6)], later(606), breaker)
