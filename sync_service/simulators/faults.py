"""Faults that happen on the wire, before or after the vendor has done its work.

The pair that matters is before and after: a connection closed *before* handling lost nothing,
one closed *after* it hides a write that landed, and the caller sees the same thing.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from random import Random
from typing import Any

KINDS = {
    "delay": "wait `seconds`, then handle",
    "delay_after": "handle, wait `seconds`, then answer",
    "status": "answer `status` (and `body`, `retry_after`) without handling",
    "hang_up_before": "close the connection without handling",
    "hang_up_after": "handle, then close the connection without an answer",
    "error_after": "handle, then answer `status` (default 500)",
    "not_json": "answer an HTML page with `status` (default 502) without handling",
    "truncate": "handle, then send half of the answer and close the connection",
}
RETRY_AFTER_IN = ("header", "body", "both")


@dataclass(slots=True)
class Fault:
    """One fault. `method` and `route` are globs, `route` matches the path; `times` None is for ever.

    The first `after` matching requests pass; then each is hit with `probability`, `times` times.
    """

    kind: str
    method: str = "*"
    route: str = "*"
    times: int | None = 1
    after: int = 0
    probability: float = 1.0
    seconds: float = 1.0
    status: int | None = None
    retry_after: float | None = None
    retry_after_in: str = ""
    body: Any = None

    @classmethod
    def read(cls, order: Mapping[str, Any]) -> "Fault":
        """Build a fault from JSON; raise ValueError naming what is wrong."""
        names = {field.name for field in fields(cls)}
        unknown = sorted(set(order) - names)
        if unknown:
            raise ValueError(f"a fault has no {', '.join(unknown)}; valid: {', '.join(names)}")
        fault = cls(**{"kind": "", **order})
        if fault.kind not in KINDS:
            raise ValueError(f"no fault kind {fault.kind!r}; there are: {', '.join(KINDS)}")
        if fault.retry_after_in not in ("", *RETRY_AFTER_IN):
            raise ValueError(f"retry_after_in is one of {', '.join(RETRY_AFTER_IN)}")
        return fault

    def matches(self, method: str, path: str) -> bool:
        return fnmatchcase(method, self.method.upper()) and fnmatchcase(path, self.route)


class Faults:
    """The faults that are set, in order; the random ones repeat with the same seed."""

    def __init__(self, seed: int = 1) -> None:
        self._set: list[Fault] = []
        self._random = Random(seed)

    def add(self, orders: Iterable[Mapping[str, Any]]) -> None:
        """Set every fault, or none: raise ValueError if one cannot be read."""
        self._set += [Fault.read(order) for order in orders]

    def clear(self) -> None:
        self._set.clear()

    def listed(self) -> list[dict[str, Any]]:
        names = [field.name for field in fields(Fault)]
        return [{name: getattr(fault, name) for name in names} for fault in self._set]

    def hits(self, method: str, path: str) -> list[Fault]:
        """Return the faults that strike this request: delays, and the first other one."""
        if not self._set:
            return []
        struck: list[Fault] = []
        for fault in list(self._set):
            taken = any(not other.kind.startswith("delay") for other in struck)
            if taken and not fault.kind.startswith("delay"):
                continue
            if fault.matches(method, path) and self._strikes(fault):
                struck.append(fault)
        return struck

    def _strikes(self, fault: Fault) -> bool:
        if fault.after > 0:
            fault.after -= 1
            return False
        if fault.probability < 1 and self._random.random() >= fault.probability:
            return False
        if fault.times is not None:
            fault.times -= 1
            if fault.times <= 0:
                self._set.remove(fault)
        return True


def rendered(body: Any) -> tuple[bytes, str]:
    """Return a fault's body as bytes with its content type: text is HTML, the rest JSON."""
    if isinstance(body, str):
        return body.encode(), "text/html; charset=utf-8"
    return json.dumps(body).encode(), "application/json"
