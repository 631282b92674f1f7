"""A reply that cannot be what was asked for is doubted (R3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sync_service.adapters.request_tracker import feed
from sync_service.adapters.request_tracker.feed import Asked
from sync_service.adapters.request_tracker.query import Mark

FLOOR = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)
ASKED = Asked("3", "LastUpdated", FLOOR)


def row(number: int, second: int, queue: str = "3") -> dict[str, Any]:
    """Give a row that was changed `second` seconds after the floor."""
    stamp = (FLOOR + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"id": str(number), "LastUpdated": stamp, "Queue": {"id": queue}}


def page(*rows: dict[str, Any], total: int | None = None) -> dict[str, Any]:
    """Give a reply; without `total` RT did not tell it."""
    return {"items": list(rows), "total": total}


def test_a_sorted_page_in_range_is_believed() -> None:
    """Equal stamps are in order of id; the floor itself is in range."""
    assert feed.doubt(page(row(9, 0), row(4, 1), row(5, 1)), ASKED) == ""
    assert feed.doubt(page(), ASKED) == ""


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (page(row(1, 1), row(2, 0)), "not sorted"),
        (page(row(2, 1), row(1, 1)), "not sorted"),
        (page(row(1, -1)), "older than asked"),
        (page(row(1, 1, queue="4")), "another queue"),
        (page({"id": "1"}), "lack LastUpdated"),
        (page(total=1), "shows none"),
    ],
)
def test_a_reply_that_ignored_something_is_doubted(found: dict[str, Any], words: str) -> None:
    """R3: each of them answers 200."""
    assert words in feed.doubt(found, ASKED)


def test_a_next_page_that_repeats_is_doubted() -> None:
    """R3: an ignored key would page for ever."""
    asked = Asked("3", "LastUpdated", FLOOR, Mark(FLOOR + timedelta(seconds=1), 5))

    assert "shown again" in feed.doubt(page(row(5, 1)), asked)
    assert feed.doubt(page(row(6, 1)), asked) == ""


def test_only_an_empty_page_is_the_end_where_the_total_is_hidden() -> None:
    """RT filters rows by right after it has cut the page, so a short page may not be the last."""
    assert feed.more(page(row(1, 1)), 1)
    assert not feed.more(page(), 0)
    assert feed.more(page(row(1, 1), total=2), 1)
    assert not feed.more(page(row(1, 1), total=1), 1)


def test_what_is_left_is_told_where_rt_counts() -> None:
    """For a progress bar; RT hides its total from users without the right (measured)."""
    assert 38 == feed.left({"items": [{}, {}], "total": 40})
    assert feed.left({"items": [{}, {}], "total": None}) is None


def test_the_control_is_not_a_change() -> None:
    """It is shown as proof; only if it was changed itself is it a row."""
    control = Mark(FLOOR - timedelta(days=1), 2)
    old, new = row(2, -86400), row(2, 3)

    assert feed.without([old, row(3, 1)], control, FLOOR) == [row(3, 1)]
    assert feed.without([row(3, 1), new], control, FLOOR) == [row(3, 1), new]
    assert feed.shows([old], control)
    assert not feed.shows([row(3, 1)], control)


def test_the_watermark_is_the_beginning_of_the_search() -> None:
    """What is committed while the search runs must come again."""
    assert feed.stood(FLOOR, timedelta(seconds=3)) == FLOOR - timedelta(seconds=3)
    assert feed.stood(FLOOR, timedelta(seconds=-3)) == FLOOR
