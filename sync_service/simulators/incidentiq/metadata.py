"""The routes that say what a ticket can hold: workflows, levels, fields, issues, the site."""

from collections.abc import Iterable

from starlette.responses import JSONResponse, Response

from sync_service.simulators.incidentiq.catalogue import SOURCES
from sync_service.simulators.incidentiq.endpoint import Call
from sync_service.simulators.incidentiq.envelope import compact, item, listing, missing, trailer
from sync_service.simulators.incidentiq.ids import (
    SITE_ID,
    TICKET_ENTITY,
    TICKETING,
    ZERO,
    canonical,
    guid,
)
from sync_service.simulators.incidentiq.model import FieldType, Step
from sync_service.simulators.incidentiq.times import at_site
from sync_service.simulators.kernel import Refused

TICKET_FIELDS = (
    "Subject IssueDescription ForId LocationId IssueId WorkflowStepId Priority AssignedToUserId "
    "AssignedToTeamId DueDate IsUrgent HasSensitiveInformation"
)


def _steps(call: Call, steps: Iterable[Step]) -> Response:
    return listing(call.site, (call.views.step(step) for step in steps))


def statuses(call: Call) -> Response:
    """`GET /tickets/statuses` and `/tickets/workflows/statuses`: the steps of every workflow."""
    return _steps(call, call.site.catalogue.steps.values())


def workflow_statuses(call: Call) -> Response:
    """`GET /tickets/{workflowId}/statuses`."""
    flow = call.site.catalogue.workflows.get(canonical(call.path["workflow"]) or "")
    if flow is None:
        raise missing("Workflow", call.path["workflow"])
    return _steps(call, flow.steps.values())


def ticket_status(call: Call) -> Response:
    """`GET /tickets/{id}/status`: where it stands now."""
    ticket = call.ticket()
    step = call.views.step(call.site.catalogue.steps[ticket.step])
    return item(call.site, compact({"TicketId": ticket.id, "CurrentWorkflowStep": step}))


def workflows(call: Call) -> Response:
    """`GET /workflows`."""
    rows = (
        {"WorkflowId": flow.id, "WorkflowName": flow.name, "ProductId": flow.product}
        for flow in call.site.catalogue.workflows.values()
    )
    return listing(call.site, rows)


def _step(call: Call) -> Step:
    found = call.site.catalogue.steps.get(canonical(call.path["step"]) or "")
    if found is None:
        raise missing("Workflow step", call.path["step"])
    return found


def next_steps(call: Call) -> Response:
    """`GET /workflows/steps/{id}/nextsteps`: the legal moves as links."""
    here = _step(call)
    names = call.site.catalogue.steps
    rows = (
        {
            "WorkflowNextStepId": guid("next step", f"{here.id}/{following}"),
            "WorkflowStepId": here.id,
            "AllowedNextWorkflowStepId": following,
            "StepName": names[following].name,
            "IsAllActionsCompleteRequired": False,
        }
        for following in here.next
    )
    return listing(call.site, rows)


def next_steps_as_steps(call: Call) -> Response:
    """`GET /workflows/steps/{id}/nextsteps/steps`: the legal moves as steps."""
    return _steps(call, (call.site.catalogue.steps[key] for key in _step(call).next))


def priorities(call: Call) -> Response:
    """`GET /tickets/priorities`: the levels as bands of scores."""
    return listing(call.site, map(call.views.level, call.site.catalogue.levels))


def sources(call: Call) -> Response:
    """`GET /tickets/sources`."""
    named = enumerate(SOURCES, start=1)
    return listing(call.site, ({"SourceId": key, "Name": name} for key, name in named))


def fields(call: Call) -> Response:
    """`GET /tickets/fields`."""
    return listing(call.site, ({"Name": name, "FieldName": name} for name in TICKET_FIELDS.split()))


def close_reasons(call: Call) -> Response:
    """`GET /resolutions/close-reason-types`: the list is under Item (reference 6)."""
    reasons = call.site.catalogue.close_reasons.items()
    rows = [{"CloseReasonTypeId": key, "Name": name} for key, name in reasons]
    return JSONResponse({"Item": rows, "IsSuccess": True, "Message": None})


def issues(call: Call) -> Response:
    """`POST /issues` and `GET /issues/site`."""
    return listing(call.site, map(call.views.issue, call.site.catalogue.issues.values()))


def _field_type(field: FieldType) -> dict[str, object]:
    return {
        "CustomFieldTypeId": field.id,
        "SiteId": SITE_ID,
        "ProductId": TICKETING,
        "Name": field.name,
        "EditorTypeId": field.editor,
        "Options": ",".join(field.options),
        "IsRequired": False,
        "IsReadOnly": False,
        "IsDeleted": False,
    }


def fields_for_ticket(call: Call) -> Response:
    """`POST /custom-fields/for/ticket`: the name is in the nested CustomFieldType."""
    rows = (
        {
            "CustomFieldId": ZERO,
            "CustomFieldTypeId": field.id,
            "CustomFieldType": _field_type(field),
            "EntityTypeId": TICKET_ENTITY,
            "EditorTypeId": field.editor,
            "IsDeleted": False,
        }
        for field in call.site.catalogue.fields.values()
    )
    return listing(call.site, rows)


def field_types(call: Call) -> Response:
    """`GET /custom-fields/types`."""
    return listing(call.site, map(_field_type, call.site.catalogue.fields.values()))


def tag_list(call: Call) -> Response:
    """`GET /tags/query`."""
    known = call.site.catalogue.tags.items()
    return listing(call.site, ({"TagId": key, "Name": name} for key, name in known))


def settings(call: Call) -> Response:
    """`GET /sites/my/settings`: zone, entity types, priority levels (reference 6)."""
    zone = call.site.switches.word("zone")
    offset = at_site(call.site.now(), zone).utcoffset()
    found = {
        "SiteId": SITE_ID,
        "ProductId": TICKETING,
        "Name": "Springfield Demo District",
        "TimeZone": zone,
        "OffsetInMinutesFromUtc": offset.total_seconds() // 60 if offset else 0,
        "EntityTypes": {"Tickets": TICKET_ENTITY},
        "PriorityLevels": [call.views.level(level) for level in call.site.catalogue.levels],
    }
    return item(call.site, compact(found))


def alive(call: Call) -> Response:
    """`GET /sites/isalive`."""
    return JSONResponse({"Item": True, **trailer(call.site)})


def no_comments(call: Call) -> Response:
    """`/tickets/{id}/comments`, `/attachments`, `/history`: 404 on the live site (reference 5)."""
    raise Refused(404, "No HTTP resource was found that matches the request.")
