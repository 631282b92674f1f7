"""The narrow writes: status along the workflow, assignment, priority, flags, fields, tags."""

from collections.abc import Iterator
from typing import Any

import pytest

from sync_service.simulators.incidentiq.ids import guid
from tests.unit.simulators.incidentiq.desk import AGENT, OTHER_AGENT, STAFF, Desk, desk, step


@pytest.fixture
def site() -> Iterator[Desk]:
    """A site at Monday noon in Chicago, without rules."""
    with desk(rules=False) as client:
        client.at("2026-11-23T18:00:00Z")
        yield client


@pytest.fixture
def ticket(site: Desk) -> str:
    """A submitted help desk ticket, a minute old."""
    found: str = site.create()["TicketId"]
    site.wait(60)
    return found


def move(site: Desk, ticket: str, name: str, flow: str = "Help Desk") -> int:
    """Try to set a step; return the HTTP status."""
    return site.post(f"/tickets/{ticket}/status/{step(name, flow)}").status_code


def stands(site: Desk, ticket: str) -> str:
    """Return the name of the step the ticket is at."""
    name: str = site.get(ticket)["WorkflowStep"]["StepName"]
    return name


def test_only_legal_steps_of_its_own_workflow_are_taken(site: Desk, ticket: str) -> None:
    """Not every step may follow every other, and another workflow's id is no step (R22)."""
    assert move(site, ticket, "Resolved") == 400
    assert move(site, ticket, "In Progress", "Work Orders") == 400
    assert stands(site, ticket) == "Submitted"
    path = ("In Progress", "Waiting on Requestor", "Resolved", "Closed", "In Progress")
    assert [move(site, ticket, name) for name in path] == [200] * 5
    assert stands(site, ticket) == "In Progress"


def test_next_steps_foretell_what_is_taken(site: Desk, ticket: str) -> None:
    """Both routes list the same legal moves."""
    here = step("Submitted")
    links = site.http.get(f"/workflows/steps/{here}/nextsteps").json()["Items"]
    steps = site.http.get(f"/workflows/steps/{here}/nextsteps/steps").json()["Items"]

    allowed = {link["AllowedNextWorkflowStepId"] for link in links}
    assert allowed == {one["WorkflowStepId"] for one in steps}
    assert {one["StepName"] for one in steps} == {
        "In Progress",
        "Waiting on Requestor",
        "Cancelled",
    }


def test_the_step_it_is_at_is_no_change(site: Desk, ticket: str) -> None:
    """The date does not move."""
    before = site.get(ticket)
    assert move(site, ticket, "Submitted") == 200
    assert site.get(ticket) == before


@pytest.mark.parametrize(("position", "shown"), [("stale", "Submitted"), ("fresh", "In Progress")])
def test_the_reply_to_a_status_may_be_stale(
    site: Desk, ticket: str, position: str, shown: str
) -> None:
    """A captured reply carried the date of the week before (reference 7)."""
    site.turn(status_echo=position)
    reply = site.post(f"/tickets/{ticket}/status/{step('In Progress')}").json()

    assert reply["Message"] == "Ticket status changed successfully."
    assert reply["Item"]["WorkflowStep"]["StepName"] == shown
    assert stands(site, ticket) == "In Progress"


def test_closing_stamps_and_reopening_clears(site: Desk, ticket: str) -> None:
    """`/close` is `/resolve`; next steps can block it, and a flag skips them."""
    reason = {"CloseReasonTypeId": guid("close reason", "Resolved")}
    blocked = site.post(f"/tickets/{ticket}/close", reason)
    closed = site.post(
        f"/tickets/{ticket}/close", {**reason, "SkipCheckingNonMandatorySteps": True}
    )
    after = site.get(ticket)

    assert (blocked.status_code, closed.status_code) == (400, 200)
    assert (after["IsClosed"], after["ClosedDate"]) == (True, "2026-11-23T12:01:00")
    assert after["CloseReason"]["Name"] == "Resolved"
    assert site.post(f"/tickets/{ticket}/close").status_code == 400
    move(site, ticket, "In Progress")
    again = site.get(ticket)
    assert (again["IsClosed"], again["ClosedDate"], again["CloseReason"]) == (False, None, None)


