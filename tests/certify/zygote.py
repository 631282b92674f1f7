"""Runs pytest in forks of a process that has loaded the libraries, but nothing of the project.

Each request on standard input is a line of JSON, `{"folder": ..., "tests": [...], "said": FILE}`; the
answer is the exit code. A mutant costs half a second this way instead of two.
"""

from __future__ import annotations

import atexit
import importlib
import json
import os
import sys
from contextlib import suppress

LIBRARIES = (
    "_pytest.assertion.rewrite", "aiohttp", "alembic.command", "apscheduler.schedulers.asyncio", "docker",
    "hypothesis.strategies", "httpx", "minijinja", "nh3", "psycopg", "pydantic",
    "sqlalchemy.dialects.postgresql", "stamina", "starlette.applications", "structlog",
    "testcontainers.community.postgres", "typer", "uvicorn", "yaml",
)  # fmt: skip


def _run(order: dict[str, object]) -> int:
    """Run the tests in a child, in their own folder; give pytest's exit code."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    folder, tests = str(order["folder"]), [str(one) for one in order["tests"]]  # type: ignore[attr-defined]
    said = os.open(str(order["said"]), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(said, 1)
    os.dup2(said, 2)
    os.chdir(folder)
    for name in [one for one in sys.modules if one.split(".")[0] in ("tests", "sync_service")]:
        del sys.modules[name]
    sys.path[:] = [folder, *(one for one in sys.path if one not in ("", os.environ["ZYGOTE_HOME"]))]
    import pytest

    code = pytest.main(
        [
            "-q",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:xdist",
            "-W",
            "ignore::pytest.PytestAssertRewriteWarning",
            "--tb=line",
            *tests,
        ]
    )
    atexit._run_exitfuncs()  # stores in memory are put away
    sys.stdout.flush()
    os._exit(int(code))


def main() -> None:
    """Answer requests until standard input ends."""
    for name in LIBRARIES:
        with suppress(ImportError):
            importlib.import_module(name)
    print("ready", flush=True)
    for line in sys.stdin:
        print(_run(json.loads(line)), flush=True)


if __name__ == "__main__":
    main()
