"""Our clock: UTC that never goes back, whatever happens to the machine's own.

When work is due, how long a write may be on the wire and what was known when are all moments of one
clock. A machine's clock is set: by hand, by NTP after a boot, by a host that resumes a guest. Back,
work would rest for as long as the step was and a new read would look older than an old one; so a
step back is not followed. Forward is: after a pause of the machine a write must find its deadline
passed (R16). Across starts the store's newest moment is the floor.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog

log = structlog.get_logger(__name__)

#: The machine's clock and the time since boot drift apart by less than this in hours.
_STEP = timedelta(seconds=1)


def now_utc() -> datetime:
    """Tell the machine's time."""
    return datetime.now(UTC)


def since_boot() -> float:
    """Tell the seconds since boot, sleep included: nobody can set them."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class SteadyClock:
    """Tells UTC by the time since boot, from where the machine's clock stood, or was moved on to."""

    def __init__(
        self, wall: Callable[[], datetime] = now_utc, ticks: Callable[[], float] = since_boot
    ) -> None:
        self._wall, self._ticks = wall, ticks
        self._base, self._at = wall(), ticks()
        self._told = False

    def __call__(self) -> datetime:
        """Tell the time; no answer is earlier than one before it."""
        wall, now = self._wall(), self._steady()
        if wall > now + _STEP:
            self._move(wall)
            return wall
        if wall < now - _STEP and not self._told:
            self._told = True
            log.warning("clock.set_back", seconds=(now - wall).total_seconds())
        return now

    def not_before(self, moment: datetime) -> None:
        """Begin no earlier than a moment that was told before, such as the store's newest."""
        if moment > self():
            self._move(moment)

    def _steady(self) -> datetime:
        return self._base + timedelta(seconds=self._ticks() - self._at)

    def _move(self, moment: datetime) -> None:
        log.info("clock.moved_on", seconds=(moment - self._steady()).total_seconds())
        self._base, self._at, self._told = moment, self._ticks(), False
