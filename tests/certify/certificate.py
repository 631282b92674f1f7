"""The certificate: `./check --certify`, or `python -m tests.certify.certificate --histories 10000`.

It plays histories on every core, runs what enumerates, kills and mutates, counts what was really
reached, and writes all of it down. What is claimed and what is not: docs/reliability.md.
"""

from __future__ import annotations

import argparse
import gc
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.certify.classes import (
    ANSWERS,
    CRASHES,
    FATES,
    FAULTS,
    MANNERS,
    NOT_YET,
    OPERATORS,
    OUTAGES,
    PERSONS,
    STARTS,
)
from tests.certify.report import written
from tests.certify.run import Verdict, judged, quiet
from tests.certify.steps import draw
from tests.certify.targets import WRITES

PROJECT = Path(__file__).parents[2]
#: A class that is reached less often in so many histories proves nothing.
LEAST, WHOLE = 100, 10_000
CLASSES: Mapping[str, Sequence[str]] = {
    "crash": CRASHES, "fault": FAULTS, "outage": OUTAGES, "person": PERSONS, "write": WRITES,
    "operator": OPERATORS, "step": FATES, "start": STARTS, "answer": ANSWERS, "manner": MANNERS, "between": ("before", "sent", "after"),
}  # fmt: skip


@dataclass
class Run:
    """What the histories came to."""

    counts: Counter[str] = field(default_factory=Counter)
    broken: list[dict[str, Any]] = field(default_factory=list)
    histories: int = 0
    steps: int = 0
    in_window: int = 0
    cpu_seconds: float = 0.0

    def take(self, verdict: Verdict) -> None:
        """Add one history."""
        self.histories += 1
        self.steps += verdict.steps
        self.in_window += verdict.excused > 0
        self.cpu_seconds += verdict.cpu
        self.counts += verdict.counts
        if verdict.broken:
            told = {"number": verdict.number, "kind": verdict.kind, "what": verdict.broken}
            self.broken.append(told)
            print(f"history {verdict.number}: {verdict.broken[:1500]}", flush=True)


def _one(order: tuple[int, int]) -> Verdict:
    seed, number = order
    began = time.process_time()
    verdict = judged(draw(seed, number), number)
    verdict.cpu = time.process_time() - began
    if number % 20 == 0:
        gc.collect()
    return verdict


def _prepare() -> None:
    quiet()
    gc.disable()


