"""The real command in a process of its own, between the two simulators."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """The one object that `--json` prints."""
        return json.loads(self.out)


def sync_service(*words: str, config: Path | None = None, **env: str) -> Ended:
    """Run a command to its end."""
    done = subprocess.run(
        command_line(words, config), capture_output=True, text=True, timeout=90, check=False,
        env=environment(env), cwd=config.parent if config else ROOT,
    )  # fmt: skip
    return Ended(done.returncode, done.stdout, done.stderr)


def command_line(words: tuple[str, ...], config: Path | None) -> list[str]:
    """Give what to start."""
    named = ["--config", str(config)] if config else []
    return [sys.executable, "-m", "sync_service", *words, *named]


def environment(more: dict[str, str]) -> dict[str, str]:
    """Give ours without what it says of another store, and with `more`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SYNC_")}
    return {**kept, "PYTHONPATH": str(ROOT), **more}


@dataclass
class Running:
    """A command that goes on: a daemon or a simulator."""

    process: subprocess.Popen[str]
    port: int
    log: Path

    def get(self, path: str) -> tuple[int, str]:
        """Ask the health app."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def wait_for(self, path: str, status: int, seconds: float = 20) -> str:
        """Wait until the health app answers so; give what it said."""
        end, said = time.monotonic() + seconds, ""
        while time.monotonic() < end:
            try:
                code, said = self.get(path)
                if code == status:
                    return said
            except OSError as error:
                said = str(error)
            time.sleep(0.1)
        raise AssertionError(f"{path} did not answer {status}: {said}\n{self.log.read_text()}")

    def stop(self, how: int = signal.SIGTERM) -> float:
        """Send a signal; give how many seconds the end took."""
        began = time.monotonic()
        self.process.send_signal(how)
        self.process.wait(30)
        return time.monotonic() - began


@contextmanager
def running(
    *words: str, config: Path, log: Path, before: Sequence[str] = (), **env: str
) -> Iterator[Running]:
    """Start a command, `before` which other words may stand, and see that it is gone afterwards."""
    port = free_port()
    with log.open("w") as out:
        process = subprocess.Popen(
            [*before, *command_line(words, config)], stdout=out, stderr=out, text=True,
            cwd=config.parent, env=environment({"SYNC_OPS_PORT": str(port), **env}),
        )  # fmt: skip
        try:
            yield Running(process, port, log)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait(10)


def free_port() -> int:
    """Give a port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
