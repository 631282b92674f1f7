import pytest

from sync_service.store import Run, Store
from tests.integration.store.world import NOW


@pytest.fixture
def run(store: Store) -> Run:
    """Give the only run of an empty store."""
    return store.begin_run(NOW, "test")
