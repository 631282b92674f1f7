"""A busy district over real HTTP: two simulators as processes, people at work, a daemon that is killed.

Nothing is virtual here: sockets, processes, clocks and the database are real. What people did is
kept in the same diary, and the same judge looks at both servers' dumps in the end.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import httpx

from sync_service.bootstrap import open_service, read_config
from sync_service.engine.level import until_level
from sync_service.scheduling.opening import open_links
from sync_service.scheduling.requests import carry_out_all
from sync_service.store import Store
from tests.certify.acts import ACTS, opening
from tests.certify.desks import Dump
from tests.certify.diary import LINK, Diary, root_of, seen_lines
from tests.certify.scenery import EXAMPLES, SYSTEMS, Revision, Scenery, changed
from tests.certify.targets import WRITES, kind, lines_written, tickets_read
from tests.simulating import simulator

#: How long the vendors take to answer a write: long enough to die in.
SLOW = 0.4
#: Who opens tickets, and who works on them: a caller's own words would end a wait.
OPENER, WORKER = "dana.whitfield@springfield.example", "owen.castellanos@springfield.example"
TIMEOUT, LAG = 2.0, 1.0
#: Where the configuration finds the store: a URL with a password is no part of a file.
STORE = "SYNC_CERTIFY_STORE"
#: What people do here. Values are never repeated, so that no return hides an edit (R1).
WORK = {
    "incidentiq": ("subject", "subject", "status", "comment", "comment", "note", "description"),
    "servicenow": ("subject", "subject", "status", "comment", "comment", "priority", "description"),
}


@dataclass
class RemoteDesk:
    """A simulator over HTTP, through its control API."""

    side: str
    url: str

    def __post_init__(self) -> None:
        self.http = httpx.Client(base_url=self.url, timeout=60)

    def control(self, path: str, body: Any) -> Any:
        """Order something of the control API."""
        answer = self.http.post(f"/_control/{path}", json=body)
        return answer.json() if answer.status_code < 300 else None

    def act(self, person: str, do: str, **what: Any) -> Dump | None:
        """Let a person do something; None if the vendor does not let them."""
        done: Dump | None = self.control("act", {"person": person, "do": do, **what})
        return done

    def tickets(self) -> dict[str, Dump]:
        """Dump everything."""
        shown: dict[str, Dump] = self.http.get("/_control/tickets").json()
        return shown

    def calls(self) -> list[dict[str, Any]]:
        """List what reached it, bodies included."""
        found: list[dict[str, Any]] = self.http.get("/_control/log").json()["calls"]
        return found

    def writes(self) -> int:
        """Count the writes."""
        kinds = (kind(self.side, c["method"], c["path"], b"{}") for c in self.calls())
        return sum(one in WRITES for one in kinds)


@dataclass
class District:
    """The whole scene, and a judge's case once it has come to rest."""

    folder: Path
    store_url: str
    desks: dict[str, RemoteDesk]
    seed: int = 1
    level: bool = False
    broken: tuple[str, ...] = ()
    revisions: set[Revision] = field(default_factory=lambda: {Revision()})
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        self.diary = Diary(time.time)
        self.policies: Mapping[str, str] = Scenery().policies
        self.revision = Revision()
        self._lock = threading.Lock()
        text = changed(
            (EXAMPLES / "demo.yaml").read_text(),
            ("http://127.0.0.1:8101", self.desks["incidentiq"].url),
            ("http://127.0.0.1:8102", self.desks["servicenow"].url),
            ("index_lag: 5s", f"index_lag: {LAG:g}s\n    timeout: {TIMEOUT:g}s"),
            ("table: incident", f"table: incident\n    timeout: {TIMEOUT:g}s"),
            ("every: 2s", "every: 1s"),
        )
        self.config = self.folder / "sync.yaml"
        self.config.write_text(f"store: {{url: '${{ENV:{STORE}}}'}}\n{text}")
        mapping = "helpdesk.mapping.yaml"
        (self.folder / mapping).write_text((EXAMPLES / mapping).read_text())
        for desk in self.desks.values():
            desk.control("log", {"bodies": True})
            slow = {"kind": "delay_after", "seconds": SLOW, "times": None, "probability": 0.7}
            writes = [{**slow, "method": method, "route": "*"} for method in ("PATCH", "POST")]
            desk.control("faults", writes)

    @property
    def store(self) -> Store:
        """Open what the daemon remembers."""
        if not hasattr(self, "_store"):
            self._store = Store.open(self.store_url)
        return self._store

    # People

    def work(self, seconds: float) -> None:
        """Let people work for a while."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.one_acts()
            time.sleep(self.random.random() * 0.3)

    def one_acts(self) -> None:
        """Let somebody do something."""
        side = self.random.choice(SYSTEMS)
        desk, token = self.desks[side], self.diary.token()
        there = list(desk.tickets().values())
        if len(there) < 4 or self.random.random() < 0.1:
            done = desk.act(OPENER, **opening(side, 5, token))
            assert done is not None
            self.diary.opened(side, done["ticket"])
            self.counts[f"{side} open"] += 1
            return
        name, before = self.random.choice(WORK[side]), self.random.choice(there)
        order = ACTS[side][name](before, self.random.choice((1, 2, 4)), token)
        base = seen_lines(self.store, side, before)
        done = desk.act(WORKER, **{**(order or {}), "ticket": before["id"]})
        if done is not None and order is not None:
            self.counts[f"{side} {name}"] += 1
            self._note(side, name, before, done, base)

    def _note(
        self, side: str, name: str, before: Dump, done: Dump, base: Mapping[str, Any]
    ) -> None:
        """Write into the diary what was done.

        Where the daemon wrote between our look and our act, nobody can say what its author saw.
        """
        if "comment" in done:
            do = "comment" if done["comment"]["public"] else "note"
            self.diary.commented(side, before["id"], do, done["comment"])
            return
        after = done["ticket"]
        if after["version"] == before["version"] + 1:
            self.diary.edited(side, before, after, base, [name])
        else:
            self.diary.decided(root_of(side, after), name)
            self.counts["unsure"] += 1

    # The daemon

    @contextmanager
    def daemon(self) -> Iterator[subprocess.Popen[bytes]]:
        """Run the daemon; what it says goes to a file."""
        with (self.folder / "daemon.log").open("ab") as log:
            command = [sys.executable, "-m", "sync_service", "run", "--config", str(self.config)]
            environment = {**os.environ, "SYNC_OPS_PORT": "0"}
            process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.kill()
                process.wait(timeout=20)

    def live_and_die(self, seconds: float) -> None:
        """Let the daemon live for a while among working people, then kill it."""
        with self.daemon() as process:
            self.work(seconds)
            assert process.poll() is None, (self.folder / "daemon.log").read_text()[-3000:]
            process.send_signal(signal.SIGKILL)
            process.wait(timeout=20)
        self.counts["kills"] += 1

    def rest(self, seconds: float = 240) -> None:
        """End the trouble and run the engine to its rest."""
        for desk in self.desks.values():
            desk.http.delete("/_control/faults")
        time.sleep(2 * SLOW)
        self.level = asyncio.run(self._levelled(seconds))
        self._mark_windows()

    async def _levelled(self, seconds: float) -> bool:
        opened = await open_links(open_service(read_config(self.config)))
        try:
            await carry_out_all(opened)
            return await until_level(list(opened.links.values()), timedelta(seconds=seconds))
        finally:
            await opened.close()

    def tickets(self, side: str) -> dict[str, Dump]:
        """Dump a side."""
        return self.desks[side].tickets()

    def idle(self) -> int:
        """Run the engine once more, and count its writes."""
        before = sum(desk.writes() for desk in self.desks.values())
        asyncio.run(self._levelled(60))
        return sum(desk.writes() for desk in self.desks.values()) - before

    def sweep(self) -> None:
        """Ask for a sweep that only tells."""
        self.store.ask("sweep", {"links": [LINK], "repair": False})
        self.idle()

    def secrets_are_kept(self) -> None:
        """Nobody has secrets here."""

    def _mark_windows(self) -> None:
        """Mark edits that our write met unseen, as the servers' own logs show it (R20)."""
        for side in ("incidentiq",):  # ServiceNow's audit trail tells
            for call in self.desks[side].calls():
                at = datetime.fromisoformat(call["at"]).timestamp()
                path, body = call["path"], str(call.get("body") or "{}").encode()
                for ident in tickets_read(side, call["method"], path, str(call.get("query", ""))):
                    self.diary.reads[ident] = at
                ident, lines = lines_written(side, call["method"], path, body)
                if lines:
                    self.diary.overwrites(side, ident, lines, until=at)

    def caught(self) -> int:
        """Count the writes whose client went away while the server worked on them."""
        return sum(
            bool(call.get("abandoned")) and call["method"] in ("POST", "PATCH")
            for desk in self.desks.values()
            for call in desk.calls()
        )


@contextmanager
def district(folder: Path, store_url: str, seed: int = 1) -> Iterator[District]:
    """Open the scene."""
    with (
        simulator("incidentiq", "--tickets", "0") as left,
        simulator("servicenow", "--tickets", "0") as right,
        patch.dict(os.environ, {STORE: store_url}),
    ):
        desks = {
            "incidentiq": RemoteDesk("incidentiq", left),
            "servicenow": RemoteDesk("servicenow", right),
        }
        made = District(folder, store_url, desks, seed)
        try:
            yield made
        finally:
            for desk in desks.values():
                desk.http.close()
            made.store.close()
