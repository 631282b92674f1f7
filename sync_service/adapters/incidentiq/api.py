"""The calls, as the vendor's overview gives them where it speaks (the seed is the authority).

Two surprises: HTTP 200 may carry a refusal in its body, and a 401 may only mean a missing right,
so before credentials are called dead another route is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sync_service.adapters.http import Http, Response
from sync_service.adapters.http.response import refused_fields, words
from sync_service.adapters.incidentiq.settings import Settings
from sync_service.adapters.incidentiq.shapes import Json, Sheet, guid, rows, sheet
from sync_service.adapters.incidentiq.zone import utc
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

ROOT = "/api/v1.0"
SETTINGS_ROUTE = f"{ROOT}/sites/my/settings"
REFUSED = (401, 403)
NOT_FOUND = (404, 405)
LIST_PAGE, MOST_PAGES = 1000, 50
GONE = (404, 410)
#: The right that a route needs, by a part of its name (vendor: `UserPermissions.Rights`).
RIGHTS = (
    ("/assign", "tickets.assign"),
    ("/unassign", "tickets.assign"),
    ("/priority", "tickets.prioritize"),
    ("/due-dates", "tickets.duedate.edit"),
    ("/custom-fields", "customfields.manage"),
    ("/status", "tickets.resolve or tickets.work"),
    ("/tickets/create", "tickets.submit"),
    ("/tickets/new", "tickets.submit"),
    ("/users", "users.view"),
    ("/teams", "users.view"),
    ("/locations", "users.view"),
)


def headers(settings: Settings) -> dict[str, str]:
    """Give the headers of every call (the seed's four; httpx adds Content-Type to bodies)."""
    return {
        "Authorization": f"Bearer {settings.token.get_secret_value()}",
        "SiteId": settings.site_id,
        "Client": "ApiClient",
        "Accept": "application/json",
    }


class Api:
    """The routes of one site. Methods raise as `Adapter` promises."""

    def __init__(self, http: Http, settings: Settings, clock: Callable[[], datetime]) -> None:
        self.http = http
        self._settings = settings
        self._clock = clock
        self._create = f"{ROOT}/tickets/create"

    async def search(
        self,
        order: str,
        size: int,
        index: int,
        filters: Sequence[Json] = (),
    ) -> Sheet:
        """Read one page of tickets: both paging styles are sent, the reply tells which page it is.

        `order` is a field and `asc` or `desc`. Filters may be dropped in silence: check the rows.
        """
        name, _, direction = order.partition(" ")
        paging = {"PageSize": size, "PageIndex": index}
        body = {
            "Schema": "All",
            "ProductId": self._settings.product,
            "FilterByProduct": True,
            "Filters": list(filters),
            "Paging": {**paging, "SortField": name, "SortDirection": direction},
        }
        query = {"$s": size, "$p": index, "$o": order}
        found = await self.ask("POST", f"{ROOT}/tickets", params=query, json=body)
        read = sheet(found, size, index, self.clock_of(found))
        if all(guid(row.get("TicketId")) for row in read.rows):
            return read
        raise TryLater(f"{self.http.system} listed a ticket without its id; it is asked again")

    async def ticket(self, ident: str) -> Response:
        """Read one ticket; 401, 403 and 404 are handed back."""
        route = f"{ROOT}/tickets/{ident}"
        return await self.look("GET", route, accept=(*REFUSED, *GONE))

    async def activities(self, ids: Sequence[str], size: int, index: int) -> Sheet:
        """Read one page of the activities of many tickets."""
        path, query = f"{ROOT}/tickets/activities", {"$s": size, "$p": index}
        found = await self.ask("POST", path, params=query, json=list(ids))
        return sheet(found, size, index, self.clock_of(found))

    async def timeline(self, ticket_id: str) -> tuple[Json, ...] | None:
        """Read every entry of a ticket's timeline; None where the site does not show it."""
        path = f"{ROOT}/tickets/{ticket_id}/timeline"
        first = await self.look("GET", path, params={"$s": 1, "$p": 0}, accept=(*REFUSED, *GONE))
        if first.status in (*REFUSED, *GONE):
            return None
        return await self.listed("GET", path)

    async def listed(self, method: str, path: str, json: Any = None) -> tuple[Json, ...]:
        """Read a whole list, however many pages the site makes of it."""
        found: list[Json] = []
        for index in range(MOST_PAGES):
            params = {"$s": LIST_PAGE, "$p": index}
            body = await self.ask(method, path, params=params, json=json)
            page = sheet(body, LIST_PAGE, index, self.clock_of(body))
            found += rows(body)
            if page.total is None or len(found) >= page.total or not page.rows:
                break
        return tuple(found)

    async def look(self, method: str, path: str, **parts: Any) -> Response:
        """Read, and hand back what `accept` names; any other refusal needs a human."""
        try:
            return await self.http.read(method, path, **parts)
        except (Rejected, Stale) as exc:
            raise NeedsHuman(
                f"{exc}. Is `url` right? It must look like https://district.incidentiq.com"
            ) from exc

    async def ask(self, method: str, path: str, **parts: Any) -> Json:
        """Read an envelope; raise for a refusal, wherever it stands."""
        response = await self.look(method, path, accept=REFUSED, **parts)
        if response.status in REFUSED:
            raise await self.refused(response, path, NeedsHuman)
        body = envelope(response)
        if wrong := told(body):
            raise await self._explain(wrong, body, path)
        return body

    async def _explain(self, status: int, body: Json, path: str) -> SyncServiceError:
        if status in REFUSED:
            return await self._denied(path, words(body), NeedsHuman)
        if status >= 500 or status == 429:
            return TryLater(f"{self.http.system} answered {path} with {status} in its body")
        return NeedsHuman(f"{self.http.system} refused {path}: {quoted(words(body))}")

    async def write(
        self, path: str, deadline: datetime, json: Any = None, *, method: str = "POST", **parts: Any
    ) -> Json:
        """Write once; a missing right is `Rejected`, a dead token `AuthFailed`."""
        response = await self.http.write(
            method, path, deadline=deadline, json=json, accept=REFUSED, **parts
        )
        if response.status in REFUSED:
            raise await self.refused(response, path, Rejected)
        body = envelope(response)
        if wrong := told(body):
            raise await self._not_done(wrong, body, path)
        return body

    async def _not_done(self, status: int, body: Json, path: str) -> SyncServiceError:
        said, name = words(body), f"{self.http.system} refused {path}"
        if status in REFUSED:
            return await self._denied(path, said, Rejected)
        if status == 429:
            return TryLater(f"{name} for now: {quoted(said)}")
        if status >= 500:
            return UnknownOutcome(f"{name} with {status} in its body: {quoted(said)}")
        return Rejected(f"{name}: {quoted(said)}", said, refused_fields(body))

    async def create(self, body: Json, deadline: datetime) -> Json:
        """Open a ticket by the seed's route, or by the other documents' if the site lacks it.

        404 and 405 prove that nothing was written, so the other route may be asked at once.
        """
        routes = (self._create, *(one for one in CREATE_ROUTES if one != self._create))
        for route in routes[:-1]:
            response = await self.http.write(
                "POST", route, deadline=deadline, json=body, accept=(*NOT_FOUND, *REFUSED)
            )
            if response.status in REFUSED:
                raise await self.refused(response, route, Rejected)
            if response.status not in NOT_FOUND:
                made = envelope(response)
                if wrong := told(made):
                    raise await self._not_done(wrong, made, route)
                return made
        made = await self.write(routes[-1], deadline, body)
        self._create = routes[-1]
        return made

    async def refused(
        self, response: Response, path: str, kind: type[NeedsHuman | Rejected] = NeedsHuman
    ) -> SyncServiceError:
        """Tell a missing right from credentials that are dead."""
        return await self._denied(path, words(response.loose()), kind)

    async def _denied(
        self, path: str, said: str, kind: type[NeedsHuman | Rejected]
    ) -> SyncServiceError:
        if path == SETTINGS_ROUTE or not await self.alive():
            return AuthFailed(
                f"{self.http.system} refused our credentials ({quoted(said)}). Check `token`"
                f" (Admin > Developer Tools) and `site_id` {self._settings.site_id}, then run"
                " `sync-service check`."
            )
        right = next((right for part, right in RIGHTS if part in path), "tickets.view")
        message = (
            f"{self.http.system} let us in, but our user may not use {path} ({quoted(said)})."
            f" Give its role the right {right}, then run `sync-service check`."
        )
        return kind(message, said) if kind is Rejected else kind(message)

    async def alive(self) -> bool:
        """Tell whether the token and site id work at all, by a route that needs no right."""
        response = await self.look("GET", SETTINGS_ROUTE, accept=(*REFUSED, *NOT_FOUND))
        return response.status not in REFUSED

    def clock_of(self, body: Json) -> datetime:
        """Give the site's own time of a reply; ours where it tells none."""
        return utc(body.get("RequestDate")) or self._clock()


CREATE_ROUTES = (f"{ROOT}/tickets/create", f"{ROOT}/tickets/new")


def envelope(response: Response) -> Json:
    """Read the answer's object; an answer that is none is handled as the call's end demands."""
    body = response.json()
    if isinstance(body, Mapping):
        return body
    said = f"{response.named} was answered with a JSON {type(body).__name__}, not an object"
    raise UnknownOutcome(said) if response.write else TryLater(said)


def told(body: Json) -> int:
    """Give the status of a refusal that came with HTTP 200, or 0."""
    status = body.get("StatusCode")
    if isinstance(status, int) and status >= 400:
        return status
    return 400 if body.get("IsSuccess") is False else 0
