"""Changing the words that are stored already, after a rule about them was added (R13).

Pairs are changed by whoever knows their fields, and saved as ever; here is what is told of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, delete, select, update

from sync_service.core.pair import Conflict
from sync_service.store import codec, conflicts
from sync_service.store.tables import conflict, problem, work

Text = Callable[[str], str]


def reports(c: Connection, link: str, text: Text, told: Callable[[Conflict], Conflict]) -> None:
    """Change every word that conflicts, problems and work of a link hold, open or closed."""
    _conflicts(c, link, told)
    _problems(c, link, text)
    for number, reason in c.execute(
        select(work.c.pair_id, work.c.reason).where(work.c.link == link)
    ):
        if (after := text(reason)) != reason:
            c.execute(update(work).where(work.c.pair_id == number).values(reason=after))


def _conflicts(c: Connection, link: str, told: Callable[[Conflict], Conflict]) -> None:
    for row in conflicts.listed(c, [conflict.c.link == link]):
        if (after := told(row.conflict)) != row.conflict:
            values = conflicts.values_of(after)
            c.execute(update(conflict).where(conflict.c.id == row.id).values(values))


def _problems(c: Connection, link: str, text: Text) -> None:
    """A problem whose very name would change is dropped: what still stands is found again."""
    names = ("message", "value", "words", "before")
    for row in c.execute(select(problem).where(problem.c.link == link)).all():
        if text(row.item) != row.item:
            c.execute(delete(problem).where(problem.c.id == row.id))
            continue
        changed: dict[str, str | None] = {name: text(getattr(row, name)) for name in names}
        changed["tried"] = _document(row.tried, text)
        if any(changed[name] != getattr(row, name) for name in changed):
            c.execute(update(problem).where(problem.c.id == row.id).values(changed))


def _document(stored: str | None, text: Text) -> str | None:
    """Change the texts in a document; None where there is none."""
    return None if stored is None else codec.dump(_deep(codec.load(stored), text))


def _deep(value: Any, text: Text) -> Any:
    if isinstance(value, str):
        return text(value)
    if isinstance(value, list):
        return [_deep(one, text) for one in value]
    if isinstance(value, dict):
        return {name: _deep(one, text) for name, one in value.items()}
    return value
