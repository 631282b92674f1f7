"""What the suite keeps from test to test where a system lasts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from sync_service.conformance.harness import Wish
from sync_service.conformance.opening import let_go, opened
from tests.contract.incidentiq import IncidentIqHarness, IncidentIqSystem


class Lasting(IncidentIqHarness):
    """A site that outlives a test."""

    lasting = True

    def __init__(self, system: IncidentIqSystem) -> None:
        self._system = system

    @asynccontextmanager
    async def open(self, wish: Wish) -> AsyncIterator[IncidentIqSystem]:
        """Give the one site."""
        yield self._system


async def test_an_adapter_that_could_not_start_is_not_kept_for_the_next_test() -> None:
    """A Request Tracker was too slow once, and thirty-three tests after it met "call start() first"."""
    async with IncidentIqHarness().open(Wish()) as site:
        harness = Lasting(site)
        site.world.faults.add([{"kind": "status", "status": 503, "times": 20}])
        with pytest.raises(Exception, match="iiq"):
            async with opened(harness):
                pass
        site.world.faults.clear()

        async with opened(harness) as desk:
            await desk.made()

        await let_go()
