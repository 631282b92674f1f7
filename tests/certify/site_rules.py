"""What a ServiceNow site's own rules make of our writes: edits like any other (ADR 0022, R19).

A rule acts on what stands there, so whatever it replaces was seen. It is no person's, so nobody
misses what it put there; that both sides show it is the promise to converge.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from sync_service.simulators.servicenow.choices import STATES
from tests.certify.desks import Dump


def moved(
    before: Mapping[str, Dump], after: Mapping[str, Dump], body: bytes
) -> Iterator[tuple[Dump, str | None]]:
    """Give the incidents whose state a rule moved with a write, and the state that it moved.

    A state that still stands as before the write may as well be a refusal (R19): no rule is named.
    """
    said = STATES.get(json.loads(body or b"{}").get("state", ""))
    for ident, ticket in after.items():
        stood = before[ident]["status"] if ident in before else None
        if ticket["status"] not in (stood, said):
            yield ticket, said or stood
