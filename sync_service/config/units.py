"""Durations and sizes as people write them: `60s`, `5m`, `10 MB`."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400}
_BYTES = {
    "b": 1,
    "kb": 1000,
    "mb": 1000**2,
    "gb": 1000**3,
    "kib": 2**10,
    "mib": 2**20,
    "gib": 2**30,
}
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z]+)")


def duration(value: Any) -> timedelta:
    """Read `90s`, `5m`, `1h 30m` or `2d`; raise ValueError saying so."""
    if isinstance(value, timedelta):
        return value
    parts = _AMOUNT.findall(value) if isinstance(value, str) else []
    if not parts or _AMOUNT.sub("", str(value)).strip():
        raise ValueError("is not a duration; write it like `90s`, `5m`, `1h 30m` or `2d`")
    if unknown := [unit for _, unit in parts if unit.lower() not in _SECONDS]:
        raise ValueError(f"has the unknown unit `{unknown[0]}`; use ms, s, m, h or d")
    return timedelta(seconds=sum(float(n) * _SECONDS[unit.lower()] for n, unit in parts))


def age(value: Any) -> timedelta | None:
    """Read a duration of at least a day, or `forever` as None; raise ValueError saying so."""
    if value is None or value == "forever":
        return None
    found = duration(value)
    if found < timedelta(days=1):
        raise ValueError("is less than a day; write `1d` or more, or `forever`")
    return found


def size(value: Any) -> int:
    """Read `10 MB` or `512 KiB` as bytes; raise ValueError saying so."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    match = _AMOUNT.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None or match[2].lower() not in _BYTES:
        raise ValueError("is not a size; write it like `10 MB`, `512 KiB` or a number of bytes")
    return int(float(match[1]) * _BYTES[match[2].lower()])


Duration = Annotated[
    timedelta,
    BeforeValidator(duration),
    WithJsonSchema({"type": "string", "examples": ["60s", "5m", "1h 30m"]}),
]
#: How long something is kept; None is for ever.
Age = Annotated[
    timedelta | None,
    BeforeValidator(age),
    WithJsonSchema({"type": "string", "examples": ["90d", "forever"]}),
]
Size = Annotated[
    int,
    BeforeValidator(size),
    WithJsonSchema({"anyOf": [{"type": "integer"}, {"type": "string", "examples": ["10 MB"]}]}),
]
