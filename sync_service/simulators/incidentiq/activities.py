"""Comments and the rest of a ticket's history.

An item is told by its `$type`, which must come first (Json.NET, reference: incident-iq-api 5); the
outer IsPublic governs. `/tickets/{id}/comments` does not exist.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from starlette.responses import Response

from sync_service.simulators.incidentiq import writes
from sync_service.simulators.incidentiq.endpoint import Call
from sync_service.simulators.incidentiq.envelope import compact, done, item, missing
from sync_service.simulators.incidentiq.ids import canonical
from sync_service.simulators.incidentiq.model import Activity, Ticket
from sync_service.simulators.incidentiq.paging import page
from sync_service.simulators.kernel import Refused

COMMENT = "Spark.Shared.Models.TicketActivityComment"


def of_ticket(call: Call) -> Response:
    """`GET /tickets/{id}/activities?$p&$s`, 20 a page by default."""
    return _page(call, _shown(call, [call.ticket()], kinds=_kinds(call)))


def of_many(call: Call) -> Response:
    """`POST /tickets/activities` with an array of ticket ids; unknown ones are passed over."""
    known = call.site.tickets
    tickets = [known[key] for key in filter(None, map(canonical, call.rows())) if key in known]
    return _page(call, _shown(call, tickets, kinds=_kinds(call)))


def timeline(call: Call) -> Response:
    """`GET /tickets/{id}/timeline`: every entry, revisions with old and new value too."""
    return _page(call, _shown(call, [call.ticket()], kinds=None))


def _kinds(call: Call) -> tuple[str, ...]:
    log = call.site.switches.on("activity_log")
    return ("comment", "rule", "workflow") if log else ("comment",)


def _shown(call: Call, tickets: Iterable[Ticket], kinds: tuple[str, ...] | None) -> list[Activity]:
    hidden = call.site.switches.word("deleted_activities") == "hidden"
    shown = [
        entry
        for ticket in tickets
        for entry in call.site.activities[ticket.id]
        if (kinds is None or entry.kind in kinds) and not (hidden and entry.deleted)
    ]
    if call.site.switches.word("activity_order") == "newest first":
        shown.reverse()
    return shown


def _page(call: Call, entries: list[Activity]) -> Response:
    return page(call.site, call.query, entries, call.views.activity)


def new(call: Call) -> Response:
    """`POST /tickets/{id}/activities/new`: 201, with the activity."""
    told = _told(call, call.ticket(), call.fields())
    return item(call.site, compact(call.views.activity(told)), 201, Uid=told.id, Id=0)


def new_batch(call: Call) -> Response:
    """`POST /tickets/{id}/activities/new-batch`: an array in, the stored ones out."""
    ticket = call.ticket()
    told = [_told(call, call.site.tickets[ticket.id], row) for row in call.rows()]
    body = b"[" + b",".join(compact(call.views.activity(one)) for one in told) + b"]"
    return Response(body, media_type="application/json")


def _told(call: Call, ticket: Ticket, fields: Mapping[str, Any]) -> Activity:
    """Store the comment of one activity, once for a client-chosen id (reference 12.9)."""
    words = _comment_of(call, fields)
    chosen = canonical(fields.get("TicketActivityId"))
    how = call.site.switches.word("chosen_id")
    if chosen and how != "ignored" and chosen in call.site.ticket_of:
        if how == "refused":
            raise Refused(409, f"Activity {chosen} exists already.")
        return _activity(call, chosen)
    public = fields.get("IsPublic")
    return writes.comment(
        call.site,
        ticket,
        call.by,
        str(words["Comments"]),
        public=call.site.switches.on("default_public") if public is None else bool(public),
        activity_id=chosen if how != "ignored" else None,
        external_id=words.get("ExternalId"),
    )


def _comment_of(call: Call, fields: Mapping[str, Any]) -> Mapping[str, Any]:
    rows = fields.get("ActivityItems") or ()
    for row in rows:
        first = next(iter(row), None) == "$type" or not call.site.switches.on("type_first")
        if first and str(row.get("$type", "")).startswith(COMMENT):
            if not row.get("Comments"):
                raise Refused(400, "Comments must not be empty.")
            found: Mapping[str, Any] = row
            return found
    raise Refused(400, "ActivityItems holds no item whose $type is known.")


def _activity(call: Call, key: str) -> Activity:
    home = call.site.ticket_of.get(key)
    entries = call.site.activities.get(home or "", ())
    found = next((entry for entry in entries if entry.id == key), None)
    if found is None:
        raise missing("Activity", key)
    return found


def _named(call: Call) -> Activity:
    return _activity(call, canonical(call.path["activity"]) or str(call.path["activity"]))


def edit(call: Call) -> Response:
    """`POST /tickets/{id}/activities/{aid}`: other words, other visibility."""
    fields = call.fields()
    values: dict[str, Any] = {"text": str(_comment_of(call, fields)["Comments"])}
    if fields.get("IsPublic") is not None:
        values["public"] = bool(fields["IsPublic"])
    after = writes.amend(call.site, _named(call), **values)
    return item(call.site, compact(call.views.activity(after)), Uid=after.id, Id=0)


def visibility(call: Call) -> Response:
    """`POST .../visibility` with a bare JSON true or false."""
    if not isinstance(call.body, bool):
        raise Refused(400, "The request body must be true or false.")
    writes.amend(call.site, _named(call), public=call.body)
    return done(call.site, "Activity visibility updated.")


def delete(call: Call) -> Response:
    """`DELETE /tickets/activities/{aid}`: soft."""
    gone = writes.amend(call.site, _named(call), deleted=True)
    return done(call.site, "Activity deleted.", Id=gone.id)


def undelete(call: Call) -> Response:
    """`PUT /tickets/activities/{aid}/undelete`."""
    back = writes.amend(call.site, _named(call), deleted=False)
    return done(call.site, "Activity restored.", Id=back.id)
