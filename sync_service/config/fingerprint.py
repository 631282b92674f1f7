"""Fingerprints of a link's parts, so that a reload can tell what changed (R27)."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from sync_service.config.link import Link
from sync_service.core.expressions import Template
from sync_service.core.mapping import Line
from sync_service.core.mapping_extras import Extras, Lookup
from sync_service.core.mapping_table import Companions
from sync_service.core.values import Side, Value


def fingerprint(link: Link) -> dict[str, str]:
    """Give a short hash for each part of a link; parts that say the same hash the same.

    Parts are the link's policies by name, `values: LINE` and `line: LINE` for each mapping line,
    and `comments`, `signature`, `on_create`, `redact` and `attachments`. Positions in files, and how often
    the link polls, do not count. `rows: LINE` and `lines` are no hashes but how many there are.
    """
    mapping = link.mapping
    parts: dict[str, Any] = {
        "systems": [link.systems.left, link.systems.right],
        "since": str(link.since),
        "select": [one.source if one else None for one in (link.select.left, link.select.right)],
        "create": _sides(link.create),
        "on_conflict": [link.on_conflict, link.newest],
        "on_adopt": link.on_adopt,
        "match": [[one.left, one.right] for one in link.match],
        "when_deselected": link.stop_when_deselected,
        "forward": link.forward,
        "sensitive": link.keep_home,
        "comments": [
            _sides(mapping.comments.public),
            _sides(mapping.comments.internal),
            mapping.comments.edits,
            mapping.comments.automation,
        ],
        "signature": mapping.signature.source,
        "on_create": [_extras(mapping.on_create.of(side)) for side in Side],
        "redact": [
            [
                one.mark,
                one.pattern.pattern if one.pattern else None,
                sorted(one.fields or ()),
                one.fields is None,
                one.comments,
            ]
            for one in mapping.redaction.rules
        ],
        "attachments": [_sides(mapping.attachments.to), mapping.attachments.max_size],
    }
    for line in mapping.lines:
        parts[f"line: {line.name}"] = _line(line)
        if line.table is not None:
            parts[f"values: {line.name}"] = [
                [row.cells.of(side), _companions(row.companions.of(side))]
                for row in line.table.rows
                for side in Side
            ]
    marks = {name: _hash(part) for name, part in parts.items()}
    sizes = {f"rows: {one.name}": len(one.table.rows) for one in mapping.lines if one.table}
    sizes["lines"] = len(mapping.lines)
    return marks | {name: str(size) for name, size in sizes.items()}


def _line(line: Line) -> list[Any]:
    return [
        line.names.left,
        line.names.right,
        _sides(line.to),
        line.on_create_only,
        line.value.source if line.value else None,
        [line.default.left, line.default.right],
        [line.people.unknown, line.people.fallback],
        line.drift,
        line.lossy,
    ]


def _companions(companions: Companions) -> list[Any]:
    return sorted((name, [_said(value)]) for name, value in companions.items())


def _extras(extras: Extras) -> list[Any]:
    return sorted(
        (name, [one.what, _companions(one.by), _said(one.otherwise)])
        if isinstance(one, Lookup)
        else (name, [_said(one)])
        for name, one in extras.items()
    )


def _said(value: Value | Template) -> Value:
    return value.source if isinstance(value, Template) else value


def _sides(sides: frozenset[Side]) -> list[str]:
    return sorted(sides)


def _hash(part: Any) -> str:
    text = json.dumps(part, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
