"""Incident IQ: the adapter of the K-12 help desk. See README.md for its limits and guarantees."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sync_service.adapters.incidentiq.adapter import IncidentIq
from sync_service.adapters.incidentiq.creator import BIRTHS
from sync_service.adapters.incidentiq.fields import KINDS
from sync_service.adapters.incidentiq.settings import Settings, read_settings

__all__ = ["BIRTHS", "FIELD_NAMES", "IncidentIq", "Settings", "factory"]

#: The built-in fields, for "did you mean".
FIELD_NAMES = tuple(KINDS)


def factory(name: str, settings: Mapping[str, Any], clock: Callable[[], datetime]) -> IncidentIq:
    """Make the adapter of a configured system; raise ConfigError listing every problem."""
    return IncidentIq(name, read_settings(name, settings), clock)
