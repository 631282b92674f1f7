"""Writing to ServiceNow over real HTTP: each write is one call, sent once, and read back."""

from __future__ import annotations

from typing import Any

import pytest

from sync_service.core.outgoing import Draft
from sync_service.core.values import InternalNote, PublicComment, Ticket
from sync_service.errors import NeedsHuman, Rejected, UnknownOutcome
from tests.integration.servicenow_desk import (
    DANA,
    KEY,
    ORIGIN,
    OWEN,
    Desk,
    desk,
    draft,
    note,
    reply,
    soon,
)


async def _opened(snow: Desk, **fields: Any) -> Ticket:
    return await snow.ticket(snow.open(**fields))


async def test_a_create_carries_key_look_ups_and_every_field_in_one_call() -> None:
    """R15: the key is inside the create; the caller is found or replaced by `else`."""
    async with desk() as snow:
        fields = {"impact": "1 - High", "urgency": "2 - Medium", "assignment_group": "K12 Support"}
        before = snow.world.log.counts().get("POST /api/now/table/incident", 0)

        made = await snow.adapter.create(draft(**fields), soon())

        assert made.own_reply
        assert made.ticket
        assert made.ticket.key == KEY
        assert made.ticket.ours
        assert made.ticket.fields["caller_id"] == DANA
        assert made.ticket.fields["correlation_display"] == "sync-service"
        assert {name: made.ticket.fields[name] for name in fields} == fields
        assert snow.world.log.counts()["POST /api/now/table/incident"] == before + 1


async def test_a_mapped_value_beats_on_create() -> None:
    """A mapping line says more than a default."""
    async with desk() as snow:
        made = await snow.adapter.create(draft(caller_id=OWEN), soon())

        assert made.ticket
        assert made.ticket.fields["caller_id"] == OWEN


async def test_an_update_of_many_fields_is_one_call_and_its_reply_shows_them() -> None:
    """R19, R24, design 10: only the named fields, in one write."""
    async with desk() as snow:
        ticket = await _opened(snow)
        changes = {
            "short_description": "New words",
            "state": "In Progress",
            "assigned_to": OWEN,
            "assignment_group": "Network Team",
            "location": "Annex",
            "u_room": "12",
        }
        await snow.adapter.update(ticket, changes, soon())  # the names are known from here on
        before = snow.calls()

        done = await snow.adapter.update(ticket, {**changes, "u_room": "13"}, soon())

        assert snow.calls() == before + 1
        assert done.own_reply
        assert done.ticket
        assert {name: done.ticket.fields[name] for name in changes} == {**changes, "u_room": "13"}
        assert done.ticket.version > ticket.version


async def test_empty_values_clear_what_can_be_cleared() -> None:
    """A reference and a text are cleared by the empty text."""
    async with desk() as snow:
        ticket = await _opened(snow, assigned_to=OWEN, description="Words")

        done = await snow.adapter.update(ticket, {"assigned_to": None, "description": ""}, soon())

        assert done.ticket
        assert done.ticket.fields["assigned_to"] is None
        assert done.ticket.fields["description"] is None


async def test_a_raw_value_is_written_as_it_is() -> None:
    """R10: `.value` names the raw one."""
    async with desk() as snow:
        done = await snow.adapter.update(await _opened(snow), {"state.value": "2"}, soon())

        assert done.ticket
        assert done.ticket.fields["state"] == "In Progress"


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("state", "Nope", "there are: New, In Progress"),
        ("assigned_to", "nobody@elsewhere.example", "no active user"),
        ("assignment_group", "No Such Team", "sys_user_group"),
        ("priority", "1 - Critical", "read-only"),
        ("u_nonsense", "x", "no column"),
        ("due_date", "tomorrow", "ISO 8601"),
    ],
)
async def test_what_cannot_be_resolved_is_refused_before_it_is_sent(
    name: str, value: str, why: str
) -> None:
    """R25: the field is named, and nothing was written."""
    async with desk() as snow:
        ticket = await _opened(snow)

        with pytest.raises(Rejected, match=why) as caught:
            await snow.adapter.update(ticket, {name: value, "u_room": "12"}, soon())

        assert caught.value.fields == (name,)
        assert (await snow.ticket(ticket.id)).version == ticket.version


async def test_a_data_policy_is_quoted() -> None:
    """R25: mandatory fields that are missing refuse the whole update, in the vendor's words."""
    async with desk() as snow:
        ticket = await _opened(snow)

        with pytest.raises(Rejected, match="Resolution code, Resolution notes") as caught:
            await snow.adapter.update(ticket, {"state": "Resolved"}, soon())

        assert "mandatory" in caught.value.words
        assert caught.value.fields == ()


async def test_a_field_that_a_data_policy_names_is_named() -> None:
    """R25: a close code that is no choice counts as unset."""
    async with desk() as snow:
        ticket = await _opened(snow)
        changes = {"state": "Resolved", "close_code.value": "Magic", "close_notes": "Done"}

        with pytest.raises(Rejected) as caught:
            await snow.adapter.update(ticket, changes, soon())

        assert caught.value.fields == ("close_code.value",)


