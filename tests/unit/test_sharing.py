"""Tests that work on one server are never at it from two processes at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.sharing import GROUPS, group_of

ROOT = Path(__file__).parents[2]


def test_each_group_names_files_that_there_are() -> None:
    """A file that was renamed would leave its group without a word."""
    missing = [path for path in GROUPS if not [*ROOT.glob(path + "*")]]

    assert [] == missing


def test_every_test_on_request_tracker_is_in_its_group() -> None:
    """Two processes on its SQLite wait for each other, and one changes rights under the other."""
    users = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "tests").rglob("test_*.py")
        if path != Path(__file__) and "pytest.mark.live" in path.read_text(encoding="utf-8")
    ]

    assert len(users) > 3
    assert {"request-tracker"} == {group_of(path) for path in users}


def test_a_group_runs_in_one_process(tmp_path: Path) -> None:
    """Xdist takes the plugin's word, also the release that is installed by now."""
    folder = tmp_path / "tests" / "certify"
    folder.mkdir(parents=True)
    (folder / "test_kills.py").write_text(
        "import pytest\n@pytest.mark.parametrize('n', range(9))\ndef test_it(n):\n    pass\n"
    )
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-v",
        "-n",
        "3",
        "-p",
        "tests.sharing",
        "--rootdir",
        ".",
    ]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", "."],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )

    workers = {line[:5] for line in done.stdout.splitlines() if "PASSED" in line}
    assert 9 == done.stdout.count("PASSED")
    assert 1 == len(workers), done.stdout
