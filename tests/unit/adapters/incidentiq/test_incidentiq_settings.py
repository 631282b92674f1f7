"""What a user may write about a site, and what a mistake is told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from sync_service.adapters.incidentiq import factory
from sync_service.adapters.incidentiq.settings import read_settings
from sync_service.core.outgoing import Kind
from sync_service.errors import ConfigError

GOOD = {
    "url": "https://springfield.incidentiq.com/",
    "site_id": "BB6CECE8-0000-4000-8000-000000000001",
    "token": "a.b.c",
}


def test_little_is_needed() -> None:
    """Address, site and token are enough."""
    read = read_settings("iiq", {"adapter": "incidentiq", **GOOD})

    assert read.url == "https://springfield.incidentiq.com"
    assert read.site_id == "bb6cece8-0000-4000-8000-000000000001"
    assert read.product == "88df910c-91aa-e711-80c2-0004ffa00010"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"url": "http://springfield.incidentiq.com"}, "https://"),
        ({"url": "springfield"}, "district.incidentiq.com"),
        ({"site_id": "42"}, "GUID"),
        ({"token": "Bearer a.b.c"}, "without `Bearer`"),
        ({"time_zone": "Chicago"}, "America/Chicago"),
        ({"product": "Tickets"}, "Ticketing"),
        ({"page_size": 5}, "greater than or equal to 20"),
        ({"tokn": "x"}, "tokn"),
    ],
)
def test_a_mistake_is_named_with_what_to_write(wrong: dict[str, Any], told: str) -> None:
    """One line a problem, by place."""
    with pytest.raises(ConfigError, match=r"systems\.iiq\.") as caught:
        read_settings("iiq", {**GOOD, **wrong})

    assert told in str(caught.value)


def test_a_mistake_never_shows_the_token() -> None:
    """Promise 5: not in an error, not in a repr."""
    with pytest.raises(ConfigError) as caught:
        read_settings("iiq", {**GOOD, "token": "my secret", "url": "x"})

    assert "secret" not in str(caught.value)
    assert "a.b.c" not in repr(read_settings("iiq", GOOD))


def test_kinds_are_known_before_start() -> None:
    """`validate` works offline: built-in fields, and the prefix of custom ones."""
    adapter = factory("iiq", GOOD, lambda: datetime.now(UTC))

    assert adapter.kind("IssueDescription") is Kind.HTML
    assert adapter.kind("Custom Fields.Anything") is Kind.TEXT
    assert adapter.kind("Subjekt") is None
