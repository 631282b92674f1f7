"""What the instance's refusals mean: what happened, to what, and what to do next.

The surprise: a sleeping developer instance answers 200 with a web page, and so does one that wants
a browser to sign in; neither is an empty result.
Source: vendor documentation, REST response codes; reference itsm-vendors 1.
"""

from __future__ import annotations

from sync_service.adapters.http import Response
from sync_service.adapters.http.response import words
from sync_service.errors import AuthFailed, NeedsHuman, Rejected, SyncServiceError, TryLater, quoted

UNAUTHORIZED, FORBIDDEN, NOT_FOUND, BAD_REQUEST = 401, 403, 404, 400
#: Refusals that are told in the words of this file rather than in general ones.
OURS = (BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, NOT_FOUND)
AGAIN = "then run `sync-service check`"


def no_json(system: str, response: Response) -> SyncServiceError:
    """Say what a web page in the place of an answer means, after a read."""
    page = response.text.casefold()
    if "hibernat" in page:
        return NeedsHuman(
            f"{system} is hibernating: it answered {response.where} with a web page. Sign in to the"
            " vendor's developer site and wake the instance."
        )
    return TryLater(
        f"{system} answered {response.where} with status {response.status} and no JSON; the"
        " instance may be starting or in maintenance, or `url` leads to a sign-in page"
    )


def unread(system: str, table: str, response: Response, way: str) -> SyncServiceError:
    """Say why a table could not be read."""
    said = words(response.loose())
    if response.status == UNAUTHORIZED:
        return signed_out(system, said, way)
    if response.status == FORBIDDEN:
        return AuthFailed(
            f"{system} does not let our user read the table {table} (403{_quote(said)})."
            f" Give the user a role that may, {AGAIN}."
        )
    if "table" in said.casefold():
        return NeedsHuman(
            f"{system} has no table {table} ({response.status}{_quote(said)})."
            f" Correct `table` in the configuration, {AGAIN}."
        )
    return NeedsHuman(
        f"{system} refused to read the table {table} ({response.status}{_quote(said)})."
        f" Is `url` right? Else look at the instance's REST log, {AGAIN}."
    )


def signed_out(system: str, said: str, way: str) -> AuthFailed:
    """Say that the instance does not know us."""
    return AuthFailed(
        f"{system} refused our account (401{_quote(said)}). Check {way}, and that the account is"
        f" active and not locked, {AGAIN}."
    )


def unwritten(system: str, what: str, response: Response, fields: tuple[str, ...]) -> Rejected:
    """Say that one ticket was not written; the instance's own words tell why."""
    said = words(response.loose())
    advice = ""
    if "acl exception" in said.casefold() or "security constraints" in said.casefold():
        advice = " Our user lacks the right: give it a role that may write there, then retry."
    if response.status == NOT_FOUND:
        advice = " The ticket is gone, or hidden from our user."
    return Rejected(
        f"{system} refused to {what} ({response.status}{_quote(said)}).{advice}", said, fields
    )


def _quote(said: str) -> str:
    return f": {quoted(' '.join(said.split()))}" if said else ""
