"""The promises over histories of two whole simulators and the product between them.

A few here; `./check --certify` plays thousands. A history that breaks a promise is printed as the
Python that plays it again: it belongs into `test_found.py` before its fix.
"""

from __future__ import annotations

import os

import pytest

from tests.certify.run import judged
from tests.certify.steps import draw

HISTORIES = int(os.environ.get("SYNC_CERTIFY_HISTORIES", "60"))
SEED = int(os.environ.get("SYNC_CERTIFY_SEED", "1"))
#: So that several processes share the work.
SHARES = 4


@pytest.mark.slow
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("share", range(SHARES))
def test_the_promises_hold_between_two_whole_vendors(share: int) -> None:
    """Promises 1 to 6; R1 to R29 as far as histories reach them."""
    for number in range(share, HISTORIES, SHARES):
        history = draw(SEED, number)
        verdict = judged(history, number)

        assert "" == verdict.broken, f"history {number} of seed {SEED}:\n{history.shown()}"


def test_a_history_takes_the_same_course_each_time() -> None:
    """Else nobody could play a failure again."""
    assert judged(draw(SEED, 3)).counts == judged(draw(SEED, 3)).counts
