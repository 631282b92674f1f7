"""The ticket routes that read and create: search, count, get, create."""

from starlette.responses import JSONResponse, Response

from sync_service.simulators.incidentiq import writes
from sync_service.simulators.incidentiq.endpoint import Call
from sync_service.simulators.incidentiq.envelope import (
    invalid,
    item,
    items,
    missing,
    paged,
    trailer,
)
from sync_service.simulators.incidentiq.search import page_of, product_of
from sync_service.simulators.kernel import Refused


def search(call: Call) -> Response:
    """`POST /tickets` (vendor docs: search tickets)."""
    page = page_of(call.site, call.query, call.fields())
    found = call.searches.found(call.fields(), page, product_of(call.fields()))
    size = page.size if page.size > 0 else max(len(found), 1)
    rows = found[page.index * size : (page.index + 1) * size]
    paging = paged(call.site, len(found), size, page.index)
    return items(call.site, map(call.views.ticket, rows), paging)


def count(call: Call) -> Response:
    """`POST /tickets/count` (vendor docs: get ticket count)."""
    page = page_of(call.site, call.query, call.fields())
    found = call.searches.found(call.fields(), page, product_of(call.fields()))
    return JSONResponse({"Item": len(found), **trailer(call.site)})


def get(call: Call) -> Response:
    """`GET /tickets/{id}`: fresh, whatever the index shows."""
    ticket = call.ticket()
    if ticket.deleted and call.site.switches.word("deleted_get") == "404":
        raise missing("Ticket", ticket.id)
    return item(call.site, call.views.ticket(ticket))


class Creates:
    """One of the two create routes; a switch says which is alive (reference 0b)."""

    def __init__(self, route: str) -> None:
        self._route = route

    def __call__(self, call: Call) -> Response:
        if call.site.switches.word("create_route") not in ("both", self._route):
            status = int(call.site.switches.number("dead_route"))
            raise Refused(status, "The requested resource does not support this method.")
        ticket = writes.create(call.site, call.by, call.fields())
        return item(call.site, call.views.ticket(ticket), 201, Uid=ticket.id)


def create_simple(call: Call) -> Response:
    """`POST /tickets/simple/new`: names instead of ids (vendor docs: create simple ticket)."""
    fields, known = call.fields(), call.site.catalogue
    name = str(fields.get("ForUsername", "")).casefold()
    user = next((one for one in known.users.values() if name in (one.username, one.email)), None)
    wanted = str(fields.get("Issue", "")).casefold()
    issue = next((one for one in known.issues.values() if one.name.casefold() == wanted), None)
    if user is None or issue is None:
        raise invalid(call.site, {"ForUsername" if user is None else "Issue": "was not found."})
    order = {
        "Subject": fields.get("Subject") or issue.name,
        "IssueDescription": fields.get("IssueDescription"),
        "ForId": user.id,
        "IssueId": issue.id,
        "LocationId": user.location,
    }
    ticket = writes.create(call.site, call.by, order)
    return item(call.site, call.views.ticket(ticket), 201, Uid=ticket.id)
