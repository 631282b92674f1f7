"""`POST /tickets`: paging, order, facets, dates, groups, and what is silently dropped."""

from collections.abc import Iterator
from typing import Any

import pytest

from sync_service.simulators.incidentiq.ids import FACILITIES, TICKETING, ZERO, guid
from tests.unit.simulators.incidentiq.desk import AGENT, OTHER_AGENT, Desk, desk, step

F = dict[str, Any]
CLOSED = "11111111-1111-1111-1111-111111111111"


@pytest.fixture
def site() -> Iterator[Desk]:
    """Four tickets, one a day from Nov 20 to 23 at noon in Chicago; rules are off."""
    with desk(rules=False) as client:
        for day, name in enumerate(("one", "two", "three", "four"), start=20):
            client.at(f"2026-11-{day}T18:00:00Z")
            client.create(Subject=name)
        yield client


def facet(name: str, value: str, **more: Any) -> F:
    """A filter by value."""
    return {"Facet": name, "Value": value, **more}


def by_id(name: str, key: str, **more: Any) -> F:
    """A filter by id."""
    return {"Facet": name, "Id": key, **more}


@pytest.mark.parametrize(
    ("style", "size", "index", "first"),
    [("both", 1, 2, "three"), ("query", 1, 2, "three"), ("body", 3, 0, "one")],
)
def test_the_reply_says_which_paging_counted(
    site: Desk, style: str, size: int, index: int, first: str
) -> None:
    """Query and body may disagree; only the reply's Paging can be trusted."""
    site.turn(paging=style)
    paging = {"PageSize": 3, "PageIndex": 0, "SortField": "TicketNumber"}
    found = site.search(_s=1, _p=2, _o="TicketNumber asc", body={"Paging": paging})

    assert found["Paging"] == {
        "TotalRows": 4,
        "PageCount": -(-4 // size),
        "PageSize": size,
        "PageIndex": index,
    }
    assert found["Items"][0]["Subject"] == first


def test_without_paging_there_are_twenty_a_page() -> None:
    """Documented default."""
    with desk(tickets=45) as client:
        found = client.search()
    assert (found["ItemCount"], found["Paging"]["PageCount"]) == (20, 3)


@pytest.mark.parametrize(("cap", "size"), [(0, 2000), (100, 100)])
def test_a_page_may_be_capped(site: Desk, cap: int, size: int) -> None:
    """Documented is 100, staff use 2000."""
    site.turn(page_cap=cap)
    assert site.search(_s=2000)["Paging"]["PageSize"] == size


@pytest.mark.parametrize("name", ["TotalRows", "Total", "TotalCount"])
def test_the_total_has_several_names(site: Desk, name: str) -> None:
    """Examples differ."""
    site.turn(total_name=name)
    assert site.search()["Paging"][name] == 4


@pytest.mark.parametrize(
    ("query", "order"),
    [
        ({"_o": "TicketModifiedDate desc"}, ["four", "three", "two", "one"]),
        ({"_o": "TicketModifiedDate asc"}, ["one", "two", "three", "four"]),
        ({"_o": "TicketCreatedDate"}, ["one", "two", "three", "four"]),
        ({"_o": "TicketNumber", "_d": "Descending"}, ["four", "three", "two", "one"]),
        ({"_o": "TicketSubject ascending"}, ["four", "one", "three", "two"]),
    ],
)
def test_tickets_come_in_the_order_asked_for(site: Desk, query: F, order: list[str]) -> None:
    """`$o` with a direction, or the older `$d`."""
    assert site.subjects(**query) == order


def test_a_sort_may_be_ignored(site: Desk) -> None:
    """Then the newest created come first, and only the rows themselves tell."""
    site.turn(sort="ignored")
    assert site.subjects(_o="TicketModifiedDate asc") == ["four", "three", "two", "one"]


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("date>=11/22/2026", ["three", "four"]),
        ("date>11/22/2026", ["four"]),
        ("date<=11/21/2026", ["one", "two"]),
        ("date<11/21/2026", ["one"]),
        ("date:11/21/2026", ["two"]),
        ("date>=2026-11-23", ["four"]),
        ("daterange:11/21/2026-11/22/2026", ["two", "three"]),
        ("range:today", ["four"]),
        ("range:yesterday", ["three"]),
        ("range:tomorrow", []),
        ("range:week", ["three", "four"]),
        ("range:lastweek", ["one", "two"]),
        ("range:nextmonth", []),
        ("range:month", ["one", "two", "three", "four"]),
        ("range:year", ["one", "two", "three", "four"]),
        ("range:lastyear", []),
        ("range:lastdays:1", ["three", "four"]),
        ("value:2", ["two"]),
    ],
)
@pytest.mark.parametrize("name", ["modifieddate", "createddate"])
def test_dates_are_a_day_wide(site: Desk, name: str, expression: str, names: list[str]) -> None:
    """The grammar of the corrected guide; nothing is finer than a day."""
    for order in ("TicketModifiedDate asc", "TicketNumber asc"):
        assert site.subjects(facet(name, expression), _o=order) == names


