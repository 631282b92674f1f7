"""Who is let in: headers, rights, rate, and the shapes of a refusal."""

from typing import Any

import httpx
import pytest

from sync_service.simulators.incidentiq import SITE_ID, TOKEN, build
from tests.unit.simulators.incidentiq.desk import AGENT, ORDER, Desk, step

UNAUTHORIZED = "Attempted to perform an unauthorized operation."


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer wrong"},
        {"Authorization": TOKEN},
        {"SiteId": SITE_ID.replace("1", "2")},
        {"SiteId": ""},
        {"Client": ""},
    ],
)
def test_a_wrong_header_is_401_without_detail(site: Desk, headers: dict[str, str]) -> None:
    """Token, site and client are all refused in the same words."""
    refused = site.http.get("/sites/isalive", headers=headers)

    assert refused.status_code == 401
    assert refused.json()["Message"] == UNAUTHORIZED


@pytest.mark.parametrize(
    ("switch", "header"), [("site_header", "SiteId"), ("client_header", "Client")]
)
def test_a_header_may_be_optional(site: Desk, switch: str, header: str) -> None:
    """Older clients send no SiteId; a wrong one is refused all the same."""
    site.turn(**{switch: "optional"})

    assert site.http.get("/sites/isalive", headers={header: ""}).status_code == 200
    wrong = site.http.get("/sites/isalive", headers={"SiteId": TOKEN})
    assert wrong.status_code == 401


@pytest.mark.parametrize("status", [401, 403])
def test_a_missing_right_looks_like_a_dead_token_or_not(site: Desk, status: int) -> None:
    """Field report: 401 for a right on one route, while others go on working."""
    ticket = site.create()["TicketId"]
    site.turn(rights=["tickets.view"], missing_right=status)

    assert site.post(f"/tickets/{ticket}/assign", {"ClearUser": True}).status_code == status
    seen = site.get(ticket)
    assert seen["UserPermissions"]["Rights"] == ["tickets.view"]


@pytest.mark.parametrize(
    ("where", "header", "body"),
    [("body", False, True), ("header", True, False), ("both", True, True)],
)
def test_above_the_rate_429_says_how_long(site: Desk, where: str, header: bool, body: bool) -> None:
    """Documented is RetryAfter in the body; a header is a guess, so a switch."""
    site.turn(rate_limit=2, retry_after=where)
    answers = [site.http.get("/sites/isalive") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert ("retry-after" in answers[2].headers) is header
    assert ("RetryAfter" in answers[2].json()) is body


def test_a_fault_speaks_the_vendors_words(site: Desk) -> None:
    """A forced 429 has the vendor's body."""
    site.control.post("/faults", json=[{"kind": "status", "status": 429, "retry_after": 7}])
    limited = site.http.get("/sites/isalive")

    assert (limited.status_code, limited.json()["RetryAfter"]) == (429, 7)


@pytest.mark.parametrize("shape", ["dict", "array"])
def test_validation_errors_name_every_field(site: Desk, shape: str) -> None:
    """Operation pages show a dict, the error guide an array."""
    site.turn(errors=shape)
    refused = site.post("/tickets/new", {"Subject": "x" * 501, "ForId": ORDER["IssueId"]})
    errors = refused.json()["Errors"]
    names = set(errors) if shape == "dict" else {one["Field"] for one in errors}

    assert refused.status_code == 400
    assert names == {"Subject", "ForId", "IssueId", "LocationId"}


@pytest.mark.parametrize(("position", "status"), [("status", 400), ("200", 200)])
def test_a_refusal_may_hide_in_a_200(site: Desk, position: str, status: int) -> None:
    """The HTTP status may differ from the body's StatusCode."""
    ticket = site.create()["TicketId"]
    site.turn(business_errors=position)
    refused = site.post(f"/tickets/{ticket}/status/{step('Closed')}")

    assert refused.status_code == status
    assert refused.json()["StatusCode"] == 400
    assert refused.json().get("IsSuccess", False) is False


@pytest.mark.parametrize("path", ["comments", "attachments", "history"])
def test_what_the_live_site_lacks_is_404(site: Desk, path: str) -> None:
    """Field test: comments are activities, not comments."""
    ticket = site.create()["TicketId"]
    answer = site.http.get(f"/tickets/{ticket}/{path}")

    assert (answer.status_code, answer.json()["StatusCode"]) == (404, 404)


@pytest.mark.parametrize("body", ["{", "[]", '"x"'])
def test_a_body_that_is_no_object_is_400(site: Desk, body: str) -> None:
    """Malformed JSON and the wrong kind are refused, not crashed on."""
    assert site.http.post("/tickets", content=body).status_code == 400


def test_the_envelope_ends_with_who_and_when(site: Desk) -> None:
    """RequestDate is UTC with seven digits, whatever the ticket dates are."""
    site.at("2026-11-23T18:00:00.25Z")
    body: dict[str, Any] = site.http.get("/sites/isalive").json()

    assert body["RequestDate"] == "2026-11-23T18:00:00.2500000Z"
    assert body["UserToken"] == site.http.get("/users/my").json()["Item"]["UserId"]


def test_a_lost_answer_hides_a_ticket_that_is_there(site: Desk) -> None:
    """The create landed, the caller saw a closed connection: an unknown outcome (R18)."""
    fault = {"kind": "hang_up_after", "method": "POST", "route": "*/tickets/create"}
    site.control.post("/faults", json=fault)
    with pytest.raises(httpx.RemoteProtocolError):
        site.post("/tickets/create", ORDER)

    assert site.subjects() == [ORDER["Subject"]]
    (call,) = (c for c in site.control.get("/log").json()["calls"] if c["fault"])
    assert (call["route"], call["fault"]) == ("/api/v1.0/tickets/create", "hang_up_after")


def test_an_unknown_switch_stops_the_build() -> None:
    """A typing slip must not pass for a setting."""
    with pytest.raises(ValueError, match=r"no switch pagng; there are: .*paging"):
        build(pagng="body")


def test_acting_as_nobody_is_refused(site: Desk) -> None:
    """A person must be one of the district."""
    answer = site.control.post("/act", json={"do": "create", "person": "x@y.example"})
    known = site.act("create", person=AGENT, subject="hello")

    assert answer.status_code == 400
    assert known["owner"] == AGENT
