"""The health app: /healthz, /readyz, /metrics and a plain page at /.

It shows names and numbers only, no ticket and no person, since nobody signs in here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from jinja2 import Environment
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from sync_service.engine.link import Tally
from sync_service.scheduling.opening import Opened
from sync_service.web.metrics import metrics
from sync_service.web.readiness import readiness

_PAGE = Environment(autoescape=True).from_string("""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="5">
<title>sync-service</title></head><body>
<h1>sync-service is {{ "ready" if now.ready else "not ready" }}</h1>
{% for reason in now.reasons %}<p>{{ reason }}</p>{% endfor %}
<table><thead><tr><th>link</th><th>created</th><th>updated</th><th>commented</th><th>due</th>
<th>problems</th></tr></thead><tbody>
{% for name, link in now.links.items() %}<tr><td>{{ name }}</td>
{% set did = totals.get(name) %}
<td>{{ did.created }}</td><td>{{ did.updated }}</td><td>{{ did.commented }}</td>
<td>{{ link.due }}</td><td>{{ link.problems }}</td></tr>
{% endfor %}</tbody></table>
<p><a href="readyz">readyz</a> <a href="metrics">metrics</a></p>
</body></html>
""")
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


@dataclass(slots=True)
class View:
    """What the app may see of the daemon, empty until the links are ready; `url` is its own."""

    url: str = ""
    opened: Opened | None = None
    totals: Mapping[str, Tally] = field(default_factory=dict)
    ready: asyncio.Event = field(default_factory=asyncio.Event)

    def show(self, opened: Opened, totals: Mapping[str, Tally]) -> None:
        """Show a daemon whose links are ready to run."""
        self.opened, self.totals = opened, totals
        self.ready.set()


def health_app(view: View) -> Starlette:
    """Make the app over a daemon that may still be starting."""

    async def healthz(_: Request) -> Response:
        return JSONResponse({"alive": True}, headers=_HEADERS)

    async def readyz(_: Request) -> Response:
        now = await readiness(view.opened)
        told = {"ready": now.ready, "reasons": list(now.reasons), "links": now.links}
        return JSONResponse(told, 200 if now.ready else 503, headers=_HEADERS)

    async def numbers(_: Request) -> Response:
        body = await metrics(view.opened, view.totals)
        return PlainTextResponse(body, media_type="text/plain; version=0.0.4", headers=_HEADERS)

    async def page(_: Request) -> Response:
        now = await readiness(view.opened)
        totals = {name: view.totals.get(name, Tally()) for name in now.links}
        return HTMLResponse(_PAGE.render(now=now, totals=totals), headers=_HEADERS)

    return Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/metrics", numbers),
            Route("/", page),
        ]
    )
