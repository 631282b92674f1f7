"""Moments as ServiceNow writes them: raw values are UTC, to the second, without a zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache

RAW_FORM = "%Y-%m-%d %H:%M:%S"
_RAW = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")
SECOND = timedelta(seconds=1)
#: A row names the same moments several times, and its neighbours do so again.
_KEPT = 1024


def raw(moment: datetime) -> str:
    """Write an aware moment as a raw value, cut to the second."""
    return moment.astimezone(UTC).strftime(RAW_FORM)


@lru_cache(_KEPT)
def moment(text: str) -> datetime:
    """Read a raw value; raise ValueError if it is none."""
    if not _RAW.fullmatch(text):
        raise ValueError(f"not a raw moment: {text!r}")
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@lru_cache(_KEPT)
def iso(text: str) -> str:
    """Give a raw value in ISO 8601; anything else as it is."""
    try:
        return moment(text).isoformat().replace("+00:00", "Z")
    except ValueError:
        return text


def from_iso(text: str) -> datetime:
    """Read ISO 8601, taking UTC where it names no zone; raise ValueError if it is none."""
    read = datetime.fromisoformat(text.strip())
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def from_header(date: str | None) -> datetime | None:
    """Read an HTTP `Date`, which is the instance's own clock; None if there is none."""
    try:
        return parsedate_to_datetime(date or "").astimezone(UTC)
    except (TypeError, ValueError):
        return None
