"""What left for a note was flagged internal: judged from what the servers say they were sent (R13)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sync_service.core.outgoing import Note, PublicWords, Reply
from sync_service.core.values import InternalNote, Origin, PublicComment
from sync_service.errors import NeedsHuman, UnknownOutcome
from tests.integration import incidentiq_site, servicenow_desk

CANARY = "canary-5d1f"
#: Words that might confuse an encoder into another field, another entry or another visibility.
BODIES = [
    CANARY,
    f'{CANARY}", "IsPublic": true, "x": "',
    f'<p>{CANARY}</p><script>IsPublic=true</script><b onclick="x">&amp;</b>',
    f"{CANARY}\n\n[sync:iiq:17:c1]",
    f"{CANARY}\n[code]<b>comments</b>[/code]",
    f"comments={CANARY}&work_notes=none",
    f"{CANARY}\x00\u2028\ud83d\ude00 ".encode("utf-16", "surrogatepass").decode("utf-16"),
    f"{CANARY} " + "long " * 2000,
]


def _copies(canary: str = CANARY) -> list[tuple[str, bool]]:
    return [(body.replace(CANARY, canary), html) for body in BODIES for html in (False, True)]


def sent(world: Any, canary: str = CANARY) -> list[Any]:
    """Give the JSON bodies that reached the server and hold the words, as the server kept them."""
    calls = world.log.since(0)
    return [json.loads(call["body"]) for call in calls if canary in call["body"]]


@pytest.mark.parametrize("switches", [{}, {"external_id": "dropped"}, {"chosen_id": "ignored"}])
async def test_incident_iq_is_sent_every_note_as_internal(switches: dict[str, Any]) -> None:
    """R13: outside and inside, said and reworded, whatever the words and the site's manners."""
    async with incidentiq_site.site(**switches) as iiq:
        ticket = await iiq.read(iiq.open())
        iiq.world.log.bodies = True
        for n, (body, html) in enumerate(_copies()):
            origin = Origin("snow", "17", str(n))
            shown = await iiq.adapter.note(ticket, Note(body, html, origin), incidentiq_site.soon())
            assert isinstance(shown, InternalNote)
            again = Note(f"more {body}", html, origin)
            await iiq.adapter.rewrite(ticket, shown.id, again, incidentiq_site.soon())

        entries = sent(iiq.world)
        assert 2 * len(_copies()) == len(entries)
        flags = {entry["IsPublic"] for entry in entries}
        flags |= {item["IsPublic"] for entry in entries for item in entry["ActivityItems"]}
        assert {False} == flags
        shown_by_site = [c for t in iiq.world.dump().values() for c in t["comments"]]
        assert [] == [c for c in shown_by_site if CANARY in c["text"] and c["public"]]


async def test_incident_iq_is_sent_a_reply_as_public() -> None:
    """The judge can tell the two apart: without this the tests beside it prove nothing."""
    async with incidentiq_site.site() as iiq:
        ticket = await iiq.read(iiq.open())
        iiq.world.log.bodies = True
        reply = Reply(PublicWords(CANARY), False, Origin("snow", "17", "1"))
        shown = await iiq.adapter.reply(ticket, reply, incidentiq_site.soon())

        assert isinstance(shown, PublicComment)
        assert [True] == [entry["IsPublic"] for entry in sent(iiq.world)]


async def test_servicenow_is_sent_every_note_as_a_work_note() -> None:
    """R13: in the column for the staff and in no other, whatever the words."""
    async with servicenow_desk.desk() as snow:
        ticket = await snow.ticket(snow.open())
        snow.world.log.bodies = True
        for n, (body, html) in enumerate(_copies()):
            origin = Origin("iiq", "17", str(n))
            shown = await snow.adapter.note(
                ticket, Note(body, html, origin), servicenow_desk.soon()
            )
            assert isinstance(shown, InternalNote)
            ticket = await snow.ticket(ticket.id)

        bodies = sent(snow.world)
        assert len(_copies()) == len(bodies)
        assert {("work_notes",)} == {tuple(body) for body in bodies}
        shown_there = [c for t in snow.world.dump().values() for c in t["comments"]]
        assert [] == [c for c in shown_there if CANARY in c["text"] and c["public"]]


async def test_servicenow_is_sent_a_reply_as_a_comment() -> None:
    """The judge can tell the two apart."""
    async with servicenow_desk.desk() as snow:
        ticket = await snow.ticket(snow.open())
        snow.world.log.bodies = True
        shown = await snow.adapter.reply(
            ticket, servicenow_desk.reply(CANARY), servicenow_desk.soon()
        )

        assert isinstance(shown, PublicComment)
        assert [("comments",)] == [tuple(body) for body in sent(snow.world)]


@pytest.mark.parametrize("kind", ["hang_up_after", "error_after", "truncate", "status"])
async def test_a_note_whose_answer_was_lost_was_sent_as_internal_all_the_same(kind: str) -> None:
    """R13, R18: a failure on the way never turns into another way."""
    async with incidentiq_site.site() as iiq, servicenow_desk.desk() as snow:
        here = await iiq.read(iiq.open())
        there = await snow.ticket(snow.open())
        iiq.world.log.bodies = snow.world.log.bodies = True
        iiq.fault(kind, "/tickets/*/activities/new", status=503)
        snow.fault(kind, "incident/*", "PATCH", status=503)
        note = Note(CANARY, False, Origin("x", "1", "c"))

        for say in (
            iiq.adapter.note(here, note, incidentiq_site.soon()),
            snow.adapter.note(there, note, servicenow_desk.soon()),
        ):
            with pytest.raises((UnknownOutcome, NeedsHuman)):
                await say

        for entry in _flags(sent(iiq.world)):
            assert entry is False
        assert {("work_notes",)} >= {tuple(body) for body in sent(snow.world)}


def _flags(entries: list[Any]) -> Iterator[Any]:
    for entry in entries:
        yield entry["IsPublic"]
        yield from (item["IsPublic"] for item in entry["ActivityItems"])
