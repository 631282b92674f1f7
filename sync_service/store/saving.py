"""Saving: one transaction writes down how pairs differ from what they were.

Only what differs between `before` and `after` is written, so that a save does not undo what a
command changed meanwhile (a refusal that a person cleared). The surprise: many pairs cost
hardly more statements than one; whoever has several to record should record them together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from sync_service.core.pair import Pair, Row
from sync_service.core.values import Side
from sync_service.store import codec, conflicts, filling, history, problems, work
from sync_service.store.database import chunked
from sync_service.store.notes import Done, Later, No, Run, Save
from sync_service.store.runs import fence
from sync_service.store.tables import comment, pair, seen

_GROUPS = select(pair.c.id, pair.c.group_id).where(pair.c.id.in_(bindparam("ids", expanding=True)))
_SEEN = (
    update(seen)
    .where(seen.c.pair_id == bindparam("p"), seen.c.side == bindparam("s"))
    .values(
        {
            name: bindparam(name, type_=seen.c[name].type)
            for name in ("stamp", "serial", "certain", "provisional", "fields", "number")
        }
    )
)
_THIS_COMMENT = (comment.c.pair_id == bindparam("p"), comment.c.pos == bindparam("n"))


def save(c: Connection, run: Run, saves: Sequence[Save], at: datetime) -> dict[int, No]:
    """Record all, but for the pairs in the answer: those were refused whole, and why."""
    fence(c, run)
    refused: dict[int, No] = {}
    group_of = _groups(c, [one.after.id for one in saves])
    for one in saves:
        if one.after.id not in group_of:
            refused[one.after.id] = No.UNPAIRED
    refused |= filling.fill(c, [one for one in saves if one.after.id not in refused], group_of, at)
    kept = [one for one in saves if one.after.id not in refused]
    _write_pairs(c, kept)
    _write_sides(c, kept)
    _write_comments(c, kept)
    _write_reports(c, kept, at)
    work.enqueue_siblings(c, [one.after.id for one in kept if _has_new_ids(one)], at)
    work.finish(c, {one.after.id: one.work for one in kept if isinstance(one.work, Done | Later)})
    return refused


def _groups(c: Connection, ids: Sequence[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for some in chunked(ids):
        rows = c.execute(_GROUPS, {"ids": some})
        found.update((row.id, row.group_id) for row in rows)
    return found


def _has_new_ids(one: Save) -> bool:
    """Tell whether a ticket or a copy got its id."""
    if one.before.ids != one.after.ids:
        return True
    if one.before.rows == one.after.rows:
        return False
    return bool(_comment_ids(one.after.rows) - _comment_ids(one.before.rows))


def _comment_ids(rows: Iterable[Row]) -> set[tuple[Side, str]]:
    return {(side, name) for row in rows for side in Side if (name := row.ids.of(side))}


def _write_pairs(c: Connection, saves: Sequence[Save]) -> None:
    """Update the changed columns, one statement for each set of columns that changed together."""
    by_columns: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for one in saves:
        if changed := _changed(one.before, one.after):
            changed["p"] = one.after.id
            by_columns.setdefault(tuple(changed), []).append(changed)
    for names, values in by_columns.items():
        columns = {name: bindparam(name, type_=pair.c[name].type) for name in names if name != "p"}
        c.execute(update(pair).where(pair.c.id == bindparam("p")).values(columns), values)


_PAIR_FIELDS = (
    "made", "state", "born_at", "adopted_at", "recorded_at", "run", "sent", "intents",
    "contested", "refusals",
)  # fmt: skip


def _changed(before: Pair, after: Pair) -> dict[str, Any]:
    names = [name for name in _PAIR_FIELDS if getattr(before, name) != getattr(after, name)]
    if not names:
        return {}
    columns = codec.pair_columns(after)
    return {name: columns[name] for name in names}


def _write_sides(c: Connection, saves: Sequence[Save]) -> None:
    values = [
        {"p": one.after.id, "s": side.value, **codec.seen_columns(one.after.seen.of(side))}
        for one in saves
        for side in Side
        if one.before.seen.of(side) != one.after.seen.of(side)
    ]
    if values:
        c.execute(_SEEN, values)


def _write_comments(c: Connection, saves: Sequence[Save]) -> None:
    added: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    dropped: list[dict[str, Any]] = []
    for one in saves:
        old, new, number = one.before.rows, one.after.rows, one.after.id
        if old is new or old == new:
            continue
        for pos, row in enumerate(new):
            if pos >= len(old):
                added.append({"pair_id": number, "pos": pos, **codec.comment_columns(row)})
            elif old[pos] != row:
                changed.append({"p": number, "n": pos, **codec.comment_columns(row)})
        dropped += [{"p": number, "n": pos} for pos in range(len(new), len(old))]
    if dropped:
        c.execute(delete(comment).where(*_THIS_COMMENT), dropped)
    if changed:
        names = [name for name in changed[0] if name not in {"p", "n"}]
        columns = {name: bindparam(name, type_=comment.c[name].type) for name in names}
        c.execute(update(comment).where(*_THIS_COMMENT).values(columns), changed)
    if added:
        c.execute(insert(comment), added)


def _write_reports(c: Connection, saves: Sequence[Save], at: datetime) -> None:
    """Write history, conflicts and problems."""
    lines = [
        line
        for one in saves
        if one.events
        for line in history.of_pair(at, one.after.link, one.after.id, one.events)
    ]
    history.append(c, lines)
    problems.note(c, [entry for one in saves for entry in one.problems], at)
    for one in saves:
        conflicts.note(c, one.after.link, one.conflicts, at)
        if level := one.before.contested - one.after.contested:
            conflicts.agree(c, one.after.id, level, at)
