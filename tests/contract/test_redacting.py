"""An adapter seen through a link's redaction passes the suite like the adapter itself."""

import re

import pytest

from sync_service.adapters.base import Adapter
from sync_service.adapters.redacting import redacting
from sync_service.conformance.harness import Clock, Harness
from sync_service.conformance.suite import *  # noqa: F403
from sync_service.core.redaction import Redact, Redaction
from tests.contract.memory import MemoryHarness, MemorySystem

#: What no test writes: all else must pass through as it is.
RULES = Redaction((Redact(mark="(hidden)", pattern=re.compile("never written by a test")),))


class _Seen(MemorySystem):
    def adapter(self, url: str, clock: Clock) -> Adapter:
        """Make an adapter behind a redaction."""
        return redacting(super().adapter(url, clock), RULES)


@pytest.fixture
def harness() -> Harness:
    """The desk in memory, behind a redaction."""
    return MemoryHarness(_Seen, "memory, redacted")
