"""A real HTTP proxy on loopback that can be told to go wrong, to stand before any server.

    with FaultProxy("http://127.0.0.1:8801") as proxy:
        client = connect(proxy.url)
        proxy.strike(Fault("hang_up_after", method="POST", path="/api/v1.0/tickets/create"))
        ...
        proxy.refuse()          # an outage: connections are refused until accept()
        assert 1 == len(proxy.calls(method="POST"))

It runs in a thread of its own, so that tests with and without an event loop, and processes beside
the test, can use it. What no fault strikes passes through byte for byte, save that each request
gets a connection of its own to the server. Addresses inside answers are not rewritten.
"""

from sync_service.conformance.proxy.fault import KINDS, Answer, Call, Fault, Request
from sync_service.conformance.proxy.server import FaultProxy

__all__ = ["KINDS", "Answer", "Call", "Fault", "FaultProxy", "Request"]
