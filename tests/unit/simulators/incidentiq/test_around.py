"""People, teams, places and the lists a mapping is made from."""

from typing import Any

import pytest

from sync_service.simulators.incidentiq import SITE_ID
from sync_service.simulators.incidentiq.ids import guid
from tests.unit.simulators.incidentiq.desk import AGENT, Desk


def names(site: Desk, path: str, key: str, **query: Any) -> list[str]:
    """List one key of a GET's Items."""
    rows = site.http.get(path, params=query).raise_for_status().json()["Items"]
    return [row[key] for row in rows]


def test_a_person_is_found_by_email_whatever_its_case(site: Desk) -> None:
    """404 for a stranger."""
    path = f"/users/by-email/{SITE_ID}"
    found = site.http.get(f"{path}/{AGENT.upper()}").json()["Item"]

    assert (found["UserId"], found["Role"]["Name"]) == (guid("user", AGENT), "Agent")
    assert site.http.get(f"/users/{found['UserId']}").json()["Item"] == found
    assert site.http.get(f"{path}/nobody@springfield.example").status_code == 404
    assert site.http.get(f"/users/{guid('user', 'x')}").status_code == 404


@pytest.mark.parametrize(
    ("wanted", "few"),
    [
        ({"Facet": "email", "Value": AGENT.upper()}, True),
        ({"Facet": "username", "Value": "dana.whitfield"}, True),
        ({"Facet": "keyword", "Value": "whitfield"}, True),
        ({"Facet": "modifieddate", "Value": "range:today"}, False),
    ],
)
def test_users_are_searched_by_known_facets_only(
    site: Desk, wanted: dict[str, Any], few: bool
) -> None:
    """`modifieddate` is ignored in silence for users."""
    found = site.post("/users", {"Filters": [wanted]}).json()
    assert (found["Paging"]["TotalRows"] == 1) is few


def test_lists_of_people_come_in_pages(site: Desk) -> None:
    """Twenty unless `$s` says otherwise; the pages join to the whole."""
    whole = site.http.post("/users", params={"$s": 500}, json={}).json()
    second = site.http.post("/users", params={"$s": 50, "$p": 1}, json={}).json()
    assert site.post("/users", {}).json()["ItemCount"] == 20
    assert second["Items"] == whole["Items"][50:100]
    assert site.http.post("/users", params={"$s": "x"}, json={}).status_code == 400


def test_the_tokens_user_is_an_agent_of_its_own(site: Desk) -> None:
    """`/login` and `/users/my` name the service account."""
    me = site.http.get("/login").json()["Item"]
    assert (me["UserID"], me["Name"]) == (me["UserId"], "Sync Service")
    assert site.http.get("/users/my").json()["Item"] == me
    assert me["Email"] in names(site, "/users/agents", "Email")


def test_teams_have_members(site: Desk) -> None:
    """Both team routes, and who is in a team."""
    assert names(site, "/teams", "TeamName") == names(site, "/teams/all", "TeamName")
    team = guid("team", "Field Technicians")
    assert AGENT in names(site, f"/teams/{team}/members", "Email")


def test_locations_have_two_versions(site: Desk) -> None:
    """v2 has its own filter and answers 500 to the v1 grammar."""
    v2 = str(site.http.base_url).replace("v1.0", "v2.0") + "locations"
    wanted = {"RequestOptions": {"Filters": [{"Facet": "name", "Op": "in", "Values": ["annex"]}]}}
    found = site.http.post(v2, json=wanted).json()["Items"]

    assert "High School" in names(site, "/locations/all", "Name")
    assert [place["Name"] for place in found] == ["Annex"]
    old = {"Filters": [{"Facet": "location", "Id": found[0]["LocationId"]}]}
    assert site.http.post(v2, json=old).status_code == 500
    assert len(names(site, "/locations/rooms", "Name", **{"$s": 500})) == 72


def test_steps_are_listed_for_all_and_for_one_workflow(site: Desk) -> None:
    """The same names in two workflows have different ids."""
    every = names(site, "/tickets/statuses", "WorkflowStepId")
    flow = guid("workflow", "Work Orders")
    own = names(site, f"/tickets/{flow}/statuses", "WorkflowStepId")

    assert names(site, "/workflows", "WorkflowName") == ["Help Desk", "Work Orders"]
    assert names(site, "/workflows/steps", "WorkflowStepId") == every
    assert set(own) < set(every)
    assert names(site, "/tickets/statuses", "StepName").count("Submitted") == 2
    assert site.http.get(f"/tickets/{guid('workflow', 'x')}/statuses").status_code == 404
    assert site.http.get(f"/workflows/steps/{flow}/nextsteps").status_code == 404


def test_the_lists_of_a_mapping_are_there(site: Desk) -> None:
    """Levels, sources, fields, tags, issues, close reasons, custom fields."""
    assert names(site, "/tickets/priorities", "Name") == ["Low", "Medium", "High", "Critical"]
    assert names(site, "/tickets/sources", "Name")[2] == "API"
    assert "Subject" in names(site, "/tickets/fields", "Name")
    assert "vip" in names(site, "/tags/query", "Name")
    assert "Other" in names(site, "/issues/site", "Name")
    assert site.post("/issues", {"Strategy": "All"}).json()["ItemCount"] == 9
    reasons = site.http.get("/resolutions/close-reason-types").json()
    assert "Duplicate" in [reason["Name"] for reason in reasons["Item"]]


def test_a_custom_field_is_named_in_its_type(site: Desk) -> None:
    """`/custom-fields/for/ticket` nests the name; `/types` has it flat."""
    rows = site.post("/custom-fields/for/ticket", {}).json()["Items"]
    nested = {row["CustomFieldTypeId"]: row["CustomFieldType"]["Name"] for row in rows}

    assert nested[guid("field", "Sync Key")] == "Sync Key"
    assert list(nested.values()) == names(site, "/custom-fields/types", "Name")


def test_a_ticket_says_where_it_stands(site: Desk) -> None:
    """`GET /tickets/{id}/status`."""
    ticket = site.create()["TicketId"]
    status = site.http.get(f"/tickets/{ticket}/status").json()["Item"]
    assert status["CurrentWorkflowStep"]["StepName"] == "Submitted"
