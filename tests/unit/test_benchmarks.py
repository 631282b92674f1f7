"""The benchmark that the documents quote runs, and measures work that was done."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_backfill_benchmark_sends_the_same_calls_twice_and_ends_with_the_ratio() -> None:
    """It exits with an error unless both runs left every ticket and comment in ServiceNow."""
    ran = subprocess.run(
        [sys.executable, "benchmarks/backfill.py", "--tickets", "12", "--runs", "1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
    )

    assert ran.returncode == 0, ran.stderr
    lines = ran.stdout.splitlines()
    assert re.fullmatch(r"ratio \d+\.\d\d", lines[-1])
    writes = [
        line for line in lines if re.match(r"\w+ (POST|PATCH) .*(incident|custom-fields)", line)
    ]
    assert 3 <= len(writes)
    for line in writes:
        ours, bare = line.split()[-2:]
        assert ours == bare
