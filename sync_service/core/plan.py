"""Decide what to write for a pair of which both tickets are known.

Settling comes before, recording after; this module only turns two readings into a `Plan`.
Privacy is judged first and on these very readings (R13): a plan for a ticket that must stay home
has no actions at all.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from sync_service.core import comments as talk
from sync_service.core.actions import Action, AddNote, AddReply, Carry, Hide, Plan, Rewrite, Update
from sync_service.core.comments import Changed, Copying, Edits
from sync_service.core.mapping import Line
from sync_service.core.merge import (
    Decision,
    Evidence,
    Language,
    Values,
    Verdict,
    merge,
    past_of,
    shortest_path,
)
from sync_service.core.outgoing import Note, Reply
from sync_service.core.pair import (
    Conflict,
    Event,
    Made,
    Pair,
    Problem,
    Refusal,
    Row,
    Scope,
    Seen,
    Solved,
)
from sync_service.core.rules import Rules
from sync_service.core.text import digest, html_to_text, text_to_html
from sync_service.core.values import (
    NEVER,
    Comment,
    Fields,
    Origin,
    PublicComment,
    Side,
    Sides,
    Ticket,
)

_ALL_CLEAR: Mapping[Side, frozenset[str] | None] = {
    Side.LEFT: frozenset(),
    Side.RIGHT: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What was asked of the systems before deciding.

    `language` speaks the mapping between the two readings. `values` gives a line's values on a
    side, computed ones included. `doubts`: fields per side that may have changed and changed back
    unseen, None for all of them (R16). `latest`: last change of a field by the audit trail.
    """

    language: Language
    values: Callable[[Line, Side], Fields]
    doubts: Mapping[Side, frozenset[str] | None] = field(default_factory=lambda: _ALL_CLEAR)
    latest: Mapping[tuple[Side, str], float] = field(default_factory=dict)


def withheld(now: Sides[Ticket], rules: Rules) -> str:
    """Say why nothing of this pair may flow now; "" where it may (R13)."""
    if rules.keep_home:
        for side in Side:
            if now.of(side).sensitive:
                return f"{rules.systems.of(side)} marks the ticket as sensitive"
    if rules.stop_when_deselected and not any(rules.select.of(side)(now.of(side)) for side in Side):
        return "the ticket is no longer selected (when_deselected: stop)"
    return ""


def plan(pair: Pair, now: Sides[Ticket], rules: Rules, known: Knowledge) -> Plan:
    """Decide every line and comment of a whole pair."""
    reason = withheld(now, rules)
    if reason:
        return _stay_home(pair, reason)
    pair, spoken, notices, more = _plan_comments(pair, now, rules)
    born = _born(pair, now)
    decisions = [
        merge(line, _evidence(line, pair, known, born), known.language, rules.policy)
        for line in rules.lines
        if not line.on_create_only
    ]
    outcome = _weave(pair, now, rules, known, decisions)
    solved = Solved(Scope.PAIR, "withheld", link=rules.link, pair=pair.id)
    return Plan(
        outcome.pair,
        (*spoken, *outcome.updates),
        tuple(outcome.conflicts),
        (solved, *notices, *outcome.problems),
        tuple(outcome.events),
        more=more,
    )


def _stay_home(pair: Pair, reason: str) -> Plan:
    problem = Problem(
        Scope.PAIR,
        "withheld",
        f"Nothing of this pair flows: {reason}. It goes on by itself when that changes.",
        link=pair.link,
        pair=pair.id,
    )
    return Plan(pair, problems=(problem,), withheld=reason)


def _born(pair: Pair, now: Sides[Ticket]) -> Side | None:
    """Give the first ticket's side of a pair whose copy was made and never recorded since."""
    if pair.made is not Made.CREATED or pair.recorded_at is not None:
        return None
    return next((side for side in Side if not now.of(side).ours), None)


def _evidence(line: Line, pair: Pair, known: Knowledge, born: Side | None) -> Evidence:
    def past(side: Side) -> Values | None:
        seen = pair.seen.of(side)
        return past_of(seen.fields if seen else None, tuple(known.values(line, side)))

    def doubtful(side: Side) -> bool:
        doubts = known.doubts[side]
        return doubts is None or any(name in doubts for name in known.values(line, side))

    def latest(side: Side) -> float | None:
        moments = [known.latest.get((side, name)) for name in known.values(line, side)]
        return max((one for one in moments if one is not None), default=None)

    return Evidence(
        past=Sides.build(past),
        now=Sides.build(lambda side: tuple(known.values(line, side).values())),
        contested=line.name in pair.contested,
        doubtful=Sides.build(doubtful),
        latest=Sides.build(latest),
        born=born,
    )


