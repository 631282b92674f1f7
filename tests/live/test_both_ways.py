"""The main job on real parts: a Request Tracker 5 and Incident IQ's simulator, both ways.

Request Tracker is judged through the PyPI client `rt`, which shares no code with our adapter, and
Incident IQ through the simulator's own dump.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from base64 import b64decode
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from rt.rest2 import Rt

from sync_service.bootstrap import open_service, read_config
from sync_service.engine.level import until_level
from sync_service.engine.link import Tally
from sync_service.scheduling.opening import open_links
from sync_service.simulators import incidentiq
from sync_service.simulators.serve import running
from tests.e2e.bench import EXAMPLES
from tests.e2e.bench import Desk as Site
from tests.live.request_tracker import BOT, NUMBER_FIELD, STAFF, Desk, address

pytestmark = [pytest.mark.live]

TICKETS = 60
CONFIG = """
instance: live
store: {{url: "sqlite:///{folder}/store.db"}}
systems:
  incidentiq:
    adapter: incidentiq
    url: {site}
    site_id: {site_id}
    token: {token}
    time_zone: America/Chicago
    index_lag: 1s
    timeout: 5s
  request_tracker:
    adapter: request_tracker
    url: {rt}
    token: {rt_token}
    queue: {queue}
    timeout: 8s
links:
  technicians:
    between: [incidentiq, request_tracker]
    mapping: mapping.yaml
    since: all
    on_conflict: incidentiq
"""


class Judge:
    """Reads the queue through the PyPI client."""

    def __init__(self, desk: Desk) -> None:
        # As root: for others the client takes a last page of no rows for an error.
        self.rt = Rt(f"{desk.url}/REST/2.0", token=os.environ["RT_TOKEN_ROOT"])
        self.queue = desk.queue

    def tickets(self) -> dict[str, dict[str, Any]]:
        """Give every ticket of the queue by id."""
        rows = self.rt.search(queue=self.queue)
        return {str(row["id"]): dict(self.rt.get_ticket(row["id"])) for row in rows}

    def talk(self, ticket: str) -> list[tuple[str, str]]:
        """Give the comments of a ticket as (Correspond or Comment, text), in order."""
        return [
            (entry["Type"], self._text(entry["id"]))
            for entry in self.rt.get_ticket_history(ticket) or []
            if entry["Type"] in ("Correspond", "Comment")
        ]

    def _text(self, transaction: Any) -> str:
        shown = self.rt.get_transaction(transaction)
        links = [one for one in shown["_hyperlinks"] if one["ref"] == "attachment"]
        bodies = [self.rt.get_attachment(link["_url"].rsplit("/", 1)[1]) for link in links]
        return "\n".join(b64decode(body["Content"]).decode() for body in bodies if body)


def cf(ticket: dict[str, Any], name: str) -> str:
    """Give a custom field's value as the judge sees it."""
    fields = {one["name"]: one["values"] for one in ticket["CustomFields"]}
    return str((fields.get(name) or [""])[0])


class Field:
    """Both desks, the configuration between them, and the engine."""

    def __init__(self, folder: Path, desk: Desk, site: Site) -> None:
        self.folder, self.desk, self.site = folder, desk, site
        self.judge = Judge(desk)
        text = CONFIG.format(
            folder=folder,
            site=site.url,
            site_id=incidentiq.SITE_ID,
            token=incidentiq.TOKEN,
            rt=desk.url,
            rt_token=desk.tokens[BOT],
            queue=desk.queue,
        )
        (folder / "sync.yaml").write_text(text)
        shutil.copy(EXAMPLES / "request-tracker.mapping.yaml", folder / "mapping.yaml")

    def sync(self) -> Tally:
        """Run until level, and insist that it is."""
        return asyncio.run(self._sync())

    async def _sync(self) -> Tally:
        opened = await open_links(open_service(read_config(self.folder / "sync.yaml")))
        try:
            (link,) = opened.links.values()
            assert await until_level([link], timedelta(seconds=300)), link.down
            return link.tally
        finally:
            await opened.close()


def _copies(site: Site) -> dict[str, dict[str, Any]]:
    """Give the copies in Incident IQ by the RT ticket that their key names."""
    found = {}
    for ticket in site.tickets().values():
        key = ticket["custom"].get("Sync Key") or ""
        if key:
            found[key.rsplit(":", 1)[1]] = ticket
    return found


