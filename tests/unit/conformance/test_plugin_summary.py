"""The suite's plugin among reports that are not its own."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from sync_service.conformance.plugin import pytest_terminal_summary


def test_a_file_that_cannot_be_read_keeps_its_own_error() -> None:
    """Its report has no properties; asked for them, pytest ended in an error of the plugin instead."""
    unread = pytest.CollectReport("tests/x.py", "failed", "ImportError: no such name", [])
    reporter: Any = SimpleNamespace(stats={"error": [unread]})

    assert None is pytest_terminal_summary(cast(pytest.TerminalReporter, reporter))  # type: ignore[func-returns-value]
