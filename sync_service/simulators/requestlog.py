"""What reached the simulator, counted by route and listed with start and end.

The surprise: a call ends when its answer begins to leave, so that whoever holds the answer finds
the call counted. A call that began and never ended was in flight; a call whose caller went away before the answer
is marked abandoned. Both are what a test that kills the daemon has to see.
"""

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from time import time
from typing import Any

KEPT = 200_000
LONGEST_BODY = 65_536


@dataclass(slots=True)
class Call:
    """One request. `started` and `ended` are wall-clock epoch seconds, `at` the simulated time.

    `body` and `query` are what was sent, for a log that keeps bodies.
    """

    n: int
    at: str
    method: str
    path: str
    started: float
    route: str = ""
    ended: float | None = None
    status: int | None = None
    abandoned: bool = False
    fault: str = ""
    body: str = ""
    query: str = ""

    def listed(self) -> dict[str, Any]:
        """Return the call for the log's JSON."""
        return {name: getattr(self, name) for name in self.__slots__}


class RequestLog:
    """Count calls by "METHOD route" and keep the last 200,000 of them.

    With `bodies` each later call's query and body (64 KiB of it) are kept too, for judges of what
    left.
    """

    def __init__(self) -> None:
        self.bodies = False
        self._counts: Counter[str] = Counter()
        self._calls: deque[Call] = deque(maxlen=KEPT)
        self._n = 0

    def begin(self, method: str, path: str, at: str) -> Call:
        self._n += 1
        call = Call(self._n, at, method, path, time())
        self._calls.append(call)
        return call

    def end(self, call: Call, route: str) -> None:
        """Count a call and note its end, the first time that this is said of it."""
        if call.ended is None:
            call.route, call.ended = route, time()
            self._counts[f"{call.method} {route}"] += 1

    def counts(self) -> dict[str, int]:
        """Count ended calls by "METHOD route-template"."""
        return dict(sorted(self._counts.items()))

    def reset(self) -> None:
        """Forget counts and calls; numbers go on, so `since` stays valid."""
        self._counts.clear()
        self._calls.clear()

    def since(self, n: int) -> list[dict[str, Any]]:
        """List calls later than number `n`, oldest first."""
        return [call.listed() for call in reversed(list(self._later(n)))]

    def _later(self, n: int) -> Iterator[Call]:
        for call in reversed(self._calls):
            if call.n <= n:
                return
            yield call
