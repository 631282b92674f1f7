"""Say which comment is which: rows with origins, never matched by text alone (R21).

The surprise: a copy that is *found*, after a crash or with a new store, tells by its own words
whether its original was edited meanwhile. Nothing else can: how the original looked when it was
copied went with the store. The second surprise: of one origin only the first copy is a row to write
to. A second one (a gateway repeated the call, or a lost call landed late) is kept as `ID~0~COPY`, a
wording that is none, so that it is hidden with its original and named to a person.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sync_service.core.pair import Intent, Making, Pair, Row
from sync_service.core.text import normal
from sync_service.core.values import Comment, Origin, PublicComment, Side, Sides, Ticket

#: Gives the digest of a comment's normal form.
Digest = Callable[[Comment], str]
_ById = Sides[dict[str, Comment]]
#: Why a second copy gets none of its own, and is missed by nobody once it is deleted.
_TWICE = "a second copy of one comment"


def align(pair: Pair, now: Sides[Ticket], systems: Sides[str], digest: Digest) -> Pair:
    """Bring the rows up to what both sides show: new comments get rows, found copies their ids.

    Every note of a comment is closed: the copy was found, or it did not land (R16).
    """
    rows = list(pair.rows)
    intents = list(pair.intents)
    for side in Side:
        known = {row.ids.of(side) for row in rows}
        for comment in now.of(side).comments or ():
            if comment.id not in known:
                _place(comment, side, rows, intents, pair, systems, digest)
    shown: _ById = now.map(lambda ticket: {one.id: one for one in ticket.comments or ()})
    before = {row.origin: row for row in pair.rows}
    aligned = tuple(_looked_at(row, before.get(row.origin), shown, digest) for row in rows)
    open_notes = tuple(n for n in intents if n.making is Making.TICKET)
    if aligned == pair.rows and open_notes == pair.intents:
        return pair
    return replace(pair, rows=aligned, intents=open_notes)


def _looked_at(row: Row, before: Row | None, shown: _ById, digest: Digest) -> Row:
    """Note each new version, and how the original looks whose copy was just found."""
    for side in Side:
        comment = shown.of(side).get(row.ids.of(side) or "")
        if comment is not None and row.versions.of(side) != comment.version:
            row = replace(row, versions=row.versions.put(side, comment.version))
    if is_wording(row) or (before is not None and None not in (before.ids.left, before.ids.right)):
        return row
    original = shown.of(row.home).get(row.ids.of(row.home) or "")
    copy = shown.of(row.home.far).get(row.ids.of(row.home.far) or "")
    if original is None or copy is None:
        return row
    meant = before.public if before else _public(original)
    row = replace(row, public=meant or _public(copy))  # what it shows counts, at the least (R13)
    if original.ours or _says(copy, original):
        return replace(row, digests=row.digests.put(row.home, digest(original)))
    copied = before.digests.of(row.home) if before is not None else ""  # nobody knows: an edit
    return replace(row, digests=row.digests.put(row.home, copied))


def _public(comment: Comment) -> bool:
    return isinstance(comment, PublicComment)


def _says(copy: Comment, original: Comment) -> bool:
    """Tell whether a copy has the original's present words, under its signature."""
    here, there = normal(original.body, html=original.html), normal(copy.body, html=copy.html)
    return there.endswith(here)


def is_wording(row: Row) -> bool:
    """Tell a later wording of a comment, which was said below its first copy."""
    return "~" in row.origin.comment


def is_twin(row: Row) -> bool:
    """Tell a second copy of a comment: it is never written to, but hidden with its original."""
    return "~0~" in row.origin.comment


def first_of(row: Row) -> Origin:
    """Give the origin that a second copy shares with the first."""
    return replace(row.origin, comment=row.origin.comment.rpartition("~0~")[0])


def original_of(origin: Origin) -> Origin:
    """Give the comment that a wording is one of."""
    return replace(origin, comment=origin.comment.split("~")[0])


def _place(
    comment: Comment,
    side: Side,
    rows: list[Row],
    intents: list[Intent],
    pair: Pair,
    systems: Sides[str],
    digest: Digest,
) -> None:
    """Give a comment that is in no row yet its place."""
    origin = _origin_of(comment, side, intents, pair, systems, digest)
    if origin is None:
        skipped = Origin(systems.of(side), pair.ids.of(side) or "", comment.id)
        rows.append(replace(_new_row(comment, side, skipped, digest), skipped="origin unknown"))
        return
    for index, row in enumerate(rows):
        if row.origin == origin:
            if row.ids.of(side) is None:
                rows[index] = _with_comment(row, comment, side, digest)
            else:
                rows.append(_twin(row, comment, side, digest))
            return
    rows.append(_new_row(comment, side, origin, digest, _home_id(origin, side, pair, systems)))


def _twin(first: Row, comment: Comment, side: Side, digest: Digest) -> Row:
    """Keep a second copy; one on the side nearer to the original has no far comment of its own."""
    origin = replace(first.origin, comment=f"{first.origin.comment}~0~{comment.id}")
    ids: Sides[str | None] = first.ids if side is not first.home else Sides(None, None)
    row = Row(origin, first.home, ids, public=_public(comment), skipped=_TWICE)
    return _with_comment(row, comment, side, digest)


def _origin_of(
    comment: Comment,
    side: Side,
    intents: list[Intent],
    pair: Pair,
    systems: Sides[str],
    digest: Digest,
) -> Origin | None:
    """Say where the person wrote it; None for one of ours that nothing explains.

    Only our own user's word counts about origins: people quote and clone.
    """
    if not comment.ours:
        return Origin(systems.of(side), pair.ids.of(side) or "", comment.id)
    if comment.origin is not None:
        return comment.origin
    for note in intents:
        if _explains(note, comment, side, digest):
            intents.remove(note)  # each note explains one comment
            return Origin.parse(note.key)
    return None


def _explains(note: Intent, comment: Comment, side: Side, digest: Digest) -> bool:
    return (
        note.making is Making.COMMENT
        and note.to is side
        and comment.id not in note.present
        and note.public == _public(comment)
        and note.normal == digest(comment)
    )


def _home_id(origin: Origin, side: Side, pair: Pair, systems: Sides[str]) -> str | None:
    """Give the far id of the original, where the original stands on the pair's other ticket."""
    far = side.far
    here = (systems.of(far), pair.ids.of(far) or "")
    return original_of(origin).comment if (origin.system, origin.ticket) == here else None


def _new_row(
    comment: Comment, side: Side, origin: Origin, digest: Digest, home_id: str | None = None
) -> Row:
    """Start a row with the comment at home on `side`, or as the copy of `home_id` far away."""
    ids: Sides[str | None] = Sides(None, None)
    row = Row(origin, home=side, ids=ids, public=_public(comment))
    row = _with_comment(row, comment, side, digest)
    if home_id is None:
        return row
    return replace(row, home=side.far, ids=row.ids.put(side.far, home_id))


def _with_comment(row: Row, comment: Comment, side: Side, digest: Digest) -> Row:
    return replace(
        row,
        ids=row.ids.put(side, comment.id),
        digests=row.digests.put(side, digest(comment)),
        versions=row.versions.put(side, comment.version),
    )
