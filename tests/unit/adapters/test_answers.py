"""What an adapter raises says whose it is."""

from __future__ import annotations

import pytest

from sync_service.adapters.answers import reading, writing
from sync_service.errors import AuthFailed, Emptied, SyncServiceError, TryLater


class _Adapter:
    system = "servicenow"

    @reading
    async def read(self, error: Exception) -> None:
        raise error

    @writing
    async def write(self, error: Exception) -> None:
        raise error


@pytest.mark.parametrize("method", ["read", "write"])
@pytest.mark.parametrize("error", [AuthFailed("renew"), TryLater("busy"), ValueError("odd")])
async def test_an_error_names_the_system_of_its_adapter(method: str, error: Exception) -> None:
    """R25, R26: so that what fails in the midst of the work stops its own side only."""
    with pytest.raises(SyncServiceError) as raised:
        await getattr(_Adapter(), method)(error)

    assert "servicenow" == raised.value.system


async def test_an_error_that_names_another_system_keeps_it() -> None:
    """R26: the adapter only fills in what is not said."""
    with pytest.raises(Emptied) as raised:
        await _Adapter().read(Emptied("all gone", "incidentiq"))

    assert "incidentiq" == raised.value.system
