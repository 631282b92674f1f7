"""Tickets, people and activities in the vendor's JSON.

A ticket is rendered once a version: a page of a hundred is a hundred joined byte strings. Nobody
is a stub object with a zero GUID, not null (reference: incident-iq-api 3).
"""

from typing import Any

from sync_service.simulators.incidentiq.envelope import compact
from sync_service.simulators.incidentiq.ids import SITE_ID, TICKET_ENTITY, ZERO, guid
from sync_service.simulators.incidentiq.model import (
    Activity,
    FieldType,
    Issue,
    Level,
    Location,
    Step,
    Team,
    Ticket,
    User,
)
from sync_service.simulators.incidentiq.times import local, naive_utc, stamped
from sync_service.simulators.incidentiq.world import Site

Json = dict[str, Any]
_NET = "Spark.Shared.Models.TicketActivity{}, Spark.Shared"
# kind: ($type, TicketActivityTypeId, key of its text); numbers as reference 5 lists them
ITEMS = {
    "comment": (_NET.format("Comment"), 6, "Comments"),
    "revision": (_NET.format("Revision"), 3, "RevisionJsonData"),
    "rule": (_NET.format("RuleExecutionLog"), 7, "Message"),
    "workflow": (_NET.format("WorkflowLog"), 63, "Message"),
}


