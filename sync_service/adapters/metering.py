"""Count the requests that one piece of work costs, whatever else runs beside it.

The surprise: the meter is in the context and not in the adapter, so that two links that share an
adapter, and the tasks that a call starts, are told apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_METER: ContextVar[Counter[str] | None] = ContextVar("sync_service.requests", default=None)


def spend(system: str) -> None:
    """Count one request to a system. Adapters call it for each that they put on the wire."""
    meter = _METER.get()
    if meter is not None:
        meter[system] += 1


@contextmanager
def metered() -> Iterator[Counter[str]]:
    """Count the requests by system that are made inside, and in tasks that are started inside."""
    meter: Counter[str] = Counter()
    token = _METER.set(meter)
    try:
        yield meter
    finally:
        _METER.reset(token)
