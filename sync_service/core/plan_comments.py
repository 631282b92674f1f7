"""Decide which comments to copy, to rewrite and to hide for a pair of which both tickets are known.

Identity comes from `align`; this module only composes texts and picks actions.
The surprise: an appended wording is a comment with an origin of its own, `ID~N~DIGEST`, the Nth
wording of comment ID. So a crash between its write and its record does not append it twice. What
was an internal note and is public by now is said again, publicly, as `ID~N~pDIGEST`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from sync_service.core import align as twins
from sync_service.core import comments as talk
from sync_service.core.actions import Action, AddNote, AddReply, Hide, Rewrite
from sync_service.core.align import first_of, is_twin, is_wording, original_of
from sync_service.core.comments import Changed, Copying, Edits
from sync_service.core.fold import is_refused
from sync_service.core.outgoing import Note, Reply, Shape
from sync_service.core.pair import Made, Pair, Problem, Row, Scope, Solved
from sync_service.core.rules import Rules
from sync_service.core.text import digest, html_to_text, sanitise, text_to_html
from sync_service.core.values import Comment, Origin, PublicComment, Side, Sides, Ticket

#: The value under which a refused hiding is remembered.
HIDING = "hide"
#: Stands before the digest of a wording that is there because its comment turned public.
_PUBLIC = "p"


def align(pair: Pair, now: Sides[Ticket], rules: Rules) -> Pair:
    """Bring the pair's rows up to what both sides show, and close the notes of its comments."""
    return twins.align(pair, now.map(rules.names.today), rules.systems, _digest)


def plan_comments(
    pair: Pair, now: Sides[Ticket], rules: Rules, offsets: Sides[timedelta]
) -> tuple[Pair, tuple[Action, ...], list[Problem | Solved], bool]:
    """Copy what is new, follow edits, and hide what must no longer be public, once aligned.

    `offsets` are the systems' clocks less ours. The last is true where an equal text waits for the
    first to be recorded (R21).
    """
    joined = Sides.build(lambda side: _joined(pair, side, rules, offsets))
    wanted, never = talk.candidates(pair, now, rules.comments, joined)
    pair = _replace_rows(pair, never)
    wanted = tuple(
        one for one in wanted if not _refused_text(pair, one.to, str(one.row.origin), one.comment)
    )
    first = talk.one_a_normal_form(wanted, lambda one: _normal(one, rules))
    copies = [_copy(one, now, rules) for one in first]
    hidden, problems = _hide(pair, now, rules)
    pair = _replace_rows(pair, _out_of_sight(pair, now))
    actions = (*hidden, *copies, *_reveal(pair, now, rules), *_follow(pair, now, rules))
    problems += [_twice(row, pair, now, rules) for row in pair.rows if is_twin(row)]
    return pair, actions, problems, len(first) < len(wanted)


def _joined(pair: Pair, side: Side, rules: Rules, offsets: Sides[timedelta]) -> datetime | None:
    """Give when tickets that stood apart were joined, as a side stamps its comments (R14).

    A stamp may be cut, so that what was said right after seems to be from right before.
    """
    if pair.made is not Made.MATCH or pair.adopted_at is None:
        return None
    return pair.adopted_at + offsets.of(side) - rules.traits.of(side).resolution


def _digest(comment: Comment) -> str:
    return digest(comment.body, html=comment.html)


def _replace_rows(pair: Pair, changed: Iterable[Row]) -> Pair:
    by_origin = {row.origin: row for row in changed}
    if not by_origin:
        return pair
    return replace(pair, rows=tuple(by_origin.get(row.origin, row) for row in pair.rows))


def _refused_text(pair: Pair, to: Side, item: str, comment: Comment) -> bool:
    return is_refused(pair, to, item, _digest(comment))


def compose(comment: Comment, to: Side, rules: Rules, prefix: str = "") -> tuple[str, bool]:
    """Write a comment in the form that side `to` takes, under its author's line, redacted again."""
    html = rules.traits.of(to).html_comments
    signature = prefix + rules.signature(comment, rules.systems.of(to.far))
    if html:
        body = sanitise(comment.body) if comment.html else text_to_html(comment.body)
        said = text_to_html(signature) + body if signature else body
    else:
        body = html_to_text(comment.body) if comment.html else comment.body
        said = f"{signature}\n\n{body}" if signature else body
    return rules.redaction.words(said, html=html), html


