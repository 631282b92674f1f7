"""What an answer leaves out is not empty: no flag is no "not sensitive", no key is no "nobody's copy"."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import stamina

from sync_service.errors import NeedsHuman, TryLater, Unreadable
from tests.fuzz.calls import ends, reads
from tests.fuzz.subjects import SCENES

#: What decides whether a ticket may be copied, whose copy it is and who made it, and what is told.
DECISIVE = [
    ("incidentiq", "HasSensitiveInformation", "HasSensitiveInformation"),
    ("incidentiq", "CustomFieldValues", "CustomFieldValues"),
    ("incidentiq", "OwnerId", "OwnerId"),
    ("servicenow", "correlation_id", "correlation_id"),
    ("servicenow", "sys_created_by", "sys_created_by"),
    ("request_tracker", "CustomFields", "the custom field Sync Key"),
]


@pytest.fixture(autouse=True, scope="module")
def _quick() -> Iterator[None]:
    with stamina.set_testing(True, attempts=1):
        yield


def without(*names: str) -> Callable[[str, Any], Any]:
    """Give a twist that takes these keys out of whatever is answered."""

    def bare(value: Any) -> Any:
        if isinstance(value, list):
            return [bare(one) for one in value]
        if isinstance(value, Mapping):
            return {name: bare(one) for name, one in value.items() if name not in names}
        return value

    return lambda _, body: bare(body)


async def ended(vendor: str, name: str, read: str) -> Exception | None:
    """Read from answers that lack a key; give the error that was named."""
    scene = SCENES[vendor]()
    one = scene.subject()
    await one.adapter.start()
    one.wire.twist = without(name)
    error = await ends(one.wire, reads(one, scene.ids)[read]())
    await one.wire.aclose()
    return error


@pytest.mark.parametrize("read", ["feed", "scan", "get"])
@pytest.mark.parametrize(("vendor", "name", "told"), DECISIVE)
async def test_a_ticket_that_does_not_show_what_decides_is_not_read(
    vendor: str, name: str, told: str, read: str
) -> None:
    """R13, R14: a sensitive ticket passed for an ordinary one, and a copy for nobody's."""
    error = await ended(vendor, name, read)

    assert isinstance(error, TryLater | NeedsHuman), repr(error)
    assert told in str(error)


@pytest.mark.parametrize(
    ("vendor", "name"),
    [
        ("incidentiq", "Comments"),
        ("incidentiq", "$type"),
        ("incidentiq", "ActivityItems"),
        ("incidentiq", "TicketActivityId"),
        ("servicenow", "element"),
        ("servicenow", "sys_created_by"),
        ("request_tracker", "Content"),
        ("request_tracker", "Type"),
    ],
)
async def test_a_comment_that_does_not_show_what_was_said_is_not_read(
    vendor: str, name: str
) -> None:
    """R4, R21: it was lost or emptied, and one of ours without its author passed for a person's."""
    error = await ended(vendor, name, "get")

    assert isinstance(error, TryLater | NeedsHuman), repr(error)


async def test_a_listing_without_keys_proves_no_absence() -> None:
    """R4, R15: the copy was there, its key was not shown, and a second copy was made."""
    error = await ended("incidentiq", "CustomFieldValues", "find")

    assert isinstance(error, Unreadable), repr(error)


#: One key, or all that tell of one field, and the fields that nobody can tell then.
FIELDS = [
    ("incidentiq", ("IssueDescription",), {"IssueDescription"}),
    ("incidentiq", ("Priority", "PriorityLevel", "PriorityLevelId"), {"PriorityLevel"}),
    ("incidentiq", ("AssignedToUser", "AssignedToUserId"), {"AssignedToUser"}),
    ("incidentiq", ("AssignedToTeam", "AssignedToTeamId"), {"AssignedToTeam"}),
    ("incidentiq", ("WorkflowStep",), {"Status"}),
    ("servicenow", ("description",), {"description"}),
    ("servicenow", ("state",), {"state"}),
    ("servicenow", ("caller_id.email",), {"caller_id"}),
    ("request_tracker", ("Subject",), {"Subject"}),
    ("request_tracker", ("Owner",), {"Owner"}),
    ("request_tracker", ("Requestor",), {"Requestor"}),
]


@pytest.mark.parametrize(("vendor", "names", "hidden"), FIELDS)
async def test_a_key_that_is_absent_is_not_an_empty_field(
    vendor: str, names: tuple[str, ...], hidden: set[str]
) -> None:
    """R4: a right that was taken away read as a cleared value, which emptied the other side."""
    scene = SCENES[vendor]()
    one = scene.subject()
    await one.adapter.start()
    before = (await one.adapter.get(scene.ids))[scene.ids[0]]
    one.wire.twist = without(*names)
    after = (await one.adapter.get(scene.ids))[scene.ids[0]]
    await one.wire.aclose()
    lost = {name for name, value in before.fields.items() if after.fields.get(name) != value}

    assert frozenset() == before.unshown
    assert hidden <= after.unshown
    assert lost <= after.unshown


def _first_row(body: Any, name: str, value: Any) -> Any:
    rows: list[Any] = next(
        (body[one] for one in ("Items", "items") if isinstance(body, dict) and one in body), []
    )
    if rows and name in rows[0]:
        rows[0][name] = value
    return body


@pytest.mark.parametrize(
    ("vendor", "name", "value"),
    [
        ("incidentiq", "CustomFieldValues", ["secret words"]),
        ("incidentiq", "HasSensitiveInformation", None),
        ("request_tracker", "Creator", "secret words"),
        ("request_tracker", "CustomFields", []),
    ],
)
async def test_one_odd_row_of_a_page_stops_no_other(vendor: str, name: str, value: Any) -> None:
    """R25, ADR 0045: it is named without its words, and the other row is a ticket."""
    one = SCENES[vendor]().subject()
    await one.adapter.start()
    one.wire.twist = lambda _, body: _first_row(body, name, value)
    page = await one.adapter.changed(one.since)
    await one.wire.aclose()

    assert (1, 1) == (len(page.rows), len(page.unread))
    assert not page.unread.keys() & {row.id for row in page.rows}
    assert "secret" not in str(page.unread)