class Renderer:
    """Render what one site shows, keeping each ticket's newest rendering."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._kept: dict[str, tuple[object, bytes]] = {}

    def ticket(self, ticket: Ticket) -> bytes:
        """Return the ticket as JSON bytes."""
        switches = self._site.switches
        zone, nobody = switches.word("zone"), switches.word("unassigned")
        key = (ticket.version, zone, nobody, switches.words("rights"))
        kept = self._kept.get(ticket.id)
        if kept is None or kept[0] != key:
            kept = (key, compact(self._ticket(ticket, zone, nobody)))
            self._kept[ticket.id] = kept
        return kept[1]

    def _ticket(self, ticket: Ticket, zone: str, nobody: str) -> Json:
        return {
            "TicketId": ticket.id,
            "SiteId": SITE_ID,
            "ProductId": ticket.product,
            "TicketNumber": ticket.label,
            "Subject": ticket.subject,
            "IssueDescription": ticket.description,
            **self._dates(ticket, zone),
            **self._flags(ticket),
            **self._people(ticket, nobody),
            **self._place(ticket),
            **self._state(ticket),
            **self._extras(ticket),
        }

    def _dates(self, ticket: Ticket, zone: str) -> Json:
        return {
            "CreatedDate": local(ticket.created, zone),
            "ModifiedDate": local(ticket.modified, zone),
            "LastModifiedByUserDate": local(ticket.by_user, zone),
            "StartedDate": local(ticket.started, zone),
            "ClosedDate": local(ticket.closed, zone),
            "DueDate": local(ticket.due, zone),
        }

    def _flags(self, ticket: Ticket) -> Json:
        return {
            "IsDeleted": ticket.deleted,
            "IsClosed": self._site.catalogue.steps[ticket.step].closed,
            "IsPastDue": False,
            "IsUrgent": ticket.urgent,
            "IsIssueConfirmed": ticket.confirmed,
            "HasSensitiveInformation": ticket.sensitive,
            "IsSupportTicket": False,
        }

    def _people(self, ticket: Ticket, nobody: str) -> Json:
        users, teams = self._site.catalogue.users, self._site.catalogue.teams
        empty = {"stub": None, "zero": ZERO, "null": None}[nobody]
        stub_user = None if nobody == "null" else {"UserId": ZERO, "Name": "", "Email": None}
        stub_team = None if nobody == "null" else {"TeamId": ZERO, "TeamName": ""}
        return {
            "OwnerId": ticket.owner,
            "Owner": self.user(users[ticket.owner]),
            "ForId": ticket.requester,
            "For": self.user(users[ticket.requester]),
            "AssignedToUserId": ticket.user or empty,
            "AssignedToUser": self.user(users[ticket.user]) if ticket.user else stub_user,
            "AssignedToTeamId": ticket.team or empty,
            "AssignedToTeam": self.team(teams[ticket.team]) if ticket.team else stub_team,
        }

    def _place(self, ticket: Ticket) -> Json:
        location = self._site.catalogue.locations[ticket.location]
        room = {"LocationRoomId": ticket.room, "Name": location.rooms.get(ticket.room or "", "")}
        return {
            "LocationId": ticket.location,
            "Location": self.location(location),
            "LocationDetails": ticket.details,
            "LocationRoomId": ticket.room,
            "LocationRoom": room if ticket.room else None,
        }

    def _state(self, ticket: Ticket) -> Json:
        known = self._site.catalogue
        level = known.level(ticket.priority)
        reason = ticket.close_reason
        named = {"CloseReasonTypeId": reason, "Name": known.close_reasons.get(reason or "")}
        return {
            "IssueId": ticket.issue,
            "Issue": self.issue(known.issues[ticket.issue]),
            "WorkflowStepId": ticket.step,
            "WorkflowStep": self.step(known.steps[ticket.step]),
            "Priority": ticket.priority,
            "PriorityLevelId": level.id,
            "PriorityLevel": self.level(level),
            "SourceId": ticket.source,
            "CloseReasonTypeId": reason,
            "CloseReason": named if reason else None,
        }

    def _extras(self, ticket: Ticket) -> Json:
        known = self._site.catalogue
        rights = self._site.switches.words("rights")
        created = naive_utc(ticket.created)
        return {
            "Tags": [
                {"TagId": key, "Name": known.tags[key], "TagTypeId": 1, "Scope": "Site"}
                for key in ticket.tags
            ],
            "Assets": [
                {
                    "TicketAssetId": guid("ticket asset", f"{ticket.id}/{tag}"),
                    "AssetId": guid("asset", tag),
                    "AssetTag": tag,
                    "CreatedDate": created,
                }
                for tag in ticket.assets
            ],
            "CustomFieldValues": [
                self.value(known.fields[key], text) for key, text in ticket.fields.items()
            ],
            "Attachments": [],
            "TicketFollowerUserIds": [],
            "TicketFollowerTeamIds": [],
            "SubtaskCount": 0,
            "ParentTicketId": None,
            "UserPermissions": {
                "CanView": "tickets.view" in rights,
                "CanWork": "tickets.work" in rights,
                "CanResolve": "tickets.resolve" in rights,
                "Rights": list(rights),
            },
        }

    def user(self, user: User) -> Json:
        """Return a person's summary."""
        first, _, last = user.name.partition(" ")
        return {
            "UserId": user.id,
            "SiteId": SITE_ID,
            "Name": user.name,
            "FullName": user.name,
            "FirstName": first,
            "LastName": last,
            "Email": user.email,
            "Username": user.username,
            "LocationId": user.location,
            "LocationName": self._site.catalogue.locations[user.location].name,
            "RoleId": guid("role", user.role),
            "Role": {"RoleId": guid("role", user.role), "Name": user.role},
            "IsOnline": False,
            "IsDeleted": False,
        }

    def team(self, team: Team) -> Json:
        return {"TeamId": team.id, "TeamName": team.name, "SiteId": SITE_ID}

    def location(self, location: Location) -> Json:
        return {
            "LocationId": location.id,
            "SiteId": SITE_ID,
            "Name": location.name,
            "Abbreviation": location.short,
            "LocationType": {"Name": location.kind},
        }

    def issue(self, issue: Issue) -> Json:
        return {
            "IssueId": issue.id,
            "SiteId": SITE_ID,
            "ProductId": issue.product,
            "Name": issue.name,
            "IssueTypeId": issue.kind,
            "IssueCategoryId": guid("issue category", issue.category),
            "IssueCategoryName": issue.category,
            "WorkflowId": issue.workflow,
            "Scope": "Site",
        }

    def step(self, step: Step) -> Json:
        return {
            "WorkflowStepId": step.id,
            "WorkflowId": step.workflow,
            "WorkflowName": self._site.catalogue.workflows[step.workflow].name,
            "StepName": step.name,
            "StatusId": guid("status", step.status),
            "StatusName": step.status,
            "IsClosed": step.closed,
            "IsDeleted": False,
            "IsRequestorInputNeeded": step.part == "wait",
            "Color": step.color,
            "DisplayOrder": step.order,
        }

    def level(self, level: Level) -> Json:
        return {
            "PriorityLevelId": level.id,
            "SiteId": SITE_ID,
            "Min": level.low,
            "Max": level.high,
            "Name": level.name,
            "Color": level.color,
        }

    def value(self, field: FieldType, text: str) -> Json:
        """Return a custom field value; CustomFieldId is all zero, as seen live (reference 3)."""
        return {
            "CustomFieldId": ZERO,
            "CustomFieldTypeId": field.id,
            "EditorTypeId": field.editor,
            "EntityTypeId": TICKET_ENTITY,
            "Value": text,
        }

    def activity(self, activity: Activity) -> Json:
        """Return an activity with its one item; its zone is a switch (reference 7)."""
        created, modified = self._stamp(activity)
        type_name, number, key = ITEMS[activity.kind]
        head = {"$type": type_name, "TicketActivityTypeId": number}
        if activity.kind == "comment":
            head["TicketActivityCommentId"] = guid("comment", activity.id)
            head["ExternalId"] = activity.external_id
        return {
            "TicketActivityId": activity.id,
            "SiteId": SITE_ID,
            "TicketId": activity.ticket,
            "TicketSubject": self._site.tickets[activity.ticket].subject,
            "OwnerId": activity.owner,
            "Owner": self.user(self._site.catalogue.users[activity.owner]),
            "CreatedDate": created,
            "ModifiedDate": modified,
            "IsPublic": activity.public,
            "IsDeleted": activity.deleted,
            "ActivityItems": [
                {
                    **head,
                    key: activity.text,
                    "ByUserId": activity.owner,
                    "IsPublic": activity.public,
                    "CreatedDate": created,
                    "ModifiedDate": modified,
                }
            ],
        }

    def _stamp(self, activity: Activity) -> tuple[str | None, str | None]:
        times = (activity.created, activity.modified)
        where = self._site.switches.word("activity_dates")
        if where == "local":
            zone = self._site.switches.word("zone")
            return local(times[0], zone), local(times[1], zone)
        write = naive_utc if where == "utc" else stamped
        return write(times[0]), write(times[1])
