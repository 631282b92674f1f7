"""Finding and loading pairs: whole pages of them with three queries, never one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, select

from sync_service.core.pair import Made, Pair, Row, Seen, State
from sync_service.core.values import Side, Sides, Version
from sync_service.store import codec
from sync_service.store.database import chunked
from sync_service.store.notes import Known
from sync_service.store.tables import comment, pair, seen

_IDS: Any = bindparam("ids", expanding=True)
_PAIRS = select(
    pair.c.id, pair.c.link, pair.c.made, pair.c.state, pair.c.born_at, pair.c.adopted_at,
    pair.c.recorded_at, pair.c.run, pair.c.sent, pair.c.intents, pair.c.contested, pair.c.refusals,
).where(pair.c.id.in_(_IDS))  # fmt: skip
_SEEN = select(
    seen.c.pair_id, seen.c.side, seen.c.ticket_id,
    seen.c.stamp, seen.c.serial, seen.c.certain, seen.c.provisional, seen.c.fields,
    seen.c.number, seen.c.newest_stamp, seen.c.newest_serial,
).where(seen.c.pair_id.in_(_IDS))  # fmt: skip
_COMMENTS = select(
    comment.c.pair_id, comment.c.origin_system, comment.c.origin_ticket, comment.c.origin_comment,
    comment.c.home, comment.c.left_id, comment.c.right_id, comment.c.left_digest,
    comment.c.right_digest, comment.c.left_version, comment.c.right_version,
    comment.c.public, comment.c.deleted, comment.c.skipped,
).where(comment.c.pair_id.in_(_IDS)).order_by(comment.c.pair_id, comment.c.pos)  # fmt: skip
_AFTER = (
    select(pair.c.id)
    .where(pair.c.link == bindparam("link"), pair.c.id > bindparam("last"))
    .order_by(pair.c.id)
    .limit(bindparam("limit"))
)
_far = seen.alias("far_side")
_KNOWN = (
    select(
        seen.c.ticket_id, seen.c.pair_id, seen.c.link, seen.c.stamp, seen.c.serial,
        seen.c.certain, seen.c.provisional, pair.c.state, pair.c.recorded_at,
        _far.c.ticket_id.label("far"),
    )
    .join(pair, pair.c.id == seen.c.pair_id)
    .join(_far, (_far.c.pair_id == seen.c.pair_id) & (_far.c.side != seen.c.side))
    .where(seen.c.ticket_id.in_(_IDS))
)  # fmt: skip
_KNOWN_OF_LINK = _KNOWN.where(seen.c.link == bindparam("link"), seen.c.side == bindparam("side"))
_KNOWN_OF_SYSTEM = _KNOWN.where(seen.c.system == bindparam("system"))


def load(c: Connection, ids: Sequence[int]) -> list[Pair]:
    """Load pairs in the order asked; ids that are gone are left out."""
    loaded: dict[int, Pair] = {}
    for some in chunked(ids):
        sides = _sides(c, some)
        rows = _comments(c, some)
        for row in c.execute(_PAIRS, {"ids": some}):
            loaded[row[0]] = _pair(row, sides[row[0]], tuple(rows.get(row[0], ())))
    return [loaded[number] for number in ids if number in loaded]


def find(
    c: Connection, ticket: str, system: str = "", link: str = "", side: Side | None = None
) -> list[Pair]:
    """Load the pairs of a ticket id; empty names mean any."""
    narrow = [
        (seen.c.ticket_id == ticket, True),
        (seen.c.system == system, bool(system)),
        (seen.c.link == link, bool(link)),
        (seen.c.side == (side or ""), side is not None),
    ]
    wanted = [condition for condition, asked in narrow if asked]
    return load(c, sorted(c.scalars(select(seen.c.pair_id).where(*wanted))))


def called(c: Connection, number: str, link: str = "") -> list[Pair]:
    """Load the pairs of tickets that people know by this number; an empty name means any link."""
    wanted = [seen.c.number == number, *((seen.c.link == link,) if link else ())]
    return load(c, sorted(set(c.scalars(select(seen.c.pair_id).where(*wanted)))))


def numbers(c: Connection, link: str, tickets: Sequence[str]) -> dict[str, str]:
    """Tell by ticket id what people call tickets of a link's pairs, as far as that was read."""
    wanted = select(seen.c.ticket_id, seen.c.number).where(seen.c.link == link, seen.c.number != "")
    return {
        row.ticket_id: row.number
        for some in chunked(tickets)
        for row in c.execute(wanted.where(seen.c.ticket_id.in_(some)))
    }


def after(c: Connection, link: str, last: int, limit: int) -> list[Pair]:
    """Load the next pairs of a link behind the pair `last`, by id: a page of a walk."""
    return load(c, list(c.scalars(_AFTER, {"link": link, "last": last, "limit": limit})))


def count(c: Connection, link: str) -> int:
    """Count the pairs of a link."""
    return c.execute(select(func.count()).where(pair.c.link == link)).scalar_one()


def known(c: Connection, link: str, side: Side, tickets: Sequence[str]) -> dict[str, Known]:
    """Tell what is known of the tickets of a page; those without a pair are left out."""
    found: dict[str, Known] = {}
    for row in _known_rows(c, tickets, _KNOWN_OF_LINK, link=link, side=side.value):
        found[row.ticket_id] = Known(
            pair_id=row.pair_id,
            version=row.stamp and Version(row.stamp, row.serial, row.certain),
            provisional=bool(row.provisional),
            state=State(row.state),
            whole=row.far is not None,
            recorded_at=row.recorded_at,
        )
    return found


def copies(c: Connection, system: str, tickets: Sequence[str]) -> dict[str, frozenset[str]]:
    """Tell through which links tickets are in whole pairs; the others are left out (R14)."""
    found: dict[str, frozenset[str]] = {}
    for row in _known_rows(c, tickets, _KNOWN_OF_SYSTEM, system=system):
        if row.far is not None:
            found[row.ticket_id] = found.get(row.ticket_id, frozenset()) | {row.link}
    return found


def _known_rows(
    c: Connection, tickets: Sequence[str], query: Select[Any], **narrow: str
) -> Iterator[Any]:
    for some in chunked(tickets):
        yield from c.execute(query, {"ids": some, **narrow})


def _sides(c: Connection, ids: Sequence[int]) -> dict[int, dict[str, tuple[str | None, Any]]]:
    sides: dict[int, dict[str, tuple[str | None, Any]]] = {number: {} for number in ids}
    for number, side, ticket, *columns in c.execute(_SEEN, {"ids": ids}):
        sides[number][side] = (ticket, codec.seen(columns))
    return sides


def _comments(c: Connection, ids: Sequence[int]) -> dict[int, list[Row]]:
    rows: dict[int, list[Row]] = {}
    for number, *columns in c.execute(_COMMENTS, {"ids": ids}):
        rows.setdefault(number, []).append(codec.comment(columns))
    return rows


def _pair(row: Any, sides: dict[str, tuple[str | None, Seen | None]], rows: Any) -> Pair:
    left, right = sides[Side.LEFT.value], sides[Side.RIGHT.value]
    return Pair(
        id=row.id,
        link=row.link,
        ids=Sides(left[0], right[0]),
        made=Made(row.made),
        state=State(row.state),
        seen=Sides(left[1], right[1]),
        rows=rows,
        born_at=row.born_at,
        adopted_at=row.adopted_at,
        recorded_at=row.recorded_at,
        run=row.run,
        **{name: read(getattr(row, name)) for name, read in codec.DOCUMENTS.items()},
    )
