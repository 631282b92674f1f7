"""One empty instance a test, every switch at its default, its clock standing."""

from collections.abc import Iterator

import pytest

from tests.unit.simulators.servicenow.client import Client, client


@pytest.fixture
def snow() -> Iterator[Client]:
    """An instance without incidents."""
    with client() as made:
        yield made
