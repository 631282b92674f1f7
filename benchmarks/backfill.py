"""A backfill by the daemon's engine, and the same calls by a bare client, side by side.

    python benchmarks/backfill.py [--tickets 300] [--runs 3] [--delay 0.1]

Incident IQ's simulator holds N tickets with 7 comments each, ServiceNow's none; each is a process
of its own. **Ours** is what `sync-service once --until-level` does with `config/demo.yaml`: read
all, create all, copy every comment, write the back-links, and go on until level (R28), with a
SQLite store in a file and every commit made. **Bare** sends the very calls that a run of ours
made, recorded where they leave (`Wire`): same bodies, same headers, same HTTP stack, as many
connections, no engine, no adapters, no store, no look at an answer except for the id of a new
ticket. Both are judged by ServiceNow's own dump: what must be there is there, once.

Every run has fresh simulators of the same seed and is a fresh process. The first run of ours is
recorded and not measured; the measured ones are not recorded.

* work: from the first call of the engine until the link is level, less the waits. The waits are
  rules of the engine, not work: after a start, old tickets rest for claim + time-out + index lag
  (R16), and level is believed only once the index has caught up (R28). They are what the engine
  sleeps between cycles, and are shown.
* last write: from the first call until the last write was answered, less the same rest.
* CPU is that of our process, from the first call on; a change is one remote write that landed.
* peak memory is that of the whole process, its imports among it.

The last line is the median of our work over the median of the bare client's wall time.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar
from unittest.mock import patch

import structlog

from benchmarks.desks import COMMENTS, Desks, desks
from benchmarks.recording import Call, Watch, Watched
from benchmarks.replay import prepare
from sync_service.adapters.http import client
from sync_service.bootstrap import open_service, read_config
from sync_service.engine.level import until_level
from sync_service.engine.link import Tally
from sync_service.scheduling.garbage import spare_what_stays
from sync_service.scheduling.opening import open_links

T = TypeVar("T")
Filled = Callable[[], AbstractContextManager[Desks]]

CONFIG = Path(__file__).parents[1] / "config"
MOST = timedelta(hours=1)
#: Short waits; nothing else of the example is changed.
TIMEOUT = "timeout: 2s"


@dataclass(frozen=True)
class Ran:
    """What one run took: seconds, CPU seconds, MiB; and what it did."""

    work: float
    waits: float
    written: float
    cpu: float
    memory: float
    received: int
    tally: Tally = field(default_factory=Tally)
    calls: tuple[Call, ...] = ()
    requests: dict[str, int] = field(default_factory=dict)


def main() -> None:
    """Run both in turn and print the table; the last line is the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tickets", type=int, default=300)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds that each call waits")
    asked = parser.parse_args()
    print(f"{asked.tickets} tickets with {COMMENTS} comments each, {asked.runs} runs, "
          f"{asked.delay:g} s of delay a call, {os.cpu_count()} cores\n", flush=True)  # fmt: skip
    ours, bare = measure(asked.tickets, asked.runs, asked.delay)
    for line in table(asked.tickets, ours, bare):
        print(line)
    print(f"ratio {ratio(ours, bare):.2f}")


def measure(tickets: int, runs: int, delay: float = 0.0) -> tuple[list[Ran], list[Ran]]:
    """Record one run, then run ours and the bare client in turn."""
    filled = partial(desks, tickets, delay)
    calls = on_fresh_desks(filled, ours, True).calls
    mine, bares = [], []
    for _ in range(runs):
        mine.append(on_fresh_desks(filled, ours, False))
        bares.append(on_fresh_desks(filled, bare, calls))
    return mine, bares


def on_fresh_desks(filled: Filled, part: Callable[[Desks, T], Ran], given: T) -> Ran:
    """Run one part in a process of its own, judge what it did, and add the servers' counts."""
    fresh = multiprocessing.get_context("spawn")
    with filled() as both, ProcessPoolExecutor(1, fresh) as process:
        ran = process.submit(part, both, given).result()
        requests = both.requests()
        if both.copied() != both.wanted():
            raise SystemExit(
                f"ServiceNow holds {both.copied()} tickets and comments instead of"
                f" {both.wanted()}: this run proves nothing"
            )
    return Ran(**{**ran.__dict__, "requests": requests})


