"""A line that moves while long work runs, on a terminal; elsewhere nothing at all."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_EVERY = 0.5


@contextmanager
def working(told: Callable[[], str]) -> Iterator[None]:
    """Show what `told` says, twice a second, until the block ends. Needs a running loop."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(told() or "working") as status:
        task = asyncio.create_task(_move(lambda: status.update(told())))
        try:
            yield
        finally:
            task.cancel()


async def _move(update: Callable[[], None]) -> None:
    while True:
        update()
        await asyncio.sleep(_EVERY)
