"""The certificate as a file: all of it as JSON, and what people read as Markdown."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[2]
PACKAGES = (
    "aiohttp", "alembic", "httpx", "hypothesis", "minijinja", "nh3", "psycopg", "pydantic", "pytest",
    "sqlalchemy", "stamina", "starlette", "sync-service", "uvicorn",
)  # fmt: skip
#: How many figures of a part stand in its line; the others are listed with the classes.
_FEW = 4
#: What a broken promise is called, and what the certificate calls it.
KINDS = {
    "duplicate": "duplicates",
    "lost": "lost edits or comments",
    "leak": "leaks",
    "loop": "loops",
    "apart": "sides apart, or not at rest, and nobody says why",
    "silent": "tickets without a copy, and nobody says why",
    "bug": "errors that nobody foresaw",
    "harness": "errors of the judge",
}


def circumstances(began: float) -> dict[str, Any]:
    """Say when, of what, and on what this was made."""
    return {
        "date": datetime.fromtimestamp(began, UTC).isoformat(timespec="seconds"),
        "commit": _git("rev-parse", "HEAD"),
        "uncommitted_changes": bool(_git("status", "--porcelain")),
        "python": sys.version.split()[0],
        "machine": f"{platform.system()} {platform.machine()}",
        "packages": {name: version(name) for name in PACKAGES},
    }


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=PROJECT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def written(certificate: Mapping[str, Any], out: str) -> None:
    """Write both files."""
    Path(out).parent.mkdir(parents=True, exist_ok=True)
    Path(f"{out}.json").write_text(json.dumps(certificate, indent=1) + "\n")
    Path(f"{out}.md").write_text("\n".join(_lines(certificate)) + "\n")


def _lines(told: Mapping[str, Any]) -> Iterator[str]:
    run = told["histories"]
    verdict = "Not certified" if told["not_certified"] else "Certified"
    yield f"# {verdict if run['least'] else 'A sample, not a certificate'}\n"
    yield from (f"* {one}" for one in told["not_certified"])
    dirty = " with uncommitted changes" if told["uncommitted_changes"] else ""
    yield f"\n{told['date']}, commit `{told['commit'] or 'unknown'}`{dirty}, Python {told['python']},"
    yield f"{told['machine']}, seed {told['seed']}, {told['seconds']} s with {told['jobs']} processes.\n"
    yield "| histories between two whole simulators | |\n|---|---|"
    yield f"| histories | {run['count']:,} |"
    for name in ("steps", "acts_of_people", "writes", "crashes", "points_passed", "faults"):
        yield f"| {name.replace('_', ' ')} | {run[name]:,} |"
    yield f"| seconds of CPU | {run['cpu_seconds']:,} |"
    for kind, count in run["broken_by_kind"].items():
        yield f"| **{KINDS.get(kind, kind)}** | **{count}** |"
    yield f"| histories in the stated lost-update window (R20) | {run['in_lost_update_window']} |"
    yield from _parts(told["parts"])
    yield from _classes(run, told["parts"])
    yield "\n| package | |\n|---|---|"
    yield from (f"| {name} | {number} |" for name, number in told["packages"].items())


def _parts(parts: Mapping[str, Any]) -> Iterator[str]:
    yield "\n| part | passed | failed | skipped | seconds | figures |\n|---|---|---|---|---|---|"
    for name, told in parts.items():
        figures = ", ".join(f"{n:,} {key}" for key, n in list(told["figures"].items())[:_FEW])
        failed, skipped = len(told["failed"]), len(told["skipped"])
        yield f"| {name} | {told['passed']} | {failed} | {skipped} | {told['seconds']} | {figures} |"


def _classes(run: Mapping[str, Any], parts: Mapping[str, Any]) -> Iterator[str]:
    """Say how often each class was reached, the rarest first."""
    least = run["least"]
    bound = f"at least {least} times each" if least else "not judged in so few histories"
    yield f"\n## Reached ({bound})\n\n| kind | class | times |\n|---|---|---|"
    for group, names in run["classes"].items():
        for name, count in sorted(names.items(), key=lambda one: one[1]):
            yield f"| {group} | {name} | {count:,} |"
    for part, told in parts.items():
        yield from (
            f"| {part} | {name} | {n:,} |" for name, n in list(told["figures"].items())[_FEW:]
        )
    yield "\n## Not a class yet\n"
    yield from (f"* {one}" for one in run["not_a_class_yet"])
