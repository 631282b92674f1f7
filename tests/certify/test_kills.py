"""`kill -9` of the real daemon at random moments among working people, on both databases.

`SYNC_CERTIFY_KILLS` says how many times; `./check --certify` asks for more than `./check` does.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.certify.busy import district
from tests.certify.judge import Judge

KILLS = int(os.environ.get("SYNC_CERTIFY_KILLS", "2"))
SEED = int(os.environ.get("SYNC_CERTIFY_SEED", "1"))
#: The shortest and longest life, in seconds. Old pairs rest for 8 s after a start (R16).
LIFE = (0.5, 14.0)


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_a_daemon_that_is_killed_among_working_people_loses_and_repeats_nothing(
    store_url: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Promises 1 to 5; R16, R17, R19, R21: on SQLite and on PostgreSQL."""
    with district(tmp_path, store_url, SEED) as scene:
        for _ in range(KILLS):
            scene.live_and_die(scene.random.uniform(*LIFE))
        scene.rest()
        judge = Judge(scene)

        judge.judge()

        record_property("kills", KILLS)
        record_property("acts", sum(scene.counts.values()) - KILLS)
        record_property("in_flight", scene.caught())
        record_property("in_window", judge.excused)

        assert scene.caught() >= KILLS // 4, "too few kills met a write in flight to prove anything"
