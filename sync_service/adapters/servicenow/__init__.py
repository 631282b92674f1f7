"""ServiceNow: the adapter of the Table API. See README.md for its limits and guarantees."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sync_service.adapters.servicenow.adapter import ServiceNow
from sync_service.adapters.servicenow.settings import Settings, read_settings

__all__ = ["ServiceNow", "Settings", "factory"]


def factory(name: str, settings: Mapping[str, Any], clock: Callable[[], datetime]) -> ServiceNow:
    """Make the adapter of a configured system; raise ConfigError listing every problem."""
    return ServiceNow(name, read_settings(name, settings), clock)
