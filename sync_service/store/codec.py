"""Pairs and their parts as rows and documents, and back again.

Pure. Loading what was saved gives an equal value: tuples come back as tuples, moments aware.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sync_service.core.attempts import Attempt
from sync_service.core.pair import Intent, Making, Pair, Refusal, Row, Seen, Sent
from sync_service.core.values import NEVER, Fields, Origin, Side, Sides, Value, Version

Columns = dict[str, Any]

# Built once: json.dumps with arguments would build one for every call.
_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False, default=str).encode


def dump(document: object) -> str:
    """Write a document as compact JSON in ASCII, which every database keeps unchanged."""
    return _encode(document)


def dump_or_none(document: Sequence[object]) -> str | None:
    """Write a list of documents, or None for an empty one, so that an index can leave it out."""
    return _encode(document) if document else None


def load(text: str | None) -> Any:
    """Read a document; None and "" are an empty list."""
    return json.loads(text) if text else []


def value(raw: Any) -> Value:
    """Read a value: JSON's lists are our tuples."""
    return tuple(value(item) for item in raw) if isinstance(raw, list) else raw


def fields(raw: Mapping[str, Any]) -> Fields:
    """Read values by field name."""
    return {name: value(item) for name, item in raw.items()}


def dump_version(version: Version | None) -> list[Any] | None:
    """Write a version as [stamp, serial, certain]."""
    if version is None:
        return None
    return [_utc(version.stamp), version.serial, version.certain]


def version(raw: Sequence[Any] | None) -> Version | None:
    """Read what `dump_version` wrote."""
    return Version(_moment(raw[0]), raw[1], raw[2]) if raw else None


def dump_rows(rows: Sides[Version | None]) -> str | None:
    """Write the versions of the page rows that asked for work."""
    both = [dump_version(rows.left), dump_version(rows.right)]
    return dump(both) if any(both) else None


def rows(text: str | None) -> Sides[Version | None]:
    """Read what `dump_rows` wrote."""
    both = load(text)
    return Sides(version(both[0]), version(both[1])) if both else Sides(None, None)


def dump_attempts(attempts: Sequence[Attempt]) -> str | None:
    """Write attempts, or None for none."""
    return dump_or_none(
        [[_utc(one.first), _utc(one.last), one.times, one.kind, one.answer] for one in attempts]
    )


def attempts(text: str | None) -> tuple[Attempt, ...]:
    """Read what `dump_attempts` wrote."""
    return tuple(
        Attempt(_moment(first), _moment(last), times, kind, answer)
        for first, last, times, kind, answer in load(text)
    )


def pair_columns(pair: Pair) -> Columns:
    """Write what a pair's own row keeps, apart from its id and link."""
    return {
        "made": pair.made.value,
        "state": pair.state.value,
        "born_at": pair.born_at,
        "adopted_at": pair.adopted_at,
        "recorded_at": pair.recorded_at,
        "run": pair.run,
        "sent": dump_or_none([_dump_sent(sent) for sent in pair.sent]),
        "intents": dump_or_none([_dump_intent(intent) for intent in pair.intents]),
        "contested": dump_or_none(sorted(pair.contested)),
        "refusals": dump_or_none([[r.to.value, r.item, r.value] for r in pair.refusals]),
    }


#: The columns of `pair_columns` that are made from a field of another shape.
DOCUMENTS: Mapping[str, Any] = {
    "sent": lambda text: tuple(_sent(raw) for raw in load(text)),
    "intents": lambda text: tuple(_intent(raw) for raw in load(text)),
    "contested": lambda text: frozenset(load(text)),
    "refusals": lambda text: tuple(
        Refusal(Side(to), item, refused) for to, item, refused in load(text)
    ),
}


_SEEN = (
    "stamp", "serial", "certain", "provisional", "fields", "number", "newest_stamp", "newest_serial",
)  # fmt: skip


def seen_columns(seen: Seen | None) -> Columns:
    """Write how one side looked; all None where it was never read."""
    if seen is None:
        return dict.fromkeys(_SEEN)
    return {
        "stamp": seen.version.stamp,
        "serial": seen.version.serial,
        "certain": seen.version.certain,
        "provisional": seen.provisional,
        "fields": dump(seen.fields),
        "number": seen.number or None,
        "newest_stamp": seen.newest.stamp,
        "newest_serial": seen.newest.serial,
    }


def seen(columns: Sequence[Any]) -> Seen | None:
    """Read what `seen_columns` wrote, in its order."""
    stamp, serial, certain, provisional, text, number, shown, count = columns
    if stamp is None:
        return None
    read = Version(stamp, serial, certain)
    newest = NEVER if shown is None else Version(shown, count)
    return Seen(read, fields(json.loads(text)), provisional, number or "", newest)


def comment_columns(row: Row) -> Columns:
    """Write a comment row, apart from its pair and place."""
    return {
        "origin_system": row.origin.system,
        "origin_ticket": row.origin.ticket,
        "origin_comment": row.origin.comment,
        "home": row.home.value,
        "left_id": row.ids.left,
        "right_id": row.ids.right,
        "left_digest": row.digests.left,
        "right_digest": row.digests.right,
        "left_version": row.versions.left,
        "right_version": row.versions.right,
        "public": row.public,
        "deleted": row.deleted,
        "skipped": row.skipped,
    }


def comment(columns: Iterable[Any]) -> Row:
    """Read what `comment_columns` wrote, in its order."""
    system, ticket, original, home, li, ri, ld, rd, lv, rv, public, deleted, skipped = columns
    return Row(
        Origin(system, ticket, original), Side(home), Sides(li, ri), Sides(ld, rd), Sides(lv, rv),
        public, deleted, skipped,
    )  # fmt: skip


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _dump_sides(both: Sides[Fields]) -> list[Fields]:
    return [both.left, both.right]


def _sides(raw: Sequence[Any]) -> Sides[Fields]:
    return Sides(fields(raw[0]), fields(raw[1]))


def _dump_sent(sent: Sent) -> Columns:
    return {
        "line": sent.line,
        "to": sent.to.value,
        "before": _dump_sides(sent.before),
        "after": _dump_sides(sent.after),
        "version": dump_version(sent.version),
        "noted": _utc(sent.noted_at),
        "until": _utc(sent.wire_until),
        "hops": sent.hops,
        "answered": sent.answered,
    }


def _sent(raw: Mapping[str, Any]) -> Sent:
    return Sent(
        line=raw["line"],
        to=Side(raw["to"]),
        before=_sides(raw["before"]),
        after=_sides(raw["after"]),
        version=Version(_moment(raw["version"][0]), *raw["version"][1:]),
        noted_at=_moment(raw["noted"]),
        wire_until=_moment(raw["until"]),
        hops=tuple(value(hop) for hop in raw["hops"]),
        answered=raw.get("answered", False),
    )


def _dump_intent(intent: Intent) -> Columns:
    return {
        "making": intent.making.value,
        "to": intent.to.value,
        "key": intent.key,
        "noted": _utc(intent.noted_at),
        "until": _utc(intent.wire_until),
        "values": intent.values,
        "sources": intent.sources,
        "normal": intent.normal,
        "public": intent.public,
        "present": intent.present,
    }


def _intent(raw: Mapping[str, Any]) -> Intent:
    return Intent(
        making=Making(raw["making"]),
        to=Side(raw["to"]),
        key=raw["key"],
        noted_at=_moment(raw["noted"]),
        wire_until=_moment(raw["until"]),
        values=fields(raw["values"]),
        sources=fields(raw["sources"]),
        normal=raw["normal"],
        public=raw["public"],
        present=tuple(raw["present"]),
    )
