"""What a start survives."""

from __future__ import annotations

from types import SimpleNamespace

from sync_service.adapters.memory import MemoryAdapter, MemoryDesk
from sync_service.scheduling.opening import _start_adapters


async def test_a_system_that_answers_as_nobody_foresaw_does_not_end_the_start() -> None:
    """R25: its links are opened all the same, and their cycles tell what is wrong."""
    odd = MemoryAdapter("odd", MemoryDesk("odd"))

    async def start() -> None:
        raise KeyError("id")

    odd.start = start  # type: ignore[method-assign]
    adapters = {"well": MemoryAdapter("well", MemoryDesk("well")), "odd": odd}

    assert frozenset({"well"}) == await _start_adapters(SimpleNamespace(adapters=adapters))  # type: ignore[arg-type]
