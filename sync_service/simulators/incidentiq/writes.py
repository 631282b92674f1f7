"""What anybody can do to a ticket, by the API or as a person: the same functions for both.

Each takes the site, the ticket and who does it, and raises Refused in the site's words.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from sync_service.simulators.incidentiq.envelope import invalid
from sync_service.simulators.incidentiq.html import cleaned
from sync_service.simulators.incidentiq.ids import canonical
from sync_service.simulators.incidentiq.model import Activity, Ticket, User, Workflow
from sync_service.simulators.incidentiq.orders import collections, custom, plain, wrong
from sync_service.simulators.incidentiq.world import Site
from sync_service.simulators.kernel import Refused


def workflow_of(site: Site, ticket: Ticket) -> Workflow:
    """Return the workflow the ticket is in."""
    return site.catalogue.workflows[site.catalogue.steps[ticket.step].workflow]


def create(site: Site, by: User, fields: Mapping[str, Any]) -> Ticket:
    """Open a ticket; raise Refused naming each wrong or missing field."""
    errors = wrong(site, fields, ("ForId", "IssueId", "LocationId", "Subject"))
    if errors:
        raise invalid(site, errors)
    issue = site.catalogue.issues[canonical(fields["IssueId"]) or ""]
    now = site.now()
    ticket = Ticket(
        id=site.new_id(),
        number=site.new_number(),
        product=issue.product,
        owner=by.id,
        step=site.catalogue.workflows[issue.workflow].first.id,
        created=now,
        modified=now,
        by_user=now,
        active=now,
        **{"description": None, **plain(site, fields)},
    )
    if "CustomFieldValues" in fields:
        values = custom(site, {}, fields["CustomFieldValues"] or ())
        ticket = replace(ticket, fields=values)
    site.keep(ticket)
    site.run_rules(ticket, "created")
    return ticket


def update(
    site: Site, ticket: Ticket, by: User, fields: Mapping[str, Any], *, partial: bool
) -> Ticket:
    """Change what `fields` names; unless `partial`, empty what it leaves out (reference 1)."""
    required = ("Subject",) if "Subject" in fields else ()
    errors = wrong(site, fields, required)
    if errors:
        raise invalid(site, errors)
    values: dict[str, Any] = {}
    if not partial and site.switches.on("nulling"):
        values |= EMPTIED
    values |= plain(site, fields)
    values |= collections(site, ticket, fields)
    step = canonical(fields.get("WorkflowStepId"))
    if step and step != ticket.step:
        values |= stepped(site, ticket, step)
    return site.change(ticket, by, rules=bool(fields.get("RunRules", True)), **values)


EMPTIED: dict[str, Any] = {
    "description": None,
    "user": None,
    "team": None,
    "room": None,
    "details": "",
    "due": None,
    "sensitive": False,
    "urgent": False,
    "confirmed": False,
    "priority": 0,
}


def assign(site: Site, ticket: Ticket, by: User, fields: Mapping[str, Any]) -> Ticket:
    """Give the ticket to a user or team, or take it from them; 400 if nothing would change."""
    values: dict[str, Any] = {}
    if fields.get("ClearUser"):
        values["user"] = None
    if fields.get("ClearTeam"):
        values["team"] = None
    user, team = canonical(fields.get("AssignToUserId")), canonical(fields.get("AssignToTeamId"))
    if user:
        values["user"] = _agent(site, user)
    if team:
        if team not in site.catalogue.teams:
            raise invalid(site, {"AssignToTeamId": f"Team {team} was not found."})
        values["team"] = team
    if not values:
        raise invalid(site, {"AssignToUserId": "Nobody to assign to was given."})
    if all(getattr(ticket, name) == value for name, value in values.items()):
        raise Refused(400, "Ticket is already assigned.")
    return site.change(ticket, by, **values)


def set_step(site: Site, ticket: Ticket, by: User, step: str) -> Ticket:
    """Move along the ticket's own workflow; the step it is at already is no change."""
    if step == ticket.step:
        return ticket
    return site.change(ticket, by, **stepped(site, ticket, step))


def to_part(site: Site, ticket: Ticket, by: User, part: str) -> Ticket:
    """Move to the workflow's working or waiting step."""
    return set_step(site, ticket, by, _part(site, ticket, part))


def _part(site: Site, ticket: Ticket, part: str) -> str:
    step = workflow_of(site, ticket).part(part)
    if step is None:
        raise Refused(400, f"The workflow of this ticket has no step to {part}.")
    if step.id == ticket.step:
        raise Refused(400, f"Ticket is already {step.name}.")
    return step.id