def histories(seed: int, count: int, jobs: int) -> Run:
    """Play histories 0 to `count`, `jobs` at a time, the last first."""
    run, began = Run(), time.monotonic()
    with multiprocessing.get_context("spawn").Pool(jobs, _prepare) as pool:
        orders = ((seed, number) for number in reversed(range(count)))
        for verdict in pool.imap_unordered(_one, orders, chunksize=5):
            run.take(verdict)
            if run.histories % max(count // 20, 1) == 0:
                took = time.monotonic() - began
                print(
                    f"{run.histories} histories, {len(run.broken)} broken, {took:.0f} s", flush=True
                )
    return run


def classes(counts: Counter[str]) -> dict[str, dict[str, int]]:
    """Give how often each class was reached, those never reached with 0."""
    return {
        group: {name: counts[f"{group} {name}"] for name in names}
        for group, names in CLASSES.items()
    }


def too_seldom(reached: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Name the classes that were reached less than `LEAST` times."""
    return [
        f"{group} {name}: {count}"
        for group, names in reached.items()
        for name, count in names.items()
        if count < LEAST
    ]


#: What pytest adds to the histories, by name: its arguments and environment.
PARTS: Mapping[str, tuple[Sequence[str], Mapping[str, str]]] = {
    "wire": (["tests/certify/test_network.py"], {}),
    "crash points": (["tests/engine/test_crash_points.py"], {}),
    "memory histories": (["tests/engine/test_histories.py"], {"SYNC_HISTORIES": "{histories}", "SYNC_SEED": "{seed}"}),
    "chains and rings": (["tests/engine/test_chain_histories.py"], {"SYNC_HISTORIES": "{chained}", "SYNC_SEED": "{seed}"}),
    "kills": (["tests/certify/test_kills.py"], {"SYNC_CERTIFY_KILLS": "{kills}", "SYNC_CERTIFY_SEED": "{seed}"}),
    "mutations": (["tests/certify/test_mutations.py"], {"SYNC_CERTIFY_MUTATIONS": "all"}),
}  # fmt: skip


def part(name: str, jobs: int, **numbers: int) -> dict[str, Any]:
    """Run one part with pytest; give its counts, what it recorded, and what failed."""
    tests, environment = PARTS[name]
    with tempfile.NamedTemporaryFile("r", suffix=".jsonl") as figures:
        told = {key: value.format(**numbers) for key, value in environment.items()}
        began = time.monotonic()
        command = [sys.executable, "-m", "pytest", "-q", "-n", str(jobs)]
        timeout = ["--timeout", "86400", "-p", "no:cacheprovider"]
        code = subprocess.run(
            [*command, *timeout, *tests], cwd=PROJECT, check=False,
            env={**os.environ, **told, "SYNC_FIGURES": figures.name},
        ).returncode  # fmt: skip
        lines = [json.loads(line) for line in figures.read().splitlines()]
    return {
        "passed": sum(one["outcome"] == "passed" for one in lines),
        "failed": [one["test"] for one in lines if one["outcome"] == "failed"],
        "skipped": [one["test"] for one in lines if one["outcome"] == "skipped"],
        "figures": summed([one["figures"] for one in lines]),
        "exit": code,
        "seconds": round(time.monotonic() - began, 1),
    }


def summed(figures: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Add up what the tests of a part recorded; what is no number is left out."""
    total: Counter[str] = Counter()
    for one in figures:
        total.update({name: count for name, count in one.items() if isinstance(count, int)})
    return dict(total)


def verdicts(certificate: Mapping[str, Any]) -> Iterator[str]:
    """Say what keeps this from being a certificate."""
    run = certificate["histories"]
    for kind, count in run["broken_by_kind"].items():
        if count:
            yield f"{count} histories broke a promise ({kind})"
    if run["count"] >= WHOLE:
        yield from (f"reached too seldom: {one}" for one in run["too_seldom"])
    yield from (f"{name}: left out" for name in PARTS if name not in certificate["parts"])
    for name, told in certificate["parts"].items():
        if told["exit"] or told["failed"] or told["skipped"]:
            yield f"{name}: exit {told['exit']}, failed {told['failed']}, skipped {told['skipped']}"


def main() -> int:
    """Make a certificate."""
    options = _options()
    if os.environ.get("PYTHONHASHSEED") != "0":  # so that a history's number says all
        again = [sys.executable, "-m", "tests.certify.certificate", *sys.argv[1:]]
        os.execve(sys.executable, again, {**os.environ, "PYTHONHASHSEED": "0"})  # noqa: S606
    began = time.time()
    # Each kind of history has its share; those in memory are a quarter as many.
    numbers = {
        "histories": max(options.histories // 4, 1),
        "chained": options.histories,  # of which test_chain_histories plays one in forty
        "kills": options.kills,
        "seed": options.seed,
    }
    wanted = [name for name in PARTS if name not in options.leave_out]
    with ThreadPoolExecutor(max_workers=1) as beside:
        # A killed daemon mostly waits, so it is killed beside the histories.
        kills = beside.submit(part, "kills", 1, **numbers) if "kills" in wanted else None
        run = histories(options.seed, options.histories, options.jobs)
        others = [name for name in wanted if name != "kills"]
        parts = {name: part(name, options.jobs, **numbers) for name in others}
        if kills is not None:
            parts["kills"] = kills.result()
    certificate = _told(options, run, parts, began)
    certificate["not_certified"] = list(verdicts(certificate))
    written(certificate, options.out)
    for one in certificate["not_certified"]:
        print(f"NOT CERTIFIED: {one}")
    print(f"written: {options.out}.json, {options.out}.md")
    return 1 if certificate["not_certified"] else 0


def _told(
    options: argparse.Namespace, run: Run, parts: Mapping[str, Any], began: float
) -> dict[str, Any]:
    from tests.certify.report import KINDS, circumstances

    reached = classes(run.counts)
    kinds = Counter(one["kind"] for one in run.broken)
    return {
        **circumstances(began),
        "seed": options.seed,
        "jobs": options.jobs,
        "histories": {
            "count": run.histories,
            "steps": run.steps,
            "crashes": sum(reached["crash"].values()),
            "points_passed": sum(n for name, n in run.counts.items() if name.startswith("point ")),
            "faults": sum(reached["fault"].values()),
            "acts_of_people": sum(reached["person"].values()),
            "writes": sum(reached["write"].values()),
            "in_lost_update_window": run.in_window,
            "cpu_seconds": round(run.cpu_seconds, 1),
            "broken_by_kind": {
                kind: kinds[kind] for kind in (*KINDS, *sorted(set(kinds) - set(KINDS)))
            },
            "broken": run.broken,
            "classes": reached,
            "least": LEAST if run.histories >= WHOLE else 0,
            "too_seldom": too_seldom(reached),
            "not_a_class_yet": list(NOT_YET),
        },
        "parts": dict(parts),
        "seconds": round(time.time() - began, 1),
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./check --certify")
    parser.add_argument("--histories", type=int, default=WHOLE, help="how many (default 10000)")
    parser.add_argument(
        "--kills", type=int, default=50, help="kill -9 on each database (default 50)"
    )
    parser.add_argument("--seed", type=int, default=1, help="which histories (default 1)")
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, help="processes (default: cores)"
    )
    parser.add_argument(
        "--out", default=str(PROJECT / ".check" / "certificate"), help="path without ending"
    )
    parser.add_argument(
        "--leave-out", nargs="*", default=(), choices=list(PARTS), help="parts to leave out"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
