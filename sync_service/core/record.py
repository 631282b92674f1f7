"""Turn the outcomes of writes into what is remembered after them.

`seen` moves only for what the vendor shows (R19): a refusal is not a success, and a reply that
shows something else than what was sent is an edit or the vendor's normalising, never "as sent".
The surprise: only text is normalised. Another choice or person than the one sent is the work of a
rule of the vendor, which is an edit like any other and flows back (ADR 0022).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sync_service.core import complaints
from sync_service.core.actions import (
    Action,
    AddNote,
    AddReply,
    Carry,
    Create,
    Hide,
    Rewrite,
    Update,
)
from sync_service.core.align import original_of
from sync_service.core.fold import agree, draft_text, fold, fold_side, lift, refuse, value_text
from sync_service.core.notes import unsent
from sync_service.core.outgoing import Kind
from sync_service.core.pair import (
    Event,
    Pair,
    Problem,
    Row,
    Scope,
    Solved,
)
from sync_service.core.plan_comments import HIDING
from sync_service.core.rules import Rules
from sync_service.core.text import digest
from sync_service.core.values import (
    Comment,
    Fields,
    PublicComment,
    Side,
    Sides,
    Ticket,
    Value,
)
from sync_service.core.versions import replied
from sync_service.core.would import as_text, both_texts

_WORDS = frozenset({Kind.TEXT, Kind.HTML, Kind.MOMENT, Kind.NUMBER})


@dataclass(frozen=True, slots=True)
class Recorded:
    """The next pair, and what to say about it."""

    pair: Pair
    problems: tuple[Problem | Solved, ...] = ()
    events: tuple[Event, ...] = ()


def created(
    pair: Pair, action: Create, reply: Ticket, rules: Rules, *, own_reply: bool
) -> Recorded:
    """Take the new far ticket; what the call could not carry is left for an update (R16, R19)."""
    near, to = action.to.far, action.to
    pair = unsent(replace(pair, ids=pair.ids.put(to, reply.id)), action)
    for line in action.left_out:  # changed on the near side, as shown on the far one
        there = {name: reply.fields.get(name) for name in line.names.of(to)}
        late: Fields = dict.fromkeys(line.names.of(near))
        pair = fold(pair, Sides.build(lambda side: there if side is to else late))  # noqa: B023
    event = Event("created", {"to": to, "ticket": reply.id})
    items = ["create", *(one.line.name for one in action.lines)]
    over = tuple(told for item in items for told in complaints.solved(pair, item, rules))
    record = Recorded(lift(pair, "create"), over, (event,))
    for one in action.lines:
        record = _born(record, one, to, reply, rules, own_reply=own_reply)
    return replace(record, pair=replied(record.pair, to, reply))


def _born(
    record: Recorded, one: Carry, to: Side, reply: Ticket, rules: Rules, *, own_reply: bool
) -> Recorded:
    """Record one line of a create; a value that vanished without a word was refused."""
    sent = one.after.of(to)
    if all(value is None for value in sent.values()):
        return record  # no past on either side: a value that the far system gives fills ours (R7)
    shown = {name: reply.fields.get(name) for name in sent}
    if any(shown[name] is None and sent[name] is not None for name in sent):
        pair = refuse(record.pair, to, one.line.name, value_text(sent))
        problem = _silent(pair, one, to, rules, reply)
        return Recorded(pair, (*record.problems, problem), record.events)
    normalised = own_reply and _spelling(one, to)
    pair = _landed(record.pair, one, to, shown if normalised else sent)
    if shown == sent or (own_reply and not normalised):
        return replace(record, pair=pair)
    mismatch = Event("fit_mismatch", {"to": to, "fields": sorted(shown)})
    return Recorded(pair, record.problems, (*record.events, mismatch))


def commented(
    pair: Pair, action: AddReply | AddNote | Rewrite, shown: Comment, rules: Rules
) -> Recorded:
    """Remember the copy's id and how both sides look now."""
    to, rows, item = action.to, [], str(action.origin)
    source_digest = digest(action.source.body, html=action.source.html)
    original = original_of(action.origin)
    for row in pair.rows:
        if row.origin == action.origin:
            rows.append(_copied(row, action, shown, source_digest))
        elif row.origin == original:  # its new wording was appended
            rows.append(replace(row, digests=row.digests.put(to.far, source_digest)))
        else:
            rows.append(row)
    if all(row.origin != action.origin for row in pair.rows):
        rows.append(_appended(action, shown, source_digest))
    pair = unsent(replace(pair, rows=tuple(rows)), action)
    event = Event("commented", {"to": to, "comment": shown.id, "origin": item})
    return Recorded(lift(pair, item), tuple(complaints.solved(pair, item, rules)), (event,))


def _copied(
    row: Row, action: AddReply | AddNote | Rewrite, shown: Comment, source_digest: str
) -> Row:
    """Public is what was meant to be, or shows itself as such: someone may hide a copy by hand."""
    to = action.to
    meant = row.public if isinstance(action, Rewrite) else isinstance(action, AddReply)
    return replace(
        row,
        ids=row.ids.put(to, shown.id),
        digests=row.digests.put(to, digest(shown.body, html=shown.html)).put(to.far, source_digest),
        versions=row.versions.put(to, shown.version),
        public=meant or isinstance(shown, PublicComment),
        skipped="",
    )


