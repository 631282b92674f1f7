"""The search index: what a search sees, which may be older than what a GET shows.

It holds whole ticket versions, so a lagging row is a true picture of the past. Rows are kept
sorted by the three keys a sync pages by; a search never sorts ten thousand rows for them.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from sync_service.simulators.incidentiq.catalogue import Catalogue
from sync_service.simulators.incidentiq.model import Ticket

NEVER = datetime(1, 1, 1, tzinfo=UTC)
Key = tuple[Any, int]
STANDING: dict[str, Callable[[Ticket], Any]] = {
    "ticketmodifieddate": lambda ticket: ticket.modified,
    "ticketcreateddate": lambda ticket: ticket.created,
    "ticketnumber": lambda ticket: ticket.number,
}


class Rows:
    """The indexed versions of live tickets, or of deleted ones."""

    def __init__(self) -> None:
        self.by_number: dict[int, Ticket] = {}
        self._sorted: dict[str, list[Key]] = {name: [] for name in STANDING}

    def add(self, ticket: Ticket) -> None:
        self.by_number[ticket.number] = ticket
        for name, key in STANDING.items():
            insort(self._sorted[name], (key(ticket), ticket.number))

    def drop(self, number: int) -> None:
        old = self.by_number.pop(number, None)
        if old is None:
            return
        for name, key in STANDING.items():
            rows = self._sorted[name]
            del rows[bisect_left(rows, (key(old), number))]

    def in_order(self, name: str, since: datetime | None = None) -> list[int]:
        """List numbers ascending by a standing key; `since` cuts what was modified before."""
        rows = self._sorted[name]
        start = 0
        if since is not None and name == "ticketmodifieddate":
            start = bisect_left(rows, (since, 0))
        return [number for _, number in rows[start:]]


class Index:
    """Every ticket as search knows it. `generation` moves with each change."""

    def __init__(self) -> None:
        self.live, self.deleted = Rows(), Rows()
        self.generation = 0

    def show(self, ticket: Ticket) -> None:
        """Let searches see this version, unless they have seen a later one."""
        known = self.live.by_number.get(ticket.number) or self.deleted.by_number.get(ticket.number)
        if known is not None and known.version > ticket.version:
            return
        self.generation += 1
        self.live.drop(ticket.number)
        self.deleted.drop(ticket.number)
        (self.deleted if ticket.deleted else self.live).add(ticket)


def sort_keys(catalogue: Catalogue) -> dict[str, Callable[[Ticket], Any]]:
    """Return the documented sort fields that are no standing order, by lower-case name."""

    def user(key: str | None) -> str:
        return catalogue.users[key].name if key else ""

    return {
        **STANDING,
        "ticketid": lambda ticket: ticket.id,
        "ticketnumbersort": lambda ticket: ticket.number,
        "ticketsubject": lambda ticket: ticket.subject.casefold(),
        "ticketpriority": lambda ticket: ticket.priority,
        "ticketcloseddate": lambda ticket: ticket.closed or NEVER,
        "ticketduedate": lambda ticket: ticket.due or NEVER,
        "ticketstatusname": lambda ticket: catalogue.steps[ticket.step].status,
        "workflowstepname": lambda ticket: catalogue.steps[ticket.step].name,
        "locationname": lambda ticket: catalogue.locations[ticket.location].name,
        "assigneduserfirstname": lambda ticket: user(ticket.user),
        "assignedteamname": lambda t: catalogue.teams[t.team].name if t.team else "",
        "forname": lambda ticket: user(ticket.requester),
        "forfirstname": lambda ticket: user(ticket.requester),
        "isclosed": lambda ticket: catalogue.steps[ticket.step].closed,
    }


def ordered(rows: Iterable[Ticket], key: Callable[[Ticket], Any]) -> list[Ticket]:
    """Sort ascending by `key`, equal ones by number."""
    return sorted(rows, key=lambda ticket: (key(ticket), ticket.number))
