"""Request Tracker 5 over REST2. Known limits and guarantees: README.md beside this file."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sync_service.adapters.request_tracker.adapter import RequestTracker
from sync_service.adapters.request_tracker.settings import Settings, read_settings

__all__ = ["RequestTracker", "Settings", "factory"]


def factory(
    name: str, settings: Mapping[str, Any], clock: Callable[[], datetime]
) -> RequestTracker:
    """Make the adapter of the system `name`; raise ConfigError listing every wrong setting."""
    return RequestTracker(name, read_settings(name, settings), clock)
