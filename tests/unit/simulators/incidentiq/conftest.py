"""One empty site a test; its clock is real and every switch at its default."""

from collections.abc import Iterator

import pytest

from tests.unit.simulators.incidentiq.desk import Desk, desk


@pytest.fixture
def site() -> Iterator[Desk]:
    """A site without tickets."""
    with desk() as client:
        yield client
