"""How long a token is used, whatever the instance says of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sync_service.adapters.servicenow.account import _life


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        (1800, 1740),
        ("1800", 1740),
        (60, 30),
        (None, 1740),
        ("soon", 1740),
        (-5, 1740),
        (0, 1740),
        (float("nan"), 1740),
        (float("inf"), 86_340),
        (1e308, 86_340),
        (10**400, 1740),
        ([], 1740),
    ],
)
def test_a_token_is_renewed_in_time_whatever_its_life_is_said_to_be(
    told: Any, seconds: int
) -> None:
    """An absurd life was an OverflowError, and made the outcome of an unsent write unknown (R18)."""
    assert timedelta(seconds=seconds) == _life({"expires_in": told})
