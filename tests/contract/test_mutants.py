"""The suite can fail: each mutation of an adapter is caught by a test of the suite that names its rule."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from sync_service.adapters.http import Http, outcome
from sync_service.adapters.http.pace import Pace
from sync_service.adapters.http.response import Response
from sync_service.adapters.incidentiq import codec as incidentiq_codec
from sync_service.adapters.memory import MemoryAdapter
from sync_service.adapters.servicenow import codec, place
from sync_service.adapters.servicenow.reader import Reader
from sync_service.conformance.harness import Harness
from sync_service.conformance.suite import (
    absence,
    clocks,
    comments,
    errors,
    feed,
    fields,
    fitting,
    identity,
    scan,
    settling,
    writes,
)
from sync_service.core.values import Gone, Origin, PublicComment, Ticket
from sync_service.errors import UnknownOutcome
from tests.contract.incidentiq import IncidentIqHarness
from tests.contract.memory import MemoryHarness
from tests.contract.servicenow import ServiceNowHarness

Caught = Callable[[Harness], Awaitable[None]]


@dataclass(frozen=True)
class Mutant:
    """What is broken, how, and the test of the suite that must notice."""

    name: str
    harness: type[Any]
    where: Any
    what: str
    broken: Any
    caught: Caught


def _after(change: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Change what a coroutine method gives."""

    def broken(method: Any) -> Any:
        async def changed(self: Any, *given: Any, **named: Any) -> Any:
            return change(await method(self, *given, **named))

        return changed

    return broken


def _instead(value: Any) -> Callable[[Any], Any]:
    return lambda method: value


def _each(change: Callable[[Ticket], Any]) -> Callable[[Any], Any]:
    def read(found: Mapping[str, Any]) -> dict[str, Any]:
        return {key: change(one) if isinstance(one, Ticket) else one for key, one in found.items()}

    return _after(read)


def _twice(method: Any) -> Any:
    async def write(self: Http, *given: Any, **named: Any) -> Any:
        try:
            return await method(self, *given, **named)
        except UnknownOutcome:
            return await method(self, *given, **named)

    return write


def _later_watermark(page: Any) -> Any:
    return replace(page, watermark=(page.clock + timedelta(seconds=20)).isoformat())


def _strictly_after(method: Any) -> Any:
    async def changed(self: MemoryAdapter, since: str | None, page: str | None = None) -> Any:
        found = await method(self, since, page)
        kept = tuple(row for row in found.rows if since and row.version.stamp.isoformat() > since)
        return replace(found, rows=kept)

    return changed


def _cleared(method: Any) -> Any:
    async def update(self: MemoryAdapter, ticket: Ticket, changes: Any, deadline: Any) -> Any:
        return await method(self, ticket, {"tag": None, **changes}, deadline)

    return update


def _marked_by_anybody(self: MemoryAdapter, comment: Any) -> Any:
    return replace(comment, origin=Origin("far", "T-1", "c1"))


def _in_public(method: Any) -> Any:
    async def note(self: MemoryAdapter, ticket: Ticket, text: Any, deadline: Any) -> Any:
        return await self._say(ticket, text, public=True)

    return note


def _without_key(method: Any) -> Any:
    async def create(self: MemoryAdapter, draft: Any, deadline: Any) -> Any:
        return await method(self, replace(draft, key=""), deadline)

    return create


def _unasked(method: Any) -> Any:
    async def create(self: MemoryAdapter, draft: Any, deadline: Any) -> Any:
        return await method(self, draft, deadline + timedelta(days=1))

    return create


def _said_once(ticket: Ticket) -> Ticket:
    bodies = {comment.body: comment for comment in ticket.comments or ()}
    return replace(ticket, comments=tuple(bodies.values()))


def _all_public(ticket: Ticket) -> Ticket:
    names = PublicComment.__dataclass_fields__
    told = [
        PublicComment(**{name: getattr(one, name) for name in names})
        for one in ticket.comments or ()
    ]
    return replace(ticket, comments=tuple(told))


def _empty(self: Response) -> Any:
    return {"result": []} if self._parsed is None else self._parsed


