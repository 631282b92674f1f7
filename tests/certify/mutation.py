"""What a mutation is: a mistake in the product that a named test must notice.

A mutation is a mistake that somebody could make: one guard taken out. Where its text is no longer
in the source exactly once, the list is out of date, and that is a failure as well.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutation:
    """`old` becomes `new` in `file`; every one of `tests`, the cheapest first, must then fail."""

    name: str
    rule: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...] = ()


NOTES = "sync_service/core/notes.py"
SETTLE = "sync_service/core/settle.py"
COMMENTS = "sync_service/core/comments.py"
ALIGN = "sync_service/core/align.py"
RECORD = "sync_service/core/record.py"
MERGE = "sync_service/core/merge.py"
BEGIN = "sync_service/core/begin.py"
PULL = "sync_service/engine/pull.py"
APPLY = "sync_service/engine/apply.py"
RECONCILE = "sync_service/engine/reconcile.py"
CLIENT = "sync_service/adapters/http/client.py"
