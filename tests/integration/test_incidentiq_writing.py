"""Writing to Incident IQ over real HTTP: narrow, once, and honest about what is not known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import stamina

from sync_service.core.outgoing import Draft, Note, PublicWords, Reply
from sync_service.core.values import InternalNote, Origin, PublicComment, Ticket
from sync_service.errors import (
    AuthFailed,
    NeedsHuman,
    Rejected,
    UnknownOutcome,
)
from tests.integration.incidentiq_site import DANA, KEY, ON_CREATE, OWEN, Site, draft, site, soon

ORIGIN = Origin("snow", "17", "99")
REPLY = Reply(PublicWords("<p>On my way</p>"), True, ORIGIN)
NOTE = Note("Asset is out of warranty", False, Origin("snow", "17", "100"))


@pytest.fixture(autouse=True)
def _quick() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3):
        yield


async def _opened(iiq: Site) -> Ticket:
    return await iiq.read(iiq.open())


@pytest.mark.parametrize(
    ("alive", "dead", "calls"),
    [("both", 404, [1, 0]), ("create", 404, [2, 0]), ("new", 404, [1, 2]), ("new", 405, [1, 2])],
)
async def test_the_seeds_create_route_first_then_the_other(
    alive: str, dead: int, calls: list[int]
) -> None:
    """The seed is the authority; 404 and 405 prove that nothing was written, and are remembered."""
    async with site(create_route=alive, dead_route=dead) as iiq:
        await iiq.adapter.create(draft(), soon())
        if alive != "both":
            await iiq.adapter.create(draft("inst:helpdesk:snow:18"), soon())

        assert calls == [iiq.calls("POST", f"/tickets/{one}") for one in ("create", "new")]
        assert len(iiq.world.tickets) == (1 if alive == "both" else 2)


async def test_the_key_is_inside_the_create_call() -> None:
    """R15: one write, and the ticket is ours with its key."""
    async with site() as iiq:
        iiq.forget()
        made = await iiq.adapter.create(
            draft(more={"IsUrgent": True, "Custom Fields.ServiceNow number": "INC1"}), soon()
        )
        assert made.ticket is not None

        assert (made.ticket.key, made.ticket.ours, made.own_reply) == (KEY, True, True)
        assert made.ticket.fields["Custom Fields.ServiceNow number"] == "INC1"
        assert made.ticket.fields["Location"] == "District Office"
        counts = iiq.counts()
        writes = [one for one in counts if one.startswith("POST") and "issues" not in one]
        assert writes == ["POST /api/v1.0/tickets/create"]


@pytest.mark.parametrize("missing", ["ForId", "IssueId", "LocationId"])
async def test_what_a_create_lacks_is_named_with_what_to_add(missing: str) -> None:
    """The seed's required ids; the message says what to write under on_create."""
    async with site() as iiq:
        extras = {name: value for name, value in ON_CREATE.items() if name != missing}

        with pytest.raises(Rejected, match=rf"on_create.*{missing}: {{lookup") as caught:
            await iiq.adapter.create(Draft(draft().fields, KEY, extras), soon())

        assert caught.value.fields == (missing,)
        assert not iiq.world.tickets


WRITES: dict[str, Any] = {
    "Subject": "Other words",
    "IssueDescription": "<p>More &amp; better</p>",
    "Status": "In Progress",
    "PriorityLevel": "High",
    "AssignedToUser": OWEN,
    "AssignedToTeam": "Network Team",
    "For": OWEN,
    "Location": "Annex",
    "Issue": "Wi-Fi",
    "DueDate": "2026-12-01T15:00:00.000Z",
    "IsUrgent": True,
    "HasSensitiveInformation": True,
    "Tags": ("testing", "vip"),
    "Custom Fields.ServiceNow number": "INC17",
    "Custom Fields.Loaner Issued": "Yes",
}
CLEARED = {
    "IssueDescription": None,
    "AssignedToUser": None,
    "AssignedToTeam": None,
    "DueDate": None,
    "IsUrgent": False,
    "HasSensitiveInformation": False,
    "Tags": None,
    "Custom Fields.ServiceNow number": None,
}


