"""What a transaction has to say to the log, said once it is committed and never before.

A problem that opens or closes is told here, because only its table knows whether it was open. The
surprise: what a transaction that fails had to say is dropped with it.
"""

from __future__ import annotations

from typing import Any

import structlog
from sqlalchemy import Connection

log = structlog.get_logger(__name__)

_NEWS = "sync_service.news"


def tell(c: Connection, event: str, **facts: Any) -> None:
    """Have a line logged after the commit: an event's name and facts, no ticket text."""
    c.info.setdefault(_NEWS, []).append((event, facts))


def forget(c: Connection) -> None:
    """Drop what an earlier transaction on this connection left unsaid, since it failed."""
    c.info.pop(_NEWS, None)


def news(c: Connection) -> list[tuple[str, dict[str, Any]]]:
    """Take what is to be said after the commit."""
    return list(c.info.pop(_NEWS, ()))


def say(told: list[tuple[str, dict[str, Any]]]) -> None:
    """Log it: what opens as a warning, since it needs a person."""
    for event, facts in told:
        (log.warning if event.endswith(".opened") else log.info)(event, **facts)
