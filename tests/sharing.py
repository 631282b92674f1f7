"""Share tests among processes: what works on one server stays in one process.

The surprise: xdist 3.8 hands groups over in a place that pytest 9.2 no longer reads (pytest-xdist
issue 1386), so `xdist_group` marks group nothing, and nobody is told. Groups are files here.
"""

from __future__ import annotations

from typing import Any

import pytest

#: What a test's path begins with -> whom it would disturb.
GROUPS = {
    "tests/contract/test_request_tracker.py": "request-tracker",
    "tests/live/test_both_ways.py": "request-tracker",
    "tests/live/test_request_tracker_": "request-tracker",
    "tests/certify/test_kills.py": "kills",
}


def group_of(nodeid: str) -> str:
    """Name the tests that must follow each other: a group, or the test alone."""
    return next((name for path, name in GROUPS.items() if nodeid.startswith(path)), nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object:
    """Hand out single tests and whole groups, the largest first."""
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

    class Grouped(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid)

    return Grouped(config, log)
