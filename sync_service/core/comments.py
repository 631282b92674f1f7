"""Comments as a set of rows with origins, never matched by text alone (R21).

`align` says which comment is which; `candidates` says which still need a copy.
The surprise: a comment by our own user without a known origin is never copied. It may be a copy
whose note was lost with a restored store, and copying it back would start a loop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sync_service.core.pair import Intent, Making, Pair, Row
from sync_service.core.values import (
    Comment,
    InternalNote,
    Origin,
    PublicComment,
    Side,
    Sides,
    Ticket,
)

#: Gives the digest of a comment's normal form.
Digest = Callable[[Comment], str]

_OTHER_WAY = "its kind does not flow that way"
_NEVER_APART: Sides[datetime | None] = Sides(None, None)


class Edits(StrEnum):
    """What becomes of an edit of a comment that was already copied."""

    FOLLOW = "follow"
    APPEND = "append"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True)
class CommentRules:
    """Which comments are copied where.

    `public` and `internal` hold the sides that such comments may flow *to*.
    """

    public: frozenset[Side] = frozenset(Side)
    internal: frozenset[Side] = frozenset()
    edits: Edits = Edits.FOLLOW
    automation: bool = False


@dataclass(frozen=True, slots=True)
class Copying:
    """One comment that needs a copy on side `to`."""

    row: Row
    comment: Comment
    to: Side


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
    for side in Side:
        _fill(rows, side, now.of(side), digest)
    open_notes = tuple(n for n in intents if n.making is Making.TICKET)
    return replace(pair, rows=tuple(rows), intents=open_notes)


def _fill(rows: list[Row], side: Side, ticket: Ticket, digest: Digest) -> None:
    """Note how an original looks whose row was first made from its copy, and each new version."""
    by_id = {comment.id: comment for comment in ticket.comments or ()}
    for index, row in enumerate(rows):
        comment = by_id.get(row.ids.of(side) or "")
        if comment is not None and not row.digests.of(side):
            rows[index] = _with_copy(row, comment, side, digest)
        elif comment is not None and row.versions.of(side) != comment.version:
            rows[index] = replace(row, versions=row.versions.put(side, comment.version))


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
        if row.origin == origin and row.ids.of(side) is None:
            public = isinstance(comment, PublicComment)  # what counts is what the copy shows (R13)
            rows[index] = replace(_with_copy(row, comment, side, digest), public=public)
            return
    rows.append(_new_row(comment, side, origin, digest, _home_id(origin, side, pair, systems)))


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
        and note.public == isinstance(comment, PublicComment)
        and note.normal == digest(comment)
    )


def _home_id(origin: Origin, side: Side, pair: Pair, systems: Sides[str]) -> str | None:
    """Give the far id of the original, where the original stands on the pair's other ticket."""
    far = side.far
    here = (systems.of(far), pair.ids.of(far) or "")
    return origin.comment.split("~")[0] if (origin.system, origin.ticket) == here else None


def _new_row(
    comment: Comment, side: Side, origin: Origin, digest: Digest, home_id: str | None = None
) -> Row:
    """Start a row with the comment at home on `side`, or as the copy of `home_id` far away."""
    ids: Sides[str | None] = Sides(None, None)
    row = Row(origin, home=side, ids=ids, public=isinstance(comment, PublicComment))
    row = _with_copy(row, comment, side, digest)
    if home_id is None:
        return row
    return replace(row, home=side.far, ids=row.ids.put(side.far, home_id))


def _with_copy(row: Row, comment: Comment, side: Side, digest: Digest) -> Row:
    return replace(
        row,
        ids=row.ids.put(side, comment.id),
        digests=row.digests.put(side, digest(comment)),
        versions=row.versions.put(side, comment.version),
    )


