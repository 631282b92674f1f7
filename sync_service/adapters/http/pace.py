"""When the next request may leave: a rate of our own, and the server's wish to be left alone.

Time here is the event loop's, so a set-back of the machine's clock holds nobody up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

BURST = 1.0


def _loop_time() -> float:
    return asyncio.get_running_loop().time()


class Pace:
    """Give turns at `rate` a second (None: at once), a second's worth of them in a burst."""

    def __init__(self, rate: float | None, now: Callable[[], float] = _loop_time) -> None:
        self._step = 1 / rate if rate else 0.0
        self._now = now
        self._booked = 0.0
        self._free = 0.0

    def hold(self, seconds: float) -> None:
        """Give no turn for `seconds` from now; a longer hold stays."""
        self._free = max(self._free, self._now() + seconds)

    @property
    def held(self) -> float:
        """Seconds until the server wants to be asked again."""
        return max(0.0, self._free - self._now())

    async def turn(self, within: float) -> float:
        """Wait for a turn and return 0, or return at once the wait that would pass `within`."""
        wait = max(self._due(), self.held)
        if wait > max(within, 0):
            return wait
        self._booked = max(self._booked, self._now()) + self._step
        if wait:
            await asyncio.sleep(wait)
        return 0.0

    def _due(self) -> float:
        return max(0.0, self._booked - max(BURST - self._step, 0.0) - self._now())
