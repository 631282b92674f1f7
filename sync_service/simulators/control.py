"""The control API, the same for every simulator, under `/_control/`.

It is for tests, demos and judges, needs no credentials and is never counted as traffic. The
reference is docs/simulators.md.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from sync_service.simulators.faults import KINDS
from sync_service.simulators.switches import Switches
from sync_service.simulators.traffic import CONTROL, Watched


class Refused(Exception):
    """The vendor says no: an HTTP status, its words, and the body in its own shape."""

    def __init__(self, status: int, message: str, body: Any = None) -> None:
        super().__init__(message)
        self.status, self.message, self.body = status, message, body


class World(Watched, Protocol):
    """One simulated vendor: its state and the ways to reach it beside its own API."""

    name: str
    switches: Switches

    def act(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """Do as a person what `order` says; raise Refused, KeyError or ValueError."""
        ...

    def dump(self) -> dict[str, Any]:
        """Return every ticket with its comments by id, deleted ones too."""
        ...


Handler = Callable[[Request], Awaitable[Response]]


class Control:
    """The handlers of the control API for one world."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def describe(self, request: Request) -> Response:
        world = self._world
        return JSONResponse(
            {
                "simulator": world.name,
                "clock": self._time(),
                "switches": world.switches.describe(),
                "faults": {"kinds": KINDS, "set": world.faults.listed()},
            }
        )

    def _time(self) -> dict[str, Any]:
        return {"now": self._world.clock.now().isoformat(), "stopped": self._world.clock.stopped}

    async def clock(self, request: Request) -> Response:
        order = await request.json()
        clock = self._world.clock
        if "now" in order:
            clock.set(datetime.fromisoformat(order["now"]))
        elif "advance" in order:
            clock.advance(float(order["advance"]))
        elif order.get("real"):
            clock.real()
        else:
            raise ValueError('say {"now": ISO}, {"advance": seconds} or {"real": true}')
        return JSONResponse(self._time())

    async def turn(self, request: Request) -> Response:
        self._world.switches.turn(await request.json())
        return JSONResponse({"switches": self._world.switches.describe()})

    async def faults(self, request: Request) -> Response:
        if request.method == "DELETE":
            self._world.faults.clear()
        elif request.method == "POST":
            orders = await request.json()
            self._world.faults.add(orders if isinstance(orders, list) else [orders])
        return JSONResponse({"set": self._world.faults.listed()})

    async def act(self, request: Request) -> Response:
        return JSONResponse(self._world.act(await request.json()))

    async def requests(self, request: Request) -> Response:
        if request.method == "DELETE":
            self._world.log.reset()
        counts = self._world.log.counts()
        return JSONResponse({"total": sum(counts.values()), "by_route": counts})

    async def log(self, request: Request) -> Response:
        if request.method == "POST":
            self._world.log.bodies = bool((await request.json())["bodies"])
            return JSONResponse({"bodies": self._world.log.bodies})
        since = int(request.query_params.get("since", "0"))
        return JSONResponse({"calls": self._world.log.since(since)})

    async def tickets(self, request: Request) -> Response:
        return JSONResponse(self._world.dump())


def _explained(handler: Handler) -> Handler:
    async def explained(request: Request) -> Response:
        try:
            return await handler(request)
        except Refused as refused:
            detail = {"error": refused.message, "status": refused.status, "body": refused.body}
            return JSONResponse(detail, status_code=400)
        except (KeyError, TypeError, ValueError) as wrong:
            kind = "missing " if isinstance(wrong, KeyError) else ""
            return JSONResponse({"error": f"{kind}{wrong}"}, status_code=400)

    return explained


def control_routes(world: World) -> list[Mount]:
    """Return the routes of the control API, to be put before the vendor's own."""
    control = Control(world)
    table: list[tuple[str, Handler, list[str]]] = [
        ("/", control.describe, ["GET"]),
        ("/clock", control.clock, ["POST"]),
        ("/switches", control.turn, ["POST"]),
        ("/faults", control.faults, ["GET", "POST", "DELETE"]),
        ("/act", control.act, ["POST"]),
        ("/requests", control.requests, ["GET", "DELETE"]),
        ("/log", control.log, ["GET", "POST"]),
        ("/tickets", control.tickets, ["GET"]),
    ]
    routes = [Route(path, _explained(handler), methods=how) for path, handler, how in table]
    return [Mount(CONTROL, routes=routes)]
