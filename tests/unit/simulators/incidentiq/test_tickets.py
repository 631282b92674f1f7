"""Tickets as the site shows them and as it takes them: create, dates, rules, updates."""

from collections.abc import Iterator
from typing import Any

import pytest

from sync_service.simulators.incidentiq.ids import FACILITIES, ZERO, guid
from tests.unit.simulators.incidentiq.desk import AGENT, ORDER, Desk, desk, step

PARTIAL = {"ApiFlags": "OnlySetMappedProperties"}
SYNC_KEY = {"CustomFieldTypeId": guid("field", "Sync Key"), "Value": "a:b:c:1"}


@pytest.fixture
def site() -> Iterator[Desk]:
    """An empty site whose clock stands at Monday noon in Chicago."""
    with desk() as client:
        client.at("2026-11-23T18:00:00.120Z")
        yield client


@pytest.mark.parametrize(
    ("position", "answers"),
    [
        ("both", {"create": 201, "new": 201}),
        ("create", {"create": 201, "new": 404}),
        ("new", {"create": 404, "new": 201}),
    ],
)
def test_one_or_both_create_routes_live(site: Desk, position: str, answers: dict[str, int]) -> None:
    """The overview says /create, everything else /new."""
    site.turn(create_route=position)
    found = {route: site.post(f"/tickets/{route}", ORDER).status_code for route in answers}
    assert found == answers


def test_a_dead_create_route_may_be_405(site: Desk) -> None:
    """A route that exists for another method answers 405."""
    site.turn(create_route="new", dead_route=405)
    assert site.post("/tickets/create", ORDER).status_code == 405


def test_a_created_ticket_is_whole(site: Desk) -> None:
    """201 with the Item: number as text with leading zeros, first step of the issue's workflow."""
    ticket = site.create(CustomFieldValues=[SYNC_KEY], IsUrgent=True)

    assert ticket["TicketNumber"] == "01234567100001"
    assert ticket["Owner"]["Name"] == "Sync Service"
    assert ticket["For"]["Email"] == AGENT
    assert (ticket["Location"]["Name"], ticket["Issue"]["IssueCategoryName"]) == (
        "High School",
        "Chromebook",
    )
    assert ticket["WorkflowStep"]["StepName"] == "Submitted"
    assert ticket["CustomFieldValues"][0]["Value"] == "a:b:c:1"
    assert ticket["CustomFieldValues"][0]["CustomFieldId"] == ZERO
    assert (ticket["IsUrgent"], ticket["HasSensitiveInformation"]) == (True, False)
    assert site.get(ticket["TicketId"]) == ticket


def test_the_issue_decides_product_and_workflow(site: Desk) -> None:
    """Step ids are per workflow: the same name has another id there."""
    boiler = site.create(IssueId=guid("issue", "Building/Heating and Cooling"))

    assert boiler["ProductId"] == FACILITIES
    assert boiler["WorkflowStepId"] == step("Submitted", "Work Orders") != step("Submitted")


@pytest.mark.parametrize(
    ("position", "id_", "user"),
    [
        ("stub", None, {"UserId": ZERO, "Name": "", "Email": None}),
        ("zero", ZERO, {"UserId": ZERO, "Name": "", "Email": None}),
        ("null", None, None),
    ],
)
def test_nobody_has_several_looks(site: Desk, position: str, id_: Any, user: Any) -> None:
    """A stub object with a zero GUID is nobody, not somebody."""
    site.turn(unassigned=position)
    ticket = site.create()
    assert (ticket["AssignedToUserId"], ticket["AssignedToUser"]) == (id_, user)


@pytest.mark.parametrize(
    ("zone", "utc", "shown"),
    [
        ("America/Chicago", "2026-11-23T18:00:00.120Z", "2026-11-23T12:00:00.12"),
        ("America/Chicago", "2026-07-01T18:00:00Z", "2026-07-01T13:00:00"),
        ("America/Chicago", "2026-11-01T06:30:00Z", "2026-11-01T01:30:00"),
        ("America/Chicago", "2026-11-01T07:30:00Z", "2026-11-01T01:30:00"),
        ("America/Phoenix", "2026-07-01T18:00:00Z", "2026-07-01T11:00:00"),
        ("UTC", "2026-07-01T18:00:00.5Z", "2026-07-01T18:00:00.5"),
    ],
)
def test_ticket_dates_are_naive_and_local(site: Desk, zone: str, utc: str, shown: str) -> None:
    """With daylight saving: the hour of the autumn night comes twice and looks the same."""
    site.turn(zone=zone)
    site.at(utc)
    assert site.create()["CreatedDate"] == shown
    assert site.http.get("/sites/my/settings").json()["Item"]["TimeZone"] == zone


