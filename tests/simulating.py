"""Simulators as processes of their own, which no kill of the daemon reaches."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def simulator(name: str, *options: str) -> Iterator[str]:
    """Start a simulator as its own process and give its address."""
    command = [sys.executable, "-m", "sync_service", "simulate", name, "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if found := re.search(r"ready (http://\S+)", line):
                    yield found[1]
                    break
        finally:
            process.terminate()
            process.communicate(timeout=20)
