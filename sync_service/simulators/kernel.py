"""The kernel of every simulator: put a vendor's routes on a world and serve them.

A simulator is a world (state, clock, switches, faults, request log) plus its routes; `build`
functions of the vendors call `application`, tests call `running(build())`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from sync_service.simulators.clock import Clock
from sync_service.simulators.control import Refused, World, control_routes
from sync_service.simulators.faults import Fault, Faults
from sync_service.simulators.requestlog import RequestLog
from sync_service.simulators.serve import LOOPBACK, running, serve
from sync_service.simulators.switches import Switch, Switches
from sync_service.simulators.traffic import Traffic

__all__ = [
    "LOOPBACK",
    "Clock",
    "Fault",
    "Faults",
    "Refused",
    "RequestLog",
    "Switch",
    "Switches",
    "World",
    "application",
    "control_routes",
    "running",
    "serve",
]


def application(
    world: World,
    routes: Iterable[BaseRoute],
    exception_handlers: Mapping[Any, Any] | None = None,
) -> Starlette:
    """Return the simulator as an ASGI app; `app.state.world` is the world itself."""
    app = Starlette(
        routes=[*control_routes(world), *routes],
        middleware=[Middleware(Traffic, world=world)],
        exception_handlers=dict(exception_handlers or {}),
    )
    app.state.world = world
    return app
