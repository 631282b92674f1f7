"""The route table: path, methods, handler and the right it needs. The busiest come first."""

from collections.abc import Iterator

from starlette.routing import Route

from sync_service.simulators.incidentiq import (
    activities,
    changes,
    metadata,
    people,
    tickets,
)
from sync_service.simulators.incidentiq.endpoint import Gate, Handler

Row = tuple[str, str, Handler, str]
T = "/tickets/{ticket:uuid}"
A = T + "/activities/{activity:uuid}"
VIEW, WORK, SUBMIT = "tickets.view", "tickets.work", "tickets.submit"
ASSIGN, RESOLVE, DELETE = "tickets.assign", "tickets.resolve", "tickets.delete"
DUE, FIELDS, PRIORITIZE = "tickets.duedate.edit", "customfields.manage", "tickets.prioritize"
PEOPLE = "users.view"

BUSY: tuple[Row, ...] = (
    ("POST", "/tickets", tickets.search, VIEW),
    ("GET", T, tickets.get, VIEW),
    ("POST", "/tickets/activities", activities.of_many, VIEW),
    ("GET", T + "/activities", activities.of_ticket, VIEW),
    ("POST", T + "/activities/new", activities.new, WORK),
    ("POST", "/tickets/create", tickets.Creates("create"), SUBMIT),
    ("POST", "/tickets/new", tickets.Creates("new"), SUBMIT),
    ("POST", T, changes.update, WORK),
    ("POST", T + "/status/{step:uuid}", changes.status, WORK),
    ("POST", T + "/assign", changes.assign, ASSIGN),
)
TICKETS: tuple[Row, ...] = (
    ("POST", "/tickets/count", tickets.count, VIEW),
    ("POST", "/tickets/simple/new", tickets.create_simple, SUBMIT),
    ("POST", T + "/subject", changes.subject, WORK),
    ("POST", T + "/description", changes.description, WORK),
    ("POST", T + "/issue", changes.issue, WORK),
    ("POST", T + "/priority", changes.priority, PRIORITIZE),
    ("POST", T + "/unassign/user", changes.setting("Ticket unassigned.", user=None), ASSIGN),
    ("POST", T + "/unassign/team", changes.setting("Ticket unassigned.", team=None), ASSIGN),
    ("POST", T + "/status/waiting-on-requestor", changes.moving("wait"), WORK),
    ("POST", T + "/status/requestor-responded", changes.moving("work"), WORK),
    ("POST", T + "/start", changes.start, WORK),
    ("POST", T + "/confirm-issue", changes.setting("Issue confirmed.", confirmed=True), WORK),
    ("POST", T + "/unconfirm-issue", changes.setting("Issue unconfirmed.", confirmed=False), WORK),
    ("POST", T + "/close", changes.ending("resolve", "Ticket successfully closed."), RESOLVE),
    ("POST", T + "/cancel", changes.ending("cancel", "Ticket successfully canceled."), WORK),
    ("POST", T + "/mark-urgent", changes.setting("Marked urgent.", urgent=True), WORK),
    ("POST", T + "/mark-not-urgent", changes.setting("Marked not urgent.", urgent=False), WORK),
    ("POST", T + "/mark-sensitive", changes.setting("Marked sensitive.", sensitive=True), WORK),
    ("POST", T + "/mark-not-sensitive", changes.setting("Not sensitive.", sensitive=False), WORK),
    ("POST", T + "/due-dates", changes.due_dates, DUE),
    ("POST", T + "/custom-fields", changes.custom_fields, FIELDS),
    ("POST", T + "/tags", changes.tags, WORK),
    ("POST", T + "/tags/{tag:uuid}", changes.tag, WORK),
    ("DELETE", T + "/tags/{tag:uuid}", changes.untag, WORK),
    ("POST", T + "/owner/{owner:uuid}/for/{requester:uuid}", changes.owner_and_for, WORK),
    ("DELETE", T, changes.delete, DELETE),
    ("PUT", T + "/undelete", changes.undelete, DELETE),
    ("POST", T + "/activities/new-batch", activities.new_batch, WORK),
    ("POST", A, activities.edit, WORK),
    ("POST", A + "/visibility", activities.visibility, WORK),
    ("DELETE", "/tickets/activities/{activity:uuid}", activities.delete, WORK),
    ("PUT", "/tickets/activities/{activity:uuid}/undelete", activities.undelete, WORK),
    ("GET", T + "/timeline", activities.timeline, VIEW),
    ("POST", T + "/timeline", activities.timeline, VIEW),
    ("GET", T + "/status", metadata.ticket_status, VIEW),
    ("GET", T + "/comments", metadata.no_comments, VIEW),
    ("POST", T + "/comments", metadata.no_comments, VIEW),
)
AROUND: tuple[Row, ...] = (
    ("GET", "/tickets/statuses", metadata.statuses, VIEW),
    ("GET", "/tickets/workflows/statuses", metadata.statuses, VIEW),
    ("GET", "/tickets/{workflow:uuid}/statuses", metadata.workflow_statuses, VIEW),
    ("GET", "/workflows", metadata.workflows, VIEW),
    ("GET", "/workflows/steps", metadata.statuses, VIEW),
    ("GET", "/workflows/steps/{step:uuid}/nextsteps", metadata.next_steps, VIEW),
    ("GET", "/workflows/steps/{step:uuid}/nextsteps/steps", metadata.next_steps_as_steps, VIEW),
    ("GET", "/tickets/priorities", metadata.priorities, VIEW),
    ("GET", "/tickets/sources", metadata.sources, VIEW),
    ("GET", "/tickets/fields", metadata.fields, VIEW),
    ("GET", "/resolutions/close-reason-types", metadata.close_reasons, VIEW),
    ("POST", "/issues", metadata.issues, VIEW),
    ("GET", "/issues/site", metadata.issues, VIEW),
    ("POST", "/custom-fields/for/ticket", metadata.fields_for_ticket, VIEW),
    ("POST", "/custom-fields", metadata.fields_for_ticket, VIEW),
    ("GET", "/custom-fields/types", metadata.field_types, VIEW),
    ("GET", "/tags/query", metadata.tag_list, VIEW),
    ("GET", "/sites/my/settings", metadata.settings, ""),
    ("GET", "/sites/isalive", metadata.alive, ""),
    ("GET", "/login", people.me, ""),
    ("GET", "/users/my", people.me, ""),
    ("POST", "/users", people.search_users, PEOPLE),
    ("GET", "/users/agents", people.agents, PEOPLE),
    ("GET", "/users/{user:uuid}", people.user, PEOPLE),
    ("GET", "/users/by-email/{site:uuid}/{email}", people.by_email, PEOPLE),
    ("GET", "/teams", people.teams, PEOPLE),
    ("GET", "/teams/all", people.teams, PEOPLE),
    ("GET", "/teams/{team:uuid}/members", people.members, PEOPLE),
    ("GET", "/locations", people.locations, PEOPLE),
    ("GET", "/locations/all", people.locations, PEOPLE),
    ("GET", "/locations/all/{site:uuid}", people.locations, PEOPLE),
    ("GET", "/locations/rooms", people.rooms, PEOPLE),
)
SECOND: tuple[Row, ...] = (
    ("GET", "/locations", people.locations, PEOPLE),
    ("GET", "/locations/all", people.locations, PEOPLE),
    ("GET", "/locations/view", people.locations, PEOPLE),
    ("POST", "/locations", people.search_locations, PEOPLE),
)


def routes(gate: Gate) -> Iterator[Route]:
    """Yield the routes of both versions of the API."""
    tables = (("/api/v1.0", (*BUSY, *TICKETS, *AROUND)), ("/api/v2.0", SECOND))
    for prefix, rows in tables:
        for method, path, handler, right in rows:
            yield Route(prefix + path, gate.open(handler, right), methods=[method])