def candidates(
    pair: Pair,
    now: Sides[Ticket],
    rules: CommentRules,
    joined: Sides[datetime | None] = _NEVER_APART,
) -> tuple[tuple[Copying, ...], tuple[Row, ...]]:
    """List the comments that need a copy, oldest first, and the rows that will never get one.

    `joined` says, by each side's own clock, when tickets that stood apart were joined (R14).
    """
    wanted: list[Copying] = []
    never: list[Row] = []
    for side in Side:
        by_id = {comment.id: comment for comment in now.of(side).comments or ()}
        for row in pair.rows:
            comment = by_id.get(row.ids.of(side) or "")
            if comment is None or row.ids.of(side.far) is not None or _stays_skipped(row, comment):
                continue
            reason = _unwanted(comment, side.far, joined.of(side), rules)
            if reason:
                never.append(replace(row, skipped=reason))
            else:
                wanted.append(Copying(row, comment, side.far))
    wanted.sort(key=lambda one: (one.comment.created, one.comment.id))
    return tuple(wanted), tuple(never)


def _stays_skipped(row: Row, comment: Comment) -> bool:
    """Tell whether the reason to skip still holds: an internal note may have been made public."""
    turned = isinstance(comment, PublicComment) and not row.public
    return bool(row.skipped) and not (row.skipped == _OTHER_WAY and turned)


def _unwanted(comment: Comment, to: Side, joined: datetime | None, rules: CommentRules) -> str:
    """Say why the comment gets no copy on `to`; "" if it does."""
    flows = rules.public if isinstance(comment, PublicComment) else rules.internal
    if comment.deleted:
        return "deleted"
    if to not in flows:
        return _OTHER_WAY
    if comment.automation and not rules.automation:
        return "written by a rule or robot"
    if joined is not None and comment.created < joined:
        return "older than the adoption"
    return ""


def one_a_normal_form(
    wanted: Sequence[Copying], normal: Callable[[Copying], str]
) -> tuple[Copying, ...]:
    """Keep the first of each normal form a side; the others wait for the next pass (R21).

    With two equal texts on the wire at once, a recovery without origins could not tell a public
    "hi" from an internal one.
    """
    taken: set[tuple[Side, str]] = set()
    kept = []
    for one in wanted:
        mark = (one.to, normal(one))
        if mark not in taken:
            taken.add(mark)
            kept.append(one)
    return tuple(kept)


@dataclass(frozen=True, slots=True)
class Changed:
    """A copied comment whose original was edited, or must no longer be public on side `to`."""

    row: Row
    comment: Comment
    to: Side


def edited(pair: Pair, now: Sides[Ticket], digest: Digest) -> tuple[Changed, ...]:
    """List the copies whose original now has another normal form."""
    return tuple(
        one
        for one in _copied(pair, now)
        if not one.comment.deleted and digest(one.comment) != one.row.digests.of(one.row.home)
    )


def exposed(pair: Pair, now: Sides[Ticket]) -> tuple[Changed, ...]:
    """List the copies that are or were public though their original is internal or deleted (R13).

    A copy counts by what was recorded of it and by what its system shows: a person there may have
    made it public.
    """
    return tuple(
        one
        for one in _copied(pair, now)
        if (one.comment.deleted or not isinstance(one.comment, PublicComment))
        and (one.row.public or one.row.deleted or is_public(now.of(one.to), one.row.ids.of(one.to)))
    )


def is_public(ticket: Ticket, comment_id: str | None) -> bool:
    """Tell whether the ticket shows this comment to its requester."""
    return isinstance(_shown(ticket, comment_id), PublicComment)


def is_internal(ticket: Ticket, comment_id: str | None) -> bool:
    """Tell whether the ticket shows this comment to its staff alone."""
    return isinstance(_shown(ticket, comment_id), InternalNote)


def _shown(ticket: Ticket, comment_id: str | None) -> Comment | None:
    these = (one for one in ticket.comments or () if one.id == comment_id and not one.deleted)
    return next(these, None)


def _copied(pair: Pair, now: Sides[Ticket]) -> Iterable[Changed]:
    for side in Side:
        by_id = {comment.id: comment for comment in now.of(side).comments or ()}
        for row in pair.rows:
            comment = by_id.get(row.ids.of(side) or "")
            if "~" in row.origin.comment:  # an appended wording, which has no life of its own
                continue
            if row.home is side and comment is not None and row.ids.of(side.far) is not None:
                yield Changed(row, comment, side.far)
