"""Why there is no connection, in words that tell a technician where to look."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta

import pytest

from sync_service.adapters.http import Http
from sync_service.errors import NotSent, TryLater


def _closed_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1:{port}", r"127.0.0.1:\d+ \(Connection refused\)"),
        ("http://no-such-host.invalid:{port}", "its name does not resolve"),
    ],
)
async def test_a_failed_connect_says_why(url: str, reason: str) -> None:
    """A port that nobody listens on and a name that nobody knows are two errands (R18)."""
    http = Http("snow", url.format(port=_closed_port()), headers={})
    try:
        with pytest.raises(TryLater, match=reason):
            await http.read("GET", "/")
        with pytest.raises(NotSent, match=reason):
            await http.write("POST", "/", deadline=datetime.now(UTC) + timedelta(seconds=5))
    finally:
        await http.aclose()
