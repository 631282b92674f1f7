"""Why a link does nothing now, out of the store alone, so that nobody waits for it in silence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sync_service.config import Link
    from sync_service.store import Store


@dataclass(frozen=True, slots=True)
class Hindrance:
    """Why a link does nothing, in words, and whether only a person can change that."""

    why: str
    person: bool = True


def hindrance(store: Store, link: Link, now: datetime) -> Hindrance | None:
    """Give what keeps a link from working; None where nothing known does."""
    state = store.link_state(link.name)
    if link.paused or state.paused:
        return Hindrance(f"{link.name} is paused; `sync-service resume {link.name}` first")
    if state.pending is not None:
        return Hindrance(
            f"{link.name} waits for a person; `sync-service status` says for what, and"
            f" `sync-service accept {link.name}` lets it go on"
        )
    return _stopped(store, link) or _unread(store, link, now)


def _stopped(store: Store, link: Link) -> Hindrance | None:
    from sync_service.core.guard import RUNAWAY, STOPS

    for row in store.problems(link=link.name):
        if row.problem.code in {"stopped", RUNAWAY, *STOPS}:
            return Hindrance(row.problem.message)
    return None


def _unread(store: Store, link: Link, now: datetime) -> Hindrance | None:
    from sync_service.core.values import Side
    from sync_service.web.readiness import limit

    for side in Side:
        feed = store.feed(link.name, side)
        if feed is None or feed.pulled_at is None or not feed.done:
            continue
        if now - feed.pulled_at > limit(link):
            when = feed.pulled_at.isoformat(timespec="seconds")
            system = link.systems.of(side)
            return Hindrance(f"{system} was last read at {when} and does not answer", person=False)
    return None
