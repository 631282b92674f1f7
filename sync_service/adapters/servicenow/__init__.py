"""ServiceNow: the adapter of the Table API. See README.md for its limits and guarantees."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sync_service.adapters.servicenow.adapter import ServiceNow
from sync_service.adapters.servicenow.catalogue import COLUMNS
from sync_service.adapters.servicenow.encode import BIRTHS, JOURNALS
from sync_service.adapters.servicenow.settings import Settings, read_settings

__all__ = ["BIRTHS", "FIELD_NAMES", "ServiceNow", "Settings", "factory"]

#: The built-in names of a mapping, for "did you mean"; an instance may have fewer, or more.
FIELD_NAMES = (*COLUMNS, *JOURNALS)


def factory(name: str, settings: Mapping[str, Any], clock: Callable[[], datetime]) -> ServiceNow:
    """Make the adapter of a configured system; raise ConfigError listing every problem."""
    return ServiceNow(name, read_settings(name, settings), clock)
