"""Every kind of problem has a way on, and there are no kinds besides (R25)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import TypeGuard

import pytest

from sync_service.core.guard import RUNAWAY, STOPS
from sync_service.core.pair import Problem, Scope
from sync_service.core.ways import WAYS, label, way_on

SOURCE = Path(__file__).parents[3] / "sync_service"


def _constants(node: ast.expr, scope: ast.AST) -> Iterator[str]:
    """Give the texts that an expression can be: itself, both branches, or what its name was set to."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp():
            yield from _constants(node.body, scope)
            yield from _constants(node.orelse, scope)
        case ast.Name(id=name):
            for one in ast.walk(scope):
                if isinstance(one, ast.Assign) and any(
                    isinstance(target, ast.Name) and target.id == name for target in one.targets
                ):
                    yield from _constants(one.value, scope)


def _opens(node: ast.AST) -> TypeGuard[ast.Call]:
    named = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Problem"
    return named and len(node.args) > 1  # type: ignore[attr-defined]


def _codes() -> set[str]:
    """Find the second argument of every `Problem(...)` in the program."""
    found: set[str] = set()
    for file in SOURCE.rglob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for scope in ast.walk(tree):
            if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef):
                for call in ast.walk(scope):
                    if _opens(call):
                        found |= set(_constants(call.args[1], scope))
    return found


def test_every_code_that_the_program_opens_has_a_way_on_and_no_other_has() -> None:
    """R25: a person is never left without a next step, and metric labels stay a closed list."""
    assert _codes() | {RUNAWAY, *STOPS} == set(WAYS), "a guard's code comes with its error"


@pytest.mark.parametrize("code", sorted(WAYS))
def test_a_way_on_names_a_command_or_what_to_change(code: str) -> None:
    """The command can be copied as it stands."""
    told = way_on(Problem(Scope.ITEM, code, "m", system="servicenow", link="helpdesk"), 7)

    assert "{" not in told
    assert told.endswith((".", "by itself."))
    assert "sync-service" in told or "by itself" in told


def test_an_unknown_code_of_an_older_store_is_told_of_too() -> None:
    """A label is bounded, and the number to retry is there."""
    assert "other" == label("value.unmapped")
    assert "problems retry 3" in way_on(Problem(Scope.LINK, "value.unmapped", "m"), 3)
