"""What a mapping says beside its field lines: needs of a new ticket, and a copy's author line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from sync_service.core.expressions import ExpressionError, Template
from sync_service.core.mapping_line import Context
from sync_service.core.values import Comment, PublicComment, Ticket, Value

#: The names that a signature may use.
SIGNATURE_NAMES = frozenset({"author", "system", "created", "visibility"})


@dataclass(frozen=True, slots=True)
class Lookup:
    """An id that the adapter finds by other words: `{lookup: user, email: ..., else: ...}`.

    `otherwise` is what it looks for if the first words are missing or find nothing.
    """

    what: str
    by: Mapping[str, Value | Template]
    otherwise: Value | Template = None


#: What a new ticket needs besides the lines, by the vendor's own names.
Extras = Mapping[str, Value | Template | Lookup]


def render_extras(extras: Extras, near: Ticket, system: str) -> dict[str, Any]:
    """Give the extras for the copy of `near`, a ticket of `system`, as plain data.

    A look-up becomes `{"lookup": ..., "email": ..., "else": ...}`; words that the ticket has not
    are left out where there is an `else`. Raises `ExpressionError` where there is none.
    """
    context = Context(near, system)
    return {name: _extra(extra, context) for name, extra in extras.items()}


def sign(template: Template, comment: Comment, system: str) -> str:
    """Write the author line of a copy: who said it, in which system, when (in UTC)."""
    moment = comment.created.astimezone(UTC)
    return template.render({
        "author": {"name": comment.author.name, "email": comment.author.email},
        "system": system,
        "created": f"{moment:%Y-%m-%d %H:%M} UTC",
        "visibility": "public" if isinstance(comment, PublicComment) else "internal",
    }).strip()  # fmt: skip


def _extra(extra: Value | Template | Lookup, context: Context) -> Any:
    if not isinstance(extra, Lookup):
        return _text(extra, context)
    found: dict[str, Any] = {"lookup": extra.what}
    for name, value in extra.by.items():
        try:
            found[name] = _text(value, context)
        except ExpressionError:
            if extra.otherwise is None:
                raise
    found = {name: value for name, value in found.items() if value not in (None, "")}
    if extra.otherwise is not None:
        found["else"] = _text(extra.otherwise, context)
    return found


def _text(value: Value | Template, context: Context) -> Value:
    return context.render(value) if isinstance(value, Template) else value
