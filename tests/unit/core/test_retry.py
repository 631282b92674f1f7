"""When a failed attempt is tried again, and when a person is asked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_service.core.retry import Kind, Later, Park, decide
from tests.unit.core.examples import AT


def test_a_side_that_is_away_is_asked_once_a_minute() -> None:
    """However long it was away: after an hour's outage nobody waits a quarter more."""
    told = decide(Kind.AWAY, 1000, AT, 1.0)

    assert Later(AT + timedelta(seconds=75)) == told


@pytest.mark.parametrize(
    ("kind", "attempts", "asks"),
    [
        (Kind.LATER, 10**6, False),
        (Kind.STALE, 19, False),
        (Kind.STALE, 20, True),
        (Kind.BUG, 5, True),
        (Kind.UNKNOWN, 20, True),
    ],
)
def test_a_person_is_asked_after_so_many_attempts(kind: Kind, attempts: int, asks: bool) -> None:
    """R18, R25: but a system that is away is waited for without end."""
    assert asks is isinstance(decide(kind, attempts, AT, 0.0), Park)


@given(
    st.sampled_from(list(Kind)),
    st.integers(0, 4),
    st.floats(0, 1),
    st.none() | st.integers(0, 5000),
)
def test_the_wait_doubles_and_honours_the_vendor(
    kind: Kind, attempts: int, jitter: float, wish: int | None
) -> None:
    """R18: never shorter than the vendor asks, never longer than a quarter above its own limit."""
    after = timedelta(seconds=wish) if wish is not None else None

    decision = decide(kind, attempts, AT, jitter, after)

    assert isinstance(decision, Later)
    wait = decision.due - AT
    assert wait >= (after or timedelta(0))
    assert wait <= max(timedelta(minutes=15) * 1.25, after or timedelta(0))
    if attempts and after is None:
        before = decide(kind, attempts - 1, AT, 0.0)
        assert isinstance(before, Later)
        assert decision.due > before.due
