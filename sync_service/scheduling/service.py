"""What a running service is made of; the composition root makes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sync_service.adapters.base import Adapter
from sync_service.config import Config, Link
from sync_service.engine.link import LinkAtWork
from sync_service.store import AsyncStore, Run, Store

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Service:
    """A configuration with its adapters and its store, before anything was asked of them.

    `at_work` makes a link ready to run; the moment is when the link first ran. `not_before` lets
    the clock begin no earlier than a moment.
    """

    config: Config
    adapters: Mapping[str, Adapter]
    store: Store
    at_work: Callable[[Service, Link, AsyncStore, Run, datetime], LinkAtWork]
    clock: Clock
    not_before: Callable[[datetime], None] = lambda _: None

    async def close(self) -> None:
        """Release connections and the store."""
        for adapter in self.adapters.values():
            await adapter.close()
        self.store.close()
