"""What holds for every test: no skip goes unseen, and random tests repeat.

`SYNC_LIVE_REQUIRED=1` (as .ci/run sets it) makes the skip of a live, docker, machine or
postgres test a failure;
`SYNC_LIVE_REQUIRED="postgres live"` holds these kinds to it alone.
How many points and histories were played is printed at the end.
`SYNC_FIGURES` names a file that takes a line of JSON for each test, with what it recorded.
`SYNC_FUZZ=5000` plays that many examples of each random test.
`SYNC_SKIP_REPORT` names a file that takes one line for each reason to skip; `./check` prints it last.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["sync_service.conformance.plugin", "tests.databases", "tests.sharing"]

#: Figures of tests that enumerate or draw: how many there were is a part of what they prove.
PRINTED = ("crash_points", "histories", "affairs", "kills", "in_flight")
NEEDS_A_SERVER = {"live", "docker", "machine", "postgres"}

# The machine is shared and slow at times: an example's time proves nothing.
settings.register_profile(
    "sync",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    max_examples=int(os.environ.get("SYNC_FUZZ") or 100),
)
settings.load_profile("sync")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn the skip of a test that needs a server into a failure, if servers are required."""
    report = yield
    needed = {marker.name for marker in item.iter_markers()} & _required()
    if needed and not hasattr(report, "wasxfail"):
        _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Turn the skip of a whole file into a failure too: nothing tells what it needed."""
    report = yield
    if _required():
        _refuse_skip(report)
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Hand figures that a test recorded to whoever asked for them (`./check --certify`)."""
    path = os.environ.get("SYNC_FIGURES")
    worker = "PYTEST_XDIST_WORKER" in os.environ  # its controller hears of the report as well
    if not path or worker or (report.when != "call" and report.passed):
        return
    told = {"test": report.nodeid, "outcome": report.outcome, "seconds": report.duration}
    with Path(path).open("a", encoding="utf-8") as figures:
        figures.write(json.dumps({**told, "figures": dict(report.user_properties)}) + "\n")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was enumerated, and hand the reasons of all skips to `./check`."""
    if hasattr(terminalreporter.config, "workerinput"):  # xdist's workers report too
        return
    figures: Counter[str] = Counter()
    for report in terminalreporter.stats.get("passed", ()):
        figures.update(
            {name: n for name, n in report.user_properties if type(n) is int and name in PRINTED}
        )
    for name, count in sorted(figures.items()):
        terminalreporter.write_line(f"{name.replace('_', ' ')}: {count}")
    path = os.environ.get("SYNC_SKIP_REPORT")
    if not path:
        return
    reasons = Counter(_reason(report) for report in terminalreporter.stats.get("skipped", ()))
    with Path(path).open("a", encoding="utf-8") as report:
        report.writelines(
            f"{reason} (tests: {count})\n" for reason, count in sorted(reasons.items())
        )


def _required() -> set[str]:
    words = set(os.environ.get("SYNC_LIVE_REQUIRED", "").split())
    return NEEDS_A_SERVER if words == {"1"} else words & NEEDS_A_SERVER


def _refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    from sync_service.conformance.plugin import not_claimed  # after pytest has rewritten it

    if report.skipped and not not_claimed(report):
        reason = _reason(report)
        report.outcome = "failed"
        report.longrepr = f"skipped, though SYNC_LIVE_REQUIRED is set: {reason}"


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Give why it was skipped, in one line without pytest's own prefix."""
    place = report.longrepr
    words = place[2] if isinstance(place, tuple) else str(place)
    return " ".join(words.removeprefix("Skipped: ").split())
