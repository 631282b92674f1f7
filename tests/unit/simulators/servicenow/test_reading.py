"""Lists and rows: which fields, how shown, how paged, and what the ACL leaves out."""

import re

import pytest

from tests.unit.simulators.servicenow.client import AGENT, INCIDENT, TABLE, Client, client

NAME = "Dana Whitfield"


def test_raw_values_are_texts_and_references_are_links(snow: Client) -> None:
    """`sysparm_display_value` left out."""
    id = snow.create(assigned_to=snow.user(), impact=1)["sys_id"]
    row = snow.get(id, sysparm_fields="state,impact,active,assigned_to,location,opened_at")

    assert row == {
        "state": "1",
        "impact": "1",
        "active": "true",
        "assigned_to": {
            "link": f"{str(snow.http.base_url).rstrip('/')}{TABLE}/sys_user/{snow.user()}",
            "value": snow.user(),
        },
        "location": "",
        "opened_at": "2026-11-23 15:00:00",
    }


def test_without_links_a_reference_is_its_bare_value(snow: Client) -> None:
    """`sysparm_exclude_reference_link`."""
    id = snow.create(assigned_to=snow.user())["sys_id"]
    bare = {"sysparm_exclude_reference_link": "true", "sysparm_fields": "assigned_to"}

    assert snow.get(id, **bare) == {"assigned_to": snow.user()}
    assert snow.get(id, **bare, sysparm_display_value="true") == {"assigned_to": NAME}


def test_display_values_are_labels_and_names(snow: Client) -> None:
    """`sysparm_display_value=true`; a reference's link goes with its name."""
    id = snow.create(assigned_to=snow.user(), category="hardware")["sys_id"]
    fields = "state,impact,priority,category,assigned_to"
    row = snow.get(id, sysparm_fields=fields, sysparm_display_value="true")

    assert row["assigned_to"]["display_value"] == NAME
    assert {name: row[name] for name in ("state", "impact", "priority", "category")} == {
        "state": "New",
        "impact": "3 - Low",
        "priority": "5 - Planning",
        "category": "Hardware",
    }


def test_all_gives_both_values(snow: Client) -> None:
    """`sysparm_display_value=all`; an empty reference has no link."""
    id = snow.create(assigned_to=snow.user())["sys_id"]
    fields = "state,assigned_to,location"
    row = snow.get(id, sysparm_fields=fields, sysparm_display_value="all")

    assert row["state"] == {"display_value": "New", "value": "1"}
    assert set(row["assigned_to"]) == {"display_value", "value", "link"}
    assert row["location"] == {"display_value": "", "value": ""}


@pytest.mark.parametrize(
    ("switches", "shown"),
    [
        ({}, "2026-07-01 13:30:00"),
        ({"zone": "UTC"}, "2026-07-01 18:30:00"),
        ({"zone": "Europe/Zurich"}, "2026-07-01 20:30:00"),
        ({"date_format": "MM/dd/yyyy"}, "07/01/2026 13:30:00"),
        ({"date_format": "dd-MM-yyyy", "time_format": "hh:mm:ss a"}, "01-07-2026 01:30:00 PM"),
    ],
)
def test_display_dates_are_in_the_users_zone_and_format(
    snow: Client, switches: dict[str, str], shown: str
) -> None:
    """`zone`, `date_format`, `time_format`: the raw value stays UTC."""
    snow.turn(**switches)
    snow.at("2026-07-01T18:30:00Z")
    id = snow.create()["sys_id"]
    row = snow.get(id, sysparm_fields="sys_created_on", sysparm_display_value="all")

    assert row == {"sys_created_on": {"display_value": shown, "value": "2026-07-01 18:30:00"}}


def test_the_users_profile_and_the_properties_tell_zone_and_format(snow: Client) -> None:
    """What an adapter reads to learn them."""
    snow.turn(zone="Europe/Zurich", date_format="dd-MM-yyyy")

    user = snow.rows("user_name=sync.service", "sys_user")[0]
    zone = snow.rows("name=glide.sys.default.tz", "sys_properties")[0]

    assert (user["time_zone"], user["date_format"]) == ("Europe/Zurich", "dd-MM-yyyy")
    assert zone["value"] == "Europe/Zurich"


def test_unknown_fields_are_dropped_and_dots_are_walked(snow: Client) -> None:
    """A misspelled field is missing from the answer without a word."""
    id = snow.create(assigned_to=snow.user())["sys_id"]
    row = snow.get(id, sysparm_fields="assigned_to.email,caller_id.email,stat,assigned_to.nope")

    assert row == {"assigned_to.email": AGENT, "caller_id.email": ""}


def test_a_page_says_how_many_there_are_and_where_the_others_are(snow: Client) -> None:
    """`X-Total-Count` and `Link`."""
    for n in range(5):
        snow.create(short_description=str(n))
    answer = snow.http.get(
        INCIDENT,
        params={"sysparm_limit": 2, "sysparm_offset": 2, "sysparm_query": "ORDERBYnumber"},
    )
    links = re.findall(r'sysparm_offset=(\d+)>;rel="(\w+)"', answer.headers["link"])

    assert [row["short_description"] for row in answer.json()["result"]] == ["2", "3"]
    assert answer.headers["x-total-count"] == "5"
    assert links == [("0", "first"), ("0", "prev"), ("4", "next"), ("4", "last")]


