"""Settings are refused with what to do, all at once, and never show a secret."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sync_service.adapters.servicenow import Settings, factory
from sync_service.adapters.servicenow.settings import read_settings
from sync_service.errors import ConfigError

GOOD: dict[str, Any] = {
    "adapter": "servicenow",
    "url": "https://springfield.service-now.com",
    "auth": {"client_id": "id", "client_secret": "s3cret-s3cret"},
}


def problems(**more: Any) -> str:
    """Give what is said about settings."""
    with pytest.raises(ConfigError) as caught:
        read_settings("snow", {**GOOD, **more})
    return "\n".join(caught.value.problems)


def test_the_example_of_the_design_is_enough() -> None:
    """Everything else has a default."""
    settings = read_settings("snow", GOOD)

    assert isinstance(settings, Settings)
    assert (settings.table, settings.key_field) == ("incident", "correlation_id")
    assert settings.index_lag == timedelta(0)


@pytest.mark.parametrize(
    "auth",
    [
        {},
        {"user": "a"},
        {"user": "a", "password": "b", "api_key": "c"},
        {"client_id": "a", "password": "b"},
    ],
)
def test_an_account_signs_in_one_way(auth: dict[str, str]) -> None:
    """Half an identity is none, and two are one too many."""
    assert "{client_id, client_secret}, or {user, password}, or {api_key}" in problems(auth=auth)


def test_http_is_for_this_machine_only() -> None:
    """Credentials do not travel in clear."""
    assert "https://" in problems(url="http://springfield.service-now.com")
    assert read_settings("snow", {**GOOD, "url": "http://127.0.0.1:8102/"}).url.endswith(":8102")


def test_every_problem_is_told_with_its_place_and_no_secret() -> None:
    """Bad input: all at once."""
    told = problems(url="here", tabel="incident", auth={"api_key": " s3cret\n"}, page_size=1)

    assert all(f"systems.snow.{name}" in told for name in ("url", "tabel", "page_size", "auth"))
    assert "s3cret" not in told


def test_a_secret_is_not_shown_by_accident() -> None:
    """A setting may end in a log line."""
    assert "s3cret" not in repr(read_settings("snow", GOOD))


async def test_kinds_are_known_before_anything_was_asked() -> None:
    """`validate` works offline."""
    made = factory("snow", GOOD, lambda: datetime.now(UTC))

    assert made.kind("state") is not None
    assert made.kind("statte") is None
    assert made.traits.exact_version
    assert made.fit("comments", "We wait.") is None  # a journal shows nothing
    await made.close()
