"""A simulated Incident IQ site over real HTTP.

It follows the vendor's published documents, and where those leave something open there is a
switch. The token's user is "Sync Service", an agent; the token and site id are public demo values.
"""

from collections.abc import Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sync_service.simulators.incidentiq import acts, dump, envelope
from sync_service.simulators.incidentiq.endpoint import TOKEN, Gate
from sync_service.simulators.incidentiq.ids import SITE_ID
from sync_service.simulators.incidentiq.routes import routes
from sync_service.simulators.incidentiq.seed import fill
from sync_service.simulators.incidentiq.world import Site
from sync_service.simulators.kernel import application

__all__ = ["SITE_ID", "TOKEN", "World", "build"]


class World(Site):
    """The site as the kernel wants it: with ways to act on it and to look at it whole."""

    name = "incidentiq"

    @property
    def retry_after_in(self) -> str:
        return self.switches.word("retry_after")

    def error_body(self, status: int, message: str, retry_after: float | None) -> Any:
        """Return an error in the vendor's shape."""
        return envelope.error_body(self, status, message, retry_after)

    def act(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """Do as a person what the order says."""
        return acts.act(self, order)

    def dump(self) -> dict[str, Any]:
        """Return every ticket by id."""
        return dump.dump(self)


def build(tickets: int = 0, seed: int = 1, **switches: Any) -> Starlette:
    """Return a site with `tickets` tickets of the past and its switches set.

    Raises ValueError for an unknown switch or position, naming the valid ones.
    """
    world = World(seed, switches)
    fill(world, tickets)
    handlers = {HTTPException: _unknown(world)}
    return application(world, routes(Gate(world)), handlers)


def _unknown(world: World) -> Any:
    async def answer(request: Request, wrong: Exception) -> Response:
        status = wrong.status_code if isinstance(wrong, HTTPException) else 500
        message = "No HTTP resource was found that matches the request."
        body = envelope.error_body(world, status, message, None)
        return JSONResponse(body, status_code=status)

    return answer