def _normal(one: Copying, rules: Rules) -> str:
    body, html = compose(one.comment, one.to, rules)
    return digest(body, html=html)


def _copy(one: Copying, now: Sides[Ticket], rules: Rules) -> AddReply | AddNote:
    present = tuple(comment.id for comment in now.of(one.to).comments or ())
    if rules.traits.of(one.to).origin_field:
        present = ()
    return say(one.comment, one.row.origin, one.to, present, _shape(one.to, rules))


def _shape(to: Side, rules: Rules, prefix: str = "") -> Shape:
    return lambda comment: compose(comment, to, rules, prefix)


def say(
    comment: Comment, origin: Origin, to: Side, present: tuple[str, ...], shape: Shape
) -> AddReply | AddNote:
    """Make the action that copies a comment with the visibility that it has (R13)."""
    if isinstance(comment, PublicComment):
        reply = Reply.of(comment, origin, shape)
        return AddReply(to, reply, comment, digest(reply.body, html=reply.html), present)
    note = Note.of(comment, origin, shape)
    return AddNote(to, note, comment, digest(note.body, html=note.html), present)


def _follow(pair: Pair, now: Sides[Ticket], rules: Rules) -> Iterable[Action]:
    """Carry edits of comments on, in the way that the link and the vendor allow (R21)."""
    if rules.comments.edits is Edits.IGNORE:
        return
    for one in talk.edited(pair, now, _digest):
        if _refused_text(pair, one.to, str(one.row.origin), one.comment):
            continue
        if not isinstance(one.comment, PublicComment) and _public_there(one, now):
            continue  # it is being hidden, or a person there must
        if rules.comments.edits is Edits.FOLLOW and rules.traits.of(one.to).edits_comments:
            yield _rewrite(one, now, rules)
        elif not _appended_last(one, pair):
            yield from _append(one, pair, now, rules, _mark(one), "Edited: ")


def _reveal(pair: Pair, now: Sides[Ticket], rules: Rules) -> Iterable[Action]:
    """Say publicly what was copied as an internal note, or hidden, and is public by now (R21)."""
    for one in talk.revealed(pair, now):
        mark = f"{_PUBLIC}{_mark(one)}"
        said = any(
            name.endswith(f"~{mark}") and not row.deleted
            for name, row in _wordings(one, pair).items()
        )
        if one.to in rules.comments.public and not said:
            yield from _append(one, pair, now, rules, mark)


def _public_there(one: Changed, now: Sides[Ticket]) -> bool:
    """Tell whether the copy is public, by what was recorded or by what is shown."""
    return one.row.public or talk.is_public(now.of(one.to), one.row.ids.of(one.to))


def _rewrite(one: Changed, now: Sides[Ticket], rules: Rules) -> Rewrite:
    """Write the new wording with the visibility that the copy has: a person there may have hid it."""
    text: Reply | Note
    shape, comment_id = _shape(one.to, rules), one.row.ids.of(one.to) or ""
    hidden = not one.row.public or talk.is_internal(now.of(one.to), comment_id)
    if isinstance(one.comment, PublicComment) and not hidden:
        text = Reply.of(one.comment, one.row.origin, shape)
    else:
        text = Note.of(one.comment, one.row.origin, shape)
    return Rewrite(one.to, comment_id, text, one.comment, one.row.origin)


def _wordings(one: Changed, pair: Pair) -> dict[str, Row]:
    """Give the later wordings of a comment by the names that they were given, oldest first."""
    rows = {
        row.origin.comment: row
        for row in pair.rows
        if is_wording(row) and not is_twin(row) and original_of(row.origin) == one.row.origin
    }
    return dict(sorted(rows.items(), key=lambda named: int(named[0].split("~")[1])))


def _appended_last(one: Changed, pair: Pair) -> bool:
    """Tell whether the present wording is the last one appended: a crash lost only its record."""
    return any(name.endswith(_mark(one)) for name in list(_wordings(one, pair))[-1:])


