"""Everything the site holds, in plain words, for judges: no vendor envelope, no vendor zones.

Times are UTC with an offset; references are names and e-mail addresses.
"""

from typing import Any

from sync_service.simulators.incidentiq.ids import PRODUCTS
from sync_service.simulators.incidentiq.model import Activity, Ticket
from sync_service.simulators.incidentiq.world import Site


def dump(site: Site) -> dict[str, Any]:
    """Return all tickets by id, deleted ones too."""
    site.settle()
    return {key: dumped_ticket(site, ticket) for key, ticket in site.tickets.items()}


def dumped_ticket(site: Site, ticket: Ticket) -> dict[str, Any]:
    """Return one ticket with its comments; workflow and rule entries are left out."""
    known = site.catalogue
    step = known.steps[ticket.step]
    products = {key: name for name, key in PRODUCTS.items()}
    said = (entry for entry in site.activities[ticket.id] if entry.kind == "comment")
    return {
        "id": ticket.id,
        "number": ticket.label,
        "subject": ticket.subject,
        "description": ticket.description,
        "status": step.name,
        "closed": step.closed,
        "workflow": known.workflows[step.workflow].name,
        "product": products[ticket.product],
        "priority": ticket.priority,
        "level": known.level(ticket.priority).name,
        "owner": _email(site, ticket.owner),
        "for": _email(site, ticket.requester),
        "assignee": _email(site, ticket.user),
        "team": known.teams[ticket.team].name if ticket.team else None,
        "location": known.locations[ticket.location].name,
        "room": known.locations[ticket.location].rooms.get(ticket.room or ""),
        "issue": known.issues[ticket.issue].name,
        "category": known.issues[ticket.issue].category,
        "urgent": ticket.urgent,
        "sensitive": ticket.sensitive,
        "deleted": ticket.deleted,
        "due": ticket.due.isoformat() if ticket.due else None,
        "tags": [known.tags[key] for key in ticket.tags],
        "custom": {known.fields[key].name: text for key, text in ticket.fields.items()},
        "created": ticket.created.isoformat(),
        "modified": ticket.modified.isoformat(),
        "version": ticket.version,
        "comments": [dumped_activity(site, entry) for entry in said],
    }


def dumped_activity(site: Site, activity: Activity) -> dict[str, Any]:
    """Return one comment."""
    return {
        "id": activity.id,
        "ticket": activity.ticket,
        "author": _email(site, activity.owner),
        "text": activity.text,
        "public": activity.public,
        "deleted": activity.deleted,
        "external_id": activity.external_id,
        "created": activity.created.isoformat(),
        "modified": activity.modified.isoformat(),
    }


def _email(site: Site, key: str | None) -> str | None:
    return site.catalogue.users[key].email if key else None
