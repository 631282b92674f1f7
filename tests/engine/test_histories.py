"""The promises over random histories: people, crashes at any step, desks of all tempers."""

import logging
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
import structlog

from tests.engine.history import History, drawn, shortest
from tests.engine.laws import Judge
from tests.engine.play import Play, a_world

HISTORIES = int(os.environ.get("SYNC_HISTORIES", "1000"))
#: Another seed plays other histories; a number alone plays that one.
SEED = int(os.environ.get("SYNC_SEED", "1"))
ONLY = os.environ.get("SYNC_HISTORY")
#: So that several processes share the work.
SHARES = 4


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Thousands of histories would log for minutes."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


def played(history: History) -> Counter[str]:
    """Play a history and judge it; tell what was reached."""
    play = Play(a_world(history), history.steps)
    play.play()
    Judge(play).judge()
    return play.reached


def fails(history: History) -> bool:
    """Tell whether a history breaks a promise, or anything else."""
    try:
        played(history)
    except Exception:  # noqa: BLE001 - whatever breaks is what the shortest is sought for
        return True
    return False


@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.timeout(14400)
def test_the_promises_hold_over_any_history(
    share: int, record_property: Callable[[str, object], None]
) -> None:
    """Promises 1 to 6; R1, R7, R8, R13, R14, R16, R17, R19, R20, R21."""
    reached: Counter[str] = Counter()
    numbers = [int(ONLY)] if ONLY else range(share, HISTORIES, SHARES)
    for number in numbers:
        history = drawn(SEED, number)
        try:
            reached.update(played(history))
        except Exception as error:
            said = f"history {number} of seed {SEED}: {error!r}\n{shortest(history, fails)}"
            raise AssertionError(said) from error

    record_property("histories", len(numbers))
    for name, count in sorted(reached.items()):
        record_property(name, count)
        sys.stdout.write(f"{count:7} {name}\n")
