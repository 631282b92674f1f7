"""The fixed part of the site: people, teams, places, issues, workflows, levels, custom fields.

Step ids are per workflow, so the same name has two ids and a sync must resolve a step inside the
ticket's own workflow (reference: incident-iq-api 4).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Protocol, TypeVar

from sync_service.simulators.district import DOMAIN, SCHOOLS, TEAMS, TROUBLES, District
from sync_service.simulators.incidentiq.ids import FACILITIES, TICKETING, guid
from sync_service.simulators.incidentiq.model import (
    FieldType,
    Issue,
    Level,
    Location,
    Step,
    Team,
    User,
    Workflow,
)

StepRow = tuple[str, str, bool, str, tuple[str, ...]]
# (name, status, closed, part, steps that may follow)
HELP_DESK: tuple[StepRow, ...] = (
    ("Submitted", "Open", False, "start", ("In Progress", "Waiting on Requestor", "Cancelled")),
    (
        "In Progress",
        "In Progress",
        False,
        "work",
        ("Waiting on Requestor", "Escalated", "Resolved", "Cancelled"),
    ),
    ("Waiting on Requestor", "Waiting", False, "wait", ("In Progress", "Resolved", "Cancelled")),
    ("Escalated", "In Progress", False, "", ("In Progress", "Resolved")),
    ("Resolved", "Closed", True, "resolve", ("In Progress", "Closed")),
    ("Closed", "Closed", True, "", ("In Progress",)),
    ("Cancelled", "Cancelled", True, "cancel", ("Submitted",)),
)
WORK_ORDER: tuple[StepRow, ...] = (
    ("Submitted", "Open", False, "start", ("Scheduled", "In Progress", "Cancelled")),
    ("Scheduled", "Open", False, "", ("In Progress", "Cancelled")),
    (
        "In Progress",
        "In Progress",
        False,
        "work",
        ("Waiting on Requestor", "Work Complete", "Cancelled"),
    ),
    ("Waiting on Requestor", "Waiting", False, "wait", ("In Progress", "Cancelled")),
    ("Work Complete", "Closed", True, "resolve", ("In Progress",)),
    ("Cancelled", "Cancelled", True, "cancel", ("Submitted",)),
)
LEVELS = (("Low", -99999, 50), ("Medium", 51, 93), ("High", 94, 150), ("Critical", 151, 99999))
CLOSE_REASONS = ("Resolved", "Duplicate", "No Response", "Not Needed")
SOURCES = ("Web", "Mobile", "API", "E-mail", "Phone")
FIELDS: tuple[tuple[str, int, tuple[str, ...]], ...] = (
    ("Sync Key", 1, ()),
    ("ServiceNow number", 1, ()),
    ("RT number", 1, ()),
    ("Room Access", 1, ()),
    ("Loaner Issued", 4, ("Yes", "No")),
)
TAGS = ("vip", "warranty", "loaner", "testing")


class _Identified(Protocol):
    @property
    def id(self) -> str: ...


Thing = TypeVar("Thing", bound=_Identified)


@dataclass(frozen=True)
class Catalogue:
    """Everything a ticket can point at, by id."""

    users: dict[str, User]
    teams: dict[str, Team]
    locations: dict[str, Location]
    issues: dict[str, Issue]
    workflows: dict[str, Workflow]
    steps: dict[str, Step]
    levels: tuple[Level, ...]
    fields: dict[str, FieldType]
    tags: dict[str, str]
    close_reasons: dict[str, str]
    service: User
    robot: User

    def level(self, score: int) -> Level:
        return next(level for level in self.levels if score <= level.high)

    def by_email(self, email: str) -> User | None:
        """Find a person; case does not matter (reference 6)."""
        wanted = email.casefold()
        return next((user for user in self.users.values() if user.email == wanted), None)


def catalogue(district: District) -> Catalogue:
    """Build the site of a district."""
    places = tuple(_locations(district))
    office = places[-1]
    by_name = {place.name: place.id for place in places}
    people = [
        _user(one.name, one.email, one.role.title(), by_name[one.school]) for one in district.people
    ]
    service = _user("Sync Service", f"sync.service@{DOMAIN}", "Agent", office.id)
    robot = _user("iiQ Automation", f"automation@{DOMAIN}", "System", office.id)
    workflows = (
        _workflow("Help Desk", TICKETING, HELP_DESK),
        _workflow("Work Orders", FACILITIES, WORK_ORDER),
    )
    return Catalogue(
        users=_by_id([*people, service, robot]),
        teams=_by_id(_teams()),
        locations=_by_id(places),
        issues=_by_id(_issues(workflows)),
        workflows=_by_id(workflows),
        steps=_by_id(chain.from_iterable(flow.steps.values() for flow in workflows)),
        levels=tuple(_levels()),
        fields=_by_id(FieldType(guid("field", name), name, ed, opts) for name, ed, opts in FIELDS),
        tags={guid("tag", name): name for name in TAGS},
        close_reasons={guid("close reason", name): name for name in CLOSE_REASONS},
        service=service,
        robot=robot,
    )


def _by_id(things: Iterable[Thing]) -> dict[str, Thing]:
    return {thing.id: thing for thing in things}


def _user(name: str, email: str, role: str, location: str) -> User:
    return User(guid("user", email), name, email.casefold(), role, location)


def _teams() -> Iterator[Team]:
    for name, members in TEAMS:
        emails = [f"{member.lower().replace(' ', '.')}@{DOMAIN}" for member in members]
        yield Team(guid("team", name), name, tuple(guid("user", email) for email in emails))


def _locations(district: District) -> Iterator[Location]:
    for name, short in SCHOOLS:
        rooms = {guid("room", f"{name}/{room}"): room for room in district.rooms[name]}
        kind = "Office" if name.endswith("Office") else "School"
        yield Location(guid("location", name), name, short, kind, rooms)


def _issues(workflows: tuple[Workflow, ...]) -> Iterator[Issue]:
    flows = {flow.product: flow.id for flow in workflows}
    for trouble in TROUBLES:
        product = FACILITIES if trouble.facilities else TICKETING
        key = f"{trouble.category}/{trouble.issue}"
        yield Issue(
            id=guid("issue", key),
            name=trouble.issue,
            category=trouble.category,
            kind=guid("issue type", trouble.category),
            product=product,
            workflow=flows[product],
        )


def _levels() -> Iterator[Level]:
    colors = ("#bcd649", "#fcb916", "#f58220", "#d1232a")
    for (name, low, high), color in zip(LEVELS, colors, strict=True):
        yield Level(guid("priority level", name), name, low, high, color)


def _workflow(name: str, product: str, table: tuple[StepRow, ...]) -> Workflow:
    ids = {row[0]: guid("step", f"{name}/{row[0]}") for row in table}
    steps = [
        Step(
            id=ids[step],
            workflow=guid("workflow", name),
            name=step,
            status=status,
            closed=closed,
            part=part,
            order=(place + 1) * 10,
            color="#4A90D9" if not closed else "#7F8C8D",
            next=tuple(ids[follower] for follower in following),
        )
        for place, (step, status, closed, part, following) in enumerate(table)
    ]
    return Workflow(guid("workflow", name), name, product, _by_id(steps))
