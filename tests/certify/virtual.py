"""Virtual time: an event loop whose clock jumps to the next timer when nobody has anything to do.

Time-outs, back-off, lags and the night when clocks are set back cost nothing, and a history takes
the same course each time. No real file or socket is ever waited for.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any


class Deadlock(RuntimeError):
    """Everybody waits, and nothing is due."""


class _Jumping(selectors.SelectSelector):
    """Never waits: what would be waited for is passed over."""

    jump: Callable[[float], None]

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise Deadlock("everybody waits, and nothing is due")
        if timeout > 0:
            self.jump(timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop in virtual seconds from 0."""

    def __init__(self) -> None:
        selector = _Jumping()
        selector.jump = self._jump
        self._seconds = 0.0
        super().__init__(selector)
        self._clock_resolution = 1e-6

    def time(self) -> float:
        """Give the virtual seconds since the loop was made."""
        return self._seconds

    def _jump(self, seconds: float) -> None:
        self._seconds += seconds


class VirtualClock:
    """The time of day in a loop's virtual time; `start` is aware UTC."""

    def __init__(self, loop: VirtualLoop, start: datetime) -> None:
        self._loop, self.start = loop, start

    def __call__(self) -> datetime:
        return self.start + timedelta(seconds=self._loop.time())
