"""Who gets in: Basic, OAuth, rights, rate limits, and requests that make no sense."""

import httpx
import pytest

from sync_service.simulators.servicenow import CLIENT_ID, CLIENT_SECRET, PASSWORD, USER
from tests.unit.simulators.servicenow.client import INCIDENT, TABLE, Client, client, refusal

STRANGER = (401, "User Not Authenticated", "Required to provide Auth information")
SIGNED = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
BY_CLIENT = {"grant_type": "client_credentials", **SIGNED}
BY_PASSWORD = {"grant_type": "password", "username": USER, "password": PASSWORD, **SIGNED}


def token(snow: Client, form: dict[str, str]) -> httpx.Response:
    """Ask for a token without other credentials."""
    return httpx.post(
        f"{snow.http.base_url}/oauth_token.do".replace("//oauth", "/oauth"), data=form
    )


def bearer(snow: Client, word: str) -> httpx.Response:
    """List incidents with a token."""
    return snow.http.get(INCIDENT, headers={"Authorization": f"Bearer {word}"}, auth=None)


def test_basic_credentials_open_the_door(snow: Client) -> None:
    """The simplest of the vendor's ways."""
    assert snow.http.get(INCIDENT).status_code == 200


@pytest.mark.parametrize("auth", [(USER, "wrong"), ("nobody", PASSWORD)])
def test_wrong_basic_credentials_are_refused(snow: Client, auth: tuple[str, str]) -> None:
    """With the vendor's words and its realm."""
    answer = snow.http.get(INCIDENT, auth=auth)

    assert refusal(answer) == STRANGER
    assert answer.headers["www-authenticate"].startswith("BASIC")


def test_everybody_signs_in_under_their_own_name(snow: Client) -> None:
    """So that a judge can write as different people through the vendor's own API."""
    made = snow.http.post(INCIDENT, json={}, auth=("dana.whitfield", PASSWORD))

    assert made.json()["result"]["sys_created_by"] == "dana.whitfield"


def test_a_client_credentials_token_opens_the_door_until_it_expires(snow: Client) -> None:
    """It lives 1799 s, brings no refresh token, and then answers 401."""
    got = token(snow, BY_CLIENT).json()
    assert got["expires_in"] == 1799
    assert "refresh_token" not in got

    snow.later(1798)
    assert bearer(snow, got["access_token"]).status_code == 200
    snow.later(1)
    assert refusal(bearer(snow, got["access_token"])) == STRANGER


def test_a_token_lives_as_long_as_the_switch_says() -> None:
    """The other position of `token_seconds`."""
    with client(token_seconds=5) as snow:
        assert token(snow, BY_CLIENT).json()["expires_in"] == 5


def test_the_password_grant_brings_a_refresh_token(snow: Client) -> None:
    """A refresh token is good for another access token, but is none itself."""
    got = token(snow, BY_PASSWORD).json()
    refreshed = {"grant_type": "refresh_token", "refresh_token": got["refresh_token"], **SIGNED}
    again = token(snow, refreshed).json()

    assert bearer(snow, again["access_token"]).status_code == 200
    assert refusal(bearer(snow, got["refresh_token"])) == STRANGER


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({**BY_CLIENT, "client_secret": "wrong"}, "invalid_client"),
        ({**BY_PASSWORD, "password": "wrong"}, "server_error"),
        ({**BY_CLIENT, "grant_type": "none_such"}, "unauthorized_client"),
    ],
)
def test_a_bad_grant_is_refused(snow: Client, form: dict[str, str], error: str) -> None:
    """The token endpoint has an error shape of its own."""
    answer = token(snow, form)

    assert (answer.status_code, answer.json()["error"]) == (401, error)


def test_client_credentials_may_be_switched_off_on_an_instance() -> None:
    """The other position of `grants`: the vendor ships it disabled."""
    with client(grants=["password"]) as snow:
        assert token(snow, BY_CLIENT).json()["error"] == "unauthorized_client"
        assert token(snow, BY_PASSWORD).status_code == 200


