"""What hostile answers did once, as plain named tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

import pytest
import stamina

from sync_service.adapters import answers
from sync_service.adapters.http.wire import Lost
from sync_service.core.values import Ticket
from sync_service.errors import Unbelievable, UnknownOutcome, Unreadable
from tests.fuzz.calls import ends, writes
from tests.fuzz.subjects import at_incidentiq, at_request_tracker, at_servicenow

Twist = Callable[[str, Any], Any]


@pytest.fixture(autouse=True, scope="module")
def _quick() -> Iterator[None]:
    with stamina.set_testing(True, attempts=2):
        yield


async def written(scene: Any, name: str, twist: Twist) -> tuple[Exception | None, bool]:
    """Write over twisted answers; give the named error, and whether the server took the write."""
    one = scene.subject()
    await one.adapter.start()
    ticket = (await one.adapter.get(scene.ids))[scene.ids[0]]
    assert isinstance(ticket, Ticket)
    one.wire.twist = twist
    error = await ends(one.wire, writes(one, ticket)[name]())
    await one.wire.aclose()
    return error, one.wire.landed


async def got(scene: Any, twist: Twist) -> Exception | None:
    """Read tickets over twisted answers; give the named error."""
    one = scene.subject()
    await one.adapter.start()
    one.wire.twist = twist
    error = await ends(one.wire, one.adapter.get(scene.ids))
    await one.wire.aclose()
    return error


@pytest.mark.parametrize("name", ["create", "update"])
async def test_a_written_row_without_its_stamp_is_no_write_undone(name: str) -> None:
    """R16, R18: it was told as `Unbelievable`, the intent was forgotten, and a second copy was made."""

    def twist(where: str, body: Any) -> Any:
        if not where.startswith("GET"):
            body["result"]["sys_updated_on"] = {"value": "", "display_value": ""}
        return body

    error, landed = await written(at_servicenow(), name, twist)

    assert landed
    assert isinstance(error, UnknownOutcome), repr(error)


async def test_a_person_who_cannot_be_read_undoes_no_create() -> None:
    """R16, R18: the site took the ticket; that its requester could not be looked up is another matter."""

    def twist(where: str, body: Any) -> Any:
        if where.endswith(("/tickets/create", "/tickets/new")):
            body["Item"]["For"] = None
            body["Item"]["ForId"] = "01234567-89ab-cdef-0123-456789abcdef"
        if "/users/0123" in where:
            raise Lost("it hung up")
        return body

    error, landed = await written(at_incidentiq(), "create", twist)

    assert landed
    assert isinstance(error, UnknownOutcome), repr(error)


async def test_custom_fields_of_another_shape_are_not_none() -> None:
    """R4, R14: a ticket whose key cannot be read is not a ticket without a key."""

    def twist(where: str, body: Any) -> Any:
        if where.startswith("GET") and "/tickets/" in where and "Item" in body:
            body["Item"]["CustomFieldValues"] = ["secret words"]
        return body

    error = await got(at_incidentiq(), twist)

    assert isinstance(error, Unreadable), repr(error)
    assert "iiq answered in a shape that nobody can read (AttributeError at shown.py:" in str(error)
    assert "secret" not in str(error)


async def test_a_row_whose_creator_is_no_person_is_named() -> None:
    """R25: it was a TypeError, told as a mistake of ours that should be reported."""

    def twist(where: str, body: Any) -> Any:
        if where.startswith("GET /tickets"):
            body["items"] = [{**one, "Creator": "secret words"} for one in body["items"]]
        return body

    error = await got(at_request_tracker(), twist)

    assert isinstance(error, Unreadable), repr(error)
    assert "secret" not in str(error)


async def test_an_entry_of_a_journal_without_a_moment_leaves_a_comment_unknown() -> None:
    """R18: the comment landed; reading it back met a stamp that was none."""

    def twist(where: str, body: Any) -> Any:
        if "sys_journal_field" in where:
            for row in body["result"]:
                row["sys_created_on"] = {"value": "soon", "display_value": "soon"}
        return body

    error, landed = await written(at_servicenow(), "note", twist)

    assert landed
    assert isinstance(error, UnknownOutcome), repr(error)


class Endless:
    """Turns any list into pages that are full of what was never shown before."""

    def __init__(self) -> None:
        self._new, self._rows = count(10_000), dict[str, Any]()

    def __call__(self, where: str, body: Any) -> Any:
        path, _, query = where.partition("?")
        if path == "GET /transactions":
            row = self._rows.setdefault(path, (body["items"] or [None])[0])
            body["items"] = [{**row, "id": str(next(self._new))} for _ in range(100)]
        elif path.endswith("/sys_journal_field"):
            row = self._rows.setdefault(path, (body["result"] or [None])[0])
            body["result"] = [self._entry(row) for _ in range(1000)]
        elif path.endswith("/tickets/activities"):
            asked = {name: int(value) for name, value in parse_qsl(query) if name != "$o"}
            size, page = asked["$s"], asked["$p"]
            row = self._rows.setdefault(path, (body["Items"] or [None])[0])
            body["Items"] = [
                {**row, "TicketActivityId": str(UUID(int=n + 1))}
                for n in range(size * page, size * (page + 1))
            ]
            body["Paging"] = {"PageSize": size, "PageIndex": page, "TotalRows": 10**9}
        return body

    def _entry(self, row: Any) -> Any:
        number = next(self._new)
        stamp = datetime(2001, 1, 1, tzinfo=UTC) + timedelta(seconds=number)
        return {**row, "sys_id": f"{number:032}", "sys_created_on": f"{stamp:%Y-%m-%d %H:%M:%S}"}


@pytest.mark.parametrize("scene", [at_incidentiq, at_servicenow, at_request_tracker])
async def test_pages_without_end_come_to_an_end(
    scene: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """R3, R26: rows that are ever new fill the memory, and no call ever ends."""
    monkeypatch.setattr(answers, "MOST_ROWS", 5_000)

    error = await got(scene(), Endless())

    assert isinstance(error, Unbelievable), repr(error)
    assert "more than 5000" in str(error)
