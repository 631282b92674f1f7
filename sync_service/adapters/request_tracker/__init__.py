"""Request Tracker 5 over REST2. Known limits and guarantees: README.md beside this file."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sync_service.adapters.request_tracker.adapter import RequestTracker
from sync_service.adapters.request_tracker.settings import Settings, read_settings
from sync_service.core.outgoing import Births

__all__ = ["BIRTHS", "RequestTracker", "Settings", "factory"]

#: `on_create` goes to RT as it stands, by REST2's names; nothing is looked up, since RT names people by e-mail.
BIRTHS = Births()


def factory(
    name: str, settings: Mapping[str, Any], clock: Callable[[], datetime]
) -> RequestTracker:
    """Make the adapter of the system `name`; raise ConfigError listing every wrong setting."""
    return RequestTracker(name, read_settings(name, settings), clock)
