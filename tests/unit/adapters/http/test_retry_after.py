"""What a wait that a server asks for comes to."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sync_service.adapters.http.response import LONGEST_WAIT, Response, retry_after

NOW = datetime(2026, 10, 21, 7, 28, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7.0),
        ("-3", 0.0),
        ("Wed, 21 Oct 2026 07:28:30 GMT", 30.0),
        ("99999999999", LONGEST_WAIT),
        ("inf", LONGEST_WAIT),
        ("nan", None),
        ("soon", None),
        ("Wed, 99 Oct 2026 07:28:30 GMT", None),
    ],
)
def test_a_wait_is_seconds_within_reason(said: str, seconds: float | None) -> None:
    """Promise 6: no answer of a broken proxy makes us deaf for days, or fall over."""
    assert seconds == retry_after(Response(429, {"retry-after": said}, b""), NOW)


def test_a_moment_is_counted_by_the_server_s_own_clock() -> None:
    """Ours may be an hour off."""
    headers = {
        "date": "Wed, 21 Oct 2026 08:28:00 GMT",
        "retry-after": "Wed, 21 Oct 2026 08:28:10 GMT",
    }

    assert 10.0 == retry_after(Response(503, headers, b""), NOW)