async def test_companions_resolve_a_ticket_in_one_call() -> None:
    """R11: `with:` brings close code and notes, or the comment that On Hold demands."""
    async with desk() as snow:
        ticket = await _opened(snow)
        hold = {"state": "On Hold", "hold_reason": "Awaiting Caller", "comments": "We wait."}
        close = {"state": "Resolved", "close_code": "Solution provided", "close_notes": "Done"}

        held = await snow.adapter.update(ticket, hold, soon())
        closed = await snow.adapter.update(ticket, close, soon())

        assert held.ticket
        assert held.ticket.fields["hold_reason"] == "Awaiting Caller"
        assert closed.ticket
        assert closed.ticket.fields["state"] == "Resolved"


async def test_a_missing_right_says_what_to_do() -> None:
    """Bad input: one clear message, nothing written."""
    async with desk() as snow:
        ticket = await _opened(snow)
        snow.turn(rights=["create"])

        with pytest.raises(Rejected, match="give it a role that may write there"):
            await snow.adapter.update(ticket, {"u_room": "12"}, soon())


async def test_a_field_that_is_skipped_in_silence_shows_in_the_reply() -> None:
    """R19: a denied field answers 200 and stays as it was."""
    async with desk(unwritable=["description"]) as snow:
        ticket = await _opened(snow, description="Old")

        done = await snow.adapter.update(ticket, {"description": "New", "u_room": "1"}, soon())

        assert done.ticket
        assert done.ticket.fields["description"] == "Old"
        assert done.ticket.fields["u_room"] == "1"


async def test_a_key_that_is_not_kept_stops_further_creates() -> None:
    """R15: a copy without its key could not be found again after a crash."""
    async with desk(unwritable=["correlation_id"]) as snow:
        first = await snow.adapter.create(draft(), soon())
        assert first.ticket
        assert first.ticket.key is None

        with pytest.raises(NeedsHuman, match="correlation_id"):
            await snow.adapter.create(draft("inst:helpdesk:iiq:18"), soon())

        assert len(snow.world.dump()) == 1


async def test_a_key_that_would_be_cut_is_not_sent() -> None:
    """R15: the vendor cuts long texts without a word."""
    async with desk() as snow:
        with pytest.raises(NeedsHuman, match="too few"):
            await snow.adapter.create(draft("inst:helpdesk:iiq:" + "9" * 100), soon())

        assert not snow.world.dump()


@pytest.mark.parametrize(("public", "kind"), [(True, PublicComment), (False, InternalNote)])
async def test_a_copied_comment_comes_back_with_its_origin(public: bool, kind: type) -> None:
    """R13, R21: the marker is the last line, and no part of the words."""
    async with desk() as snow:
        ticket = await _opened(snow)
        body = "On it.\n\nSee [code]<script>x</script>[/code]"

        said = (
            await snow.adapter.reply(ticket, reply(body), soon())
            if public
            else await snow.adapter.note(ticket, note(body), soon())
        )
        (read,) = (await snow.ticket(ticket.id)).comments or ()

        assert read == said
        assert isinstance(read, kind)
        assert read.origin == ORIGIN
        assert read.body == body
        assert read.ours
        (entry,) = snow.world.dump()[ticket.id]["comments"]
        assert "[code]" not in entry["text"]  # the instance would show it as HTML
        assert entry["public"] is public


async def test_a_comment_that_was_dropped_in_silence_is_refused() -> None:
    """R19: a refusal is not a success, also where the vendor says 200."""
    async with desk(unwritable=["comments"]) as snow:
        with pytest.raises(Rejected, match="added nothing"):
            await snow.adapter.reply(await _opened(snow), reply(), soon())


async def test_a_comment_that_cannot_be_read_back_is_unknown() -> None:
    """R18: it landed; only settling may tell."""
    async with desk() as snow:
        ticket = await _opened(snow)
        snow.fault("status", "sys_journal_field", "GET", status=503, times=None)

        with pytest.raises(UnknownOutcome):
            await snow.adapter.reply(ticket, reply(), soon())

        assert len(snow.world.dump()[ticket.id]["comments"]) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("short_description", "  long " + "x" * 200),
        ("description", "two\r\nlines \n"),
        ("close_notes", "\x00null"),
        ("u_room", "r" * 300),
        ("state", "In Progress"),
        ("assigned_to", OWEN.upper()),
        ("location", " Annex "),
        ("due_date", "2026-12-24T18:00:00.5+01:00"),
        ("short_description", "   "),
    ],
)
async def test_fit_foretells_what_get_shows(name: str, value: str) -> None:
    """R7, R12: a copy is compared through it."""
    async with desk() as snow:
        fitted = snow.adapter.fit(name, value)
        if snow.adapter.kind(name) is None:
            pytest.fail(f"the instance has no {name}")

        made = await snow.adapter.create(Draft({name: value}, KEY), soon())

        assert made.ticket
        assert (await snow.ticket(made.ticket.id)).fields[name] == fitted
        assert snow.adapter.fit(name, fitted) == fitted
