"""What the daemon remembers, in SQLite or PostgreSQL: one method of `Store`, one transaction."""

from sync_service.store.lock import Lock
from sync_service.store.notes import (
    AdoptNote,
    Backlog,
    ConflictRow,
    Done,
    Feed,
    HistoryRow,
    Keep,
    Known,
    Later,
    LinkState,
    LinkStatus,
    No,
    PageNote,
    PageResult,
    ProblemRow,
    Request,
    Run,
    Save,
    StartNote,
)
from sync_service.store.store import Store
from sync_service.store.threads import AsyncStore

__all__ = [
    "AdoptNote",
    "AsyncStore",
    "Backlog",
    "ConflictRow",
    "Done",
    "Feed",
    "HistoryRow",
    "Keep",
    "Known",
    "Later",
    "LinkState",
    "LinkStatus",
    "Lock",
    "No",
    "PageNote",
    "PageResult",
    "ProblemRow",
    "Request",
    "Run",
    "Save",
    "StartNote",
    "Store",
]
