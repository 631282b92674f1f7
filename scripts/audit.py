"""Asks PyPI whether the lock holds a version with a known vulnerability.

The surprise: pip-audit calls a package that it could not look up "not vulnerable" and exits 0, which
behind a package mirror is every package. So its report is read here, and what was not looked up is said.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

LOCK = Path("requirements-dev.txt")  # holds all of requirements.txt
COMMAND = [
    sys.executable, "-m", "pip_audit", "--require-hashes", "--disable-pip", "--progress-spinner", "off",
]  # fmt: skip
REMEDY = "run `python scripts/audit.py` where pypi.org can be reached"


def main() -> int:
    """Print what is vulnerable; give 1 if anything is, and note what could not be looked up."""
    found = _audit()
    if found is None:
        _note_skip(f"audit of the lock: pip-audit made no report; {REMEDY}")
        return 0
    unknown = [package for package in found if "skip_reason" in package]
    vulnerable = [package for package in found if package.get("vulns")]
    if unknown:
        counts = f"{len(unknown)} of {len(found)} packages could not be looked up"
        _note_skip(f"audit of the lock: {counts}; {REMEDY}")
    for package in vulnerable:
        names = ", ".join(_advice(flaw) for flaw in package["vulns"])
        print(f"{package['name']} {package['version']}: {names}")
    print(f"{len(found) - len(unknown)} packages looked up, {len(vulnerable)} vulnerable")
    return 1 if vulnerable else 0


def _audit() -> list[dict[str, Any]] | None:
    """Give pip-audit's rows, a package each, or None if it made no report.

    Its own last word is not shown: it finds "no known vulnerabilities" in what it never looked up.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "audit.json")
        args = [*COMMAND, "--timeout", "10", "-r", str(LOCK), "-f", "json", "-o", str(report)]
        done = subprocess.run(args, check=False, capture_output=True, text=True)
        if not report.exists():
            print(done.stderr[-2000:])
            return None
        rows: list[dict[str, Any]] = json.loads(report.read_text(encoding="utf-8"))["dependencies"]
        return rows


def _advice(flaw: dict[str, Any]) -> str:
    fixed = " or ".join(flaw["fix_versions"]) or "no version yet"
    return f"{flaw['id']} (fixed in {fixed})"


def _note_skip(line: str) -> None:
    print(line)
    if report := os.environ.get("SYNC_SKIP_REPORT"):
        with Path(report).open("a", encoding="utf-8") as skipped:
            skipped.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
