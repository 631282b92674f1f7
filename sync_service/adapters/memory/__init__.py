"""The reference adapter: a help desk in memory, for tests, demonstrations and dry runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from sync_service.adapters.memory.adapter import MemoryAdapter
from sync_service.adapters.memory.desk import US, Manners, MemoryDesk

__all__ = ["US", "Manners", "MemoryAdapter", "MemoryDesk", "Settings", "factory"]


class Settings(BaseModel):
    """A desk in memory, which begins empty at every start."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    timeout: timedelta = Field(timedelta(seconds=2), gt=timedelta(0))
    cut: int = Field(0, ge=0, description="texts end after so many characters; 0 for no end")


def factory(name: str, settings: Mapping[str, Any], clock: Callable[[], datetime]) -> MemoryAdapter:
    """Make a desk and its adapter."""
    given = Settings.model_validate(settings)
    desk = MemoryDesk(name, clock, Manners(cut=given.cut))
    return MemoryAdapter(name, desk, timeout=given.timeout)