def test_an_assets_date_is_naive_utc() -> None:
    """Two kinds of naive dates in one ticket."""
    with desk(tickets=30) as client:
        rows = client.search(_s=30)["Items"]
    ticket = next(row for row in rows if row["Assets"])
    assert ticket["Assets"][0]["CreatedDate"] != ticket["CreatedDate"]


def test_rules_move_the_modified_date_after_a_write(site: Desk) -> None:
    """The reply does not show it yet; LastModifiedByUserDate stays (reference 3)."""
    ticket = site.create()
    site.wait(1.9)
    assert site.get(ticket["TicketId"])["ModifiedDate"] == ticket["ModifiedDate"]
    site.wait(0.1)
    ruled = site.get(ticket["TicketId"])
    assert ruled["ModifiedDate"] == "2026-11-23T12:00:02.12"
    assert ruled["LastModifiedByUserDate"] == ticket["ModifiedDate"]


def test_rules_can_be_quicker_or_off(site: Desk) -> None:
    """Both switches of the rules."""
    site.turn(rule_delay=0.2)
    quick = site.create()
    site.turn(rules=False)
    still = site.create()
    site.wait(10)
    assert site.get(quick["TicketId"])["ModifiedDate"] == "2026-11-23T12:00:00.32"
    assert site.get(still["TicketId"])["ModifiedDate"] == still["ModifiedDate"]


@pytest.mark.parametrize(
    ("position", "after_create", "after_status"),
    [("never", 0, 0), ("created", 1, 1), ("status", 0, 1)],
)
def test_rules_may_say_something_in_public(
    site: Desk, position: str, after_create: int, after_status: int
) -> None:
    """A robot's comment, which a sync must not bounce (R23)."""
    site.turn(rule_comment=position)
    ticket = site.create()["TicketId"]
    site.wait(2)
    first = len(site.comments(ticket))
    site.act("status", ticket=ticket, to="In Progress")
    site.wait(2)
    told = site.comments(ticket)

    assert (first, len(told)) == (after_create, after_status)
    assert all(one["Owner"]["Name"] == "iiQ Automation" and one["IsPublic"] for one in told)


@pytest.mark.parametrize(
    ("nulling", "headers", "emptied"),
    [(True, {}, True), (False, {}, False), (True, PARTIAL, False)],
)
def test_an_update_empties_what_it_omits_unless_told_otherwise(
    site: Desk, nulling: bool, headers: dict[str, str], emptied: bool
) -> None:
    """Without ApiFlags omitted fields may be nulled (R24)."""
    ticket = site.create(CustomFieldValues=[SYNC_KEY])["TicketId"]
    site.act("assign", ticket=ticket, to=AGENT)
    site.turn(nulling=nulling)
    after = site.post(f"/tickets/{ticket}", {"Subject": "other"}, **headers).json()["Item"]

    assert after["Subject"] == "other"
    assert (after["IssueDescription"] is None) is emptied
    assert (after["AssignedToUserId"] is None) is emptied
    assert after["CustomFieldValues"][0]["Value"] == "a:b:c:1"


def test_custom_fields_need_their_update_flag(site: Desk) -> None:
    """Collections of an update count only under their own flag."""
    ticket = site.create(CustomFieldValues=[SYNC_KEY])["TicketId"]
    number = {"CustomFieldTypeId": guid("field", "RT number"), "Value": "7"}
    body: dict[str, Any] = {"CustomFieldValues": [number]}

    def values(**more: Any) -> list[str]:
        reply = site.post(f"/tickets/{ticket}", {**body, **more}, **PARTIAL)
        return [value["Value"] for value in reply.json()["Item"]["CustomFieldValues"]]

    assert values() == ["a:b:c:1"]
    assert values(UpdateCustomFields=True) == ["a:b:c:1", "7"]
    assert values(UpdateCustomFields=True, DeleteMissingCustomFieldValues=True) == ["7"]