def test_a_day_is_the_sites_own(site: Desk) -> None:
    """23:30 in Chicago is tomorrow in UTC, but today at the site."""
    site.at("2026-11-24T05:30:00Z")
    site.create(Subject="late")
    assert "late" in site.subjects(facet("modifieddate", "date:11/23/2026"))
    assert "late" not in site.subjects(facet("modifieddate", "date>=11/24/2026"))


@pytest.mark.parametrize(
    ("position", "count"), [("unfiltered", 4), ("empty", 0)], ids=["unfiltered", "empty"]
)
@pytest.mark.parametrize(
    "expression",
    ["DATE>=11/22/2026", "range:thisweek", "last30days", "daterange:2026-11-21-2026-11-22", "x"],
)
def test_an_unreadable_date_selects_everything_or_nothing(
    site: Desk, expression: str, position: str, count: int
) -> None:
    """Case matters, and what an older page lists does not exist."""
    site.turn(bad_date=position)
    assert len(site.subjects(facet("modifieddate", expression))) == count


@pytest.mark.parametrize(
    "wanted",
    [
        {"Facet": "nonsense", "Value": "x"},
        {"Facet": "location", "Value": "High School"},
        {"Facet": "customfieldtext", "Value": "K"},
        {"Facet": "StatusTypeName", "Values": ["Closed"]},
        {"NoFacet": 1},
    ],
)
def test_what_the_site_cannot_read_is_dropped_in_silence(site: Desk, wanted: F) -> None:
    """200 over the whole district: the most dangerous answer there is (R3)."""
    assert len(site.subjects(wanted)) == 4
    site.turn(unknown_facet="refused")
    assert site.http.post("/tickets", json={"Filters": [wanted]}).status_code == 400


def test_even_a_known_facet_may_be_ignored(site: Desk) -> None:
    """So that a client can be tested against a site that filters nothing."""
    site.turn(facets="ignored")
    assert len(site.subjects(facet("modifieddate", "date:11/21/2026"))) == 4


def test_the_overviews_status_filter_may_be_honoured(site: Desk) -> None:
    """The overview page shows it; the list of facets does not have it."""
    site.act("status", ticket=100001, to="Cancelled")
    wanted = {"Facet": "StatusTypeName", "Values": ["Open"]}
    assert len(site.subjects(wanted)) == 4
    site.turn(status_type_name="honoured")
    assert len(site.subjects(wanted)) == 3


def test_each_facet_selects_by_its_own_field(site: Desk) -> None:
    """Every facet a sync uses finds the one ticket made for it, and not the others."""
    issue = guid("issue", "Network/Wi-Fi")
    special = site.create(
        Subject="special",
        ForId=guid("user", OTHER_AGENT),
        IssueId=issue,
        LocationId=guid("location", "Annex"),
        IsUrgent=True,
        CustomFieldValues=[{"CustomFieldTypeId": guid("field", "Sync Key"), "Value": "K-1"}],
    )
    ticket = special["TicketId"]
    site.act("assign", ticket=ticket, to=AGENT, team="Network Team")
    site.act("status", ticket=ticket, to="In Progress")
    key = guid("field", "Sync Key")
    filters = [
        by_id("Ticket", ticket.upper()),
        by_id("location", guid("location", "Annex")),
        by_id("user", guid("user", OTHER_AGENT)),
        by_id("agent", guid("user", AGENT)),
        by_id("team", guid("team", "Network Team")),
        by_id("issue", issue),
        by_id("issuecategory", special["Issue"]["IssueCategoryId"]),
        by_id("issuetype", special["Issue"]["IssueTypeId"]),
        by_id("workflowstep", step("In Progress")),
        facet("ticketnumber", special["TicketNumber"]),
        facet("keyword", "SPECI"),
        facet("customfieldtext", "k-1", CustomFieldTypeId=key),
        facet("isurgent", "yes"),
        facet("unassigned", "no"),
    ]
    assert [site.subjects(one) for one in filters] == [["special"]] * len(filters)
    negative = [site.subjects({**one, "Negative": True}) for one in filters]
    assert all(sorted(found) == ["four", "one", "three", "two"] for found in negative)


def test_open_and_closed_are_ids(site: Desk) -> None:
    """`ticketstate`: all zeros is open, all ones closed."""
    site.act("status", ticket=100002, to="Cancelled")
    assert site.subjects(by_id("ticketstate", CLOSED)) == ["two"]
    assert len(site.subjects(by_id("ticketstate", ZERO))) == 3


@pytest.mark.parametrize(
    ("position", "by_step", "by_status"),
    [("either", 1, 1), ("step", 1, 4), ("status", 4, 1), ("ignored", 4, 4)],
)
def test_the_status_facet_is_unreliable(
    site: Desk, position: str, by_step: int, by_status: int
) -> None:
    """It takes a step id in one table and a status id in another."""
    site.act("status", ticket=100002, to="Waiting on Requestor")
    site.turn(status_facet=position)
    status = guid("status", "Waiting")
    assert len(site.subjects(by_id("status", step("Waiting on Requestor")))) == by_step
    assert len(site.subjects(by_id("status", status))) == by_status


