"""Which comments need a copy, an edit of theirs, or to be hidden, once `align` has told them apart.

The surprise: a comment by our own user without a known origin is never copied. It may be a copy
whose note was lost with a restored store, and copying it back would start a loop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sync_service.core.align import Digest, is_wording
from sync_service.core.pair import Pair, Row
from sync_service.core.values import Comment, InternalNote, PublicComment, Side, Sides, Ticket

_DELETED = "deleted"
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


def candidates(
    pair: Pair,
    now: Sides[Ticket],
    rules: CommentRules,
    joined: Sides[datetime | None] = _NEVER_APART,
) -> tuple[tuple[Copying, ...], tuple[Row, ...]]:
    """List the comments that need a copy, oldest first, and the rows that will never get one.

    Those of one moment stay in the order in which their side shows them: an id tells no order.
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
    shown = now.map(lambda side: {one.id: n for n, one in enumerate(side.comments or ())})
    wanted.sort(key=lambda one: (one.comment.created, shown.of(one.to.far)[one.comment.id]))
    return tuple(wanted), tuple(never)


def _stays_skipped(row: Row, comment: Comment) -> bool:
    """Tell whether the reason to skip still holds: a note may be public by now, a comment back."""
    if row.skipped == _DELETED:
        return comment.deleted
    turned = isinstance(comment, PublicComment) and not row.public
    return bool(row.skipped) and not (row.skipped == _OTHER_WAY and turned)


def _unwanted(comment: Comment, to: Side, joined: datetime | None, rules: CommentRules) -> str:
    """Say why the comment gets no copy on `to`; "" if it does."""
    flows = rules.public if isinstance(comment, PublicComment) else rules.internal
    if comment.deleted:
        return _DELETED
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
    """List the copies whose original now has another normal form; one that was deleted stays so."""
    return tuple(
        one
        for one in _copied(pair, now)
        if not is_wording(one.row)  # it has no life of its own
        and not one.comment.deleted
        and _shown(now.of(one.to), one.row.ids.of(one.to)) is not None
        and digest(one.comment) != one.row.digests.of(one.row.home)
    )


def exposed(pair: Pair, now: Sides[Ticket]) -> tuple[Changed, ...]:
    """List the copies that are or were public though their original is internal or deleted (R13).

    Every wording counts: by what was recorded of it and by what its system shows, since a person
    there may have made it public.
    """
    return tuple(
        one
        for one in _copied(pair, now)
        if (one.comment.deleted or not isinstance(one.comment, PublicComment))
        and (one.row.public or one.row.deleted or is_public(now.of(one.to), one.row.ids.of(one.to)))
    )


def revealed(pair: Pair, now: Sides[Ticket]) -> tuple[Changed, ...]:
    """List the copies that were made, or turned, internal and whose original is public by now."""
    return tuple(
        one
        for one in _copied(pair, now)
        if not is_wording(one.row)
        and not one.row.public
        and not one.comment.deleted
        and isinstance(one.comment, PublicComment)
        and is_internal(now.of(one.to), one.row.ids.of(one.to))
    )


def is_public(ticket: Ticket, comment_id: str | None) -> bool:
    """Tell whether the ticket shows this comment to its requester."""
    return isinstance(_shown(ticket, comment_id), PublicComment)


def is_internal(ticket: Ticket, comment_id: str | None) -> bool:
    """Tell whether the ticket shows this comment to its staff alone."""
    return isinstance(_shown(ticket, comment_id), InternalNote)


def is_there(ticket: Ticket, comment_id: str | None) -> bool:
    """Tell whether the ticket shows this comment to anybody."""
    return _shown(ticket, comment_id) is not None


def _shown(ticket: Ticket, comment_id: str | None) -> Comment | None:
    these = (one for one in ticket.comments or () if one.id == comment_id and not one.deleted)
    return next(these, None)


def _copied(pair: Pair, now: Sides[Ticket]) -> Iterable[Changed]:
    for side in Side:
        by_id = {comment.id: comment for comment in now.of(side).comments or ()}
        for row in pair.rows:
            comment = by_id.get(row.ids.of(side) or "")
            if row.home is side and comment is not None and row.ids.of(side.far) is not None:
                yield Changed(row, comment, side.far)
