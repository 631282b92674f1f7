"""What README files name is what the suite has proved."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from sync_service.bootstrap import factories
from tests.contract.incidentiq import IncidentIqHarness
from tests.contract.memory import MemoryHarness
from tests.contract.request_tracker import RequestTrackerHarness
from tests.contract.servicenow import ServiceNowHarness

ROOT = Path(__file__).parents[2]
ADAPTERS = ROOT / "sync_service" / "adapters"
HARNESSES = (IncidentIqHarness(), MemoryHarness(), RequestTrackerHarness(), ServiceNowHarness())
PROVED = {
    one.name for one in HARNESSES if Path(__file__).with_name(f"test_{one.name}.py").is_file()
}
#: The reference, which no district has.
SYSTEMS = PROVED - {"memory"}


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _title(name: str) -> str:
    return _text(ADAPTERS / name / "README.md").partition("\n")[0].removeprefix("# ")


def test_every_adapter_of_ours_has_passed_the_suite():
    """Issue 3: no adapter ships that was not held to the contract."""
    assert set(factories()) == PROVED


def test_the_readme_names_the_systems_whose_adapter_passes():
    """Issue 2: no system more, and none less, in its first sentence and where it tells what to set up."""
    readme = _text(ROOT / "README.md")
    first = readme.partition("\n\n")[2].partition("\n\n")[0]

    assert {_title(name) for name in SYSTEMS} == set(re.findall(r"\*\*(.+?)\*\*", first))
    assert set(re.findall(r"sync_service/adapters/(\w+)/README\.md", readme)) == SYSTEMS


@pytest.mark.parametrize("adapter", sorted(SYSTEMS))
def test_the_tests_that_an_adapter_names_exist(adapter: str):
    """A promise whose test was renamed is a promise without a test."""
    folders = (ROOT / "tests", ROOT / "sync_service" / "conformance")
    known = {
        node.name
        for folder in folders
        for path in folder.rglob("*.py")
        for node in ast.walk(ast.parse(_text(path)))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    cited = re.findall(r"`(test_[a-z0-9_]+)(\.\.\.|\*)?`", _text(ADAPTERS / adapter / "README.md"))

    assert cited
    assert [] == [
        name
        for name, cut in cited
        if name not in known and not (cut and any(one.startswith(name) for one in known))
    ]
