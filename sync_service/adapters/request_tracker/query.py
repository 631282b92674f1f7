"""Searches in RT's own languages: TicketSQL and TransactionSQL.

The surprise: a moment is read in the time zone of the account, whatever zone is written behind it
(measured: ` UTC` and `+00:00` are ignored, and a trailing `Z` means midnight). Hence the account
must be on UTC, which `changed` proves with every first page by a *control*: a ticket whose stamp
is known, and which only a search in UTC shows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sync_service.core.values import Value

SECOND = timedelta(seconds=1)


def quoted(text: str) -> str:
    """Write a text as a string of TicketSQL."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def at(moment: datetime) -> str:
    """Write a moment, which must be in UTC, as a string of TicketSQL."""
    return f"'{moment:%Y-%m-%d %H:%M:%S}'"


def any_of(field: str, values: Iterable[str]) -> str:
    """Ask for one of several values; RT 5.0 knows no `IN`. The values are quoted already."""
    return "(" + " OR ".join(f"{field} = {value}" for value in values) + ")"


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a listing that is sorted by a moment and then by id: the last row read."""

    stamp: datetime
    id: int

    def __str__(self) -> str:
        return f"{self.stamp:%Y-%m-%dT%H:%M:%S}/{self.id}"

    @classmethod
    def parse(cls, text: str) -> Mark:
        """Read what `str()` wrote; raise ValueError for anything else."""
        stamp, _, number = text.partition("/")
        return cls(utc(stamp), int(number))


def utc(text: str) -> datetime:
    """Read one of RT's moments, which are in UTC."""
    return datetime.fromisoformat(text.removesuffix("Z") + "+00:00")


def listing(queue: str, field: str, floor: datetime, after: Mark | None) -> str:
    """Ask for the queue's tickets whose `field` is at or after `floor`, or come after a row.

    By key and not by page number, so rows that move while we page can be neither skipped nor torn
    (R2): a changed ticket moves to the end, which is still to come.
    """
    if after is None:
        return f"Queue = {queue} AND {field} >= {at(floor)}"
    stamp = at(after.stamp)
    later = f"({field} > {stamp} OR id > {after.id})"
    return f"Queue = {queue} AND {field} >= {stamp} AND {later}"


def watched(query: str, queue: str, control: Mark) -> str:
    """Add the control to a search for changes: a row that proves zone, queue and rights (R3)."""
    return f"({query}) OR (Queue = {queue} AND {exactly(control)})"


def exactly(control: Mark) -> str:
    """Ask for the ticket if it was last changed in the very second of the mark."""
    stamp = "LastUpdated"
    until = control.stamp + SECOND
    return f"id = {control.id} AND {stamp} >= {at(control.stamp)} AND {stamp} < {at(until)}"


def by_field(name: str, own: str, value: Value) -> str:
    """Ask for tickets by the value of a field; `own` is a custom field's name or empty."""
    if own:
        return f"CF.{{{own}}} = {quoted(str(value))}"
    if name in ("Requestor", "Cc", "AdminCc", "Owner"):
        return f"{name}.EmailAddress = {quoted(str(value))}"
    return f"{name} = {quoted(str(value))}"


def said(tickets: Iterable[str], after: int) -> str:
    """Ask for the transactions that say something, of several tickets, after an id."""
    kinds = any_of("Type", ("'Create'", "'Correspond'", "'Comment'"))
    return (
        f"ObjectType = 'RT::Ticket' AND {any_of('ObjectId', tickets)} AND {kinds} AND id > {after}"
    )


def trail(ticket: str, since: datetime, after: int) -> str:
    """Ask for everything that happened to a ticket since a moment, after an id."""
    what = f"ObjectType = 'RT::Ticket' AND ObjectId = {ticket}"
    return f"{what} AND Created >= {at(since)} AND id > {after}"
