"""One sync through compose: a person opens a ticket on one side, and it must appear on the other.

Runs inside the daemon's container, whose loopback both simulators share. It reads the far side through
the simulator's control API, so nothing of the product vouches for itself.
"""

from __future__ import annotations

import json
import sys
import time
import urllib.request
import uuid
from typing import Any

INCIDENT_IQ = "http://127.0.0.1:8101/_control"
SERVICENOW = "http://127.0.0.1:8102/_control"
PERSON = "dana.whitfield@springfield.example"
PATIENCE = 90  # seconds; the demo polls every few


def main() -> int:
    """Give 0 once the ticket stands on both sides, exactly once on the far one."""
    subject = f"Compose check {uuid.uuid4().hex[:8]}"
    _call(f"{INCIDENT_IQ}/act", {"person": PERSON, "do": "create", "subject": subject})
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE:
        copies = [row for row in _tickets(SERVICENOW) if subject in json.dumps(row)]
        if copies:
            print(f"{len(copies)} copy after {time.monotonic() - began:.1f} s")
            return 0 if len(copies) == 1 else 1
        time.sleep(1)
    print(f"no copy of {subject!r} on the far side after {PATIENCE} s")
    return 1


def _tickets(control: str) -> list[Any]:
    return list(_call(f"{control}/tickets").values())


def _call(url: str, order: dict[str, str] | None = None) -> Any:
    body = json.dumps(order).encode() if order else None
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, body, headers)
    with urllib.request.urlopen(request, timeout=10) as reply:
        return json.load(reply)


if __name__ == "__main__":
    sys.exit(main())
