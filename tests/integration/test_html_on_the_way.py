"""Markup from anybody's mail or browser: made harmless on the way in, and on the way out once more."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sync_service.adapters.incidentiq import codec as incidentiq
from sync_service.adapters.request_tracker import codec as request_tracker
from sync_service.adapters.request_tracker.codec import Body
from sync_service.core.outgoing import Note, PublicWords, Reply
from sync_service.core.plan_comments import compose
from sync_service.core.values import Origin, Side
from tests.e2e.bench import bench
from tests.e2e.test_privacy import reached
from tests.integration import servicenow_desk
from tests.unit.adapters.request_tracker.test_codec import DESK
from tests.unit.core.examples import rules, said

HELP = "helpdesk@springfield.example"
HOSTILE = [
    "<script>alert(1)</script>words",
    "<img src=x onerror=alert(1)>words",
    "<a href='javascript:alert(1)'>words</a>",
    "<svg onload=alert(1)><script>alert(1)</script></svg>words",
    "<iframe src='https://evil.example'></iframe>words",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></table></mtext></math>words",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>words",
    "<form action='https://evil.example'><input name=a>words</form>",
    "<div style='background:url(javascript:alert(1))'>words</div>",
    "<base href='https://evil.example'><meta http-equiv=refresh content='0;url=//evil.example'>words",
    "<<script>script>alert(1)<</script>/script>words",
    "<a href='data:text/html,<script>alert(1)</script>'>words</a>",
    "<object data='https://evil.example'></object><embed src='https://evil.example'>words",
]
#: What must be in no markup that leaves; in plain text they are only words.
ACTIVE = ("<script", "onerror=", "onload=", "javascript:", "<iframe", "<svg", "<form", "<base",
          "<meta", "<object", "<embed", "<style", "style=", "data:text", "<math")  # fmt: skip
ORIGIN = Origin("x", "1", "c")


def active(html: str) -> list[str]:
    """List what a browser would act on."""
    return [one for one in ACTIVE if one in html.casefold()]


@pytest.mark.parametrize("html", HOSTILE)
def test_a_copied_comment_carries_no_active_markup(html: str) -> None:
    """Whatever an adapter let through, the copy is made of harmless markup."""
    by = rules()
    rich = by.traits.map(lambda one: type(one)(html_comments=True))

    body, is_html = compose(said("c1", html, html=True), Side.RIGHT, rules(traits=rich))

    assert is_html
    assert "words" in body
    assert [] == active(body)


@pytest.mark.parametrize("html", HOSTILE)
def test_no_adapter_sends_active_markup_or_takes_it_in(html: str) -> None:
    """Incident IQ and Request Tracker hold HTML; each cleans both ways by itself."""
    transaction = {"id": "9", "Type": "Correspond", "Creator": {"id": "ada"},
                   "Created": "2026-08-03T08:00:00Z"}  # fmt: skip

    read = request_tracker.comment(transaction, Body(html, html=True), DESK)

    for text in (Note(html, html=True, origin=ORIGIN), Reply(PublicWords(html), True, ORIGIN)):
        assert [] == active(incidentiq.spoken(text, marked=True))
        assert [] == active(request_tracker.spoken(text, marker=True))
    assert [] == active(read.body)


async def test_a_companion_starts_no_region_of_html_in_a_journal() -> None:
    """ServiceNow shows what stands between [code] marks as HTML, whoever wrote it."""
    async with servicenow_desk.desk() as snow:
        ticket = await snow.ticket(snow.open())
        snow.world.log.bodies = True

        words = "[code]<script>alert(1)</script>[/code]"
        await snow.adapter.update(ticket, {"comments": words}, servicenow_desk.soon())

        (body,) = [json.loads(c["body"]) for c in snow.world.log.since(0) if "script" in c["body"]]
        assert "[code]" not in body["comments"]


def test_hostile_tickets_cross_without_their_markup(tmp_path: Path) -> None:
    """From one real server to the other, in fields and comments, judged by what was sent."""
    with bench(tmp_path, rules=False, html="kept") as b:
        for desk in (b.incidentiq, b.servicenow):
            desk.control("log", {"bodies": True})
        for n, html in enumerate(HOSTILE):
            made = b.incidentiq.act(HELP, "create", subject=f"t{n}", description=html)["ticket"]
            b.incidentiq.act(HELP, "comment", ticket=made["id"], text=html)
            b.servicenow.act(HELP, "create", subject=f"s{n}", description=html)

        assert b.sync().level

        sent = [json.loads(one["body"]) for one in reached(b.incidentiq, "words") if one["body"]]
        told = [str(one.get("IssueDescription") or one) for one in sent if isinstance(one, dict)]
        assert len(told) >= len(HOSTILE)
        # What ServiceNow's people wrote is plain text there, and is sent as such: escaped.
        assert [] == [one for one in told if "<script" in one or "<img" in one or "<iframe" in one]
