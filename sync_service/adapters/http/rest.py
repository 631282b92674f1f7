"""Leave a host alone that fails call after call, and try it with one call after a rest (R26).

What counts as failing is no connection, no whole answer, and 5xx; any other answer is a host that
works. The surprise: while it rests nothing leaves, so thousands of due pairs cost it nothing, and
a write that would have had an unknown outcome is one that was surely not sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

#: Failures in a row after which a host is left alone.
FAILURES = 20
SHORTEST, LONGEST = 5.0, 60.0


def _loop_time() -> float:
    return asyncio.get_running_loop().time()


class Rest:
    """Counts how calls to one host end, and says how long to wait before the next."""

    def __init__(self, failures: int = FAILURES, now: Callable[[], float] = _loop_time) -> None:
        self._most, self._now = failures, now
        self._failed, self._until, self._length = 0, 0.0, SHORTEST
        self._trying = False

    @property
    def resting(self) -> bool:
        """Tell whether the host is left alone, or being tried with a single call."""
        return self._failed >= self._most

    @property
    def left(self) -> float:
        """Give the seconds to wait; 0 where a call may leave."""
        if not self.resting:
            return 0.0
        wait = self._until - self._now()
        return wait if wait > 0 else (1.0 if self._trying else 0.0)

    def leaves(self) -> None:
        """Note that a call leaves; while the host rests it is the one that tries it."""
        self._trying = self.resting

    def worked(self) -> bool:
        """Note an answer; tell whether that ended a rest."""
        ended = self.resting
        self._failed, self._until, self._length, self._trying = 0, 0.0, SHORTEST, False
        return ended

    def failed(self) -> float:
        """Note a failure; give the seconds of the rest that it begins, 0 if it begins none."""
        self._failed += 1
        if not self.resting or (self._until > self._now() and not self._trying):
            return 0.0  # calls that were on the way when the rest began
        length, self._trying = self._length, False
        self._until, self._length = self._now() + length, min(2 * length, LONGEST)
        return length

    def dropped(self) -> None:
        """Note that a call was given up before anybody knew how it would end."""
        self._trying = False

    def again(self) -> None:
        """Let the next call leave at once, because a person says so."""
        self._until = 0.0
