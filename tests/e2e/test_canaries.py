"""Canaries: words planted everywhere a ticket or a configuration can hold them, and looked for in all
that is not meant to show them: logs, standard error, health, metrics, status, crash output (R13).

`plan`, `problems` and `conflicts` show ticket text by design, and `check` quotes a system's own words
(docs/privacy.md); they are looked through for secrets alone.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from sync_service.simulators.incidentiq import TOKEN
from sync_service.simulators.servicenow import PASSWORD as SNOW_PASSWORD
from tests.e2e.bench import Bench, bench
from tests.integration.command import Running, running, sync_service
from tests.integration.inside import inside

HELP = "helpdesk@springfield.example"
DANA = "dana.whitfield@springfield.example"
OWEN = "owen.castellanos@springfield.example"
PARTS = ("subject", "description", "comment", "note", "custom", "edited", "vendor", "bug")
TEXTS = {part: f"canary-{part}-zq81" for part in PARTS}
PEOPLE = ("dana.whitfield", "owen.castellanos", "dana whitfield", "owen castellanos")
SECRETS = (TOKEN, SNOW_PASSWORD)
PASSWORD = "hunter2-zq81"

BUG = """
import sync_service.core.plan_comments as there

def broken(*given, **more):
    raise RuntimeError("{words}") from KeyError("{words}")

there.plan_comments = broken
import sync_service.core.plan as plan
plan.plan_comments = broken
"""


@dataclass
class Heard:
    """Everything that was said where no ticket text may be, with who said it."""

    said: list[tuple[str, str]] = field(default_factory=list)

    def add(self, who: str, what: str) -> None:
        self.said.append((who, what))

    def command(self, *words: str, config: Path, **env: str) -> None:
        """Run a command in this process and listen to both its outputs."""
        with patch.dict(os.environ, env):
            ended = inside(*words, config=config)
        self.add(" ".join(words), ended.out + ended.err)

    def finds(self, *words: str) -> list[tuple[str, str]]:
        """Give who said which of these words."""
        return [
            (who, line.strip()[:300])
            for who, what in self.said
            for line in what.splitlines()
            if any(one.casefold() in line.casefold() for one in words)
        ]


@pytest.fixture
def heard() -> Heard:
    """Nothing yet."""
    return Heard()


@pytest.fixture
def desks(tmp_path: Path) -> Iterator[Bench]:
    """Two desks and a configuration that logs all it can."""
    with bench(tmp_path, rules=False) as b:
        b.config.write_text(b.config.read_text() + "\nlog: {level: debug, format: json}\n")
        yield b


def plant(b: Bench) -> dict[str, str]:
    """Put a canary into everything that a ticket of either system can say; give the ids."""
    here = b.incidentiq.act(
        DANA, "create", subject=TEXTS["subject"], description=f"<p>{TEXTS['description']}</p>",
        custom={"RT number": TEXTS["custom"], "Room Access": TEXTS["custom"]},
    )["ticket"]["id"]  # fmt: skip
    b.incidentiq.act(OWEN, "comment", ticket=here, text=TEXTS["comment"])
    b.incidentiq.act(OWEN, "note", ticket=here, text=TEXTS["note"])
    b.incidentiq.act(OWEN, "assign", ticket=here, to=OWEN)
    there = b.servicenow.act(
        DANA, "create", subject=TEXTS["subject"], description=TEXTS["description"]
    )["ticket"]["id"]
    b.servicenow.act(OWEN, "comment", ticket=there, text=TEXTS["comment"])
    b.servicenow.act(OWEN, "note", ticket=there, text=TEXTS["note"])
    return {"here": here, "there": there}


def listen(daemon: Running, heard: Heard) -> None:
    """Ask the daemon all that it answers without a question who asks."""
    for path in ("/healthz", "/readyz", "/metrics", "/", "/nothing-here"):
        heard.add(path, daemon.get(path)[1])


def fault(b: Bench, **order: Any) -> None:
    """Let both systems fail in the same way."""
    for desk in (b.incidentiq, b.servicenow):
        desk.control("faults", {"times": None, **order})


def mend(b: Bench) -> None:
    """Let both systems work again."""
    for desk in (b.incidentiq, b.servicenow):
        desk.http.delete("/_control/faults")


def judge(heard: Heard) -> None:
    """Nothing was said that a ticket says, nor a person's name, nor a secret."""
    assert heard.said
    assert [] == heard.finds(*TEXTS.values(), *PEOPLE, *SECRETS, PASSWORD)


