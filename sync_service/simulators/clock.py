"""The time of a simulated vendor: real until somebody sets it.

Setting it stops it, so that a test can put two edits into the same second; only `advance` moves
a stopped clock. Waits on the wire (faults) take seconds of the event loop.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def _machine() -> datetime:
    return datetime.now(UTC)


class Clock:
    """Tell the time of one simulator, in aware UTC."""

    def __init__(self) -> None:
        self._stopped: datetime | None = None
        self._ahead = timedelta()
        self._source: Callable[[], datetime] = _machine

    def now(self) -> datetime:
        return self._stopped or self._source() + self._ahead

    def follow(self, source: Callable[[], datetime]) -> None:
        """Take `source` (aware UTC) for the machine's own time from now on."""
        self._source = source

    def set(self, now: datetime) -> None:
        """Stop the clock at `now`; raise ValueError if it names no zone."""
        if now.tzinfo is None:
            raise ValueError(f"the clock needs a zone: write {now.isoformat()}Z, not a naive time")
        self._stopped = now.astimezone(UTC)

    def advance(self, seconds: float) -> None:
        """Move the clock by `seconds`, whether it runs or stands."""
        if self._stopped is None:
            self._ahead += timedelta(seconds=seconds)
        else:
            self._stopped += timedelta(seconds=seconds)

    def real(self) -> None:
        """Run with the machine's own time again."""
        self._stopped, self._ahead = None, timedelta()

    @property
    def stopped(self) -> bool:
        return self._stopped is not None
