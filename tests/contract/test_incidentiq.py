"""Incident IQ passes the conformance suite."""

import pytest

from sync_service.conformance.harness import Harness
from sync_service.conformance.suite import *  # noqa: F403
from tests.contract.incidentiq import IncidentIqHarness


@pytest.fixture
def harness() -> Harness:
    """A simulated site, in the positions that the evidence favours."""
    return IncidentIqHarness()