def _appended(action: AddReply | AddNote | Rewrite, shown: Comment, source_digest: str) -> Row:
    home_id = original_of(action.origin).comment
    ids: Sides[str | None] = Sides(None, None)
    row = Row(action.origin, home=action.to.far, ids=ids.put(action.to.far, home_id))
    return _copied(row, action, shown, source_digest)


def hidden(pair: Pair, action: Hide, rules: Rules) -> Recorded:
    """Remember that the copy can no longer be seen by the requester."""
    rows = tuple(
        replace(row, public=False, deleted=True) if row.origin == action.origin else row
        for row in pair.rows
    )
    item, event = (
        str(action.origin),
        Event("hidden", {"to": action.to, "comment": action.comment_id}),
    )
    over = tuple(complaints.solved(pair, item, rules))
    return Recorded(lift(unsent(replace(pair, rows=rows), action), item), over, (event,))


def updated(
    pair: Pair, action: Update, shown: Ticket | None, rules: Rules, *, own_reply: bool
) -> Recorded:
    """Record each written line by what the vendor shows for it now (R19)."""
    if shown is None:
        return Recorded(pair)  # the notes stay; the next read settles them
    problems: list[Problem | Solved] = []
    names = [one.line.name for one in action.lines]
    facts = {"to": action.to, "fields": sorted(action.changes), "lines": names}
    events = [Event("updated", {**facts, "again": pair.recorded_at is not None})]
    for one in action.lines:
        sent = one.after.of(action.to)
        now = {name: shown.fields.get(name) for name in sent}
        normalised = own_reply and _spelling(one, action.to)
        if now == sent or (normalised and now != one.before.of(action.to)):
            problems += complaints.solved(pair, one.line.name, rules)
            pair = _landed(pair, one, action.to, now)
            if now != sent:
                events.append(Event("fit_mismatch", {"to": action.to, "fields": sorted(now)}))
        elif now == one.before.of(action.to) or any(hop in now.values() for hop in one.hops):
            pair = refuse(pair, action.to, one.line.name, value_text(sent))
            problems.append(_silent(pair, one, action.to, rules, shown))
        else:
            pair = _landed(pair, one, action.to, sent)
    pair = replied(unsent(pair, action), action.to, shown)
    return Recorded(pair, tuple(problems), tuple(events))


def _spelling(one: Carry, to: Side) -> bool:
    """Tell whether the line's values are free words, which a vendor may spell its own way."""
    line = one.line
    kinds = {line.kind(to, place) for place in range(len(line.names.of(to)))}
    return line.table is None and kinds <= _WORDS


def stepped(pair: Pair, action: Update, name: str, hop: Value) -> Pair:
    """Take a hop of a status path that landed: it is ours, and its source is not done (R17).

    It is the hop that is remembered, not what was shown after it: that may be somebody's (R19).
    """
    return fold_side(pair, action.to, {name: hop})


def _landed(pair: Pair, one: Carry, to: Side, target: Fields) -> Pair:
    near = one.before.of(to.far)
    pair = fold(pair, Sides.build(lambda side: target if side is to else near))
    return lift(agree(pair, one.line.name), one.line.name)


def refusal_of(action: Action) -> tuple[str, str]:
    """Give the item and value under which a refused action is remembered."""
    match action:
        case Create():
            return "create", draft_text(action.draft)
        case AddReply() | AddNote() | Rewrite():
            return str(action.origin), digest(action.source.body, html=action.source.html)
        case Hide():
            return str(action.origin), HIDING
        case Update():
            return action.lines[0].line.name, value_text(action.lines[0].after.of(action.to))


def refused(pair: Pair, action: Action, words: str, message: str, rules: Rules) -> Recorded:
    """Record that the vendor refused one item: it waits for a person or another value (R25).

    The caller drops or keeps its note.
    """
    item, value = refusal_of(action)
    pair = refuse(pair, action.to, item, value)
    before, would = both_texts(action)
    problem = Problem(
        Scope.ITEM if item != "create" else Scope.PAIR,
        "refused",
        message,
        system=rules.systems.of(action.to),
        link=rules.link,
        pair=pair.id,
        item=item,
        words=words,
        before=before,
        value=would,
    )
    return Recorded(pair, (problem,), (Event("refused", {"to": action.to, "item": item}),))


def _silent(pair: Pair, one: Carry, to: Side, rules: Rules, shown: Ticket) -> Problem:
    name = rules.systems.of(to)
    return Problem(
        Scope.ITEM,
        "refused",
        f"{name} {shown.number or shown.id} took the change of {one.line.name} without a word and"
        " still shows the old value. Check the account's right to change this field and whether"
        " the value is allowed there, then retry this problem.",
        system=name,
        link=rules.link,
        pair=pair.id,
        item=one.line.name,
        value=as_text(one.after.of(to)),
        before=as_text(one.before.of(to)),
        kind="silently refused",
    )