@pytest.mark.parametrize(
    ("right", "verb"), [("create", "Insert"), ("write", "Update"), ("delete", "Delete")]
)
def test_a_missing_right_is_403_for_the_api_user_only(snow: Client, right: str, verb: str) -> None:
    """`rights` without one of them; other people are not bound by it."""
    row = snow.create()
    snow.turn(rights=[one for one in ("create", "write", "delete") if one != right])
    place = INCIDENT if right == "create" else f"{INCIDENT}/{row['sys_id']}"
    method = {"create": "POST", "write": "PATCH", "delete": "DELETE"}[right]

    answer = snow.http.request(method, place, json={})
    other = snow.http.request(method, place, json={}, auth=("dana.whitfield", PASSWORD))

    words = f"ACL Exception {verb} Failed due to security constraints"
    assert refusal(answer) == (403, "Operation Failed", words)
    assert other.is_success


def test_other_tables_cannot_be_written(snow: Client) -> None:
    """Journals are written through the incident, never by themselves."""
    assert snow.http.post(f"{TABLE}/sys_journal_field", json={"value": "x"}).status_code == 403


def test_without_a_limit_there_are_no_rate_headers(snow: Client) -> None:
    """`rate_limit` 0."""
    assert "x-ratelimit-limit" not in snow.http.get(INCIDENT).headers


def test_past_the_hourly_limit_there_is_429_until_the_hour_ends() -> None:
    """`rate_limit` 2: the headers count down to the full hour, per user."""
    with client(rate_limit=2) as snow:
        snow.at("2026-11-23T15:59:00Z")
        first = [snow.http.get(INCIDENT) for _ in range(2)][-1]
        third = snow.http.get(INCIDENT)
        other = snow.http.get(INCIDENT, auth=("dana.whitfield", PASSWORD))
        snow.later(60)

        assert (first.status_code, first.headers["x-ratelimit-limit"]) == (200, "2")
        assert (third.status_code, third.headers["retry-after"]) == (429, "60")
        assert third.headers["x-ratelimit-reset"] == "1795449600"
        assert other.status_code == 200
        assert snow.http.get(INCIDENT).status_code == 200


def test_a_hibernating_instance_answers_200_and_html() -> None:
    """Whatever is asked, the token endpoint too."""
    with client(hibernating=True) as snow:
        answers = [snow.http.get(INCIDENT), token(snow, BY_CLIENT)]
        snow.turn(hibernating=False)
        awake = snow.http.get(INCIDENT)

    for answer in answers:
        assert (answer.status_code, answer.headers["content-type"][:9]) == (200, "text/html")
    assert awake.json() == {"result": []}


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status", "message"),
    [
        ("GET", f"{TABLE}/nosuch", {}, b"", 400, "Invalid table nosuch"),
        ("GET", "/api/now/nosuch", {}, b"", 400, "Requested URI does not represent any resource"),
        ("GET", f"{INCIDENT}/{'0' * 32}", {}, b"", 404, "No Record found"),
        ("GET", INCIDENT, {"accept": "text/xml"}, b"", 406, "Not Acceptable"),
        ("POST", INCIDENT, {"content-type": "text/plain"}, b"{}", 415, "Unsupported Media Type"),
        (
            "POST",
            INCIDENT,
            {"content-type": "application/json"},
            b"{",
            400,
            "Exception while reading request",
        ),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(
    snow: Client,
    method: str,
    path: str,
    headers: dict[str, str],
    body: bytes,
    status: int,
    message: str,
) -> None:
    """In the one error shape of the REST API."""
    answer = snow.http.request(method, path, headers=headers, content=body)

    assert refusal(answer)[:2] == (status, message)


def test_the_versioned_path_leads_to_the_same_table(snow: Client) -> None:
    """`/api/now/v2/table` and `/api/now/v1/table` exist beside the latest."""
    snow.create(short_description="one")

    for version in ("v1", "v2"):
        rows = snow.http.get(f"/api/now/{version}/table/incident").json()["result"]
        assert [row["short_description"] for row in rows] == ["one"]


def test_requests_are_counted_by_table(snow: Client) -> None:
    """An idle cycle must be countable: incidents apart from journals."""
    snow.rows()
    snow.rows(table="sys_journal_field")

    counts = snow.http.get("/_control/requests").json()["by_route"]

    assert counts == {f"GET {INCIDENT}": 1, f"GET {TABLE}/sys_journal_field": 1}


def test_a_simulated_429_carries_its_seconds_in_the_header(snow: Client) -> None:
    """As the vendor does."""
    order = {"kind": "status", "status": 429, "retry_after": 7}
    snow.http.post("/_control/faults", json=order)

    answer = snow.http.get(INCIDENT)

    assert (answer.headers["retry-after"], answer.json()["status"]) == ("7", "failure")
