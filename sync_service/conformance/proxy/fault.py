"""What can go wrong on the wire, and what was seen there.

The pair that matters is before and after: a connection closed *before* the server handled the
request lost nothing, one closed *after* it hides a write that landed, and the caller sees the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from threading import Lock
from typing import Any

KINDS: Mapping[str, str] = {
    "delay": "wait `seconds`, then pass on",
    "delay_after": "pass on, wait `seconds`, then answer",
    "act": "do `act` (a person's deed, say), then pass on",
    "act_after": "pass on, do `act`, then answer",
    "edit": "pass `request` of the request on (or take what `instead` has for it), answer `answer` of it",
    "status": "answer `status` with `body`, `headers` and `retry_after`; pass nothing on",
    "hang_up_before": "close the connection; pass nothing on",
    "hang_up_after": "pass on, then close the connection without an answer",
    "error_after": "pass on, then answer `status` (default 500)",
    "not_json": "answer an HTML page with `status` (default 502); pass nothing on",
    "not_json_after": "pass on, then answer an HTML page with `status` (default 200)",
    "truncate": "pass on, send half of the answer, then close the connection",
    "huge": "answer `status` (default 200) with JSON that goes on for `size` bytes; pass nothing on",
    "huge_after": "pass on, then answer as `huge` does",
}
#: Of these any number may strike one call; of the others the first that matches does.
ALONGSIDE = frozenset({"delay", "delay_after", "act", "act_after", "edit"})
PAGE = "<html><head><title>Maintenance</title></head><body><h1>Back soon</h1></body></html>"


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came; `target` is the path with its query."""

    method: str
    target: str
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    @property
    def path(self) -> str:
        """The path without its query."""
        return self.target.partition("?")[0]


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


@dataclass(slots=True)
class Call:
    """One request that came by. `status` is None until an answer was begun."""

    request: Request
    faults: tuple[str, ...] = ()
    handled: bool = False
    status: int | None = None
    sent: int = 0

    @property
    def method(self) -> str:
        """The request's method."""
        return self.request.method

    @property
    def path(self) -> str:
        """The request's path without its query."""
        return self.request.path


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a kind of `KINDS`.

    `method` and `path` are globs (`*` crosses slashes); `only` is a further condition on both. The
    first `after` matching calls pass, then `times` are struck (None: all until cleared).
    """

    kind: str
    method: str = "*"
    path: str = "*"
    only: Callable[[str, str], bool] | None = None
    times: int | None = 1
    after: int = 0
    seconds: float = 1.0
    status: int | None = None
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    retry_after: float | None = None
    retry_after_in: str = "header"
    size: int = 1 << 30
    act: Callable[[], object] | None = None
    request: Callable[[Request], Request] | None = None
    instead: Callable[[Request], Answer | None] | None = None
    answer: Callable[[Request, Answer], Answer] | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no fault kind {self.kind!r}; there are: {', '.join(KINDS)}")
        if self.retry_after_in not in ("header", "body"):
            raise ValueError("retry_after_in is header or body")

    def matches(self, call: Request) -> bool:
        """Tell whether the fault is meant for this call."""
        return (
            fnmatchcase(call.method, self.method.upper())
            and fnmatchcase(call.path, self.path)
            and (self.only is None or self.only(call.method, call.path))
        )


class Faults:
    """The faults that are set, counted down as they strike. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._set: list[list[Any]] = []  # fault, calls still to pass, strikes left

    def add(self, fault: Fault) -> None:
        """Set a fault after those that are set."""
        with self._lock:
            self._set.append([fault, fault.after, fault.times])

    def clear(self) -> None:
        """Let everything pass."""
        with self._lock:
            self._set.clear()

    def hits(self, call: Request) -> tuple[Fault, ...]:
        """Give the faults that strike this call, in the order they were set."""
        with self._lock:
            struck: list[Fault] = []
            for entry in list(self._set):
                fault: Fault = entry[0]
                taken = any(one.kind not in ALONGSIDE for one in struck)
                if (fault.kind in ALONGSIDE or not taken) and fault.matches(call):
                    struck += [fault] if self._strikes(entry) else []
            return tuple(struck)

    def _strikes(self, entry: list[Any]) -> bool:
        if entry[1] > 0:
            entry[1] -= 1
            return False
        if entry[2] is not None:
            entry[2] -= 1
            if entry[2] <= 0:
                self._set.remove(entry)
        return True