@pytest.mark.parametrize("html", ["normalised", "kept"])
async def test_what_is_written_is_shown_as_fit_foretold(html: str) -> None:
    """R19: every field, set and cleared; nothing else changes (R24)."""
    async with site(html=html, nulling=True) as iiq:
        ticket = await _opened(iiq)
        for changes in (WRITES, CLEARED):
            written = await iiq.adapter.update(ticket, changes, soon())
            assert written.ticket is not None
            wanted = {name: iiq.adapter.fit(name, value) for name, value in changes.items()}
            assert {name: written.ticket.fields[name] for name in changes} == wanted
            ticket = await iiq.read(ticket.id)
        assert ticket.fields["Subject"] == "Other words"
        assert ticket.fields["Owner"] == DANA


@pytest.mark.parametrize("takes", ["both", "score", "level"])
@pytest.mark.parametrize("level", ["Low", "Medium", "High", "Critical"])
async def test_a_priority_is_a_score_or_a_level(takes: str, level: str) -> None:
    """Facts report 12.5: the vendor documents both; a refusal proves that nothing was written."""
    async with site(priority_write=takes) as iiq:
        ticket = await _opened(iiq)
        for _ in range(2):
            written = await iiq.adapter.update(ticket, {"PriorityLevel": level}, soon())
            assert written.ticket is not None
            assert written.ticket.fields["PriorityLevel"] == level
        assert iiq.calls("POST", "/tickets/{ticket}/priority") == (3 if takes == "level" else 2)


async def test_a_stale_echo_is_not_believed() -> None:
    """Facts report 7: the reply of a status change may show the old ticket."""
    async with site(status_echo="stale") as iiq:
        ticket = await _opened(iiq)
        written = await iiq.adapter.update(ticket, {"Status": "In Progress"}, soon())
        assert written.ticket is not None

        assert written.ticket.fields["Status"] == "In Progress"
        assert not written.own_reply


@pytest.mark.parametrize("errors", ["status", "200"])
@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"Status": "Closed"}, "may not follow"),
        ({"Status": "Scheduled"}, "no status"),
        ({"AssignedToUser": "nobody@springfield.example"}, "no active user"),
        ({"AssignedToTeam": "Dreamers"}, "no team"),
        ({"PriorityLevel": "Urgent"}, "there are: Low"),
        ({"Location": "Moon"}, "no location"),
        ({"Custom Fields.Nope": "x"}, "no custom field"),
        ({"Custom Fields.Loaner Issued": "Perhaps"}, "not one of Yes, No"),
        ({"Subject": None}, "without a Subject"),
        ({"TicketNumber": "7"}, "cannot be written"),
    ],
)
async def test_a_refused_field_is_named_and_the_others_land(
    errors: str, changes: dict[str, Any], told: str
) -> None:
    """R25: `Rejected.fields` names what was refused and nothing else was; also as HTTP 200."""
    async with site(business_errors=errors) as iiq:
        ticket = await _opened(iiq)

        with pytest.raises(Rejected, match=told) as caught:
            await iiq.adapter.update(ticket, {**changes, "IsUrgent": True}, soon())

        assert caught.value.fields == tuple(changes)
        assert (await iiq.read(ticket.id)).fields["IsUrgent"] is True


