"""The audit of the lock: what it could not look up is said, and is never called safe."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

FILE = Path(__file__).parents[2] / "scripts" / "audit.py"
SAFE = {"name": "a", "version": "1", "vulns": []}
UNKNOWN = {"name": "b", "skip_reason": "not found"}
FLAWED = {"name": "c", "version": "2", "vulns": [{"id": "CVE-1", "fix_versions": ["3"]}]}


@pytest.fixture
def audit() -> ModuleType:
    """Load the script."""
    spec = importlib.util.spec_from_file_location("audit", FILE)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([SAFE], (0, "1 packages looked up, 0 vulnerable", "")),
        ([SAFE, FLAWED], (1, "c 2: CVE-1 (fixed in 3)", "")),
        (
            [SAFE, UNKNOWN],
            (0, "1 packages looked up", "1 of 2 packages could not be looked up; run"),
        ),
        ([FLAWED, UNKNOWN], (1, "CVE-1", "1 of 2 packages could not be looked up")),
        (None, (0, "", "pip-audit made no report; run")),
    ],
)
def test_what_was_not_looked_up_is_said_last(
    audit: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    rows: list[dict[str, Any]] | None,
    told: tuple[int, str, str],
) -> None:
    """`./check` repeats such a line at its end; a known flaw fails it."""
    (code, says, skipped), report = told, tmp_path / "skipped"
    report.touch()
    monkeypatch.setenv("SYNC_SKIP_REPORT", str(report))
    monkeypatch.setattr(audit, "_audit", lambda: rows)

    assert code == audit.main()

    assert says in capsys.readouterr().out
    assert skipped in report.read_text()
    assert bool(skipped) == bool(report.read_text())
