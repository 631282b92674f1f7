"""SECURITY.md proves what it says by tests; each must be there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
THREATS = [
    line.strip("| ").split(" | ")
    for line in (ROOT / "SECURITY.md").read_text(encoding="utf-8").splitlines()
    if "`test_" in line and line.startswith("|")
]
DEFINED = {
    name
    for file in (ROOT / "tests").rglob("test_*.py")
    for name in re.findall(
        r"^(?:async )?def (test_\w+)", file.read_text(encoding="utf-8"), re.MULTILINE
    )
}


def test_every_threat_has_a_proof_that_exists() -> None:
    """A test that is renamed or deleted takes the proof with it."""
    named = [name for row in THREATS for name in re.findall(r"`(test_\w+)`", row[2])]

    assert len(THREATS) >= 15
    assert [] == [name for name in named if name not in DEFINED]
    assert len(set(named)) == len(named)


def test_every_threat_names_a_defence_and_a_proof() -> None:
    """A row without either is a wish."""
    assert [] == [row for row in THREATS if len(row) != 3 or not all(part.strip() for part in row)]


def test_who_looks_for_it_finds_it() -> None:
    """The README leads there."""
    assert "](SECURITY.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
