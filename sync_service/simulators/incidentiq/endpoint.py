"""One request: who asks, may they, and what they sent.

A wrong token, a wrong site and a missing right all answer 401 (reference: incident-iq-api 7), so
a 401 alone does not prove that a token is dead.
"""

import json
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sync_service.simulators.incidentiq.envelope import (
    UNAUTHORIZED,
    error_body,
    missing,
    refusal,
)
from sync_service.simulators.incidentiq.ids import SITE_ID, canonical
from sync_service.simulators.incidentiq.model import Ticket, User
from sync_service.simulators.incidentiq.render import Renderer
from sync_service.simulators.incidentiq.search import Searches
from sync_service.simulators.incidentiq.world import Site
from sync_service.simulators.kernel import Refused

TOKEN = "demo-token-for-loopback-only"
WINDOW = 60.0


@dataclass(frozen=True, slots=True)
class Call:
    """A request that was let in. `by` is the token's user, `body` its JSON or None."""

    site: Site
    views: Renderer
    searches: Searches
    by: User
    path: Mapping[str, Any]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any

    def ticket(self, key: str = "ticket") -> Ticket:
        """Return the ticket the path names; raise Refused 404 if there is none."""
        found = self.site.tickets.get(canonical(self.path[key]) or "")
        if found is None:
            raise missing("Ticket", self.path[key])
        return found

    def fields(self) -> dict[str, Any]:
        """Return the body as an object; raise Refused 400 for anything else."""
        if self.body is None:
            return {}
        if not isinstance(self.body, dict):
            raise Refused(400, "The request body must be an object.")
        return self.body

    def rows(self) -> list[Any]:
        """Return the body as an array; raise Refused 400 for anything else."""
        if not isinstance(self.body, list):
            raise Refused(400, "The request body must be an array.")
        return self.body


Handler = Callable[[Call], Response]


class Gate:
    """Let requests in, or answer why not."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._views, self._searches = Renderer(site), Searches(site)
        self._recent: deque[float] = deque()

    def open(self, handler: Handler, right: str = "") -> Callable[[Request], Awaitable[Response]]:
        """Return the endpoint that checks a request and hands it to `handler`."""

        async def endpoint(request: Request) -> Response:
            raw = await request.body()
            self._site.settle()
            try:
                limited = self._limited()
                return limited or handler(self._admit(request, raw, right))
            except Refused as refused:
                return refusal(self._site, refused)

        return endpoint

    def _admit(self, request: Request, raw: bytes, right: str) -> Call:
        self._authenticate(request.headers)
        if right and right not in self._site.switches.words("rights"):
            status = int(self._site.switches.number("missing_right"))
            text = UNAUTHORIZED if status == 401 else f"You do not have permission: {right}."
            raise Refused(status, text)
        return Call(
            site=self._site,
            views=self._views,
            searches=self._searches,
            by=self._site.catalogue.service,
            path=request.path_params,
            query=request.query_params,
            headers=request.headers,
            body=_json(raw),
        )

    def _authenticate(self, headers: Mapping[str, str]) -> None:
        switches = self._site.switches
        site = headers.get("siteid")
        wrong_site = (
            canonical(site) != SITE_ID if site else switches.word("site_header") == "required"
        )
        no_client = not headers.get("client") and switches.word("client_header") == "required"
        if headers.get("authorization") != f"Bearer {TOKEN}" or wrong_site or no_client:
            raise Refused(401, UNAUTHORIZED)

    def _limited(self) -> Response | None:
        """Answer 429 above the rate; the seconds are in the body, not in a header (reference 7)."""
        allowed = self._site.switches.number("rate_limit")
        if not allowed:
            return None
        now = self._site.clock.now().timestamp()
        while self._recent and self._recent[0] <= now - WINDOW:
            self._recent.popleft()
        if len(self._recent) < allowed:
            self._recent.append(now)
            return None
        wait = max(1.0, self._recent[0] + WINDOW - now)
        where = self._site.switches.word("retry_after")
        in_body = wait if where != "header" else None
        headers = {"Retry-After": f"{wait:.0f}"} if where != "body" else {}
        body = error_body(self._site, 429, "Rate limit exceeded.", in_body)
        return JSONResponse(body, status_code=429, headers=headers)


def _json(raw: bytes) -> Any:
    if not raw.strip():
        return None
    try:
        return json.loads(raw)
    except ValueError as wrong:
        raise Refused(400, "The request body is not valid JSON.") from wrong