MUTANTS = [
    Mutant("> for >=", MemoryHarness, MemoryAdapter, "changed", _strictly_after,
           feed.test_what_changes_in_the_very_moment_of_the_watermark_is_fed),
    Mutant("the watermark runs ahead", MemoryHarness, MemoryAdapter, "changed",
           _after(_later_watermark), feed.test_what_changes_after_the_watermark_is_fed),
    Mutant("a torn drain says nothing", MemoryHarness, MemoryAdapter, "changed",
           _after(lambda page: replace(page, torn=False)),
           feed.test_a_row_that_leaves_a_full_stamp_between_pages_hides_none),
    Mutant("one page is all", MemoryHarness, MemoryAdapter, "changed",
           _after(lambda page: replace(page, next=None)),
           feed.test_a_page_full_of_one_stamp_is_read_whole),
    Mutant("our clock for the system's", MemoryHarness, MemoryAdapter, "changed",
           _after(lambda page: replace(page, clock=page.clock + timedelta(hours=1))),
           lambda harness: clocks.test_the_systems_clock_counts_and_not_ours(harness, 10)),
    Mutant("a deleted ticket is left out", MemoryHarness, MemoryAdapter, "get",
           _after(lambda found: {k: v for k, v in found.items() if not isinstance(v, Gone)}),
           identity.test_every_id_that_was_asked_is_answered),
    Mutant("the key is not sent", MemoryHarness, MemoryAdapter, "create", _without_key,
           identity.test_the_key_is_inside_the_create),
    Mutant("everything is ours", MemoryHarness, MemoryAdapter, "get",
           _each(lambda ticket: replace(ticket, ours=True)),
           identity.test_a_persons_ticket_is_not_ours),
    Mutant("absence is never proven", MemoryHarness, MemoryAdapter, "find",
           _after(lambda found: replace(found, proven=False)),
           identity.test_an_absence_is_proven),
    Mutant("fit foretells nothing", MemoryHarness, MemoryAdapter, "fit",
           _instead(lambda self, name, value: value),
           fitting.test_fit_foretells_what_get_shows_after_an_update),
    Mutant("fit cuts a little more each time", MemoryHarness, MemoryAdapter, "fit",
           _instead(lambda self, name, value: value[:-1] or None if isinstance(value, str) else value),
           fitting.test_what_fits_fits_again),
    Mutant("an update empties what it does not name", MemoryHarness, MemoryAdapter, "update",
           _cleared, fields.test_every_field_of_one_update_is_shown_and_no_other_changes),
    Mutant("the deadline is no matter", MemoryHarness, MemoryAdapter, "create", _unasked,
           lambda harness: writes.test_a_write_past_its_deadline_is_not_sent(harness, "create")),
    Mutant("a note is a reply", MemoryHarness, MemoryAdapter, "note", _in_public,
           comments.test_a_note_is_never_public),
    Mutant("notes are read as replies", MemoryHarness, MemoryAdapter, "get", _each(_all_public),
           comments.test_what_people_say_is_read_with_author_order_and_visibility),
    Mutant("equal words are one comment", MemoryHarness, MemoryAdapter, "get", _each(_said_once),
           comments.test_the_same_words_twice_are_two_comments),
    Mutant("everybody's comment is a copy", MemoryHarness, MemoryAdapter, "_decode",
           _instead(_marked_by_anybody), comments.test_a_quoted_copy_is_nobodys_copy),
    Mutant("a write is sent again", ServiceNowHarness, Http, "write", _twice,
           lambda harness: writes.test_a_write_whose_answer_was_lost_is_unknown(harness, "create")),
    Mutant("a 500 is a refusal", ServiceNowHarness, outcome, "_unproven", _instead(lambda status: False),
           lambda harness: writes.test_a_write_whose_answer_was_lost_is_unknown(harness, "update")),
    Mutant("a refusal is an unknown outcome", ServiceNowHarness, outcome, "Rejected",
           _instead(lambda *given: UnknownOutcome(str(given[0]))),
           lambda harness: writes.test_a_refusal_is_told_as_one(harness, "create")),
    Mutant("a pause is not kept", ServiceNowHarness, Pace, "hold", _instead(lambda self, seconds: None),
           errors.test_a_storm_of_429_is_not_answered_with_a_storm),
    Mutant("no JSON is an empty list", ServiceNowHarness, Response, "loose", _instead(_empty),
           lambda harness: errors.test_an_answer_of_another_shape_is_no_absence(harness, "changed")),
    Mutant("no JSON is nobody known", ServiceNowHarness, Response, "loose", _instead(_empty),
           lambda harness: errors.test_an_answer_of_another_shape_is_no_absence(harness, "people")),
    Mutant("an ignored filter is believed", ServiceNowHarness, place.Place, "doubt",
           _instead(lambda self, rows: ""), scan.test_a_filter_that_is_ignored_is_noticed),
    Mutant("what is not shown is empty", ServiceNowHarness, codec, "_is_shown",
           _instead(lambda row, column: True), absence.test_what_an_answer_leaves_out_is_not_empty),
    Mutant("a creator that is not shown is nobody", ServiceNowHarness, codec, "CORE",
           _instead(()), absence.test_what_an_answer_leaves_out_is_not_empty),
    Mutant("what is not shown has no name", IncidentIqHarness, incidentiq_codec, "unshown",
           _instead(lambda fields, lists: frozenset()),
           absence.test_what_an_answer_leaves_out_is_not_empty),
    Mutant("a flag that is not shown is not set", IncidentIqHarness, incidentiq_codec, "must_show",
           _instead(lambda row, *names: row.setdefault("HasSensitiveInformation", False)),
           absence.test_what_an_answer_leaves_out_is_not_empty),
    Mutant("the marker is lost", ServiceNowHarness, Reader, "get",
           _each(lambda t: replace(t, comments=tuple(
               replace(one, origin=None) for one in t.comments or ()))),
           lambda harness: settling.test_a_lost_comment_is_settled_by_its_origin(harness, "reply")),
]  # fmt: skip


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda one: one.name)
async def test_the_suite_notices(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Issue 3: a mutation that survives shows a test that cannot fail."""
    monkeypatch.setattr(
        mutant.where, mutant.what, mutant.broken(getattr(mutant.where, mutant.what))
    )

    with pytest.raises((AssertionError, pytest.fail.Exception, KeyError)):
        await mutant.caught(mutant.harness())
