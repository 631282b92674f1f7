"""What a user may say about a Request Tracker."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sync_service.adapters.request_tracker import factory
from sync_service.adapters.request_tracker.settings import read_settings
from sync_service.errors import ConfigError

SECRET = "feedfacecafe"
GIVEN = {"url": "https://rt.example/", "token": f"1-31-{SECRET}", "queue": "Help Desk"}


def clock() -> datetime:
    """Tell some time."""
    return datetime(2026, 11, 23, tzinfo=UTC)


def test_the_least_that_works() -> None:
    """The account's number is a part of the token."""
    found = read_settings("rt", GIVEN)

    assert found.url == "https://rt.example"
    assert found.user_id == "31"
    assert found.key_field == "Sync Key"


def test_a_copied_rest_address_works_too() -> None:
    """People paste what their scripts use."""
    assert read_settings("rt", {**GIVEN, "url": "https://x.test/rt/REST/2.0/"}).url == (
        "https://x.test/rt"
    )


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"url": "http://rt.example"}, "https://"),
        ({"url": "rt.example"}, "must look like"),
        ({"token": f"Bearer 1-31-{SECRET}"}, "Auth Tokens"),
        ({"queue": ""}, "systems.rt.queue"),
        ({"page_size": 101}, "systems.rt.page_size"),
        ({"key_field": "a}b"}, "systems.rt.key_field"),
        ({"colour": "red"}, "systems.rt.colour"),
    ],
)
def test_a_wrong_setting_is_named(more: dict[str, object], words: str) -> None:
    """Without quoting a secret."""
    with pytest.raises(ConfigError) as wrong:
        factory("rt", {**GIVEN, **more}, clock)

    assert words in str(wrong.value)
    assert SECRET not in str(wrong.value)


def test_every_problem_is_told_at_once() -> None:
    """Nobody wants to correct a file line by line."""
    with pytest.raises(ConfigError) as wrong:
        factory("rt", {"url": "http://rt.example", "token": "x"}, clock)

    assert len(wrong.value.problems) == 3


async def test_nothing_is_asked_of_the_server_before_the_start() -> None:
    """Kinds and fits are for `validate`, which is offline."""
    adapter = factory("rt", GIVEN, clock)

    assert adapter.kind("Owner") is not None
    assert adapter.fit("Subject", "a\nb") == "a b"
    assert adapter.traits.status_field == "Status"
    assert not adapter.requests
    await adapter.close()
