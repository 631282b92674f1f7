"""Whether the store answers: told once when it goes, once when it is back, and nothing between."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog

from sync_service.errors import StoreAway

log = structlog.get_logger(__name__)


class StoreWatch:
    """What everybody who uses the store has last met; `why` is empty while it answers."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._since: datetime | None = None
        self.why = ""

    def away(self, error: StoreAway) -> None:
        """Note that the store could not be used."""
        self.why = str(error)
        if self._since is None:
            self._since = self._clock()
            log.warning("store.away", why=self.why)

    def back(self) -> None:
        """Note that all that was asked of the store was done."""
        if self._since is not None:
            log.info("store.back", after=(self._clock() - self._since).total_seconds())
        self._since, self.why = None, ""
