"""How the vendor writes time: three ways in one answer.

Ticket dates are naive *site-local* with daylight saving, an asset's date is naive UTC, and
RequestDate is UTC with a Z and seven digits (reference: incident-iq-api 7).
"""

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo


def milliseconds(moment: datetime) -> datetime:
    """Cut to the milliseconds the site keeps."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def local(moment: datetime | None, zone: str) -> str | None:
    """Write a ticket's date: naive, site-local, no trailing zeros."""
    return None if moment is None else _naive(moment.astimezone(_zone(zone)))


def naive_utc(moment: datetime) -> str:
    """Write an asset's date: naive UTC."""
    return _naive(moment.astimezone(UTC))


def stamped(moment: datetime) -> str:
    """Write RequestDate: UTC with Z and seven digits."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}0Z"


def read(text: str, zone: str) -> datetime:
    """Read a date of a request: naive is site-local; raise ValueError if it is none."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=_zone(zone))).astimezone(UTC)


def midnight(year: int, month: int, day: int, zone: str) -> datetime:
    """Return where a day begins at the site; raise ValueError if there is no such day."""
    return datetime(year, month, day, tzinfo=_zone(zone)).astimezone(UTC)


def at_site(moment: datetime, zone: str) -> datetime:
    """Return the moment on the site's own clock."""
    return moment.astimezone(_zone(zone))


def _naive(moment: datetime) -> str:
    text = f"{moment:%Y-%m-%dT%H:%M:%S}"
    fraction = f"{moment.microsecond // 1000:03d}".rstrip("0")
    return f"{text}.{fraction}" if fraction else text


@lru_cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
