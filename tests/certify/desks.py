"""Both vendors' simulators as their people and the judge see them: never through an adapter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from starlette.applications import Starlette

from sync_service.simulators import incidentiq, servicenow
from sync_service.simulators.incidentiq.dump import dumped_ticket
from sync_service.simulators.kernel import Refused
from sync_service.simulators.servicenow.dump import dumped
from tests.certify.scenery import SYSTEMS, Scenery

#: Our own user, by e-mail, on both sides.
US = "sync.service@springfield.example"
AGENTS = tuple(
    f"{name}@springfield.example"
    for name in ("dana.whitfield", "marcus.bell", "priya.nair", "owen.castellanos")
)
#: Everything that a dump shows of a ticket.
Dump = dict[str, Any]


@dataclass
class Desk:
    """One simulator."""

    side: str
    app: Starlette

    def __post_init__(self) -> None:
        self.world = self.app.state.world

    def act(self, person: str, do: str, **what: Any) -> Dump | None:
        """Let a person do something; None if the vendor's own screens do not let them."""
        try:
            done: Dump = self.world.act({"person": person, "do": do, **what})
        except (Refused, ValueError):
            return None
        return done

    def tickets(self) -> dict[str, Dump]:
        """Dump everything."""
        shown: dict[str, Dump] = self.world.dump()
        return shown

    def ticket(self, ident: str) -> Dump | None:
        """Dump one ticket; None if there is none such."""
        if self.side == "incidentiq":
            kept = self.world.tickets.get(ident)
            return dumped_ticket(self.world, kept) if kept else None
        incidents = self.world.incidents
        row = self.world.database["incident"].rows.get(ident) or incidents.deleted.get(ident)
        return dumped(self.world, row) if row else None

    def watch(self, handled: Callable[[str, str, str, bytes], Callable[[], None]]) -> None:
        """Tell of each request when the vendor handles it: method, path, query and body.

        What `handled` gives is called once the vendor has done it.
        """
        stack = self.app.build_middleware_stack()
        self.app.middleware_stack = stack
        traffic: Any = stack.app  # type: ignore[attr-defined]
        vendor = traffic._app

        async def told(scope: Mapping[str, Any], receive: Any, send: Any) -> None:
            message = await receive()

            async def again() -> Any:
                return message

            body = message.get("body", b"")
            done = handled(scope["method"], scope["path"], scope["query_string"].decode(), body)
            await vendor(scope, again, send)
            done()

        traffic._app = told


def open_desks(scenery: Scenery, clock: Callable[[], datetime]) -> dict[str, Desk]:
    """Make both simulators in the time of `clock`, each with its own skew."""
    desks = {}
    for side, build, skew in zip(
        SYSTEMS, (incidentiq.build, servicenow.build), scenery.skew, strict=True
    ):
        desk = Desk(side, build(seed=1, **scenery.switches.get(side, {})))
        ahead = timedelta(seconds=skew)
        desk.world.clock.follow(lambda ahead=ahead: clock() + ahead)
        desks[side] = desk
    return desks


def far(side: str) -> str:
    """Give the other side's name."""
    return SYSTEMS[1 - SYSTEMS.index(side)]
