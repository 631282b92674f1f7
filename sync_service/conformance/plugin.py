"""The pytest plugin: load it with `-p sync_service.conformance.plugin` or `pytest_plugins`.

A module of yours takes in `sync_service.conformance.suite` and defines a fixture named `harness`.
What a vendor does not have is not skipped: it is counted apart as "not claimed", with the reason
that the harness gives, and listed at the end beside what was proved.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Generator, Mapping

import pytest
import pytest_asyncio

from sync_service.conformance.harness import Harness, NotClaimed
from sync_service.conformance.opening import let_go

pytest.register_assert_rewrite("sync_service.conformance.suite")

NOT_CLAIMED = "not claimed: "
_NAME = "conformance"


def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark that every test of the suite has."""
    config.addinivalue_line("markers", "conformance: holds an adapter to what the engine counts on")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def conformance_kept() -> AsyncIterator[None]:
    """Close at a module's end what its tests kept for each other."""
    yield
    await let_go()


@pytest.fixture
def harness() -> Harness:
    """Stand in for the fixture that an adapter's author defines."""
    pytest.fail(
        "define a fixture named `harness` beside the import of sync_service.conformance.suite;"
        " docs/writing-an-adapter.md has an example"
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell an absence that the harness declares from a failure, and note whose test it was."""
    report = yield
    if item.get_closest_marker(_NAME) is None:
        return report
    given = getattr(item, "funcargs", {}).get("harness")
    report.user_properties.append((_NAME, str(getattr(given, "name", "?"))))
    if call.excinfo is not None and isinstance(call.excinfo.value, NotClaimed):
        report.outcome = "skipped"
        file, line, _ = item.location
        report.longrepr = (file, line or 0, f"{NOT_CLAIMED}{call.excinfo.value}")
    return report


def not_claimed(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Give the reason why what a test proves is not claimed; "" for any other report."""
    told = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
    return told.removeprefix(NOT_CLAIMED) if told.startswith(NOT_CLAIMED) else ""


@pytest.hookimpl(tryfirst=True)
def pytest_report_teststatus(
    report: pytest.TestReport | pytest.CollectReport,
) -> tuple[str, str, str] | None:
    """Count what is not claimed apart from what was skipped."""
    if report.skipped and not_claimed(report):
        return "not claimed", "n", "NOT CLAIMED"
    return None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say of each adapter what was proved, what failed, and what it does not claim and why."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    reasons: dict[str, Counter[str]] = defaultdict(Counter)
    for outcome in ("passed", "failed", "error", "not claimed"):
        for report in terminalreporter.stats.get(outcome, ()):
            told = getattr(report, "user_properties", ())  # a file that is not read has none
            for name in (value for key, value in told if key == _NAME):
                counts[str(name)][outcome] += 1
                if reason := not_claimed(report):
                    reasons[str(name)][reason] += 1
    if counts:
        _tell(terminalreporter, counts, reasons)


def _tell(
    terminal: pytest.TerminalReporter,
    counts: Mapping[str, Counter[str]],
    reasons: Mapping[str, Counter[str]],
) -> None:
    terminal.section("adapter conformance")
    for name, counted in sorted(counts.items()):
        told = ", ".join(f"{count} {outcome}" for outcome, count in counted.items())
        terminal.line(f"{name}: {told}")
        for reason, count in sorted(reasons.get(name, {}).items()):
            terminal.line(f"  not claimed ({count}): {reason}")