def test_shortcut_routes_find_the_steps_of_the_workflow(site: Desk) -> None:
    """Waiting, responded, cancel: each in the ticket's own workflow."""
    order = site.create(IssueId=guid("issue", "Building/Heating and Cooling"))["TicketId"]
    walk = []
    for route in ("start", "status/waiting-on-requestor", "status/requestor-responded", "cancel"):
        body = {"UserId": guid("user", AGENT)} if route == "start" else None
        assert site.post(f"/tickets/{order}/{route}", body).status_code == 200
        walk.append(site.get(order)["WorkflowStepId"])
    names = ("In Progress", "Waiting on Requestor", "In Progress", "Cancelled")
    assert walk == [step(name, "Work Orders") for name in names]


def test_starting_assigns_and_answers_with_the_step(site: Desk, ticket: str) -> None:
    """400 for one that is in progress already."""
    body = {"UserId": guid("user", AGENT)}
    reply = site.post(f"/tickets/{ticket}/start", body)
    after = site.get(ticket)

    assert reply.json()["Item"]["StepName"] == "In Progress"
    assert after["AssignedToUser"]["Email"] == AGENT
    assert after["StartedDate"] == "2026-11-23T12:01:00"
    assert site.post(f"/tickets/{ticket}/start", body).status_code == 400
    assert site.post(f"/tickets/{ticket}/start").status_code == 400


def test_assigning_twice_is_refused(site: Desk, ticket: str) -> None:
    """User and team are separate; each can be cleared by its own way."""
    path = f"/tickets/{ticket}"
    to = {"AssignToUserId": guid("user", AGENT), "AssignToTeamId": guid("team", "Network Team")}
    first, second = (site.post(f"{path}/assign", to) for _ in range(2))
    after = site.get(ticket)

    assert (first.status_code, first.json()["Message"]) == (200, "Ticket successfully assigned.")
    assert second.status_code == 400
    assert (after["AssignedToUser"]["Email"], after["AssignedToTeam"]["TeamName"]) == (
        AGENT,
        "Network Team",
    )
    site.post(f"{path}/unassign/user")
    assert site.get(ticket)["AssignedToUserId"] is None
    assert site.post(f"{path}/assign", {"ClearTeam": True}).status_code == 200
    assert site.get(ticket)["AssignedToTeamId"] is None


@pytest.mark.parametrize("body", [{}, {"AssignToUserId": guid("user", "x")}])
def test_a_ticket_cannot_be_given_to_no_agent(
    site: Desk, ticket: str, body: dict[str, str]
) -> None:
    """Nobody, and somebody who is not an agent."""
    assert site.post(f"/tickets/{ticket}/assign", body).status_code == 400


@pytest.mark.parametrize(
    ("position", "score", "level"), [("both", 200, 200), ("score", 200, 400), ("level", 400, 200)]
)
def test_a_priority_is_a_score_or_a_level(
    site: Desk, ticket: str, position: str, score: int, level: int
) -> None:
    """The vendor's page contradicts itself."""
    site.turn(priority_write=position)
    path = f"/tickets/{ticket}/priority"
    critical = guid("priority level", "Critical")

    assert site.post(path, {"PriorityId": 120}).status_code == score
    if score == 200:
        assert site.get(ticket)["PriorityLevel"]["Name"] == "High"
    assert site.post(path, {"PriorityId": critical}).status_code == level
    if level == 200:
        assert site.get(ticket)["Priority"] == 151


@pytest.mark.parametrize(
    ("route", "body", "field", "value"),
    [
        ("subject", {"Subject": "new"}, "Subject", "new"),
        ("description", {"Description": "<b>new</b>"}, "IssueDescription", "<b>new</b>"),
        ("mark-urgent", None, "IsUrgent", True),
        ("mark-not-urgent", None, "IsUrgent", False),
        ("mark-sensitive", None, "HasSensitiveInformation", True),
        ("mark-not-sensitive", None, "HasSensitiveInformation", False),
        ("confirm-issue", None, "IsIssueConfirmed", True),
        ("unconfirm-issue", None, "IsIssueConfirmed", False),
        ("due-dates", {"CustomDate": "2026-12-01T18:00:00Z"}, "DueDate", "2026-12-01T12:00:00"),
        ("due-dates", {"Count": 1}, "DueDate", "2026-11-24T12:01:00"),
        (
            "issue",
            {"IssueId": guid("issue", "Network/Wi-Fi")},
            "IssueId",
            guid("issue", "Network/Wi-Fi"),
        ),
    ],
)
def test_a_narrow_route_sets_its_field_and_the_date(
    site: Desk, ticket: str, route: str, body: Any, field: str, value: Any
) -> None:
    """One field each; the ticket's date moves (R24)."""
    assert site.post(f"/tickets/{ticket}/{route}", body).status_code == 200
    after = site.get(ticket)
    assert after[field] == value
    assert after["ModifiedDate"] == "2026-11-23T12:01:00"