@pytest.mark.parametrize(
    ("groups", "names"),
    [
        ((0, 0, 0), ["one"]),
        ((0, 0, 1), ["four", "one", "two"]),
    ],
)
def test_groups_join_by_or_and_facets_within_by_and(
    site: Desk, groups: tuple[int, int, int], names: list[str]
) -> None:
    """Same group and facet: OR. Same group, other facet: AND. Other group: OR."""
    one, two = (site.search(facet("keyword", k))["Items"][0]["TicketId"] for k in ("one", "two"))
    last = facet("keyword", "one") if groups[2] == 0 else facet("keyword", "four")
    found = site.subjects(
        by_id("ticket", one, GroupIndex=groups[0]),
        by_id("ticket", two, GroupIndex=groups[1]),
        {**last, "GroupIndex": groups[2]},
    )
    assert sorted(found) == names


@pytest.mark.parametrize(
    ("first", "second", "names"),
    [
        ("date:11/20/2026", "date>=11/23/2026", ["one", "four"]),
        ("date<11/21/2026", "date>=11/22/2026", ["one", "three", "four"]),
    ],
)
@pytest.mark.parametrize("group", [0, 1])
def test_two_spans_of_time_are_joined_by_or(
    site: Desk, first: str, second: str, names: list[str], group: int
) -> None:
    """In one group or in two, also where the order of the search is that of the date."""
    spans = facet("modifieddate", first), facet("modifieddate", second, GroupIndex=group)
    assert site.subjects(*spans, _o="TicketModifiedDate asc") == names


def test_schemas_and_products_hold_a_search_to_a_part(site: Desk) -> None:
    """Deleted tickets are in no other queue; products are kept apart."""
    site.act("status", ticket=100001, to="Cancelled")
    site.act("delete", ticket=100002)
    site.create(Subject="boiler", IssueId=guid("issue", "Building/Heating and Cooling"))
    queues = {
        schema: sorted(site.subjects(body={"Schema": schema}))
        for schema in ("All", "Open", "Closed", "Deleted", "AssignedToMe")
    }
    assert queues == {
        "All": ["boiler", "four", "one", "three"],
        "Open": ["boiler", "four", "three"],
        "Closed": ["one"],
        "Deleted": ["two"],
        "AssignedToMe": [],
    }
    assert site.subjects(body={"OnlyShowDeleted": True}) == ["two"]
    assert len(site.subjects(body={"IncludeDeleted": True})) == 5
    assert site.subjects(body={"ProductId": FACILITIES}) == ["boiler"]
    assert len(site.subjects(body={"ProductId": TICKETING, "FilterByProduct": True})) == 3


def test_without_schema_the_callers_queue_may_be_searched(site: Desk) -> None:
    """Omitting Schema may fall back to a default queue."""
    assert len(site.subjects()) == 4
    site.turn(default_schema="AssignedToMe")
    assert site.subjects() == []


def test_the_count_is_that_of_the_search(site: Desk) -> None:
    """`POST /tickets/count`, same body."""
    body = {"Filters": [facet("modifieddate", "date>=11/22/2026")]}
    assert site.post("/tickets/count", body).json()["Item"] == 2


def test_the_index_lags_and_a_get_does_not(site: Desk) -> None:
    """A search shows the past for a while: old rows, missing rows (R1, R4)."""
    site.turn(index_lag=5)
    fresh = site.create(Subject="fresh")
    old = site.search(facet("keyword", "four"))["Items"][0]["TicketId"]
    site.post(f"/tickets/{old}/subject", {"Subject": "four, edited"})

    assert site.get(fresh["TicketId"])["Subject"] == "fresh"
    assert site.get(old)["Subject"] == "four, edited"
    assert sorted(site.subjects()) == ["four", "one", "three", "two"]
    site.wait(5)
    assert sorted(site.subjects()) == ["four, edited", "fresh", "one", "three", "two"]


def test_a_late_index_never_goes_back(site: Desk) -> None:
    """A version that reaches the index late does not replace a later one."""
    ticket = site.search(facet("keyword", "four"))["Items"][0]["TicketId"]
    site.turn(index_lag=5)
    site.post(f"/tickets/{ticket}/subject", {"Subject": "second"})
    site.turn(index_lag=0)
    site.post(f"/tickets/{ticket}/subject", {"Subject": "third"})
    site.wait(10)
    assert "third" in site.subjects()


def test_an_edited_ticket_moves_to_the_front(site: Desk) -> None:
    """Newest first: what moves while one pages comes again, nothing is skipped."""
    site.wait(60)
    site.act("edit", ticket=100001, subject="one, edited")
    assert site.subjects(_o="TicketModifiedDate desc")[0] == "one, edited"
    assert site.subjects(facet("modifieddate", "date:11/20/2026")) == []
