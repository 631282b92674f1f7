"""The promises over random histories: people, crashes at any step, desks of all tempers."""

import os

import pytest
from hypothesis import HealthCheck, given, settings

from sync_service.adapters.memory import Manners
from sync_service.core.comments import CommentRules
from sync_service.core.merge import Policy
from tests.engine.history import Play, Step, manners, policies, steps, talk_rules
from tests.engine.laws import Judge
from tests.engine.world import World

HISTORIES = int(os.environ.get("SYNC_HISTORIES", "1000"))
#: So that several processes share the work.
SHARES = 4


@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.timeout(1500)
@settings(
    max_examples=-(-HISTORIES // SHARES),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    print_blob=True,
)
@given(history=steps(), left=manners(), right=manners(), policy=policies(), talk=talk_rules())
def test_the_promises_hold_over_any_history(
    share: int,
    history: list[Step],
    left: Manners,
    right: Manners,
    policy: Policy,
    talk: CommentRules,
) -> None:
    """Promises 1 to 5; R1, R7, R8, R16, R17, R19, R21."""
    del share
    play = Play(World(left, right, policy=policy, comments=talk), history)

    play.play()

    Judge(play).judge()
