"""What a log line may say: events and facts, no secret and nothing that a ticket says."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from sync_service import log

SECRET = "s3cr3t-and-long"


@pytest.fixture
def lines() -> Iterator[Any]:
    """Log to a text; give a function that reads it as facts."""
    root, handlers = logging.getLogger(), logging.getLogger().handlers[:]
    level, stream = root.level, io.StringIO()
    log.set_up("info", "json", [SECRET], stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_a_line_is_an_event_and_facts_with_a_moment(lines):
    """One JSON object a line, in UTC."""
    structlog.get_logger("sync_service.x").info("link.synced", link="helpdesk", created=2)

    (line,) = lines()
    assert ("link.synced", "helpdesk", 2, "info") == (
        line["event"], line["link"], line["created"], line["level"],
    )  # fmt: skip
    assert line["at"].endswith("Z")


@pytest.mark.parametrize(
    "facts",
    [
        {"token": "whatever"},
        {"headers": {"Authorization": "Bearer abcdefgh"}},
        {"why": "sent Authorization: Bearer abcdefghijk.lm"},
        {"url": "postgresql://sync:hunter22@db/sync"},
        {"why": [f"told {SECRET} twice", {"deep": SECRET}]},
    ],
)
def test_a_secret_is_blanked_out_wherever_it_stands(lines, facts):
    """By the name of the fact, by value and by shape."""
    structlog.get_logger().warning("x", **facts)

    said = json.dumps(lines())
    for secret in ("whatever", "abcdefgh", "hunter22", SECRET):
        assert secret not in said
    assert "***" in said


def test_an_exception_is_told_by_its_type_and_place_alone(lines):
    """Messages of other libraries quote values, and values are what tickets say."""
    try:
        raise ValueError("Zeke Eastlake wept") from KeyError("Room 112")
    except ValueError:
        structlog.get_logger().exception("link.failed", link="helpdesk")

    (line,) = lines()
    assert "ValueError from KeyError" == line["raised"]
    assert any("test_log.py" in place for place in line["trace"])
    assert "Eastlake" not in json.dumps(line)
    assert "112" not in json.dumps(line["raised"])


def test_what_another_library_logs_is_its_first_line(lines):
    """Asyncio prints the repr of a failed task, message and all."""
    logging.getLogger("asyncio").error("Task exception was never retrieved\nfuture: Zeke Eastlake")
    logging.getLogger("httpx").info("GET https://example.com?sysparm_query=Eastlake")

    (line,) = lines()
    assert "Task exception was never retrieved" == line["event"]