@dataclass(slots=True)
class _Outcome:
    """What the decisions add up to; filled line by line."""

    pair: Pair
    updates: tuple[Update, ...] = ()
    conflicts: list[Conflict] = field(default_factory=list)
    problems: list[Problem | Solved] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


def _weave(
    pair: Pair, now: Sides[Ticket], rules: Rules, known: Knowledge, decisions: Iterable[Decision]
) -> _Outcome:
    """Turn decisions into at most one update a side, and what to remember at once."""
    outcome = _Outcome(pair)
    carried: dict[Side, list[Carry]] = {Side.LEFT: [], Side.RIGHT: []}
    companions: dict[Side, dict[str, object]] = {Side.LEFT: {}, Side.RIGHT: {}}
    for decision in decisions:
        _remember(outcome, decision, now, rules, known)
        if decision.to is None or decision.translation is None:
            continue
        carry = _carry(decision, known, rules)
        if _refused(outcome.pair, decision.to, decision.line.name, carry.after.of(decision.to)):
            continue
        carried[decision.to].append(carry)
        companions[decision.to].update(decision.translation.companions)
    outcome.updates = tuple(
        update
        for side in Side
        if carried[side]
        for update in _updates(side, carried[side], companions[side], now, rules, outcome)
    )
    return outcome


def _remember(
    outcome: _Outcome, decision: Decision, now: Sides[Ticket], rules: Rules, known: Knowledge
) -> None:
    """Fold in a level line, mark a contested one, and name a value without a counterpart."""
    line, pair = decision.line, outcome.pair
    if decision.verdict is Verdict.LEVEL:
        values = Sides.build(lambda side: known.values(line, side))
        pair = fold(pair, values)
        outcome.pair = replace(pair, contested=pair.contested - {line.name})
        outcome.problems += _solved(outcome.pair, line.name)
    if decision.verdict is Verdict.CLASH:
        outcome.pair = replace(pair, contested=pair.contested | {line.name})
        outcome.conflicts.append(_conflict(pair, decision, known))
    if decision.unmapped is not None:
        outcome.problems.append(_unmapped(decision, now, rules))
    if decision.why:
        outcome.events.append(Event(str(decision.verdict), {"line": line.name}))


def _conflict(pair: Pair, decision: Decision, known: Knowledge) -> Conflict:
    values = Sides.build(lambda side: tuple(known.values(decision.line, side).values()))
    winner = decision.to.far if decision.to else None
    return Conflict(pair.id, decision.line.name, values, winner, decision.why)


def _unmapped(decision: Decision, now: Sides[Ticket], rules: Rules) -> Problem:
    """One problem per (link, line, value), listing its tickets (R10)."""
    said = decision.unmapped
    assert said is not None  # noqa: S101 - the caller looked
    value = json.dumps(said.value, ensure_ascii=False, default=str)
    return Problem(
        Scope.LINK,
        "unmapped",
        f"{rules.link}: {said.why}",
        system=rules.systems.of(said.side),
        link=rules.link,
        item=f"{decision.line.name}={value}",
        value=value,
        tickets=(now.of(said.side).number or now.of(said.side).id,),
    )


def _carry(decision: Decision, known: Knowledge, rules: Rules) -> Carry:
    assert decision.to is not None and decision.translation is not None  # noqa: S101, PT018
    to, source = decision.to, decision.to.far
    before = Sides.build(lambda side: known.values(decision.line, side))
    fit = rules.fit.of(to)
    target = {n: fit(n, value) for n, value in decision.translation.values.items()}
    after = Sides.build(lambda side: before.of(source) if side is source else target)
    return Carry(decision.line, before, after)


def value_text(fields: Fields) -> str:
    """Write field values as text that is equal exactly when they are."""
    return json.dumps(dict(fields), sort_keys=True, ensure_ascii=False, default=str)


