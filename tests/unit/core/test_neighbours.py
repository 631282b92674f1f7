"""Which links wait for each other on a new store (R14, ADR 0067)."""

from __future__ import annotations

import pytest

from sync_service.core.neighbours import neighbours
from sync_service.core.values import Side, Sides

AB, BC, CA, AD = Sides("a", "b"), Sides("b", "c"), Sides("c", "a"), Sides("a", "d")


@pytest.mark.parametrize(
    ("links", "left", "right"),
    [
        ({"ab": AB}, set(), set()),
        ({"ab": AB, "bc": BC, "ad": AD}, set(), set()),
        ({"ab": AB, "bc": BC, "ca": CA}, {"ca"}, {"bc"}),
        ({"ab": AB, "bc": BC, "ca": CA, "ad": AD}, {"ca", "ad"}, {"bc"}),
        ({"ab": AB, "too": Sides("b", "a")}, {"too"}, {"too"}),
    ],
    ids=[
        "alone",
        "a chain and a star",
        "a ring",
        "a ring with a tail",
        "two links of the same two",
    ],
)
def test_only_links_of_a_ring_know_copies_that_this_one_cannot_find(
    links: dict[str, Sides[str]], left: set[str], right: set[str]
) -> None:
    """R14, R25: a neighbour that is down must hold up nobody who has nothing to hear from it."""
    assert {Side.LEFT: left, Side.RIGHT: right} == neighbours(links, "ab")
