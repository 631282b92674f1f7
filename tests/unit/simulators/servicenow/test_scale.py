"""Ten thousand incidents: what a request costs depends on what it asks, not on what there is."""

import pytest

from sync_service.simulators.servicenow import database as module
from sync_service.simulators.servicenow.database import Database
from sync_service.simulators.servicenow.query import parse

INCIDENTS, ENTRIES = 10_000, 7


@pytest.fixture(scope="module")
def big() -> Database:
    """10,000 incidents, one a second, with 70,000 journal entries."""
    database = Database()
    for n in range(INCIDENTS):
        at = f"2026-11-23 {n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}"
        stamps = {"sys_created_on": at, "sys_updated_on": at}
        database["incident"].put({"sys_id": f"{n:032}", "correlation_id": f"K{n}", **stamps})
        for k in range(ENTRIES):
            entry = {"sys_id": f"{n:030}{k:02}", "element_id": f"{n:032}", "sys_created_on": at}
            database["sys_journal_field"].put(entry)
    return database


@pytest.mark.parametrize(
    ("table", "query", "most"),
    [
        ("incident", "sys_updated_on>=2026-11-23 02:46:00^ORDERBYsys_updated_on^ORDERBYsys_id", 50),
        (
            "incident",
            "sys_updated_on>2026-11-23 02:46:00^NQsys_updated_on=2026-11-23 02:46:00^sys_id>5",
            50,
        ),
        ("incident", f"sys_idIN{3:032},{5:032}", 2),
        ("incident", "correlation_idINk3,k5^correlation_display=x", 2),
        ("sys_journal_field", f"element_idIN{3:032},{5:032}^ORDERBYsys_created_on", 14),
    ],
)
def test_a_request_touches_only_rows_it_may_want(
    big: Database, table: str, query: str, most: int
) -> None:
    """Look-ups for ids and keys, the tail of a standing order for dates."""
    parsed = parse(query, lambda name: big[table].schema.fields[name].kind)
    rows, _ = module._few(big[table], parsed, module._standing(parsed))
    touched = sum(1 for _ in rows)

    assert 0 < touched <= most


def test_paging_does_not_search_again_until_something_changes(big: Database) -> None:
    """The same list object is the answer, until the table moves."""
    query = "sys_updated_on>=2026-11-23 00:00:00^ORDERBYsys_updated_on"
    first = big.select("incident", query)
    assert big.select("incident", query) is first

    big["incident"].put(
        {**big["incident"].rows[f"{7:032}"], "sys_updated_on": "2027-01-01 00:00:00"}
    )

    assert big.select("incident", query)[-1] == f"{7:032}"
