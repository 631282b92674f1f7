"""Fuzzing that is led by what the code does, with atheris, which is no part of the lock.

    .venv/bin/pip install atheris
    .venv/bin/python -m tests.fuzz.guided yaml -max_total_time=600 -timeout=10

`yaml`, `expressions` and `texts` are the doors that anybody's bytes come through. What follows the name goes to libFuzzer; it stops
at the first error that has no name, or at a text that takes longer than the timeout.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Callable

from sync_service.adapters.incidentiq import codec as incidentiq
from sync_service.adapters.request_tracker import codec as request_tracker
from sync_service.adapters.request_tracker import fields
from sync_service.adapters.servicenow import marker
from sync_service.config import document
from sync_service.core import expressions, grammar
from sync_service.core import text as texts

LONGEST = 100_000


def yaml(text: str) -> None:
    """Read any file: a document, or faults with their places."""
    for fault in document.read(text, "f.yaml").faults:
        assert str(fault).startswith("f.yaml:")


def expression(text: str) -> None:
    """Compile and render anything."""
    with contextlib.suppress(expressions.ExpressionError):
        expressions.Template(text).render({"ticket": {"a": [1, "x"], "b": {"c": None}}})


def words(text: str) -> None:
    """Read anything as each system's text."""
    clean = texts.sanitise(text)
    assert "<script" not in clean
    texts.html_to_text(text)
    texts.text_to_html(text)
    incidentiq.unmarked(text)
    request_tracker.unmarked(text)
    marker.unmark(text)
    fields.subject(text)


DOORS: dict[str, tuple[Callable[[str], None], tuple[object, ...]]] = {
    "yaml": (yaml, (document,)),
    "expressions": (expression, (expressions, grammar)),
    "texts": (words, (texts, incidentiq, request_tracker, marker, fields)),
}


def main() -> None:
    """Fuzz the door that the first word names."""
    if len(sys.argv) < 2 or sys.argv[1] not in DOORS:
        sys.exit(f"say what to fuzz: {', '.join(DOORS)}")
    atheris = importlib.import_module("atheris")
    door, modules = DOORS[sys.argv.pop(1)]
    for module in modules:
        for name, one in vars(module).items():
            if (
                callable(one)
                and hasattr(one, "__code__")
                and one.__module__ == vars(module)["__name__"]
            ):
                setattr(module, name, atheris.instrument_func(one))

    def once(data: bytes) -> None:
        door(data[:LONGEST].decode("utf-8", "replace"))

    atheris.Setup(sys.argv, once)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
