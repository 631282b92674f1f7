"""Encoded queries over HTTP, and the indexes against a plain reading of the whole table."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_service.simulators.servicenow.compare import keeper
from sync_service.simulators.servicenow.database import Database
from tests.unit.simulators.servicenow.client import AGENT, Client, client

ROWS = [
    {"short_description": "one", "category": "network", "impact": "1", "correlation_id": "K-1"},
    {"short_description": "two", "category": "hardware", "impact": "2", "correlation_id": "k,2"},
    {"short_description": "three", "category": "network", "impact": "3", "u_room": "a^b"},
    {"short_description": "four", "impact": "3", "description": "Cracked SCREEN, room 12"},
]


@pytest.fixture(scope="module")
def four() -> Iterator[Client]:
    """Four incidents, one a minute from 15:00:00 on; nobody changes them."""
    with client() as snow:
        for row in ROWS:
            snow.create(**row)
            snow.later(60)
        yield snow


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("short_description=TWO", "two"),
        ("short_description!=two", "one three four"),
        ("sys_created_on>2026-11-23 15:01:00", "three four"),
        ("sys_created_on>=2026-11-23 15:01:00", "two three four"),
        ("sys_created_on<2026-11-23 15:01:00", "one"),
        ("sys_created_on<=2026-11-23 15:01:00", "one two"),
        ("sys_created_onBETWEEN2026-11-23 15:01:00@2026-11-23 15:02:00", "two three"),
        ("impact>2", "three four"),
        ("impact<=2", "one two"),
        ("descriptionLIKEscreen", "four"),
        ("descriptionCONTAINSscreen", "four"),
        ("short_descriptionNOT LIKEo", "three"),
        ("short_descriptionSTARTSWITHT", "two three"),
        ("short_descriptionENDSWITHe", "one three"),
        ("short_descriptionINone,two", "one two"),
        ("short_descriptionNOT INone,two", "three four"),
        ("correlation_idINK-1,K-9", "one"),
        ("correlation_id=K,2", "two"),
        ("correlation_idISEMPTY", "three four"),
        ("correlation_idISNOTEMPTY", "one two"),
        ("category=network^impact=1", "one"),
        ("category=network^impact=2^ORimpact=3", "three"),
        ("impact=2^ORimpact=3^category=network", "three"),
        ("category=hardware^NQimpact=1", "one two"),
        ("u_room=a^^b", "three"),
        ("category=network^EQ", "one three"),
        ("", "one two three four"),
    ],
)
def test_an_encoded_query_selects(four: Client, query: str, names: str) -> None:
    """`^OR` binds to the condition before it, `^NQ` adds rows, `^^` is a caret (vendor docs)."""
    separator = "^" if query else ""
    assert four.names(f"{query}{separator}ORDERBYsys_created_on") == names.split()


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("ORDERBYshort_description", "four one three two"),
        ("ORDERBYDESCsys_created_on", "four three two one"),
        ("ORDERBYDESCimpact^ORDERBYshort_description", "four three two one"),
        ("ORDERBYimpact^ORDERBYDESCsys_created_on", "one two four three"),
    ],
)
def test_a_query_orders(four: Client, query: str, names: str) -> None:
    """Several orders count from left to right."""
    assert four.names(query) == names.split()


@pytest.mark.parametrize(
    "invalid",
    [
        "no_such_field=1",
        "sys_updated_on>=yesterday",
        "sys_updated_on>=2026-11-23T15:00:00Z",
        "impact~3",
    ],
)
def test_an_invalid_part_is_left_out_or_finds_nothing(four: Client, invalid: str) -> None:
    """Both positions of `invalid_query`: a misspelled filter returns the whole rest."""
    query = f"category=network^{invalid}^ORDERBYsys_created_on"
    assert four.names(query) == ["one", "three"]
    assert len(four.names(invalid)) == 4

    four.turn(invalid_query="no_rows")
    strict = four.names(query)
    shown = four.rows("name=glide.invalid_query.returns_no_rows", "sys_properties")
    four.turn(invalid_query="ignored")

    assert (strict, shown[0]["value"]) == ([], "true")


def test_a_query_walks_dots(snow: Client) -> None:
    """`assigned_to.email` reaches into the user table."""
    snow.create(short_description="mine", assigned_to=snow.user())
    snow.create(short_description="nobody's")

    assert snow.names(f"assigned_to.email={AGENT}") == ["mine"]
    assert snow.names("assigned_to.emailISEMPTY") == ["nobody's"]


def test_name_value_pairs_filter_too(four: Client) -> None:
    """Beside `sysparm_query`, and carets in them need no doubling."""
    assert [row["short_description"] for row in four.rows(u_room="a^b")] == ["three"]
    assert four.rows("impact=1", u_room="a^b") == []


PARTS = st.sampled_from(
    [
        "sys_updated_on>=2026-11-23 15:00:02",
        "sys_updated_on>2026-11-23 15:00:02",
        "sys_updated_on=2026-11-23 15:00:02",
        "sys_updated_on<2026-11-23 15:00:03",
        "sys_created_on>=2026-11-23 15:00:01",
        "sys_idIN01,03,05",
        "sys_id>03",
        "correlation_id=K2",
        "correlation_idINk0,K1",
        "impact=2",
        "impact!=2",
        "no_such=1",
    ]
)
JOINS = st.sampled_from(["^", "^OR", "^NQ"])
ORDERS = st.sampled_from(
    [
        "",
        "^ORDERBYsys_updated_on",
        "^ORDERBYsys_updated_on^ORDERBYsys_id",
        "^ORDERBYDESCsys_updated_on",
        "^ORDERBYimpact",
        "^ORDERBYsys_id",
    ]
)
QUERIES = st.tuples(PARTS, st.lists(st.tuples(JOINS, PARTS), max_size=4), ORDERS).map(
    lambda drawn: drawn[0] + "".join(f"{join}{part}" for join, part in drawn[1]) + drawn[2]
)


def shelf() -> Database:
    """Eight rows, two to a second."""
    database = Database()
    for n in range(8):
        row = {"sys_id": f"{n * 5 % 8:02}", "impact": str(n % 3 + 1)}
        row["correlation_id"] = f"K{n % 3}"
        row["sys_created_on"] = f"2026-11-23 15:00:0{n // 3}"
        row["sys_updated_on"] = f"2026-11-23 15:00:0{n // 2}"
        database["incident"].put(row)
    return database


@given(QUERIES)
def test_the_indexes_find_what_a_full_scan_finds(text: str) -> None:
    """Whatever shortcut a query takes, rows and order are those of filtering and sorting all."""
    database = shelf()
    query = database.parse("incident", text)
    keep = keeper(query, lambda row, name: row.get(name, ""))
    rows = sorted(filter(keep, database["incident"].rows.values()), key=lambda row: row["sys_id"])
    for name, descending in reversed(query.orders):
        rows.sort(key=lambda row: row.get(name, ""), reverse=descending)

    assert database.select("incident", text) == [row["sys_id"] for row in rows]
