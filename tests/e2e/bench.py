"""Two simulators on loopback, a configuration between them, and the engine run to its rest."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from sync_service.bootstrap import open_service, read_config
from sync_service.engine.level import until_level
from sync_service.engine.link import Tally
from sync_service.scheduling.opening import open_links
from sync_service.simulators import incidentiq, servicenow
from sync_service.simulators.serve import running
from sync_service.store import ProblemRow

EXAMPLES = Path(__file__).parents[2] / "config"


@dataclass
class Result:
    """What a run did: level or not, its counts, and its requests by system."""

    level: bool
    tally: Tally
    requests: dict[str, dict[str, int]] = field(default_factory=dict)


@dataclass
class Desk:
    """A simulator as its people and the judge see it: never through our adapters."""

    url: str
    http: httpx.Client

    @classmethod
    def at(cls, url: str) -> Desk:
        return cls(url, httpx.Client(base_url=url, timeout=60))

    def act(self, person: str, do: str, **what: Any) -> Any:
        answer = self.http.post("/_control/act", json={"person": person, "do": do, **what})
        assert answer.status_code < 300, answer.text
        return answer.json()

    def tickets(self) -> dict[str, Any]:
        shown: dict[str, Any] = self.http.get("/_control/tickets").json()
        return shown

    def control(self, path: str, body: Any = None) -> Any:
        answer = self.http.post(f"/_control/{path}", json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def requests(self) -> dict[str, int]:
        counts: dict[str, int] = self.http.get("/_control/requests").json()["by_route"]
        return counts

    def forget_requests(self) -> None:
        self.http.delete("/_control/requests")


@dataclass
class Bench:
    """Both desks and the folder that holds configuration and store."""

    incidentiq: Desk
    servicenow: Desk
    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "sync.yaml"

    def write(self, **changes: str) -> None:
        """Write the configuration; `changes` replace lines by their first word."""
        text = (EXAMPLES / "demo.yaml").read_text()
        text = text.replace("http://127.0.0.1:8101", self.incidentiq.url)
        text = text.replace("http://127.0.0.1:8102", self.servicenow.url)
        text = text.replace("index_lag: 5s", "index_lag: 1s\n    timeout: 2s")
        text = text.replace("table: incident", "table: incident\n    timeout: 2s")
        text = f"store: {{url: 'sqlite:///{self.folder / 'store.db'}'}}\n" + text
        for key, line in changes.items():
            rows = [
                row[: len(row) - len(row.lstrip())] + line
                if row.strip().startswith(f"{key}:")
                else row
                for row in text.splitlines()
            ]
            text = "\n".join(rows) + "\n"
        self.config.write_text(text)
        for mapping in EXAMPLES.glob("*.mapping.yaml"):
            shutil.copy(mapping, self.folder)

    def sync(self, seconds: float = 60) -> Result:
        """Run the engine as `once --until-level` does."""
        return asyncio.run(self._sync(seconds))

    def problems(self) -> list[ProblemRow]:
        """List what is open now."""
        service = open_service(read_config(self.config))
        try:
            return service.store.problems()
        finally:
            asyncio.run(service.close())

    async def _sync(self, seconds: float) -> Result:
        opened = await open_links(open_service(read_config(self.config)))
        try:
            level = await until_level(list(opened.links.values()), timedelta(seconds=seconds))
            tally = Tally()
            for link in opened.links.values():
                tally.add(link.tally)
            return Result(level, tally)
        finally:
            await opened.close()


@contextmanager
def bench(folder: Path, tickets: tuple[int, int] = (0, 0), **switches: Any) -> Iterator[Bench]:
    """Start both simulators; `switches` go to Incident IQ."""
    left = incidentiq.build(tickets=tickets[0], seed=1, **switches)
    right = servicenow.build(tickets=tickets[1], seed=1)
    with running(left) as iiq, running(right) as snow:
        made = Bench(Desk.at(iiq), Desk.at(snow), folder)
        made.write()
        with made.incidentiq.http, made.servicenow.http:
            yield made