def close(site: Site, ticket: Ticket, by: User, part: str, fields: Mapping[str, Any]) -> Ticket:
    """Resolve or cancel, with a reason if one is given; next steps can block (reference 4)."""
    reason = canonical(fields.get("CloseReasonTypeId"))
    if reason and reason not in site.catalogue.close_reasons:
        raise invalid(site, {"CloseReasonTypeId": f"Close reason {reason} was not found."})
    skip = bool(fields.get("SkipCheckingNonMandatorySteps"))
    values = stepped(site, ticket, _part(site, ticket, part), skip=skip)
    return site.change(ticket, by, **{**values, "close_reason": reason})


def set_priority(site: Site, ticket: Ticket, by: User, wanted: Any) -> Ticket:
    """Set the priority: a score, or a level's id, as the switch says (reference 4, 12.5)."""
    takes = site.switches.word("priority_write")
    level = next((one for one in site.catalogue.levels if one.id == canonical(wanted)), None)
    if level and takes != "score":
        return site.change(ticket, by, priority=max(level.low, 0) if level.low > 0 else level.high)
    if isinstance(wanted, int) and takes != "level":
        return site.change(ticket, by, priority=wanted)
    raise invalid(site, {"PriorityId": f"{wanted!r} is not a priority."})


def set_custom(site: Site, ticket: Ticket, by: User, rows: Iterable[Any]) -> Ticket:
    """Set the custom fields that are named and leave the others."""
    return site.change(ticket, by, fields=custom(site, ticket.fields, rows))


def set_tags(site: Site, ticket: Ticket, by: User, ids: Iterable[Any]) -> Ticket:
    """Replace the tags."""
    wanted = tuple(dict.fromkeys(filter(None, map(canonical, ids))))
    unknown = [key for key in wanted if key not in site.catalogue.tags]
    if unknown:
        raise invalid(site, {"TagId": f"Tag {unknown[0]} was not found."})
    return site.change(ticket, by, tags=wanted)


def comment(
    site: Site,
    ticket: Ticket,
    by: User,
    text: str,
    *,
    public: bool,
    activity_id: str | None = None,
    external_id: str | None = None,
) -> Activity:
    """Say something on a ticket, for all or for agents only."""
    now = site.now()
    kept = external_id if site.switches.word("external_id") == "kept" else None
    body = cleaned(text, site.switches.word("html"))
    told = Activity(
        activity_id or site.new_id(),
        ticket.id,
        "comment",
        body,
        public,
        by.id,
        now,
        now,
        external_id=kept,
    )
    site.add(told)
    _touched(site, ticket)
    return told


def amend(site: Site, activity: Activity, **values: Any) -> Activity:
    """Change a comment's text, visibility or deletion."""
    if "text" in values:
        values["text"] = cleaned(values["text"], site.switches.word("html"))
    after = site.amend(activity, **values)
    _touched(site, site.tickets[activity.ticket])
    return after


def _touched(site: Site, ticket: Ticket) -> None:
    """Move the last-activity date, and ModifiedDate too if the switch says so (reference 12.4)."""
    now = site.now()
    bumps = site.switches.on("comment_bumps")
    modified = now if bumps else ticket.modified
    site.keep(replace(ticket, active=now, modified=modified, version=ticket.version + 1))
    if bumps:
        site.run_rules(ticket, "")


def _agent(site: Site, key: str) -> str:
    user = site.catalogue.users.get(key)
    if user is None or user.role != "Agent":
        raise invalid(site, {"AssignToUserId": f"User {key} cannot be assigned tickets."})
    return key


def stepped(site: Site, ticket: Ticket, step: str, *, skip: bool = False) -> dict[str, Any]:
    """Return what changes with a step; raise Refused unless it may follow, or `skip`."""
    here = site.catalogue.steps[ticket.step]
    there = workflow_of(site, ticket).steps.get(step)
    if there is None:
        raise Refused(400, f"Step {step} is not in the workflow of this ticket.")
    if there.id not in here.next and not skip:
        raise Refused(400, f"{there.name} may not follow {here.name}.")
    now = site.now()
    values: dict[str, Any] = {"step": there.id, "closed": now if there.closed else None}
    if there.part == "work" and ticket.started is None:
        values["started"] = now
    if not there.closed:
        values["close_reason"] = None
    return values
