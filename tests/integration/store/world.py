"""A small world to store: one link between two systems, and short ways to fill it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sync_service.core.pair import Pair, Work
from sync_service.core.values import Side, Sides, Version
from sync_service.store import No, PageNote, Run, StartNote, Store

LINK = "helpdesk"
SYSTEMS = Sides("incidentiq", "servicenow")
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
#: After everything that a test enqueues by the store's own clock.
LATER = datetime(2100, 1, 1, tzinfo=UTC)


def version(seconds: int) -> Version:
    """Make the version of a ticket changed so many seconds after NOW."""
    return Version(NOW + timedelta(seconds=seconds), seconds)


def start(
    store: Store, run: Run, *tickets: str, link: str = LINK, side: Side = Side.LEFT,
    systems: Sides[str] = SYSTEMS,
) -> list[int | No]:  # fmt: skip
    """Start pairs of these tickets; give their ids, or why they were refused."""
    notes = [StartNote(ticket, NOW, version(0)) for ticket in tickets]
    result = store.take_page(run, link, side, PageNote(systems, starts=notes))
    return [result.started.get(ticket) or result.refused[ticket] for ticket in tickets]


def start_one(store: Store, run: Run, ticket: str = "a") -> int:
    """Start the pair of a ticket that nothing stands against; give its id."""
    (number,) = start(store, run, ticket)
    assert isinstance(number, int), number
    return number


def claim_all(store: Store, run: Run, link: str = LINK) -> list[tuple[Pair, Work]]:
    """Claim all the work there is."""
    return store.claim(run, link, LATER, 1000)
