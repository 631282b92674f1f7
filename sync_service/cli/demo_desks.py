"""The demo's two help desks, as their people and the judge see them: by the control API alone."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import dataclass
from typing import Any

_PATIENCE = 10


@dataclass(frozen=True, slots=True)
class Desk:
    """One simulator, by its name for people and its address."""

    name: str
    url: str

    def act(self, person: str, do: str, **what: Any) -> dict[str, Any]:
        """Do something as a person; give what it made."""
        done: dict[str, Any] = self._call("act", {"person": person, "do": do, **what})
        return done

    def tickets(self) -> dict[str, Any]:
        """Give every ticket by id, comments and all."""
        shown: dict[str, Any] = self._call("tickets")
        return {key: one for key, one in shown.items() if not one["deleted"]}

    def requests(self) -> dict[str, int]:
        """Count the daemon's requests so far, by method and route."""
        counts: dict[str, int] = self._call("requests")["by_route"]
        return counts

    def _call(self, path: str, order: dict[str, Any] | None = None) -> Any:
        body = json.dumps(order).encode() if order is not None else None
        headers = {"Content-Type": "application/json"}
        call = urllib.request.Request(f"{self.url}/_control/{path}", body, headers)  # noqa: S310
        with urllib.request.urlopen(call, timeout=_PATIENCE) as reply:  # noqa: S310 - loopback
            return json.load(reply)


@dataclass(frozen=True, slots=True)
class Desks:
    """Both desks. A ticket that a copy names by its key is its original."""

    left: Desk
    right: Desk

    def twins(self) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """Join both desks' tickets by the keys on the copies, Incident IQ first."""
        return joined(self.left.tickets(), self.right.tickets())


def joined(
    left: dict[str, Any], right: dict[str, Any]
) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Join tickets by the keys on the copies; a copy of nothing is left out."""
    pairs = [(left.get(_named(one)), one) for one in right.values() if key_of(one)]
    pairs += [(one, right.get(_named(one))) for one in left.values() if key_of(one)]
    return [(one, two) for one, two in pairs if one is not None and two is not None]


def key_of(ticket: dict[str, Any]) -> str:
    """Give the key that a copy carries; empty for an original."""
    custom = ticket.get("custom")
    key = custom.get("Sync Key") if custom is not None else ticket["fields"].get("correlation_id")
    return str(key or "")


def _named(copy: dict[str, Any]) -> str:
    return key_of(copy).rsplit(":", 1)[1]
