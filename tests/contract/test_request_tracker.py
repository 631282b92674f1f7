"""Request Tracker passes the conformance suite, on a real server."""

import pytest

from sync_service.conformance.harness import Harness
from sync_service.conformance.suite import *  # noqa: F403
from tests.contract.request_tracker import RequestTrackerHarness

pytestmark = [pytest.mark.live]


@pytest.fixture
def harness() -> Harness:
    """A queue of a real Request Tracker 5."""
    return RequestTrackerHarness()
