"""A ServiceNow instance with its Table API, as far as a ticket sync can see it.

One integration account (USER) bound by the ACL switches; everybody of the district can sign in
with the same demo PASSWORD.
"""

from typing import Any

from starlette.applications import Starlette

from sync_service.simulators.kernel import application
from sync_service.simulators.servicenow.accounts import CLIENT_ID, CLIENT_SECRET, PASSWORD, USER
from sync_service.simulators.servicenow.instance import Instance
from sync_service.simulators.servicenow.routes import routes

__all__ = ["CLIENT_ID", "CLIENT_SECRET", "PASSWORD", "USER", "build"]


def build(tickets: int = 0, seed: int = 1, **switches: Any) -> Starlette:
    """Return the instance with `tickets` incidents; `switches` are positions by name."""
    instance = Instance(seed, switches)
    instance.seed(tickets)
    return application(instance, routes(instance))
