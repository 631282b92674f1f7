"""The reference adapter passes the conformance suite."""

import pytest

from sync_service.conformance.harness import Harness
from sync_service.conformance.suite import *  # noqa: F403
from tests.contract.memory import MemoryHarness


@pytest.fixture
def harness() -> Harness:
    """The desk in memory."""
    return MemoryHarness()