def _refused(pair: Pair, to: Side, item: str, values: Fields) -> bool:
    """The same refused value is never sent again by itself (R25)."""
    return Refusal(to, item, value_text(values)) in pair.refusals


def _updates(
    to: Side,
    lines: list[Carry],
    companions: Mapping[str, object],
    now: Sides[Ticket],
    rules: Rules,
    outcome: _Outcome,
) -> Iterable[Update]:
    """Make the one update of a side, with the legal path of its status (R22)."""
    ticket, status = now.of(to), rules.traits.of(to).status_field
    kept: list[Carry] = []
    path: tuple[tuple[str, str], ...] = ()
    for one in lines:
        goal = one.after.of(to).get(status) if status and ticket.workflow else None
        present = ticket.fields.get(status)
        if not isinstance(goal, str) or not isinstance(present, str) or goal == present:
            kept.append(one)
            continue
        hops = shortest_path(ticket.workflow, present, goal)
        if hops is None:
            outcome.problems.append(_no_way(one, present, goal, ticket, rules, outcome.pair, to))
            continue
        kept.append(replace(one, hops=hops[:-1]))
        path = tuple((status, hop) for hop in hops[:-1])
    if kept:
        yield Update(to, tuple(kept), companions, path)  # type: ignore[arg-type]


def _no_way(
    one: Carry, present: str, goal: str, ticket: Ticket, rules: Rules, pair: Pair, to: Side
) -> Problem:
    reachable = ", ".join(ticket.workflow.get(present, ())) or "nothing"
    return Problem(
        Scope.ITEM,
        "no-path",
        f"{rules.systems.of(to)} {ticket.number or ticket.id}: no legal way from {present!r} to"
        f" {goal!r} in the ticket's workflow. From {present!r} it can go to {reachable}. Map the"
        " value to a status that can be reached, or move the ticket by hand.",
        system=rules.systems.of(to),
        link=rules.link,
        pair=pair.id,
        item=one.line.name,
        value=goal,
    )


def fold(pair: Pair, values: Sides[Fields]) -> Pair:
    """Store these values as seen, per side."""

    def seen(side: Side) -> Seen:
        base = pair.seen.of(side) or Seen(NEVER, {})
        return replace(base, fields={**base.fields, **values.of(side)})

    return replace(pair, seen=Sides.build(seen))


def _solved(pair: Pair, item: str) -> list[Problem | Solved]:
    """Close what stood against an item, if anything did."""
    if not any(refusal.item == item for refusal in pair.refusals):
        return []
    return [
        Solved(Scope.ITEM, code, link=pair.link, pair=pair.id, item=item)
        for code in ("refused", "no-path")
    ]


def _plan_comments(
    pair: Pair, now: Sides[Ticket], rules: Rules
) -> tuple[Pair, tuple[Action, ...], list[Problem | Solved], bool]:
    """Copy what is new, follow edits, and hide what must no longer be public.

    The last is true where an equal text waits for the first to be recorded (R21).
    """
    pair = talk.align(pair, now, rules.systems, _digest)
    wanted, never = talk.candidates(pair, now, rules.comments)
    pair = _replace_rows(pair, never)
    wanted = tuple(
        one for one in wanted if not _refused_text(pair, one.to, str(one.row.origin), one.comment)
    )
    first = talk.one_a_normal_form(wanted, lambda one: _normal(one, rules))
    copies = [_copy(one, now, rules) for one in first]
    hidden, problems = _hide(pair, now, rules)
    actions = (*hidden, *copies, *_follow(pair, now, rules))
    return pair, actions, problems, len(first) < len(wanted)


def _digest(comment: Comment) -> str:
    return digest(comment.body, html=comment.html)


def _replace_rows(pair: Pair, changed: Iterable[Row]) -> Pair:
    by_origin = {row.origin: row for row in changed}
    return replace(pair, rows=tuple(by_origin.get(row.origin, row) for row in pair.rows))


def _refused_text(pair: Pair, to: Side, item: str, comment: Comment) -> bool:
    return Refusal(to, item, _digest(comment)) in pair.refusals