def ours(both: Desks, keep: bool) -> Ran:  # noqa: FBT001 - handed over by position
    """Bring the desks level with the engine."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    systems = {url: system for system, url in both.urls.items()}
    watch = Watched.watch = Watch(systems, keep, [])
    with tempfile.TemporaryDirectory() as folder, patch.object(client, "Wire", Watched):
        return asyncio.run(_ours(_config(Path(folder), both), watch))


async def _ours(config: Path, watch: Watch) -> Ran:
    slept: list[tuple[float, float]] = []

    async def sleep(seconds: float) -> None:
        began = time.perf_counter()
        await asyncio.sleep(seconds)
        slept.append((began, time.perf_counter() - began))

    opened = await open_links(open_service(read_config(config)))
    try:
        spare_what_stays()
        links = list(opened.links.values())
        level = await until_level(links, MOST, sleep)
        end, cpu = time.perf_counter(), time.process_time() - watch.cpu
    finally:
        await opened.close()
    if not level:
        raise SystemExit("the link did not become level; this run proves nothing")
    waits = sum(took for _, took in slept)
    rest = sum(took for began, took in slept if began < watch.written)
    calls = tuple(one for one in watch.calls if one is not None)
    return Ran(end - watch.first - waits, waits, watch.written - watch.first - rest, cpu, peak(),
               watch.received, links[0].tally, calls)  # fmt: skip


def bare(both: Desks, calls: Sequence[Call]) -> Ran:
    """Send recorded calls and look at nothing."""
    replay = prepare(calls, both.urls)
    cpu = time.process_time()
    seconds = asyncio.run(replay.run())
    cpu = time.process_time() - cpu
    return Ran(seconds, 0.0, seconds, cpu, peak(), replay.received)


def _config(folder: Path, both: Desks) -> Path:
    """Put the example beside its mapping, with these addresses and short waits."""
    text = (CONFIG / "demo.yaml").read_text()
    text = text.replace("http://127.0.0.1:8101", both.urls["incidentiq"])
    text = text.replace("http://127.0.0.1:8102", both.urls["servicenow"])
    text = text.replace("index_lag: 5s", f"index_lag: 0s\n    {TIMEOUT}")
    text = text.replace("table: incident", f"table: incident\n    {TIMEOUT}")
    (folder / "sync.yaml").write_text(f"store: {{url: 'sqlite:///{folder}/sync.db'}}\n{text}")
    mapping = "helpdesk.mapping.yaml"
    (folder / mapping).write_text((CONFIG / mapping).read_text())
    return folder / "sync.yaml"


def peak() -> float:
    """Give this process's peak memory in MiB (Linux)."""
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def ratio(ours: Sequence[Ran], bare: Sequence[Ran]) -> float:
    """Give our median over the bare client's."""
    return statistics.median(one.work for one in ours) / statistics.median(one.work for one in bare)


def table(tickets: int, ours: Sequence[Ran], bare: Sequence[Ran]) -> list[str]:
    """Lay out every figure as min / median / max."""
    writes = ours[0].tally.writes
    rows: list[tuple[str, Callable[[Ran], float]]] = [
        ("work, s", lambda ran: ran.work),
        ("until the last write, s", lambda ran: ran.written),
        ("waits that are rules, s", lambda ran: ran.waits),
        ("tickets/s", lambda ran: tickets / ran.work),
        ("changes/s", lambda ran: writes / ran.work),
        ("CPU ms a change", lambda ran: ran.cpu / writes * 1000),
        ("peak memory, MiB", lambda ran: ran.memory),
        ("answers read, MiB", lambda ran: ran.received / 2**20),
    ]
    head = f"{'':<26}{'ours: min / median / max':>32}{'bare: min / median / max':>32}"
    lines = [
        head,
        *(f"{name:<26}{_spread(ours, of):>32}{_spread(bare, of):>32}" for name, of in rows),
    ]
    lines.append(f"{'changes':<26}{writes:>32}{writes:>32}")
    routes = sorted({name for ran in (*ours, *bare) for name in ran.requests})
    lines += ["", f"{'requests, by the servers':<64}{'ours':>13}{'bare':>13}"]
    lines += [f"{name:<64}{_counted(ours, name):>13}{_counted(bare, name):>13}" for name in routes]
    total = [statistics.median(sum(ran.requests.values()) for ran in runs) for runs in (ours, bare)]
    return [*lines, f"{'all':<64}{total[0]:>13.0f}{total[1]:>13.0f}"]


def _spread(runs: Sequence[Ran], of: Callable[[Ran], float]) -> str:
    found = [of(ran) for ran in runs]
    middle = statistics.median(found)
    return f"{min(found):.2f} / {middle:.2f} / {max(found):.2f}"


def _counted(runs: Sequence[Ran], name: str) -> str:
    found = sorted({ran.requests.get(name, 0) for ran in runs})
    return str(found[0]) if len(found) == 1 else f"{found[0]}-{found[-1]}"


if __name__ == "__main__":
    main()
