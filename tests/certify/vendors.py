"""What happens to the vendors: faults, outages, answers of yesterday, other manners."""

from __future__ import annotations

from tests.certify.network import Host
from tests.certify.steps import Step
from tests.certify.world import World


class Vendors:
    """Both sides as whoever runs them has them; each method is a kind of step."""

    def __init__(self, world: World) -> None:
        self.world = world

    def fault(self, step: Step) -> None:
        """Let calls of a kind meet a fault."""
        self.world.desks[step.side].world.faults.add([dict(step.more)])

    def outage(self, step: Step) -> None:
        """Take a side away for a while."""
        host = self._host(step.side)
        host.down = step.name
        seconds = (3.0, 20.0, 120.0, 3600.0)[step.pick % 4]
        self.world.loop.call_later(seconds, setattr, host, "down", "")

    def stale(self, step: Step) -> None:
        """Let the next tickets that are got come as they were before."""
        self._host(step.side).stale = step.pick

    def switch(self, step: Step) -> None:
        """Turn a switch of a simulator."""
        self.world.desks[step.side].world.switches.turn(dict(step.more))

    def recover(self) -> None:
        """End all trouble."""
        for desk in self.world.desks.values():
            desk.world.faults.clear()
        for host in self.world.network.hosts.values():
            host.down, host.stale = "", 0

    def _host(self, side: str) -> Host:
        return next(one for one in self.world.network.hosts.values() if one.side == side)