def test_the_last_page_names_no_next(snow: Client) -> None:
    """The only honest end of a drain."""
    snow.create()
    assert 'rel="next"' not in snow.http.get(INCIDENT, params={"sysparm_limit": 1}).headers["link"]


def test_the_headers_can_be_suppressed(snow: Client) -> None:
    """`sysparm_no_count` and `sysparm_suppress_pagination_header`."""
    params = {"sysparm_no_count": "true", "sysparm_suppress_pagination_header": "true"}
    headers = snow.http.get(INCIDENT, params=params).headers

    assert "x-total-count" not in headers
    assert "link" not in headers


def test_the_limit_counts_before_the_acl_so_pages_come_short() -> None:
    """`hide_every` 2: a short page is not the last, and the total counts what is hidden."""
    with client(hide_every=2) as snow:
        for n in range(1, 7):
            snow.create(short_description=str(n))
        pages = [
            snow.http.get(
                INCIDENT,
                params={"sysparm_limit": 1, "sysparm_offset": at, "sysparm_query": "ORDERBYnumber"},
            )
            for at in range(6)
        ]
        hidden = next(row for row in snow.dump().values() if row["subject"] == "2")
        gone = snow.http.get(f"{INCIDENT}/{hidden['id']}")
        kept_from = snow.patch(hidden["id"], impact=1)
        snow.turn(hide_every=0)
        open = snow.rows("ORDERBYnumber")

    sizes = [len(page.json()["result"]) for page in pages]
    assert sizes == [1, 0, 1, 0, 1, 0]
    assert {page.headers["x-total-count"] for page in pages} == {"6"}
    assert (gone.status_code, kept_from.status_code, len(open)) == (404, 404, 6)


def test_stats_count_a_query(snow: Client) -> None:
    """The Aggregate API, for a census without rows."""
    for impact in (1, 1, 3):
        snow.create(impact=impact)

    params = {"sysparm_query": "impact=1", "sysparm_count": "true"}
    counted = snow.http.get("/api/now/stats/incident", params=params).json()
    grouped = snow.http.get(
        "/api/now/stats/incident", params={"sysparm_count": "true", "sysparm_group_by": "impact"}
    ).json()

    assert counted == {"result": {"stats": {"count": "2"}}}
    assert [
        (group["groupby_fields"][0]["value"], group["stats"]["count"])
        for group in grouped["result"]
    ] == [("1", "2"), ("3", "1")]


def test_the_dictionary_lists_inherited_fields_under_task(snow: Client) -> None:
    """Whoever asks for `name=incident` alone misses half of the fields."""
    own = {row["element"] for row in snow.rows("name=incident", "sys_dictionary")}
    all = {row["element"]: row for row in snow.rows("nameINtask,incident", "sys_dictionary")}

    assert "caller_id" in own
    assert "short_description" not in own
    assert all["short_description"]["max_length"] == "160"
    assert (all["assigned_to"]["reference"], all["priority"]["read_only"]) == ("sys_user", "true")


def test_choices_are_listed_in_order(snow: Client) -> None:
    """States as a fresh instance numbers them."""
    rows = snow.rows("name=incident^element=state^ORDERBYsequence", "sys_choice")

    assert [(row["value"], row["label"]) for row in rows] == [
        ("1", "New"),
        ("2", "In Progress"),
        ("3", "On Hold"),
        ("6", "Resolved"),
        ("7", "Closed"),
        ("8", "Canceled"),
    ]


def test_groups_and_places_are_there_to_resolve_names(snow: Client) -> None:
    """The tables around the incidents."""
    group = snow.rows("name=K12 Support", "sys_user_group")[0]
    members = snow.rows(
        f"group={group['sys_id']}", "sys_user_grmember", sysparm_fields="user.email"
    )
    place = snow.rows("name=High School", "cmn_location")[0]

    assert {"user.email": AGENT} in members
    assert place["full_name"] == "Springfield/High School"


def test_a_query_may_ask_who_asks(snow: Client) -> None:
    """`javascript:gs.getUserID()` is the account's own id, the other its name."""
    by_id = snow.rows("sys_id=javascript:gs.getUserID()", "sys_user")
    by_name = snow.rows("user_name=javascript:gs.getUserName()", "sys_user")

    assert [row["user_name"] for row in by_id] == ["sync.service"]
    assert by_name == by_id


def test_incident_extends_task(snow: Client) -> None:
    """As `sys_db_object` tells, with a dot to the name of the parent."""
    fields = "name,super_class.name,super_class.super_class.name"
    rows = snow.rows("name=incident", "sys_db_object", sysparm_fields=fields)

    assert rows == [
        {"name": "incident", "super_class.name": "task", "super_class.super_class.name": ""}
    ]