def compose(comment: Comment, to: Side, rules: Rules, prefix: str = "") -> tuple[str, bool]:
    """Write a comment in the form that side `to` takes, under its author's line."""
    signature = prefix + rules.signature(comment, rules.systems.of(to.far))
    if rules.traits.of(to).html_comments:
        body = comment.body if comment.html else text_to_html(comment.body)
        return (text_to_html(signature) + body if signature else body), True
    body = html_to_text(comment.body) if comment.html else comment.body
    return (f"{signature}\n\n{body}" if signature else body), False


def _normal(one: Copying, rules: Rules) -> str:
    body, html = compose(one.comment, one.to, rules)
    return digest(body, html=html)


def _copy(one: Copying, now: Sides[Ticket], rules: Rules) -> AddReply | AddNote:
    body, html = compose(one.comment, one.to, rules)
    present = tuple(comment.id for comment in now.of(one.to).comments or ())
    if rules.traits.of(one.to).origin_field:
        present = ()
    return say(one.comment, body, one.row.origin, one.to, present, html=html)


def say(
    comment: Comment, body: str, origin: Origin, to: Side, present: tuple[str, ...], *, html: bool
) -> AddReply | AddNote:
    """Make the action that copies a comment with the visibility that it has (R13)."""
    normal = digest(body, html=html)
    if isinstance(comment, PublicComment):
        reply = Reply.of(comment, body, origin, html=html)
        return AddReply(to, reply, comment, normal, present)
    return AddNote(to, Note.of(comment, body, origin, html=html), comment, normal, present)


def _follow(pair: Pair, now: Sides[Ticket], rules: Rules) -> Iterable[Action]:
    """Carry edits of comments on, in the way that the link and the vendor allow (R21)."""
    if rules.comments.edits is Edits.IGNORE:
        return
    for one in talk.edited(pair, now, _digest):
        if _refused_text(pair, one.to, str(one.row.origin), one.comment):
            continue
        if one.row.public and not isinstance(one.comment, PublicComment):
            continue  # it is being hidden
        if rules.comments.edits is Edits.FOLLOW and rules.traits.of(one.to).edits_comments:
            yield _rewrite(one, rules)
        elif (action := _append(one, now, rules)).origin not in {row.origin for row in pair.rows}:
            yield action


def _rewrite(one: Changed, rules: Rules) -> Rewrite:
    body, html = compose(one.comment, one.to, rules)
    text: Reply | Note
    if isinstance(one.comment, PublicComment) and one.row.public:
        text = Reply.of(one.comment, body, one.row.origin, html=html)
    else:
        text = Note.of(one.comment, body, one.row.origin, html=html)
    comment_id = one.row.ids.of(one.to) or ""
    return Rewrite(one.to, comment_id, text, one.comment, one.row.origin)


def _append(one: Changed, now: Sides[Ticket], rules: Rules) -> AddReply | AddNote:
    """Add the new wording below, where the vendor cannot edit; its origin names the version."""
    body, html = compose(one.comment, one.to, rules, prefix="Edited: ")
    base = one.row.origin
    origin = replace(base, comment=f"{base.comment}~{_digest(one.comment)[:8]}")
    present = tuple(comment.id for comment in now.of(one.to).comments or ())
    return say(one.comment, body, origin, one.to, present, html=html)


def _hide(
    pair: Pair, now: Sides[Ticket], rules: Rules
) -> tuple[list[Action], list[Problem | Solved]]:
    actions: list[Action] = []
    problems: list[Problem | Solved] = []
    for one in talk.exposed(pair, now):
        comment_id = one.row.ids.of(one.to) or ""
        if one.comment.deleted and rules.comments.edits is Edits.IGNORE:
            continue
        if rules.traits.of(one.to).hides_comments:
            actions.append(Hide(one.to, comment_id, one.row.origin))
        else:
            problems.append(_cannot_hide(one, now, rules, pair))
    return actions, problems


def _cannot_hide(one: Changed, now: Sides[Ticket], rules: Rules, pair: Pair) -> Problem:
    there = now.of(one.to)
    return Problem(
        Scope.ITEM,
        "cannot-hide",
        f"A comment that {rules.systems.of(one.to.far)} no longer shows to the requester is still"
        f" public as a copy on {rules.systems.of(one.to)} {there.number or there.id}, which cannot"
        " hide one by its API. Remove that copy by hand.",
        system=rules.systems.of(one.to),
        link=rules.link,
        pair=pair.id,
        item=str(one.row.origin),
        value=one.row.ids.of(one.to) or "",
    )
