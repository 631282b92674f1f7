"""A command run in this process: as quick as the code behind it, where no process is the point."""

from __future__ import annotations

import contextlib
import io
import logging
from pathlib import Path

import structlog
import typer

from sync_service.cli.app import app
from tests.integration.command import Ended


def inside(*words: str, config: Path) -> Ended:
    """Run a command to its end, and leave logging as it was."""
    out, err = io.StringIO(), io.StringIO()
    root = logging.getLogger()
    handlers, level, before = list(root.handlers), root.level, structlog.get_config()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = _code([*words, "--config", str(config)])
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.configure(**before)
    return Ended(code, out.getvalue(), err.getvalue())


def _code(words: list[str]) -> int:
    command = typer.main.get_command(app)
    try:
        command.main(words, standalone_mode=True)
    except SystemExit as end:
        return int(end.code or 0)
    return 0
