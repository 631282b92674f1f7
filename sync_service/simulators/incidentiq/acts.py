"""Acting as a person: `POST /_control/act` goes through the same functions as the API.

A person here is anybody of the district by e-mail, so stamps, rules and index behave as for a
click in the vendor's own pages. `person` is left out for the token's own user.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sync_service.simulators.incidentiq import writes
from sync_service.simulators.incidentiq.dump import dumped_activity, dumped_ticket
from sync_service.simulators.incidentiq.envelope import missing
from sync_service.simulators.incidentiq.ids import canonical, guid
from sync_service.simulators.incidentiq.model import Activity, Ticket, User
from sync_service.simulators.incidentiq.world import Site
from sync_service.simulators.kernel import Refused

Order = Mapping[str, Any]
Act = Callable[[Site, Order, User], Ticket | Activity]


def act(site: Site, order: Order) -> dict[str, Any]:
    """Do what the order says; return {"ticket": ...} or {"comment": ...} as the dump shows it."""
    site.settle()
    what = str(order["do"])
    if what not in ACTS:
        raise ValueError(f"nobody can {what}; there are: {', '.join(ACTS)}")
    result = ACTS[what](site, order, _person(site, order.get("person")))
    if isinstance(result, Activity):
        return {"comment": dumped_activity(site, result)}
    return {"ticket": dumped_ticket(site, site.tickets[result.id])}


def _person(site: Site, email: Any) -> User:
    if not email:
        return site.catalogue.service
    found = site.catalogue.by_email(str(email))
    if found is None:
        raise Refused(404, f"nobody here is {email}")
    return found


def _ticket(site: Site, order: Order) -> Ticket:
    """Find a ticket by id, by number, or by the last digits of its number."""
    wanted = str(order["ticket"])
    found = site.tickets.get(canonical(wanted) or "")
    if found is None and wanted.isdigit():
        found = site.tickets.get(site.by_number.get(int(wanted[-6:]), ""))
    if found is None:
        raise missing("Ticket", wanted)
    return found


def _comment(site: Site, order: Order) -> Activity:
    key = canonical(order["comment"]) or ""
    entries = site.activities.get(site.ticket_of.get(key, ""), ())
    found = next((entry for entry in entries if entry.id == key), None)
    if found is None:
        raise missing("Comment", str(order["comment"]))
    return found


def _create(site: Site, order: Order, by: User) -> Ticket:
    """Open a ticket; names do for ids, and what is left out is filled in."""
    fields = {"Subject": "", **_fields(site, order), **order.get("fields", {})}
    requester = _person(site, order["for"]) if order.get("for") else by
    fields.setdefault("ForId", requester.id)
    fields.setdefault("LocationId", requester.location)
    fields.setdefault("IssueId", guid("issue", "Software/Other"))
    return writes.create(site, by, fields)


def _fields(site: Site, order: Order) -> dict[str, Any]:
    """Translate the short names of an order to the vendor's fields."""
    plain = {"subject": "Subject", "description": "IssueDescription", "sensitive": SENSITIVE}
    fields = {vendor: order[name] for name, vendor in plain.items() if name in order}
    if "location" in order:
        fields["LocationId"] = guid("location", order["location"])
    if "issue" in order:
        fields["IssueId"] = guid("issue", order["issue"])
    if "custom" in order:
        fields["UpdateCustomFields"] = True
        fields["CustomFieldValues"] = [
            {"CustomFieldTypeId": guid("field", name), "Value": text}
            for name, text in order["custom"].items()
        ]
    return fields


SENSITIVE = "HasSensitiveInformation"


def _edit(site: Site, order: Order, by: User) -> Ticket:
    fields = {**_fields(site, order), **order.get("fields", {})}
    if not fields:
        raise ValueError("edit what? give subject, description, location, issue, custom or fields")
    return writes.update(site, _ticket(site, order), by, fields, partial=True)


def _says(*, public: bool) -> Act:
    def say(site: Site, order: Order, by: User) -> Activity:
        ticket = _ticket(site, order)
        external_id = order.get("external_id")
        return writes.comment(
            site, ticket, by, order["text"], public=public, external_id=external_id
        )

    return say


def _status(site: Site, order: Order, by: User) -> Ticket:
    """Move to a step by name; `force` goes where no transition leads."""
    ticket = _ticket(site, order)
    steps = writes.workflow_of(site, ticket).steps.values()
    step = next((one for one in steps if one.name == order["to"]), None)
    if step is None:
        raise ValueError(f"no step {order['to']}; there are: {', '.join(s.name for s in steps)}")
    if order.get("force"):
        return site.change(ticket, by, **writes.stepped(site, ticket, step.id, skip=True))
    return writes.set_step(site, ticket, by, step.id)


def _assign(site: Site, order: Order, by: User) -> Ticket:
    ticket = _ticket(site, order)
    fields: dict[str, Any] = {}
    if "to" in order:
        person = _person(site, order["to"]).id if order["to"] else None
        fields |= {"AssignToUserId": person} if person else {"ClearUser": True}
    if "team" in order:
        team = guid("team", order["team"]) if order["team"] else None
        fields |= {"AssignToTeamId": team} if team else {"ClearTeam": True}
    return writes.assign(site, ticket, by, fields)


def _priority(site: Site, order: Order, by: User) -> Ticket:
    return site.change(_ticket(site, order), by, priority=int(order["score"]))


def _sets(*, rules: bool = True, **values: Any) -> Act:
    def set_values(site: Site, order: Order, by: User) -> Ticket:
        return site.change(_ticket(site, order), by, rules=rules, **values)

    return set_values


def _amends(**values: Any) -> Act:
    def amend(site: Site, order: Order, by: User) -> Activity:
        text = {"text": order["text"]} if "text" in order else {}
        return writes.amend(site, _comment(site, order), **{**text, **values})

    return amend


def _clone(site: Site, order: Order, by: User) -> Ticket:
    """Copy a ticket with all its custom fields, a sync key too: people do that."""
    now = site.now()
    copy = replace(
        _ticket(site, order),
        id=site.new_id(),
        number=site.new_number(),
        owner=by.id,
        version=1,
        created=now,
        modified=now,
        by_user=now,
        active=now,
    )
    site.keep(copy)
    site.run_rules(copy, "created")
    return copy


ACTS: dict[str, Act] = {
    "create": _create,
    "edit": _edit,
    "comment": _says(public=True),
    "note": _says(public=False),
    "edit_comment": _amends(),
    "delete_comment": _amends(deleted=True),
    "undelete_comment": _amends(deleted=False),
    "hide_comment": _amends(public=False),
    "publish_comment": _amends(public=True),
    "status": _status,
    "assign": _assign,
    "priority": _priority,
    "sensitive": _sets(sensitive=True),
    "not_sensitive": _sets(sensitive=False),
    "urgent": _sets(urgent=True),
    "delete": _sets(rules=False, deleted=True),
    "undelete": _sets(rules=False, deleted=False),
    "clone": _clone,
}
