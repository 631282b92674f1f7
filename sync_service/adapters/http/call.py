"""One call, before it leaves."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Call:
    """One call before it is sent; `deadline` None makes it a read."""

    method: str
    path: str
    route: str
    accept: Collection[int]
    deadline: datetime | None = None
    params: Mapping[str, Any] | None = None
    json: Any = None
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def where(self) -> str:
        """Name the call for people: its method and its route."""
        return f"{self.method} {self.route}"