QUOTING = {"error": {"message": TEXTS["vendor"], "detail": TEXTS["edited"]},
           "Message": TEXTS["vendor"], "Errors": {"Subject": [TEXTS["edited"]]}}  # fmt: skip
#: What goes wrong, as faults of both systems.
FAILURES: list[dict[str, Any]] = [
    {"kind": "status", "status": 400, "method": "P*", "body": QUOTING},
    {"kind": "status", "status": 403, "method": "P*", "body": QUOTING},
    {"kind": "status", "status": 400, "method": "*", "body": QUOTING},
    {"kind": "status", "status": 401, "method": "*", "body": QUOTING},
    {"kind": "status", "status": 404, "method": "*", "body": QUOTING},
    {"kind": "status", "status": 429, "method": "*", "body": QUOTING, "retry_after": 1},
    {"kind": "status", "status": 500, "method": "*", "body": QUOTING},
    {"kind": "error_after", "status": 500, "method": "P*", "body": QUOTING},
    {"kind": "not_json", "method": "*", "body": f"<html>{TEXTS['vendor']}</html>"},
    {"kind": "status", "status": 302, "method": "*", "body": TEXTS["vendor"]},
    {"kind": "truncate", "method": "*"},
    {"kind": "hang_up_after", "method": "P*"},
]


def test_a_quiet_day_says_nothing_of_tickets(desks: Bench, heard: Heard) -> None:
    """R13: every command and the daemon, from the first copy to the last edit, logging all it can."""
    ids = plant(desks)
    with running("run", "--json", config=desks.config, log=desks.folder / "run.log") as daemon:
        daemon.wait_for("/readyz", 200)
        _wait(lambda: 2 == len(desks.servicenow.tickets()))
        desks.incidentiq.act(OWEN, "edit", ticket=ids["here"], subject=TEXTS["edited"])
        _wait(lambda: TEXTS["edited"] in str(desks.servicenow.tickets()))
        listen(daemon, heard)
        for words in (("status",), ("status", "--json"), ("health", "--json"), ("validate",)):
            heard.command(*words, config=desks.config)
        heard.command("check", config=desks.config)
        heard.command("problems", "list", "--json", config=desks.config)
        daemon.stop()
        heard.add("the daemon's log", daemon.log.read_text())
    heard.command("once", "--until-level", "--json", config=desks.config)
    heard.command("once", config=desks.config)

    judge(heard)


@pytest.mark.timeout(400)
def test_no_failure_makes_the_daemon_say_more(desks: Bench, heard: Heard) -> None:
    """R13: whatever a system answers, and however much of a ticket its answer quotes."""
    ids = plant(desks)
    with running("run", "--json", config=desks.config, log=desks.folder / "run.log") as daemon:
        daemon.wait_for("/readyz", 200)
        for n, failure in enumerate(FAILURES):
            _work(desks, ids["here"], n)
            fault(desks, **failure)
            time.sleep(2.5)
            listen(daemon, heard)
            mend(desks)
        heard.command("status", "--json", config=desks.config)
        heard.command("problems", "list", "--json", config=desks.config)
        daemon.stop()
        heard.add("the daemon's log", daemon.log.read_text())

    assert heard.finds("system.down"), heard.said
    judge(heard)


@pytest.mark.timeout(400)
def test_no_failure_makes_a_command_say_more(desks: Bench, heard: Heard) -> None:
    """R13: `once` runs from a timer, whose output is mailed and kept."""
    ids = plant(desks)
    assert desks.sync().level
    for n, failure in enumerate(FAILURES):
        _work(desks, ids["here"], n)
        fault(desks, **failure)
        heard.command("once", "--json", config=desks.config)
        mend(desks)
    heard.command("once", config=desks.config)

    judge(heard)


def _work(b: Bench, ticket: str, n: int) -> None:
    b.incidentiq.act(OWEN, "edit", ticket=ticket, subject=f"{TEXTS['edited']} {n}")
    b.incidentiq.act(OWEN, "comment", ticket=ticket, text=f"{TEXTS['edited']} {n}")


def test_a_mistake_of_ours_says_where_it_is_and_not_what_it_met(desks: Bench, heard: Heard) -> None:
    """R13: an exception's message quotes values; its type and place are enough to mend it."""
    plant(desks)
    (desks.folder / "sitecustomize.py").write_text(BUG.format(words=TEXTS["bug"]))
    there = f"{Path(__file__).parents[2]}:{desks.folder}"

    once = sync_service("once", "--json", config=desks.config, PYTHONPATH=there)
    heard.add("once", once.out + once.err)
    with running(
        "run", config=desks.config, log=desks.folder / "run.log", PYTHONPATH=there
    ) as daemon:
        daemon.wait_for("/readyz", 200)
        _wait(lambda: "pair.failed" in daemon.log.read_text())
        listen(daemon, heard)
        daemon.stop()
        heard.add("the daemon's log", daemon.log.read_text())

    assert heard.finds("RuntimeError"), heard.said
    judge(heard)


