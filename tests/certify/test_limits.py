"""A backlog drains at the vendor's own rate limit, which nobody has told us of (R28)."""

from __future__ import annotations

import pytest

from tests.certify.judge import Judge
from tests.certify.play import Play
from tests.certify.scenery import Scenery
from tests.certify.steps import History, Step
from tests.certify.world import world

TICKETS = 20


@pytest.mark.parametrize(
    ("limited", "other", "allowed", "window"),
    [("incidentiq", "servicenow", 40, 60), ("servicenow", "incidentiq", 20, 3600)],
)
def test_a_backlog_is_drained_within_the_limit_of_the_vendor(
    limited: str, other: str, allowed: int, window: int
) -> None:
    """Promises 1 to 4: a few refusals a window, no storm, and all arrives about as fast as it may."""
    with world(Scenery(switches={limited: {"rate_limit": allowed}})) as made:
        steps = [Step("person", other, "open", word=16) for _ in range(TICKETS)]
        play = Play(made, History(made.scenery, steps))
        play.play()
        began = made.loop.time()
        play.level = bool(made.do(lambda: made.level(24 * 60)))
        took = made.loop.time() - began
        refused = made.network.answers[f"429 with Retry-After: {limited}"]
        calls = sum(n for at, n in made.passed.items() if at.startswith(f"sent {limited}"))
        windows = (calls - refused) / allowed

        Judge(play).judge()

        assert refused
        assert refused < 20 * (windows + 1), "each connection is told about once a window"
        assert took < window * (1.5 * windows + 2), "hardly any time passes unused"
