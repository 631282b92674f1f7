"""Incident IQ's times: ticket dates are naive site-local with daylight saving, RequestDate is UTC.

(Facts report on the vendor's API, section 7.) The surprise is the autumn night: an hour of local
times comes twice, so a stamp in it is read as the first of the two and marked uncertain, and a
reading that starts in or before the second pass goes back to where the hour began.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

#: .NET's way to write "no date".
NO_YEAR = 1
HOUR = timedelta(hours=1)
#: The Windows names under which US sites keep their zones.
WINDOWS = {
    "Atlantic Standard Time": "America/Halifax",
    "Eastern Standard Time": "America/New_York",
    "US Eastern Standard Time": "America/Indiana/Indianapolis",
    "Central Standard Time": "America/Chicago",
    "Mountain Standard Time": "America/Denver",
    "US Mountain Standard Time": "America/Phoenix",
    "Pacific Standard Time": "America/Los_Angeles",
    "Alaskan Standard Time": "America/Anchorage",
    "Hawaiian Standard Time": "Pacific/Honolulu",
    "GMT Standard Time": "Europe/London",
    "UTC": "UTC",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment in UTC; `certain` is false where the local time names two."""

    at: datetime
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Zone:
    """The time zone of a site."""

    info: ZoneInfo

    @classmethod
    def named(cls, name: str) -> Zone | None:
        """Find a zone by its IANA or Windows name."""
        try:
            return cls(ZoneInfo(WINDOWS.get(name.strip(), name.strip())))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return None

    def read(self, text: object) -> Moment | None:
        """Read a date of a ticket; one that carries an offset or Z is taken at its word."""
        return _read(text, self.info) if isinstance(text, str) and text.strip() else None

    def local(self, moment: datetime) -> datetime:
        """Give the moment as the site's wall clock shows it."""
        return moment.astimezone(self.info)

    def shown(self, moment: str) -> str:
        """Give an ISO moment as a ticket's date shows it: in the repeated hour, the first pass."""
        try:
            local = self.local(datetime.fromisoformat(moment)).replace(tzinfo=None)
        except ValueError:
            return moment
        read = self.read(local.isoformat())
        return iso(read.at) if read else moment

    def floor(self, since: datetime, now: datetime) -> datetime:
        """Give where to read from so that no row changed at or after `since` is missed."""
        back = self._turned_back(since - timedelta(hours=3), now)
        if back is None:
            return since
        at, by = back
        return min(since, at - by) if since < at + by else since

    def _turned_back(self, start: datetime, end: datetime) -> tuple[datetime, timedelta] | None:
        """Find when clocks were set back soon after `start`, and how far; a later night is no
        matter, since everything from `since` on is read anyway.
        """
        step, limit = start.replace(minute=0, second=0, microsecond=0), start + timedelta(hours=6)
        while step <= min(end, limit):
            after = step + HOUR
            lost = self._offset(step) - self._offset(after)
            if lost > timedelta(0) and after <= end:
                return after, lost
            step = after
        return None

    def _offset(self, moment: datetime) -> timedelta:
        return moment.astimezone(self.info).utcoffset() or timedelta(0)


@lru_cache(4096)
def _read(text: str, zone: ZoneInfo) -> Moment | None:
    """A ticket is read several times in a row, with the same dates."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if moment.year == NO_YEAR:
        return None
    if moment.tzinfo is not None:
        return Moment(moment.astimezone(UTC))
    first, second = moment.replace(tzinfo=zone, fold=0), moment.replace(tzinfo=zone, fold=1)
    return Moment(first.astimezone(UTC), first.utcoffset() == second.utcoffset())


def utc(text: object) -> datetime | None:
    """Read RequestDate: UTC, with Z or without."""
    moment = Zone(ZoneInfo("UTC")).read(text)
    return moment.at if moment else None


def iso(moment: datetime) -> str:
    """Write a moment as ISO 8601 in UTC, to the millisecond, so that text sorts as time does."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