@pytest.mark.parametrize("broken", [True, False])
async def test_a_site_that_empties_what_was_not_written_is_stopped(
    broken: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R24: the one broad call is compared with what was read before."""
    from sync_service.adapters.incidentiq import changes

    async with site(nulling=True) as iiq:
        ticket = await iiq.read(iiq.open(description="keep me"))
        if broken:  # as if the site did not know the header
            monkeypatch.setattr(changes, "PARTIAL", {})
            with pytest.raises(NeedsHuman, match="emptied IssueDescription"):
                await iiq.adapter.update(ticket, {"Location": "Annex"}, soon())
        else:
            written = await iiq.adapter.update(ticket, {"Location": "Annex"}, soon())
            assert written.ticket is not None
            assert written.ticket.fields["IssueDescription"] == "<p>keep me</p>"


@pytest.mark.parametrize("external", ["kept", "dropped"])
@pytest.mark.parametrize("chosen", ["once", "ignored"])
@pytest.mark.parametrize("html", ["normalised", "kept"])
async def test_a_copy_shows_its_origin_and_visibility(
    external: str, chosen: str, html: str
) -> None:
    """R13, R21: by ExternalId where that comes back, by the marker where not."""
    async with site(external_id=external, chosen_id=chosen, html=html) as iiq:
        ticket = await _opened(iiq)
        said = await iiq.adapter.reply(ticket, REPLY, soon())
        noted = await iiq.adapter.note(ticket, NOTE, soon())
        read = (await iiq.read(ticket.id)).comments

        assert read == (said, noted)
        assert [type(one) for one in read] == [PublicComment, InternalNote]
        assert [one.origin for one in read] == [REPLY.origin, NOTE.origin]
        assert [one.body for one in read] == ["<p>On my way</p>", "<p>Asset is out of warranty</p>"]
        assert all(one.ours for one in read)


async def test_the_marker_is_only_for_the_first_copy_where_the_field_comes_back() -> None:
    """R21: the first copy verifies the field; later ones are clean and cost one call."""
    async with site() as iiq:
        ticket = await _opened(iiq)
        await iiq.adapter.reply(ticket, REPLY, soon())
        iiq.forget()
        await iiq.adapter.note(ticket, NOTE, soon())
        texts = [one.text for one in iiq.world.activities[ticket.id] if one.kind == "comment"]

        assert ["[sync:" in text for text in texts] == [True, False]
        assert sum(iiq.counts().values()) == 1


async def test_a_copy_that_is_sent_twice_is_one() -> None:
    """Facts report 12.9: the id is ours, so a late first one and a second one are the same."""
    async with site() as iiq:
        ticket = await _opened(iiq)
        iiq.fault("hang_up_after", f"/tickets/{ticket.id}/activities/new")
        with pytest.raises(UnknownOutcome):
            await iiq.adapter.reply(ticket, REPLY, soon())
        await iiq.adapter.reply(ticket, REPLY, soon())

        assert [one.origin for one in (await iiq.read(ticket.id)).comments or ()] == [ORIGIN]


async def test_a_note_that_the_site_made_public_is_hidden_and_told() -> None:
    """R13: what was made of it is looked at before anything else happens."""
    async with site() as iiq:
        ticket = await _opened(iiq)
        told = iiq.act("comment", ticket=ticket.id, text="<p>a note</p>")["comment"]["id"]
        shown = {"Item": {"TicketActivityId": told}, "StatusCode": 201}
        iiq.fault("status", f"/tickets/{ticket.id}/activities/new", status=201, body=shown)

        with pytest.raises(NeedsHuman, match="it was hidden again"):
            await iiq.adapter.note(ticket, NOTE, soon())

        (comment,) = (await iiq.read(ticket.id)).comments or ()
        assert isinstance(comment, InternalNote)


@pytest.mark.parametrize("status", [401, 403])
async def test_a_missing_right_refuses_the_item_not_the_token(status: int) -> None:
    """Facts report 7: named by right; a dead token is told as such."""
    async with site(missing_right=status) as iiq:
        ticket = await _opened(iiq)
        rights = [one for one in iiq.world.switches.words("rights") if one != "tickets.assign"]
        iiq.turn(rights=rights)

        with pytest.raises(Rejected, match=r"tickets\.assign"):
            await iiq.adapter.update(ticket, {"AssignedToUser": OWEN}, soon())


async def test_a_token_that_died_is_told_as_such() -> None:
    """Every route refuses us: a person must act."""
    async with site() as iiq:
        ticket = await _opened(iiq)
        iiq.fault("status", "/*", "*", status=401, times=None)

        with pytest.raises(AuthFailed, match="Check `token`"):
            await iiq.adapter.update(ticket, {"Subject": "x"}, soon())
        with pytest.raises(AuthFailed):
            await iiq.adapter.get([ticket.id])