@pytest.mark.parametrize(
    ("position", "kept"),
    [("normalised", "<p>A &amp; B</p>"), ("kept", "<p>A & B</p><script>x()</script>")],
)
def test_html_is_cleaned_or_kept(site: Desk, position: str, kept: str) -> None:
    """What is read back may not be what was written."""
    site.turn(html=position)
    ticket = site.create(IssueDescription="<p>A & B</p><script>x()</script>")
    plain = site.create(IssueDescription="A & B <HDMI>")
    assert ticket["IssueDescription"] == kept
    assert plain["IssueDescription"] == "A & B <HDMI>"


def test_a_simple_ticket_takes_names(site: Desk) -> None:
    """`/tickets/simple/new` finds user and issue by name."""
    order = {"ForUsername": "dana.whitfield", "Issue": "wi-fi", "IssueDescription": "slow"}
    reply = site.post("/tickets/simple/new", order)
    assert reply.status_code == 201
    assert reply.json()["Item"]["Issue"]["Name"] == "Wi-Fi"
    assert site.post("/tickets/simple/new", {**order, "Issue": "?"}).status_code == 400


@pytest.mark.parametrize(("position", "status"), [("shown", 200), ("404", 404)])
def test_a_delete_is_soft(site: Desk, position: str, status: int) -> None:
    """Gone from searches, there for a GET or not, and it can come back."""
    site.turn(deleted_get=position)
    ticket = site.create()["TicketId"]
    gone = site.http.delete(f"/tickets/{ticket}").json()
    seen = site.http.get(f"/tickets/{ticket}")

    assert gone["Item"] == {"TicketId": ticket, "IsDeleted": True}
    assert seen.status_code == status
    assert site.subjects() == []
    assert site.http.put(f"/tickets/{ticket}/undelete").json()["Uid"] == ticket
    assert site.get(ticket)["IsDeleted"] is False
    assert len(site.subjects()) == 1


def test_an_unknown_ticket_is_404_in_the_sites_words(site: Desk) -> None:
    """And a GUID is matched whatever its case."""
    unknown = guid("ticket", "none")
    known = site.create()["TicketId"]
    missing = site.http.get(f"/tickets/{unknown}")

    assert missing.status_code == 404
    assert unknown in missing.json()["Message"]
    assert site.get(known.upper())["TicketId"] == known


def test_a_clone_carries_the_key_of_its_original(site: Desk) -> None:
    """People clone tickets, custom fields and all; the owner tells them apart (R14)."""
    ticket = site.create(CustomFieldValues=[SYNC_KEY])
    copy = site.act("clone", ticket=ticket["TicketNumber"])

    assert copy["custom"] == {"Sync Key": "a:b:c:1"}
    assert (copy["owner"], copy["id"] == ticket["TicketId"]) == (AGENT, False)


def test_the_seed_is_the_same_in_every_run() -> None:
    """Ids, subjects and people repeat; only the dates follow the clock."""

    def told() -> list[tuple[str, str]]:
        with desk(tickets=25, seed=7) as client:
            rows = client.search(_s=25, _o="TicketNumber asc")["Items"]
        return [(row["TicketId"], row["Subject"]) for row in rows]

    first = told()
    assert len(first) == 25
    assert told() == first


def test_the_dump_shows_what_no_search_does(site: Desk) -> None:
    """Judges read everything in plain words, deleted tickets too, in UTC."""
    ticket = site.create()["TicketId"]
    site.act("note", ticket=ticket, text="<p>hush</p>")
    site.act("delete", ticket=ticket)
    shown = site.control.get("/tickets").json()[ticket]

    assert (shown["deleted"], shown["status"], shown["for"]) == (True, "Submitted", AGENT)
    assert shown["created"] == "2026-11-23T18:00:00.120000+00:00"
    assert [(one["text"], one["public"]) for one in shown["comments"]] == [("<p>hush</p>", False)]
