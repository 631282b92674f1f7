"""Laws of paging over rows that move (R2)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sync_service.adapters.paging import Place, advance, sorted_down, window

offsets = st.integers(0, 100_000)
sizes = st.integers(20, 2000)


@given(offsets, sizes)
def test_a_next_page_repeats_the_last_row_and_brings_new_ones(offset: int, size: int) -> None:
    """R2: the page begins at or before the last row read, and ends after it."""
    page = window(offset, size)

    assert page.start <= max(offset - 1, 0)
    assert page.end > offset


@given(offsets, sizes)
def test_a_page_is_never_smaller_than_half_the_wanted_one(offset: int, size: int) -> None:
    """Overlap must not cost more than twice the requests."""
    assert size / 2 <= window(offset, size).size <= size


@given(st.integers(1, 5000), sizes)
def test_progress_is_best(offset: int, size: int) -> None:
    """No other size of that range reaches further while it repeats the last row."""
    ends = [(offset - 1) // one * one + one for one in range(-(-size // 2), size + 1)]

    assert max(ends) == window(offset, size).end


@given(st.integers(1, 400), st.integers(4, 60), st.integers(0, 3))
def test_still_rows_are_read_once_through_whatever_the_limit(
    count: int, size: int, cap: int
) -> None:
    """A site that caps pages without saying so is read whole, and nothing is called torn."""
    rows = [f"r{n}" for n in range(count)]
    most = (size, 7, 20, 33)[cap]
    place: Place | None = Place(0, size)
    seen: list[str] = []
    while place:
        page = window(place.offset, place.size)
        actual = min(page.size, most)
        part = rows[page.index * actual : page.index * actual + actual]
        seen += part
        end = page.index * actual + len(part)
        step = advance(
            place, page.index * actual, part, asked=page.size, size=actual, last=end >= count
        )
        assert (step.torn, step.stuck) == (False, False)
        place = step.to

    assert sorted(set(seen)) == sorted(rows)


def test_a_row_that_left_between_two_pages_is_noticed() -> None:
    """R2: the last row read is not in the next page."""
    step = advance(Place(20, 20, "r19"), 19, ["r21", "r22"], asked=20, size=20, last=False)

    assert step.torn


def test_a_page_that_brings_nothing_new_is_stuck() -> None:
    """A site that always shows its first page is not read for ever."""
    first = [f"r{n}" for n in range(20)]

    assert advance(Place(20, 20, "r19"), 0, first, asked=20, size=20, last=False).stuck


def test_a_rising_stamp_is_noticed() -> None:
    """R3: equal stamps are fine, rising ones are not what was asked for."""
    assert sorted_down(["c", "b", "b", "a"])
    assert not sorted_down(["c", "a", "b"])
