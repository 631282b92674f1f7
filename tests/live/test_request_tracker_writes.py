"""Writing to a real Request Tracker 5; what landed is judged by REST2 without our code."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from rt.rest2 import Rt

from sync_service.adapters.request_tracker import RequestTracker
from sync_service.core.outgoing import Draft, Note, PublicWords, Reply
from sync_service.core.values import InternalNote, Origin, PublicComment, Ticket, Value
from sync_service.errors import Rejected, Stale
from tests.live.conftest import by, connect, now, soon
from tests.live.request_tracker import ORIGIN_FIELD, STAFF, Desk, address, prepare

pytestmark = [pytest.mark.live]

KEYS = iter(range(10**6))


def key() -> str:
    """Give a key that no ticket carries."""
    return f"live:helpdesk:iiq:{os.getpid()}-{next(KEYS)}"


def reply(text: str, comment: str = "c1", *, html: bool = False) -> Reply:
    """Make a public copy."""
    return Reply(PublicWords(text), html, Origin("iiq", "T-1", comment))


async def one(rt: RequestTracker, number: str) -> Ticket:
    """Read one ticket."""
    found = (await rt.get([number]))[number]
    assert isinstance(found, Ticket), found
    return found


async def made(rt: RequestTracker, fields: Mapping[str, Value] | None = None) -> Ticket:
    """Create a ticket through the adapter and read it."""
    given = {"Subject": "Copy", "Content": "first", **(fields or {})}
    done = await rt.create(Draft(given, key()), soon())
    assert done.ticket is not None
    return await one(rt, done.ticket.id)


async def test_a_create_carries_everything_and_its_key(rt: RequestTracker, desk: Desk) -> None:
    """R15: the key is in the very call, so the ticket is found by it at once."""
    mark = key()
    fields: Mapping[str, Value] = {
        "Subject": "Cart 7",
        "Content": "two lines\nof text",
        "Owner": address(STAFF[0]),
        "Requestor": (address(STAFF[1]), address(STAFF[2])),
        "Priority": 30,
        "Due": "2026-12-01T10:00:00Z",
        "CustomFields.Campus": "south",
        "CustomFields.Labels": ("x", "y"),
        "CustomFields.Loan ends": "2026-12-24T18:00:00Z",
        "CustomFields.Incident IQ Number": None,
    }
    assert all(rt.creatable(name) for name in fields)
    assert not rt.creatable("Status")

    done = await rt.create(Draft(fields, mark), soon())
    found = await rt.find([mark, key()], now())

    assert found.proven
    assert [len(some) for some in found.tickets.values()] == [1, 0]
    assert done.ticket is not None
    shown = await one(rt, found.tickets[mark][0].id)
    assert shown.ours
    assert shown.key == mark
    for name, value in fields.items():
        assert shown.fields[name] == rt.fit(name, value) == done.ticket.fields[name], name
    page = await by(desk.page, shown.id)
    assert page["Owner"]["id"] == STAFF[0]
    assert page["Due"] == "2026-12-01T10:00:00Z"


async def test_a_key_field_that_vanished_proves_no_absence(desk: Desk) -> None:
    """R4: a search for a field that is not there is answered 200 with nothing."""
    rt = connect(desk)
    await rt.start()
    assert rt._known is not None
    object.__setattr__(rt._known, "key_field", "Was renamed")

    found = await rt.find([key()], now())
    await rt.close()

    assert not found.proven


async def test_a_copy_in_another_queue_is_still_found(rt: RequestTracker, desk: Desk) -> None:
    """R15: a person moves our copy; a look-up bound to the queue would make a second one."""
    other = await by(prepare, f"{desk.queue} other")
    ticket = await made(rt)
    await by(desk.edited, ticket.id, Queue=other.queue)

    found = await rt.find([str(ticket.key)], now())

    assert [one.id for one in found.tickets[str(ticket.key)]] == [ticket.id]


async def test_an_update_is_one_write_and_shows_what_fit_foretold(
    rt: RequestTracker, desk: Desk
) -> None:
    """Also for what RT cuts, cleans or spells in its own way (R7 compares through `fit`)."""
    ticket = await made(rt)
    changes: Mapping[str, Value] = {
        "Subject": "x" + "é" * 150 + "\nnext",
        "Status": "stalled",
        "Priority": 71.0,
        "Owner": address(STAFF[2]).upper(),
        "Requestor": address(STAFF[0]),
        "Due": "2026-12-05T10:00:00+02:00",
        "CustomFields.Campus": "NORTH",
        "CustomFields.Labels": ("z", "a", "z"),
        "CustomFields.Loan ends": "2026-12-24T18:00:00.9Z",
        "CustomFields.Incident IQ Number": "  1234 ",
    }
    before = rt.requests.get(("PUT", "/ticket/{id}"), 0)

    done = await rt.update(ticket, changes, soon())
    shown = await one(rt, ticket.id)

    assert not done.own_reply
    assert done.ticket is not None
    for name, value in changes.items():
        told = rt.fit(name, value)
        assert shown.fields[name] == told == done.ticket.fields[name], name
        assert rt.fit(name, told) == told, name
    assert rt.requests["PUT", "/ticket/{id}"] - before == 1
    view = Rt(f"{desk.url}/REST/2.0/", token=desk.tokens[STAFF[0]])
    with closing(view.session):
        independent = await by(view.get_ticket, int(ticket.id))
    assert independent["Subject"] == "x" + "é" * 99
    assert independent["Status"] == "stalled"


async def test_fields_are_emptied(rt: RequestTracker) -> None:
    """None clears people, moments, choices and lists; RT wants another word for each."""
    full: Mapping[str, Value] = {
        "Owner": address(STAFF[0]),
        "Requestor": address(STAFF[1]),
        "Due": "2026-12-01T10:00:00Z",
        "CustomFields.Campus": "South",
        "CustomFields.Labels": ("x", "y"),
        "CustomFields.Loan ends": "2026-12-24T18:00:00Z",
        "CustomFields.Incident IQ Number": "7",
    }
    ticket = await made(rt, full)

    await rt.update(ticket, dict.fromkeys([*full, "Subject"]), soon())
    shown = await one(rt, ticket.id)

    assert {shown.fields[name] for name in (*full, "Subject")} == {None}


async def test_a_refusal_that_answers_200_is_told_in_rts_words(rt: RequestTracker) -> None:
    """R19: nothing of the update was taken, so `seen` must not move."""
    ticket = await made(rt)

    with pytest.raises(Rejected) as refused:
        await rt.update(ticket, {"Status": "nonsense"}, soon())

    assert refused.value.fields == ("Status",)
    assert "isn't a valid status" in refused.value.words
    assert (await one(rt, ticket.id)).fields["Status"] == "new"


async def test_a_partly_refused_update_shows_what_stayed(rt: RequestTracker) -> None:
    """R19: the engine sees per field what was taken and what was not."""
    ticket = await made(rt)

    done = await rt.update(ticket, {"Subject": "taken", "Status": "nonsense"}, soon())

    assert done.ticket is not None
    assert done.ticket.fields["Subject"] == "taken"
    assert done.ticket.fields["Status"] == "new"


async def test_what_rt_would_drop_silently_is_refused_before_it_is_sent(
    rt: RequestTracker, desk: Desk
) -> None:
    """An unknown person, choice or field: RT answers 200 or 201 to each."""
    ticket = await made(rt)
    cases: list[tuple[str, Value]] = [
        ("Owner", "nobody@elsewhere.example"),
        ("Requestor", "nobody@elsewhere.example"),
        ("CustomFields.Campus", "Mars"),
        ("CustomFields.Nonsense", "x"),
        ("Queue", "General"),
        ("Content", "other"),
    ]
    for name, value in cases:
        with pytest.raises(Rejected) as refused:
            await rt.update(ticket, {name: value}, soon())
        assert refused.value.fields == (name,)
    with pytest.raises(Rejected):
        await rt.create(Draft({"Requestor": "nobody@elsewhere.example"}, key()), soon())
    with pytest.raises(Exception, match="404"):
        await by(desk.call, "GET", "/user/nobody@elsewhere.example")


async def test_an_update_of_a_ticket_that_moved_is_stale(rt: RequestTracker, desk: Desk) -> None:
    """R20: a person's edit after our read is not written over."""
    ticket = await made(rt)
    await by(desk.edited, ticket.id, Subject="by a person")

    with pytest.raises(Stale):
        await rt.update(ticket, {"Subject": "by us"}, soon())

    assert (await one(rt, ticket.id)).fields["Subject"] == "by a person"


