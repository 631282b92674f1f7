"""The routes that change a ticket, narrow and broad (reference: incident-iq-api 4)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from starlette.responses import JSONResponse, Response

from sync_service.simulators.incidentiq import writes
from sync_service.simulators.incidentiq.endpoint import Call, Handler
from sync_service.simulators.incidentiq.envelope import compact, done, invalid, item, trailer
from sync_service.simulators.incidentiq.html import cleaned
from sync_service.simulators.incidentiq.ids import canonical
from sync_service.simulators.incidentiq.model import Ticket
from sync_service.simulators.incidentiq.times import read

PARTIAL = "onlysetmappedproperties"


def update(call: Call) -> Response:
    """`POST /tickets/{id}`: partial only with the ApiFlags header."""
    partial = call.headers.get("apiflags", "").casefold() == PARTIAL
    ticket = writes.update(call.site, call.ticket(), call.by, call.fields(), partial=partial)
    return item(call.site, call.views.ticket(ticket), Uid=ticket.id, Id=0)


def subject(call: Call) -> Response:
    """`POST .../subject {Subject}`."""
    fields = {"Subject": call.fields().get("Subject")}
    writes.update(call.site, call.ticket(), call.by, fields, partial=True)
    return done(call.site, "Ticket successfully updated.")


def description(call: Call) -> Response:
    """`POST .../description {TicketId, Description}`: in the history, but no rules run."""
    text = cleaned(str(call.fields().get("Description") or ""), call.site.switches.word("html"))
    call.site.change(call.ticket(), call.by, rules=False, description=text)
    return done(call.site, "Ticket successfully updated.")


def issue(call: Call) -> Response:
    """`POST .../issue {TicketId, IssueId, AutoUpdateSubject}`: may rewrite the subject."""
    known = call.site.catalogue.issues
    wanted = known.get(canonical(call.fields().get("IssueId")) or "")
    if wanted is None:
        raise invalid(call.site, {"IssueId": "IssueId was not found."})
    values: dict[str, Any] = {"issue": wanted.id}
    if call.fields().get("AutoUpdateSubject"):
        values["subject"] = f"{wanted.category} > {wanted.name}"
    call.site.change(call.ticket(), call.by, **values)
    return done(call.site, "Ticket successfully updated.")


def priority(call: Call) -> Response:
    """`POST .../priority {TicketId, PriorityId}`."""
    writes.set_priority(call.site, call.ticket(), call.by, call.fields().get("PriorityId"))
    return done(call.site, "Ticket successfully updated.")


def assign(call: Call) -> Response:
    """`POST .../assign`."""
    writes.assign(call.site, call.ticket(), call.by, call.fields())
    return done(call.site, "Ticket successfully assigned.")


def setting(message: str, **values: Any) -> Handler:
    """Return a route without a body that sets fields: urgent, sensitive, confirmed, unassigned."""

    def route(call: Call) -> Response:
        call.site.change(call.ticket(), call.by, **values)
        return done(call.site, message)

    return route


def _echo(call: Call, before: Ticket, after: Ticket) -> Response:
    """Answer a status change; its ticket may be the old one (reference 7)."""
    stale = call.site.switches.word("status_echo") == "stale"
    shown = call.views.ticket(before if stale else after)
    return item(call.site, shown, Message="Ticket status changed successfully.")


def status(call: Call) -> Response:
    """`POST .../status/{id}`: the id is that of a workflow step, despite the name."""
    before = call.ticket()
    step = canonical(call.path["step"]) or str(call.path["step"])
    return _echo(call, before, writes.set_step(call.site, before, call.by, step))


def moving(part: str) -> Handler:
    """Return a route that moves to the workflow's own step of that part."""

    def route(call: Call) -> Response:
        before = call.ticket()
        return _echo(call, before, writes.to_part(call.site, before, call.by, part))

    return route


def start(call: Call) -> Response:
    """`POST .../start {UserId}`: begins the work and assigns it; the Item is the step."""
    user = canonical(call.fields().get("UserId"))
    if user is None:
        raise invalid(call.site, {"UserId": "UserId is required."})
    ticket = writes.to_part(call.site, call.ticket(), call.by, "work")
    if ticket.user != user:
        ticket = writes.assign(call.site, ticket, call.by, {"AssignToUserId": user})
    step = call.views.step(call.site.catalogue.steps[ticket.step])
    return item(call.site, compact(step))


def ending(part: str, message: str) -> Callable[[Call], Response]:
    """Return `close` or `cancel`, with an optional CloseReasonTypeId."""

    def route(call: Call) -> Response:
        writes.close(call.site, call.ticket(), call.by, part, call.fields())
        return done(call.site, message)

    return route


def due_dates(call: Call) -> Response:
    """`POST .../due-dates {Type, CustomDate, Count, Period}`: a date, or so many days from now."""
    fields = call.fields()
    if fields.get("CustomDate"):
        due = read(str(fields["CustomDate"]), call.site.switches.word("zone"))
    else:
        due = call.site.now() + timedelta(days=int(fields.get("Count") or 0))
    ticket = call.site.change(call.ticket(), call.by, due=due)
    return item(call.site, call.views.ticket(ticket))


def custom_fields(call: Call) -> Response:
    """`POST .../custom-fields` with an array."""
    writes.set_custom(call.site, call.ticket(), call.by, call.rows())
    return done(call.site, "Ticket Custom Fields Updated")


def tags(call: Call) -> Response:
    """`POST .../tags` with an array that replaces them."""
    ids = [row.get("TagId") for row in call.rows()]
    writes.set_tags(call.site, call.ticket(), call.by, ids)
    return done(call.site, "Ticket tags updated.")


def tag(call: Call) -> Response:
    """`POST .../tags/{tagId}`."""
    ticket = call.ticket()
    writes.set_tags(call.site, ticket, call.by, [*ticket.tags, call.path["tag"]])
    return done(call.site, "Ticket tags updated.")


def untag(call: Call) -> Response:
    """`DELETE .../tags/{tagId}`."""
    ticket, gone = call.ticket(), canonical(call.path["tag"])
    writes.set_tags(call.site, ticket, call.by, [key for key in ticket.tags if key != gone])
    return done(call.site, "Ticket tags updated.")


def owner_and_for(call: Call) -> Response:
    """`POST .../owner/{uid}/for/{uid}`."""
    users = call.site.catalogue.users
    owner, requester = canonical(call.path["owner"]), canonical(call.path["requester"])
    if owner not in users or requester not in users:
        raise invalid(call.site, {"ForId": "User was not found."})
    call.site.change(call.ticket(), call.by, owner=owner, requester=requester)
    return done(call.site, "Ticket successfully updated.")


def delete(call: Call) -> Response:
    """`DELETE /tickets/{id}`: soft."""
    gone = call.site.change(call.ticket(), call.by, rules=False, deleted=True)
    body = compact({"TicketId": gone.id, "IsDeleted": True})
    return item(call.site, body, Uid=gone.id)


def undelete(call: Call) -> Response:
    """`PUT /tickets/{id}/undelete`."""
    back = call.site.change(call.ticket(), call.by, rules=False, deleted=False)
    said = {"Uid": back.id, "IsSuccess": True, "Message": "Ticket restored successfully"}
    return JSONResponse({**said, **trailer(call.site)})
