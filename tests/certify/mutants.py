"""Make a mutant of the product in a folder of its own, and see whether tests notice it.

The work tree is never touched. A copy costs little: files are linked, compiled ones too, and only
the mutated file is written.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.certify.mutation import Mutation
from tests.certify.mutations import MUTATIONS

PROJECT = Path(__file__).parents[2]
PARTS = ("sync_service", "migrations", "config", "tests", "docs", "pyproject.toml", "README.md")
#: Where `--find` looks for tests that notice a mutation.
WHERE = ("tests/unit/core",)
CHEAP = "not slow and not live and not docker and not postgres"


def mutated(mutation: Mutation, source: str) -> str:
    """Apply a mutation to a file's text; raise ValueError where the text no longer matches."""
    if (count := source.count(mutation.old)) != 1:
        raise ValueError(
            f"{mutation.name!r}: its text stands {count} times in {mutation.file}, not once."
            " Bring tests/certify/mutations.py up to date."
        )
    return source.replace(mutation.old, mutation.new)


@contextmanager
def mutant(mutation: Mutation | None) -> Iterator[Path]:
    """Give a folder with a copy of the project, with the mutation in it unless it is None."""
    with tempfile.TemporaryDirectory(prefix="sync-mutant-", dir=PROJECT / ".check") as name:
        folder = Path(name)
        for part in PARTS:
            _copied(PROJECT / part, folder / part)
        if mutation is not None:
            file = folder / mutation.file
            text = mutated(mutation, file.read_text())
            file.unlink()  # a link: the work tree's own file stays
            file.write_text(text)
        yield folder


def _copied(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, copy_function=_linked)
    elif source.exists():
        _linked(str(source), str(target))


def _linked(source: str, target: str) -> str:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
    return target


class Runner:
    """Runs tests in mutants' folders, in forks of one process (zygote.py)."""

    def __init__(self) -> None:
        home = {"ZYGOTE_HOME": str(PROJECT)}
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "SYNC_"))}
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("zygote.py"))], cwd=PROJECT,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**kept, **home},
        )  # fmt: skip
        self._answer()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def run(self, folder: Path, tests: Sequence[str], *options: str) -> tuple[int, str]:
        """Run tests in a mutant's folder; give pytest's exit code and what it said."""
        said = folder / "said"
        order = {"folder": str(folder), "tests": [*options, *tests], "said": str(said)}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        code = int(self._answer() or "-1")
        return code, said.read_text(errors="replace") if said.exists() else ""

    def close(self) -> None:
        """End the process."""
        self._process.communicate(timeout=30)


def main() -> int:
    """Say which tests notice each mutation, for whoever adds one."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("words", nargs="*", help="only mutations whose name has one of these")
    parser.add_argument("--where", nargs="*", default=WHERE)
    options = parser.parse_args()
    runner = Runner()
    for mutation in MUTATIONS:
        if options.words and not any(word in mutation.name for word in options.words):
            continue
        with mutant(mutation) as folder:
            code, said = runner.run(folder, options.where, "--maxfail=1000", "-m", CHEAP)
        found = sorted(set(re.findall(r"^FAILED (\S+)", said, re.MULTILINE)))
        print(f"{mutation.name}: exit {code}, {len(found)} tests", flush=True)
        for one in found:
            print(f"    {one}", flush=True)
    runner.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
