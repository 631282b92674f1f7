"""ServiceNow passes the conformance suite."""

import pytest

from sync_service.conformance.harness import Harness
from sync_service.conformance.suite import *  # noqa: F403
from tests.contract.servicenow import ServiceNowHarness


@pytest.fixture
def harness() -> Harness:
    """A simulated instance, in the positions that the evidence favours."""
    return ServiceNowHarness()
