"""HTTP status becomes an error in one table.

A write that was refused is told apart from one that may have landed: only 4xx proves refusal, and
408 not even that.
"""

from __future__ import annotations

from sync_service.adapters.http.response import Response, refused_fields, words
from sync_service.errors import (
    AuthFailed,
    NeedsHuman,
    Rejected,
    Stale,
    SyncServiceError,
    TryLater,
    UnknownOutcome,
    quoted,
)

AUTH = frozenset({401, 403})
STALE = frozenset({412})
WAIT = frozenset({425, 429})
#: Nothing was done: the server asks for the same request at another address.
ELSEWHERE = frozenset({304, 307, 308})
REQUEST_TIMEOUT = 408
OK, MOVED, CLIENT_ERROR, SERVER_ERROR = 200, 300, 400, 500


def error(system: str, response: Response, after: float | None) -> SyncServiceError | None:
    """Tell what the answer's status asks of the caller; None where it is a success.

    `after` is the wait that the answer asked for, in seconds.
    """
    if OK <= response.status < MOVED:
        return None
    said = words(response.loose())
    told = f"{system} answered {response.where} with {response.status}"
    told += f": {quoted(said)}" if said else ""
    if response.status in WAIT:
        return TryLater(f"{told}; it wants to be asked later", after)
    if response.write and _unproven(response.status):
        return UnknownOutcome(f"{told}; a later read shows whether the write landed")
    if response.status >= SERVER_ERROR or response.status == REQUEST_TIMEOUT:
        return TryLater(f"{system} answered {response.where} with {response.status}", after)
    return _refusal(response, told, said)


def _unproven(status: int) -> bool:
    moved = MOVED <= status < CLIENT_ERROR and status not in ELSEWHERE
    return moved or status == REQUEST_TIMEOUT or status >= SERVER_ERROR


def _refusal(response: Response, told: str, said: str) -> SyncServiceError:
    if response.status in AUTH:
        return AuthFailed(
            f"{told}. Check the credentials and the rights of our user,"
            " then run `sync-service check`."
        )
    if response.status in STALE:
        return Stale(f"{told}; the ticket changed since it was read")
    if response.status < CLIENT_ERROR:
        to = response.headers.get("location", "another address").partition("?")[0]
        return NeedsHuman(f"{told} and points to {to}. Correct `url` in the configuration.")
    return Rejected(told, said, refused_fields(response.loose()))
