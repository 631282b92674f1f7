"""What an answer says: its JSON, the vendor's words in an error, the wait it asks for."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any

from sync_service.errors import Rejected, SyncServiceError, TryLater, UnknownOutcome

LONGEST_WORDS = 500
#: Seconds. Nobody is left alone for longer, whatever a broken proxy asks for.
LONGEST_WAIT = 900.0
MESSAGE_KEYS = ("message", "detail", "error_description", "errormessage", "error", "title")
CLIENT_ERROR, SERVER_ERROR = 400, 500


@dataclass(frozen=True)
class Response:
    """A whole answer. `where` names the call in errors; header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    where: str = ""
    write: bool = False
    system: str = ""

    @property
    def named(self) -> str:
        """Name the system and the call, for an error that is told of neither."""
        return f"{self.system}: {self.where}" if self.system else self.where

    @property
    def text(self) -> str:
        """The body as UTF-8, with what is not replaced."""
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """Read the body as JSON.

        A body that is none raises `UnknownOutcome` on a write (`Rejected` where the status proves
        the refusal) and `TryLater` on a read: a proxy or a maintenance page answered.
        """
        found = self.loose()
        if found is None and self.content.strip() != b"null":
            raise self._unread()
        return found

    def loose(self) -> Any:
        """Read the body as JSON, or give None where it is none. Not to be changed by the caller."""
        return self._parsed

    @cached_property
    def _parsed(self) -> Any:
        if "json" not in self.headers.get("content-type", "").lower():
            return None
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError):  # brackets without end are no JSON either
            return None

    def _unread(self) -> SyncServiceError:
        kind = self.headers.get("content-type") or "no content type"
        told = f"{self.named} was answered with status {self.status} and {kind}, not with JSON"
        if not self.write:
            return TryLater(f"{told}; a proxy or a maintenance page may be in the way")
        if CLIENT_ERROR <= self.status < SERVER_ERROR:
            return Rejected(f"{told}; the status says that nothing was written")
        return UnknownOutcome(f"{told}; a later read shows whether the write landed")


def words(body: Any) -> str:
    """Give the vendor's own words from an error body of any usual shape, at most 500 characters."""
    told = dict.fromkeys(part.strip() for part in _spoken(body) if part.strip())
    return "; ".join(told)[:LONGEST_WORDS]


def _spoken(body: Any) -> Iterator[str]:
    match body:
        case str():
            yield body
        case list():
            for item in body:
                yield from _spoken(item)
        case dict():
            lower = {str(key).lower(): value for key, value in body.items()}
            for key in MESSAGE_KEYS:
                yield from _spoken(lower.get(key))
            yield from _named(lower.get("errors"))


def _named(errors: Any) -> Iterator[str]:
    if isinstance(errors, dict):
        for name, told in errors.items():
            yield from (f"{name}: {part}" for part in _spoken(told))
    else:
        yield from _spoken(errors)


def refused_fields(body: Any) -> tuple[str, ...]:
    """Name the fields in an `Errors` object, or in a list of `{Field, Message}`."""
    lower = {str(key).lower(): value for key, value in body.items()} if _is_dict(body) else {}
    errors = lower.get("errors")
    if isinstance(errors, dict):
        return tuple(str(name) for name in errors)
    if isinstance(errors, list):
        named = (item.get("Field") or item.get("field") for item in errors if _is_dict(item))
        return tuple(str(name) for name in named if name)
    return ()


def retry_after(response: Response, now: datetime) -> float | None:
    """Give the seconds asked for by the `Retry-After` header or the body's `RetryAfter`.

    A moment is counted from the answer's own `Date`, if it has one; `now` is our clock.
    """
    now = _moment(response.headers.get("date", "")) or now
    header = response.headers.get("retry-after", "")
    if header.strip():
        return _seconds(header, now)
    body = response.loose()
    if not _is_dict(body):
        return None
    lower = {str(key).lower(): value for key, value in body.items()}
    asked = lower.get("retryafter", lower.get("retry_after"))
    return None if asked is None else _seconds(str(asked), now)


def _seconds(text: str, now: datetime) -> float | None:
    try:
        asked = float(text)
    except ValueError:
        moment = _moment(text)
        if moment is None:
            return None
        asked = (moment - now).total_seconds()
    return None if math.isnan(asked) else min(max(0.0, asked), LONGEST_WAIT)


def _moment(text: str) -> datetime | None:
    try:
        told = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return told if told.tzinfo else told.replace(tzinfo=UTC)


def _is_dict(body: Any) -> bool:
    return isinstance(body, dict)
