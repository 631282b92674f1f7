"""The real command on a real terminal: a pseudo terminal of the operating system."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.integration.command import Ended, command_line, environment

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass(frozen=True)
class Shown(Ended):
    """How a command ended whose standard error is a terminal: `err` is all that was drawn."""

    @property
    def lines(self) -> list[str]:
        """Each state of each line, without colours and movements."""
        return re.split(r"[\r\n]+", _ESCAPES.sub("", self.err))


def on_terminal(
    *words: str, config: Path, until: Callable[[str], bool] | None = None, columns: int = 120,
    **env: str,
) -> Shown:  # fmt: skip
    """Run a command with standard error on a terminal and standard output in a pipe.

    It is told to stop once `until` is true of what was drawn, else it runs to its end.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        command_line(words, config), stdout=subprocess.PIPE, stderr=theirs, text=True,
        env=environment({"TERM": "xterm-256color", **env}), cwd=config.parent,
    )  # fmt: skip
    os.close(theirs)
    drawn: list[bytes] = []
    reader = threading.Thread(target=_read, args=(ours, drawn), daemon=True)
    reader.start()
    try:
        if until is not None:
            _wait(process, lambda: until(_text(drawn)))
            process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=90)
    finally:
        process.kill()
        process.wait(10)
    reader.join(10)
    os.close(ours)
    return Shown(process.returncode, out, _text(drawn))


def _wait(process: subprocess.Popen[str], done: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not done():
        assert process.poll() is None, "it ended too soon"
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.1)


def _text(drawn: list[bytes]) -> str:
    return b"".join(drawn).decode(errors="replace")


def _read(terminal: int, drawn: list[bytes]) -> None:
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # the other end is closed
            return
        if not part:
            return
        drawn.append(part)