def _mark(one: Changed) -> str:
    return _digest(one.comment)[:8]


def _append(
    one: Changed, pair: Pair, now: Sides[Ticket], rules: Rules, mark: str, prefix: str = ""
) -> Iterable[AddReply | AddNote]:
    """Say a wording below, unless the far side has refused just that (R25)."""
    number = len(_wordings(one, pair)) + 1
    origin = replace(one.row.origin, comment=f"{one.row.origin.comment}~{number}~{mark}")
    present = tuple(comment.id for comment in now.of(one.to).comments or ())
    if not _refused_text(pair, one.to, str(origin), one.comment):
        yield say(one.comment, origin, one.to, present, _shape(one.to, rules, prefix))


def _hide(
    pair: Pair, now: Sides[Ticket], rules: Rules
) -> tuple[list[Action], list[Problem | Solved]]:
    actions: list[Action] = []
    problems: list[Problem | Solved] = []
    for one in talk.exposed(pair, now):
        origin = str(one.row.origin)
        if one.comment.deleted and rules.comments.edits is Edits.IGNORE:
            continue
        if not talk.is_public(now.of(one.to), one.row.ids.of(one.to)):
            problems.append(_was_hidden(pair, origin, rules.systems.of(one.to)))
        elif one.row.deleted or not rules.traits.of(one.to).hides_comments:
            problems.append(_cannot_hide(one, now, rules, pair))
        elif not is_refused(pair, one.to, origin, HIDING):
            actions.append(Hide(one.to, one.row.ids.of(one.to) or "", one.row.origin))
    return actions, problems


def _out_of_sight(pair: Pair, now: Sides[Ticket]) -> Iterable[Row]:
    """Give the rows of copies that had to be hidden and are: by a person, or before a crash."""
    for one in talk.exposed(pair, now):
        if one.row.public and talk.is_internal(now.of(one.to), one.row.ids.of(one.to)):
            yield replace(one.row, public=False, deleted=True)


def _was_hidden(pair: Pair, item: str, system: str) -> Solved:
    """A person did it by hand."""
    return Solved(Scope.ITEM, "cannot-hide", system=system, link=pair.link, pair=pair.id, item=item)


def _cannot_hide(one: Changed, now: Sides[Ticket], rules: Rules, pair: Pair) -> Problem:
    there, name = now.of(one.to), rules.systems.of(one.to)
    why = "which cannot hide one by its API"
    if one.row.deleted:
        why = "where somebody made it public after we hid it"
    return Problem(
        Scope.ITEM,
        "cannot-hide",
        f"A comment that {rules.systems.of(one.to.far)} does not show to the requester is public"
        f" as a copy on {name} {there.number or there.id}, {why}. Remove that copy by hand.",
        system=name,
        link=rules.link,
        pair=pair.id,
        item=str(one.row.origin),
        value=one.row.ids.of(one.to) or "",
    )


def _twice(twin: Row, pair: Pair, now: Sides[Ticket], rules: Rules) -> Problem | Solved:
    """Name a copy that stands twice while both are there: nobody but a person may delete one."""
    first = next((row for row in pair.rows if row.origin == first_of(twin)), twin)
    side = next((one for one in Side if twin.ids.of(one) != first.ids.of(one)), twin.home)
    there, system, item = now.of(side), rules.systems.of(side), str(twin.origin)
    both = [row.ids.of(side) or "" for row in (first, twin)]
    if not all(talk.is_there(there, one) for one in both):
        return Solved(Scope.ITEM, "second-copy", system, pair.link, pair.id, item)
    origin = original_of(twin.origin)
    return Problem(
        Scope.ITEM,
        "second-copy",
        f"{system} {there.number or there.id} shows our copy of comment {origin.comment} of"
        f" {origin.system} {origin.ticket} twice, as {both[0]} and {both[1]}: a call was repeated on"
        f" its way, or landed after it was given up. Edits are carried to {both[0]} alone. Delete"
        f" {both[1]} by hand.",
        system=system,
        link=rules.link,
        pair=pair.id,
        item=item,
        value=both[1],
    )