def test_a_changed_issue_may_rewrite_the_subject(site: Desk, ticket: str) -> None:
    """AutoUpdateSubject builds the page's own subject."""
    body = {"IssueId": guid("issue", "Network/Wi-Fi"), "AutoUpdateSubject": True}
    site.post(f"/tickets/{ticket}/issue", body)
    assert site.get(ticket)["Subject"] == "Network > Wi-Fi"


def test_a_description_runs_no_rules(site: Desk, ticket: str) -> None:
    """Unlike a subject: it is only recorded (reference 4)."""
    site.turn(rules=True)
    site.post(f"/tickets/{ticket}/description", {"Description": "x"})
    site.wait(5)
    assert site.get(ticket)["ModifiedDate"] == "2026-11-23T12:01:00"
    site.post(f"/tickets/{ticket}/subject", {"Subject": "x"})
    site.wait(5)
    assert site.get(ticket)["ModifiedDate"] == "2026-11-23T12:01:07"


def test_custom_fields_are_set_one_by_one(site: Desk, ticket: str) -> None:
    """Others stay; an empty value removes; a list takes only its options; rights are needed."""
    path = f"/tickets/{ticket}/custom-fields"
    key, loaner = guid("field", "Sync Key"), guid("field", "Loaner Issued")
    site.post(path, [{"CustomFieldTypeId": key, "Value": "K"}])
    site.post(path, [{"CustomFieldTypeId": loaner, "Value": "Yes"}])
    both = {one["CustomFieldTypeId"]: one["Value"] for one in site.get(ticket)["CustomFieldValues"]}
    site.post(path, [{"CustomFieldTypeId": key, "Value": None}])

    assert both == {key: "K", loaner: "Yes"}
    assert len(site.get(ticket)["CustomFieldValues"]) == 1
    assert site.post(path, [{"CustomFieldTypeId": loaner, "Value": "Maybe"}]).status_code == 400
    assert site.post(path, [{"CustomFieldTypeId": ticket, "Value": "x"}]).status_code == 400


def test_tags_are_replaced_added_and_removed(site: Desk, ticket: str) -> None:
    """The array replaces; single routes add and remove."""
    path, vip, loaner = f"/tickets/{ticket}/tags", guid("tag", "vip"), guid("tag", "loaner")
    site.post(path, [{"TagId": vip}])
    site.post(f"{path}/{loaner}")
    assert [tag["Name"] for tag in site.get(ticket)["Tags"]] == ["vip", "loaner"]
    site.http.delete(f"{path}/{vip}")
    assert [tag["Name"] for tag in site.get(ticket)["Tags"]] == ["loaner"]


def test_owner_and_requester_change_together(site: Desk, ticket: str) -> None:
    """One route for both."""
    owner, requester = guid("user", AGENT), guid("user", OTHER_AGENT)
    site.post(f"/tickets/{ticket}/owner/{owner}/for/{requester}")
    after = site.get(ticket)
    assert (after["Owner"]["Email"], after["For"]["Email"]) == (AGENT, OTHER_AGENT)


def test_the_timeline_tells_who_changed_what(site: Desk, ticket: str) -> None:
    """Revisions carry old and new value: the audit trail of R8 and R17."""
    site.act("edit", person=AGENT, ticket=ticket, subject="by Dana")
    rows = site.http.get(f"/tickets/{ticket}/timeline").json()["Items"]
    (revision,) = [row for row in rows if row["ActivityItems"][0]["TicketActivityTypeId"] == 3]

    assert revision["Owner"]["Email"] == AGENT != STAFF
    assert revision["ActivityItems"][0]["RevisionJsonData"] == (
        '[{"Field": "Subject", "OldValue": "Laptop screen cracked", "NewValue": "by Dana"}]'
    )
