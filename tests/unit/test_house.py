"""The rules of the house that no linter knows: the lock, the wheel, sizes, and what a file may name."""

from __future__ import annotations

import ast
import importlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
#: Ships with the product for authors of adapters, with an extra of its own.
SUITE = ROOT / "sync_service" / "conformance"
LOCKS = ("requirements.txt", "requirements-build.txt", "requirements-dev.txt")
PIN = re.compile(r"[a-z0-9-]+==[0-9a-z.]+( ; [a-zA-Z0-9_.<>=!' ]+)? \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")
RULES = sorted(
    {
        int(number)
        for number in re.findall(r"\*\*R(\d+)", (ROOT / "docs/sync-rules.md").read_text("utf-8"))
    }
)

# A folder of one developer's machine, or a package index: neither may stand in a file of ours.
FOREIGN = re.compile(r"(?:^|[^\w./])/(?:work|farm|root|tmp/v)/|index[-]url|find[-]links")


def names(lines: Iterator[str] | list[str]) -> set[str]:
    """Give the distributions that requirement lines name."""
    return {canonicalize_name(Requirement(line).name) for line in lines}


def product() -> list[Path]:
    """Give the Python files that ship."""
    return sorted([*ROOT.glob("sync_service/**/*.py"), *ROOT.glob("migrations/**/*.py")])


def committed() -> list[Path]:
    """Give the files that are, or are about to be, in the repository."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    if not shutil.which("git"):
        pytest.skip("what is committed: git is not installed")
    done = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"what is committed: {done.stderr.strip()}")
    return [path for name in done.stdout.split("\0") if name and (path := ROOT / name).is_file()]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_is_pins_and_hashes_and_nothing_else(lock: str) -> None:
    """So it names no host, no URL and no folder, and pip takes only the files that we saw."""
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()

    assert [] == [line for line in lines if not (PIN.fullmatch(line) or HASH.fullmatch(line))]


def test_the_locks_hold_what_the_project_asks_for() -> None:
    """Whoever adds a dependency and forgets the lock finds out here, not on a fresh machine."""
    groups = PROJECT["dependency-groups"]
    tools = [line for line in groups["dev"] if isinstance(line, str)] + groups["build"]
    asked = {"requirements.txt": PROJECT["project"]["dependencies"], "requirements-dev.txt": tools}

    for lock, wanted in asked.items():
        pinned = [
            Requirement(line.removesuffix("\\"))
            for line in (ROOT / lock).read_text(encoding="utf-8").splitlines()
            if "==" in line
        ]
        for want in map(Requirement, wanted):
            pins = [pin for pin in pinned if pin.name == canonicalize_name(want.name)]
            version = str(pins[0].specifier).removeprefix("==") if pins else "missing"
            assert version in want.specifier, f"{lock} pins {want.name} at {version}: make it anew"


def test_what_runs_is_a_part_of_what_is_tested() -> None:
    """The development lock pins the very versions that users get."""
    dev = (ROOT / "requirements-dev.txt").read_text(encoding="utf-8").splitlines()
    run = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()

    assert set() == {line for line in run if "==" in line} - set(dev)


def test_the_product_imports_what_it_declares_and_declares_what_it_imports() -> None:
    """A driver named in a URL, zone files and a plugin of pytest are never imported."""
    named_only = {"psycopg", "tzdata", "pytest-asyncio"}
    suite = [path for path in product() if path.is_relative_to(SUITE)]
    daemon = set(product()) - set(suite)

    declared = names(PROJECT["project"]["dependencies"])
    assert declared - named_only == _distributions(daemon) - named_only
    extra = names(PROJECT["project"]["optional-dependencies"]["conformance"])
    assert extra - named_only == _distributions(suite) - declared - named_only


def test_no_file_names_a_package_index_or_a_folder_of_one_machine() -> None:
    """Such a line works for its writer only."""
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in committed()
        if path != Path(__file__) and path.suffix not in {".png", ".gz", ".ico"}
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if FOREIGN.search(line)
    ]

    assert [] == found


def test_there_is_one_kind_of_lock() -> None:
    """A lock file of another tool would carry download addresses, and would soon disagree."""
    others = ("uv.lock", "poetry.lock", "Pipfile.lock", "pdm.lock", "pylock.toml")

    assert [] == [path for path in committed() if path.name in others]


def test_what_a_person_starts_can_be_started() -> None:
    """A launcher without its bit is a dead launcher on a fresh clone."""
    for name in ("check", "demo", ".ci/run"):
        assert os.access(ROOT / name, os.X_OK), f"chmod +x {name}"


@pytest.mark.timeout(300)
def test_the_wheel_brings_migrations_and_examples(tmp_path: Path) -> None:
    """`db upgrade` works from an installed wheel, and the examples can be shown from it."""
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())

    for source, target in (("migrations", "_migrations"), ("config", "_examples")):
        wanted = [path for path in committed() if path.is_relative_to(ROOT / source)]
        assert wanted
        for path in wanted:
            assert f"sync_service/{target}/{path.relative_to(ROOT / source)}" in packed
    assert "sync_service/py.typed" in packed
    assert not [name for name in packed if name.startswith("tests/")]


@pytest.mark.parametrize("name", PROJECT["project"]["entry-points"]["sync_service.adapters"])
def test_a_declared_adapter_exists(name: str) -> None:
    """An entry point is a promise that only its first user would otherwise test."""
    target = PROJECT["project"]["entry-points"]["sync_service.adapters"][name]
    module, attribute = target.split(":")

    assert callable(getattr(importlib.import_module(module), attribute))


def test_files_and_functions_stay_readable() -> None:
    """A file is split at 300 lines, a function before 50 (CONTRIBUTING.md, sizes)."""
    files = {path: path.read_text(encoding="utf-8") for path in product()}
    long = [path.name for path, text in files.items() if text.count("\n") > 300]
    long += [
        f"{path.name}:{function.lineno} {function.name}"
        for path, text in files.items()
        for function in _functions(ast.parse(text))
        if _length(function) > 50
    ]

    assert [] == long


def test_the_rules_are_all_there() -> None:
    """Tests and decisions cite them by number, so none may go missing or be renumbered."""
    assert list(range(1, 30)) == RULES


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_is_proved_by_a_named_test(rule: int) -> None:
    """A rule of docs/sync-rules.md without a test that cites it is only a sentence."""
    cited = re.compile(rf"\bR{rule}\b")
    proofs = [name for name, docstring in _tests().items() if cited.search(docstring)]

    assert proofs, f"no test cites R{rule} in its docstring"


@cache
def _tests() -> dict[str, str]:
    """Give the docstring of every test, the shipped suite's with them."""
    return {
        f"{path.name}::{function.name}": ast.get_docstring(function) or ""
        for path in (*ROOT.glob("tests/**/*.py"), *SUITE.glob("suite/*.py"))
        for function in _functions(ast.parse(path.read_text(encoding="utf-8")))
        if function.name.startswith("test_")
    }


def _distributions(paths: Iterable[Path]) -> set[str]:
    """Give the distributions that these files import."""
    known = packages_distributions()
    return {
        canonicalize_name(known[module][0])
        for path in paths
        for module in _imports(path)
        if module not in sys.stdlib_module_names and module != "sync_service"
    }


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Give its lines, the docstring left out."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
