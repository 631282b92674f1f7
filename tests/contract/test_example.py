"""The example of docs/writing-an-adapter.md, run as its reader would run it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from sync_service.simulators.serve import running
from sync_service.simulators.servicenow import build

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "writing-an-adapter.md").read_text(encoding="utf-8")
MODULE = """
import pytest
from sync_service.conformance.suite import *
from harness import ExampleHarness

@pytest.fixture
def harness():
    return ExampleHarness()
"""
SOME = "key or watermark or never_public or idle or one_stamp or landing or not_sent or clock"


def test_the_example_harness_passes_the_suite(tmp_path: Path):
    """The page is what others start from: an example that does not run would cost them a day."""
    (code,) = re.findall(r"<!-- harness\.py -->\n```python\n(.+?)```", PAGE, re.DOTALL)
    (tmp_path / "harness.py").write_text(code, encoding="utf-8")
    (tmp_path / "test_example.py").write_text(MODULE, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "sync_service.conformance.plugin", "-k", SOME]
    with running(build(0)) as url:
        done = subprocess.run(
            [*command, "--rootdir", str(tmp_path), str(tmp_path)],
            cwd=tmp_path,
            env={**os.environ, "EXAMPLE_URL": url, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    assert re.search(r"servicenow: \d\d passed, \d+ not claimed", done.stdout)
    assert "the example shows the beginning only" in done.stdout