async def test_an_edit_between_check_and_write_is_stale_by_the_etag(
    rt: RequestTracker, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R20: the window between our two calls is closed by `If-Match`."""
    ticket = await made(rt)
    reader = rt._reader
    page = reader.page

    async def then_edited(number: str) -> Any:
        found = await page(number)
        await by(desk.edited, number, Subject="in between")
        return found

    monkeypatch.setattr(reader, "page", then_edited)
    with pytest.raises(Stale):
        await rt.update(ticket, {"Subject": "by us"}, soon())
    monkeypatch.undo()

    assert (await one(rt, ticket.id)).fields["Subject"] == "in between"


async def test_our_own_comment_makes_no_update_stale(rt: RequestTracker) -> None:
    """A plan writes comments before fields, on one reading."""
    ticket = await made(rt)
    await rt.reply(ticket, reply("first a word"), soon())

    done = await rt.update(ticket, {"Priority": 5}, soon())

    assert done.ticket is not None
    assert done.ticket.fields["Priority"] == 5


async def test_a_reply_is_public_and_a_note_is_internal(rt: RequestTracker, desk: Desk) -> None:
    """R13, R21: each under its own type, with its origin in the transaction's field."""
    ticket = await made(rt)

    public = await rt.reply(ticket, reply("to everybody", "c1"), soon())
    internal = await rt.note(ticket, Note("to staff", False, Origin("iiq", "T-1", "c2")), soon())
    shown = (await one(rt, ticket.id)).comments or ()

    assert isinstance(public, PublicComment)
    assert isinstance(internal, InternalNote)
    assert [(one.id, type(one), one.body, one.origin, one.ours) for one in (public, internal)] == [
        (one.id, type(one), one.body, one.origin, one.ours) for one in shown
    ]
    assert all(abs(a.created - b.created) <= timedelta(seconds=1) for a, b in zip(
        (public, internal), shown, strict=True))  # fmt: skip
    trail = await by(desk.history, ticket.id)
    held = {
        one["Type"]: field["values"]
        for one in trail
        for field in one["CustomFields"]
        if field["name"] == ORIGIN_FIELD
    }
    assert held["Correspond"] == ["iiq:T-1:c1"]
    assert held["Comment"] == ["iiq:T-1:c2"]


@pytest.mark.parametrize("status", ["new", "open", "stalled", "resolved", "rejected"])
async def test_a_reply_leaves_the_status_as_it_is(rt: RequestTracker, status: str) -> None:
    """R11: RT reopens a ticket on a reply, unless the reply says otherwise."""
    ticket = await made(rt)
    if status != "new":
        await rt.update(ticket, {"Status": status}, soon())
    ticket = await one(rt, ticket.id)

    await rt.reply(ticket, reply("still the same"), soon())

    assert (await one(rt, ticket.id)).fields["Status"] == status


async def test_a_reply_keeps_a_status_that_a_person_set_after_our_read(
    rt: RequestTracker, desk: Desk
) -> None:
    """R11: the status it carries is today's, not the plan's."""
    ticket = await made(rt)
    await by(desk.edited, ticket.id, Status="resolved")

    await rt.reply(ticket, reply("late"), soon())

    assert (await one(rt, ticket.id)).fields["Status"] == "resolved"


@pytest.mark.parametrize(
    "body",
    ["0", "line\r\nline", "  lead\n\n\ntrail  \n", "From x\n.\n>y", "Ünïcode – 😀", "x" * 70_000],
)
async def test_a_text_arrives_as_the_copy_tells(rt: RequestTracker, body: str) -> None:
    """The returned copy has the body that every later read shows."""
    ticket = await made(rt)

    copy = await rt.note(ticket, Note(body, False, Origin("iiq", "T-1", "c9")), soon())
    (shown,) = (await one(rt, ticket.id)).comments or ()

    assert shown.body == copy.body
    assert shown.body.split() == body.split()


async def test_without_the_field_a_marker_carries_the_origin(desk: Desk) -> None:
    """R21: it is the last line, ours only, and no part of the text that is shown."""
    own = await by(prepare, f"{desk.queue} marker", origin=False)
    rt = connect(own)
    await rt.start()
    assert not rt.traits.origin_field
    ticket = await made(rt)

    plain = await rt.reply(ticket, reply("plain", "c1"), soon())
    rich = await rt.reply(ticket, reply("<p>rich</p>", "c2", html=True), soon())
    await by(own.said, ticket.id, "quoting\n[sync-service iiq:T-1:c3]")
    shown = (await one(rt, ticket.id)).comments or ()
    await rt.close()

    assert [(one.body, one.origin) for one in shown] == [
        (plain.body, Origin("iiq", "T-1", "c1")),
        (rich.body, Origin("iiq", "T-1", "c2")),
        ("quoting\n[sync-service iiq:T-1:c3]", None),
    ]
    assert "[sync-service iiq:T-1:c1]" in "\n".join(await by(own.texts, ticket.id))


async def test_an_origin_that_does_not_come_back_turns_into_a_marker(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    """R21: the first copy is the proof; RT takes an unknown transaction field without a word."""
    own = await by(prepare, f"{desk.queue} lost", origin=False)
    rt = connect(own)
    await rt.start()
    rt._writer._origin_field = True  # as if the field had been taken away after the start
    ticket = await made(rt)

    first = await rt.reply(ticket, reply("first", "c1"), soon())
    second = await rt.reply(ticket, reply("second", "c2"), soon())
    shown = (await one(rt, ticket.id)).comments or ()
    await rt.close()

    assert first.origin is None
    assert second.origin == Origin("iiq", "T-1", "c2")
    assert [one.origin for one in shown] == [first.origin, second.origin]


async def test_the_trail_tells_who_changed_which_field(rt: RequestTracker, desk: Desk) -> None:
    """R16, R17, R20 ask it; a reply's reopening and closing is nobody's change."""
    ticket = await made(rt)
    await rt.update(ticket, {"Status": "resolved", "CustomFields.Campus": "North"}, soon())
    await by(desk.edited, ticket.id, Subject="theirs", Owner=STAFF[1])
    await asyncio.sleep(2.1)
    since = now() - timedelta(seconds=1)
    await rt.reply(await one(rt, ticket.id), reply("reopens"), soon())
    await by(desk.edited, ticket.id, Priority=9)

    every = await rt.touched(ticket.id, now() - timedelta(minutes=1)) or ()
    late = await rt.touched(ticket.id, since) or ()

    told = {(one.field, one.ours) for one in every}
    assert {("Status", True), ("CustomFields.Campus", True), ("Subject", False)} <= told
    assert ("Owner", False) in told
    assert [("Priority", False, address(STAFF[0]))] == [(x.field, x.ours, x.by) for x in late]


async def test_a_write_that_rt_forbids_is_that_items_problem(
    rt: RequestTracker, desk: Desk
) -> None:
    """A ticket out of our reach must not stop the whole system."""
    ticket = await made(rt)
    await by(desk.deleted, ticket.id)

    with pytest.raises(Stale):
        await rt.update(ticket, {"Subject": "x"}, soon())
    with pytest.raises(Stale):
        await rt.reply(ticket, reply("x"), soon())
    with pytest.raises(Rejected):
        await rt.rewrite(ticket, "1", reply("x"), soon())
    with pytest.raises(Rejected):
        await rt.hide(ticket, "1", soon())
