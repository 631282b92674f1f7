"""The history of attempts stays short and loses no answer that was different (R25)."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from sync_service.core.attempts import LONGEST, MOST, Attempt, attempted, count
from tests.unit.core.examples import AT

answers = st.lists(st.sampled_from(["busy", "no", "timeout"]), max_size=80)


def _after(answers: list[str]) -> tuple[Attempt, ...]:
    tried: tuple[Attempt, ...] = ()
    for minute, answer in enumerate(answers):
        tried = attempted(tried, AT + timedelta(minutes=minute), "later", answer)
    return tried


@given(answers)
def test_the_first_and_the_newest_are_always_there_and_the_list_is_bounded(
    answers: list[str],
) -> None:
    """R25: a person sees how it began and how it is now, after any number of attempts."""
    tried = _after(answers)

    assert len(tried) <= MOST
    if answers:
        assert (answers[0], AT) == (tried[0].answer, tried[0].first)
        assert answers[-1] == tried[-1].answer
        assert AT + timedelta(minutes=len(answers) - 1) == tried[-1].last


@given(st.lists(st.sampled_from(["busy", "no", "timeout"]), max_size=MOST))
def test_every_attempt_is_counted_while_there_is_room(answers: list[str]) -> None:
    """R25: equal answers in a row are one entry with a count, in the order in which they came."""
    tried = _after(answers)

    assert len(answers) == count(tried)
    assert answers == [one.answer for one in tried for _ in range(one.times)]
    assert all(one.answer != two.answer for one, two in pairwise(tried))


def test_a_long_answer_is_cut() -> None:
    """A vendor may answer with a page of HTML; the store keeps its beginning."""
    (one,) = attempted((), AT, "refused", "x" * 10_000)

    assert len(one.answer) == LONGEST
    assert one.answer.endswith("…")