@pytest.mark.timeout(900)
def test_sixty_tickets_of_three_people_meet_in_the_middle(tmp_path: Path, desk: Desk) -> None:
    """Promises 1, 2, 3 and 5 on a real server; R13, R19, R21."""
    made = _people_open_tickets(desk)
    with (
        running(incidentiq.build(tickets=0, seed=1, rule_delay=0.2)) as url,
        Site.at(url).http as http,
    ):
        field = Field(tmp_path, desk, Site(url, http))
        first = field.sync()

        copies = _copies(field.site)
        assert set(made) == set(copies)
        assert (TICKETS, TICKETS + TICKETS // 2) == (first.created, first.commented)
        for number, ticket in made.items():
            _judge_copy(ticket, copies[number])

        _people_work_on(field, made, copies)
        second = field.sync()

        _judge_meeting(field, made)
        assert second.created == 0
        assert second.conflicts == 0
        assert second.problems == 0
        third = field.sync()
        assert 0 == third.writes
        field.judge.rt.session.close()


def _people_open_tickets(desk: Desk) -> dict[str, dict[str, Any]]:
    """Let three people open tickets, each with a reply, every second with an internal comment."""
    made = {}
    for n in range(TICKETS):
        who = STAFF[n % 3]
        number = desk.opened(f"Projector {n} is dark", who, Requestor=[address(STAFF[0])])
        desk.said(number, f"Reply about {n}", who)
        if n % 2:
            desk.said(number, f"Secret about {n}", STAFF[(n + 1) % 3], how="comment")
        made[number] = {"n": n, "who": who}
    return made


def _judge_copy(ticket: dict[str, Any], copy: dict[str, Any]) -> None:
    n = ticket["n"]
    assert copy["subject"] == f"Projector {n} is dark"
    shown = [one for one in copy["comments"] if not one.get("rule")]
    wanted = 2 if n % 2 else 1
    assert wanted == len(shown), shown
    assert f"Reply about {n}" in shown[0]["text"]
    assert shown[0]["public"] is True
    assert ticket["who"] in shown[0]["text"].lower(), "the author line names who wrote it"
    if n % 2:
        assert f"Secret about {n}" in shown[1]["text"]
        assert shown[1]["public"] is False


AGENT = "helpdesk@springfield.example"


def _people_work_on(
    field: Field, made: dict[str, dict[str, Any]], copies: dict[str, dict[str, Any]]
) -> None:
    """Edit, answer and move tickets on both sides."""
    for number, ticket in made.items():
        n, copy = ticket["n"], copies[number]["id"]
        match n % 5:
            case 0:
                field.desk.edited(number, Subject=f"Projector {n} is bright")
                field.site.act(AGENT, "comment", ticket=copy, text=f"<p>Answer to {n}</p>")
            case 1:
                field.site.act(AGENT, "edit", ticket=copy, subject=f"Beamer {n}")
                field.desk.said(number, f"More about {n}", STAFF[1])
            case 2:
                field.site.act(AGENT, "status", ticket=copy, to="In Progress", force=True)
                field.site.act(AGENT, "note", ticket=copy, text=f"<p>Note on {n}</p>")
            case 3:
                field.desk.edited(number, Status="stalled")
            case 4:
                field.desk.edited(number, Owner=STAFF[2])
                field.site.act(AGENT, "comment", ticket=copy, text=f"<p>Alone {n}</p>")


def _judge_meeting(field: Field, made: dict[str, dict[str, Any]]) -> None:
    tickets, copies = field.judge.tickets(), _copies(field.site)
    assert set(made) == set(tickets) == set(copies)
    for number, ticket in made.items():
        n, there, here = ticket["n"], tickets[number], copies[number]
        talk = Counter(kind for kind, _ in field.judge.talk(number))
        public = sum(one["public"] for one in here["comments"] if not one.get("rule"))
        internal = sum(not one["public"] for one in here["comments"] if not one.get("rule"))
        assert (talk["Correspond"], talk["Comment"]) == (public, internal), number
        assert there["Subject"] == here["subject"]
        assert cf(there, NUMBER_FIELD) in ("", here["number"])
        match n % 5:
            case 0:
                assert here["subject"] == f"Projector {n} is bright"
                assert any(f"Answer to {n}" in text for _, text in field.judge.talk(number))
            case 1:
                assert there["Subject"] == f"Beamer {n}"
                assert any(f"More about {n}" in one["text"] for one in here["comments"])
            case 2:
                assert there["Status"] == "open"
                assert ("Comment", True) in [
                    (kind, f"Note on {n}" in text) for kind, text in field.judge.talk(number)
                ]
            case 3:
                assert here["status"] == "Waiting on Requestor"
            case 4:
                assert there["Owner"]["id"] == STAFF[2]
                assert any(f"Alone {n}" in text for _, text in field.judge.talk(number))