def test_a_crash_dump_shows_places_and_no_values(desks: Bench, heard: Heard) -> None:
    """R13: Python's own fault handler, when the process is killed by a fault."""
    plant(desks)
    with running(
        "run", "--json", config=desks.config, log=desks.folder / "run.log", PYTHONFAULTHANDLER="1"
    ) as daemon:
        daemon.wait_for("/readyz", 200)
        _wait(lambda: 2 == len(desks.servicenow.tickets()))
        daemon.stop(signal.SIGABRT)
        heard.add("the daemon's log", daemon.log.read_text())

    assert heard.finds("Fatal Python error")
    judge(heard)


#: A text of the configuration, and the slip that stands there instead.
SLIPS = [
    (f"token: {TOKEN}", f"token: [{TOKEN}]"),
    (f"token: {TOKEN}", f"tokens: {TOKEN}"),
    (f"token: {TOKEN}", f'token: "{TOKEN} "'),
    ("url: http://127", f"url: https://me:{PASSWORD}@127"),
    ("url: http://127", f"url: ftp://me:{PASSWORD}@127"),
    ("log: {", f"store: {{url: 'postgresql://me:{PASSWORD}@127.0.0.1:1/x'}}\nlog: {{"),
    ("log: {", f"store: {{url: 'mysql://me:{PASSWORD}@127.0.0.1:1/x'}}\nlog: {{"),
    ("log: {", f"store: {{url: 'me:{PASSWORD}@127.0.0.1:1/x'}}\nlog: {{"),
    (SNOW_PASSWORD, f"{SNOW_PASSWORD}, passwort: {PASSWORD}"),
    (SNOW_PASSWORD, f"[{SNOW_PASSWORD}]"),
    (SNOW_PASSWORD, f'"{SNOW_PASSWORD}'),
]


def test_a_bad_configuration_is_told_without_its_secrets(desks: Bench, heard: Heard) -> None:
    """R13: the message names file, line and setting; the value stands in the file already."""
    whole = desks.config.read_text()
    for old, new in SLIPS:
        assert old in whole
        text = whole.replace(old, new, 1)
        if "store:" in new:
            lines = text.splitlines(keepends=True)
            text = "".join(one for one in lines if not one.startswith("store: {url: 'sql"))
        desks.config.write_text(text)
        for words in (("validate", "--json"), ("once", "--json"), ("check",)):
            heard.command(*words, config=desks.config)

    assert len(heard.finds("sync.yaml")) >= len(SLIPS), heard.said
    judge(heard)


def test_an_unreachable_system_and_store_are_told_without_secrets(
    desks: Bench, heard: Heard
) -> None:
    """R13: also by drivers that quote what they were given."""
    plant(desks)
    text = desks.config.read_text().replace(desks.servicenow.url, "http://127.0.0.1:1")
    desks.config.write_text(text)
    for words in (("once", "--json"), ("once",), ("check",), ("plan",)):
        heard.command(*words, config=desks.config)
    store = f"postgresql://me:{PASSWORD}@127.0.0.1:1/store"
    for words in (("once", "--json"), ("status", "--json"), ("db", "upgrade")):
        heard.command(*words, config=desks.config, SYNC_DATABASE_URL=store)

    judge(heard)


def test_commands_that_show_tickets_show_no_secrets(desks: Bench, heard: Heard) -> None:
    """R13: what a person asks to see is ticket text, never a token."""
    ids = plant(desks)
    heard.command("plan", "--json", config=desks.config)
    assert desks.sync().level
    desks.incidentiq.act(OWEN, "edit", ticket=ids["here"], subject=TEXTS["edited"])
    fault(desks, kind="status", status=400, method="PATCH", body=QUOTING, times=1)
    heard.command("once", config=desks.config)
    for words in (
        ("plan",),
        ("problems", "list"),
        ("problems", "show", "1"),
        ("conflicts", "list"),
    ):
        heard.command(*words, config=desks.config)

    assert heard.finds(TEXTS["subject"])
    assert [] == heard.finds(*SECRETS)


def _wait(done: Any, seconds: float = 40) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if done():
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise AssertionError("it did not happen in time")
