"""Templates and conditions of a file, compiled at once and checked for the names they use."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from sync_service.config.document import Document, Path
from sync_service.core.expressions import Expression, ExpressionError, Template

K = TypeVar("K", Template, Expression)


def template_or_value(value: Any, document: Document, path: Path, names: Iterable[str]) -> Any:
    """Compile a text that holds `{{` or `{%`; anything else is itself."""
    if isinstance(value, str) and ("{{" in value or "{%" in value):
        return compiled(Template, value, document, path, names)
    return value


def compiled(
    kind: type[K], source: str, document: Document, path: Path, names: Iterable[str]
) -> K | None:
    """Compile an expression; None after noting what is wrong with it."""
    try:
        made = kind(source, document.where(path))
    except ExpressionError as error:
        document.fault(path, str(error).removeprefix(f"{document.where(path)}: "))
        return None
    for fault in made.faults(names):
        document.fault(path, fault)
    return made
