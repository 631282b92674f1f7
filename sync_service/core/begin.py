"""Decide what to do with a half pair: take what exists, or make the far ticket.

A first attempt needs no look-up, since its key was never used; a suspect pair, and one whose
create left us before, however it was answered, is looked up first (R14, R16).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sync_service.core import complaints
from sync_service.core.actions import Carry, Create, Plan
from sync_service.core.expressions import ExpressionError
from sync_service.core.fold import draft_text, is_refused, lift
from sync_service.core.mapping import Keep, Line, Unmapped
from sync_service.core.merge import Language
from sync_service.core.outgoing import Draft
from sync_service.core.pair import Event, Made, Pair, Problem, Scope, Solved
from sync_service.core.rules import Rules
from sync_service.core.settle import Start, settle_create, suspect, ticket_intent
from sync_service.core.unshown import tell as tell_unshown
from sync_service.core.unshown import unshown
from sync_service.core.values import Fields, Key, Side, Sides, Ticket, Value
from sync_service.core.would import as_text


@dataclass(frozen=True, slots=True)
class LookUp:
    """What was found of a half pair's far ticket.

    `by_key` are tickets carrying its key, `by_match` ids that `match:` names. `proven` is false
    where absence proves nothing (R4). `taken` are ids that other pairs of the link already have.
    """

    by_key: tuple[Ticket, ...] = ()
    by_match: tuple[str, ...] = ()
    proven: bool = True
    taken: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Words:
    """A half pair's mapping at work: `values` of a line on the near side, and its language."""

    language: Language
    values: Mapping[str, Fields] = field(default_factory=dict)


def near_side(pair: Pair) -> Side:
    """Give the side whose ticket is known."""
    return Side.LEFT if pair.ids.left is not None else Side.RIGHT


def key_of(pair: Pair, rules: Rules) -> Key:
    """Give the key that the far ticket carries (R15)."""
    near = near_side(pair)
    return Key(rules.instance, rules.link, rules.systems.of(near), pair.ids.of(near) or "")


def needs_key_lookup(pair: Pair, start: Start) -> bool:
    """Tell whether the key may have been used already (R16)."""
    return ticket_intent(pair) is not None or suspect(pair, start)


def take_found(pair: Pair, rules: Rules, found: LookUp) -> Plan | None:
    """Join the copy or match that exists already; None if there is none and that is proven."""
    to = near_side(pair).far
    ours = [ticket for ticket in found.by_key if ticket.ours and ticket.id not in found.taken]
    if len(ours) == 1:
        joined = lift(_joined(pair, to, ours[0]), "create")
        event = Event("found", {"to": to})
        return Plan(joined, problems=_not_alone(pair, rules, to), events=(event,))
    if found.by_key:
        return Plan(pair, problems=(_ambiguous(pair, rules, found, to),), withheld="ambiguous key")
    if not found.proven:
        return Plan(pair, problems=(_unknown(pair, rules, to),), withheld="unknown outcome")
    free = [one for one in found.by_match if one not in found.taken]
    if len(free) == 1:
        joined = replace(pair, ids=pair.ids.put(to, free[0]), made=Made.MATCH, intents=())
        joined = lift(joined, "create")
        event = Event("matched", {"to": to})
        return Plan(joined, problems=_not_alone(pair, rules, to), events=(event,))
    if found.by_match:
        return Plan(pair, problems=(_many(pair, rules, found, to),), withheld="many matches")
    return None


def _found_out(pair: Pair, rules: Rules, to: Side) -> tuple[Solved, ...]:
    """Close what a person was asked about the far ticket."""
    system = rules.systems.of(to)
    codes = ("unknown-create", "ambiguous-key", "many-matches")
    return tuple(Solved(Scope.PAIR, code, system, pair.link, pair.id) for code in codes)


def _not_alone(pair: Pair, rules: Rules, to: Side) -> tuple[Problem | Solved, ...]:
    """Close also what was told of a refused create: the ticket is there."""
    return (*_found_out(pair, rules, to), *complaints.solved(pair, "create", rules))


def _joined(pair: Pair, to: Side, ticket: Ticket) -> Pair:
    note = ticket_intent(pair)
    if note is not None:
        return settle_create(pair, note, ticket)
    return replace(pair, ids=pair.ids.put(to, ticket.id), made=Made.KEY)


def may_create(pair: Pair, near: Ticket, rules: Rules) -> str:
    """Say why no far ticket may be made now; "" if it may (R13, R14)."""
    side = near_side(pair)
    if side.far not in rules.create:
        return f"the link creates no tickets in {rules.systems.of(side.far)}"
    if rules.keeps_home(near):
        return "the ticket is marked as sensitive and stays home"
    try:
        return "" if rules.select.of(side)(near) else "the ticket is not selected"
    except ExpressionError as error:
        return f"it cannot be told whether the ticket is selected: {error}"


def plan_create(pair: Pair, near: Ticket, rules: Rules, words: Words) -> Plan:
    """Plan the create, after `take_found` gave nothing: drop a note that did not land."""
    noted, pair = bool(pair.intents), replace(pair, intents=())
    reason = may_create(pair, near, rules)
    if reason:
        return Plan(pair, withheld=reason, events=(Event("not created", {"why": reason}),))
    try:
        extras = rules.extras.of(near_side(pair).far)(near)
    except ExpressionError as error:
        return Plan(pair, problems=(_needs(pair, rules, error),), withheld="on_create needs more")
    pair, action, problems = _create(pair, near, rules, words, extras)
    if is_refused(pair, action.to, "create", draft_text(action.draft)):
        return Plan(pair, withheld="the far system refused this very create")
    over = _found_out(pair, rules, action.to) if noted else ()
    if pair.recorded_at is not None:  # an earlier pass may have wanted more of the ticket
        system = rules.systems.of(action.to)
        over = (*over, Solved(Scope.PAIR, "on-create", system, rules.link, pair.id, "create"))
    return Plan(pair, (action,), problems=(*over, *problems))


def _needs(pair: Pair, rules: Rules, error: ExpressionError) -> Problem:
    """Say what `on_create` names and this ticket has not."""
    to = rules.systems.of(near_side(pair).far)
    return Problem(
        Scope.PAIR,
        "on-create",
        f"{rules.link}: no ticket can be made in {to}. {error}. Give that line of"
        f" `on_create: {to}:` an `else:`, or fill the field in the ticket.",
        system=to,
        link=rules.link,
        pair=pair.id,
        item="create",
    )


def _create(
    pair: Pair, near: Ticket, rules: Rules, words: Words, extras: Mapping[str, object]
) -> tuple[Pair, Create, list[Problem | Solved]]:
    to = near_side(pair).far
    carried: list[Carry] = []
    companions: dict[str, Value] = {}
    problems: list[Problem | Solved] = []
    left_out: list[Line] = []
    for line in rules.lines:
        if to not in line.to:
            continue
        if not all(rules.creatable.of(to)(name) for name in line.names.of(to)):
            left_out.append(line)
            continue
        absent = unshown(line, _alone(near, to.far))
        pair, told = tell_unshown(pair, line, absent, rules)
        problems += told
        if absent.left or absent.right:  # filled as soon as it is shown: it has no past (R7)
            continue
        said = words.language.translate(line, to.far)
        if isinstance(said, Unmapped):
            pair, told = complaints.without_counterpart(pair, line, said, near, rules)
            problems += told
        elif not isinstance(said, Keep):
            companions |= said.companions
            carried.append(_line(line, to, words.values[line.name], said.values, rules))
    action = Create(to, Draft({}, ""), tuple(carried), tuple(left_out))
    sent = {**companions, **{n: v for n, v in action.fields(to).items() if v is not None}}
    draft = Draft(sent, str(key_of(pair, rules)), extras)
    return pair, replace(action, draft=draft), problems


def _alone(near: Ticket, side: Side) -> Sides[Ticket | None]:
    nobody: Sides[Ticket | None] = Sides(None, None)
    return nobody.put(side, near)


def _line(line: Line, to: Side, source: Fields, target: Fields, rules: Rules) -> Carry:
    fitted = {name: rules.fit.of(to)(name, value) for name, value in target.items()}
    nothing = dict.fromkeys(fitted)
    return Carry(
        line,
        before=Sides.build(lambda side: nothing if side is to else source),
        after=Sides.build(lambda side: fitted if side is to else source),
    )


def _ambiguous(pair: Pair, rules: Rules, found: LookUp, to: Side) -> Problem:
    named = ", ".join(ticket.number or ticket.id for ticket in found.by_key)
    return Problem(
        Scope.PAIR,
        "ambiguous-key",
        f"{rules.systems.of(to)}: {named} carry the key {key_of(pair, rules)}, which only one"
        " ticket made by our own user may. Empty the key field of the others (people clone"
        " tickets), then retry this problem.",
        system=rules.systems.of(to),
        link=rules.link,
        pair=pair.id,
        tickets=tuple(ticket.number or ticket.id for ticket in found.by_key),
    )


def _unknown(pair: Pair, rules: Rules, to: Side) -> Problem:
    noted = ticket_intent(pair)
    return Problem(
        Scope.PAIR,
        "unknown-create",
        f"{rules.systems.of(to)} did not say whether it made the copy with the key"
        f" {key_of(pair, rules)}, and its search cannot prove that there is none. Look for the key"
        " there; join what you find with `sync-service pair`, or retry this problem.",
        system=rules.systems.of(to),
        link=rules.link,
        pair=pair.id,
        value=as_text(noted.values) if noted else "",
    )


def _many(pair: Pair, rules: Rules, found: LookUp, to: Side) -> Problem:
    named = ", ".join(found.by_match)
    return Problem(
        Scope.PAIR,
        "many-matches",
        f"{rules.systems.of(to)}: `match:` names more than one ticket ({named}). Join the right one"
        " with `sync-service pair`.",
        system=rules.systems.of(to),
        link=rules.link,
        pair=pair.id,
        tickets=found.by_match,
    )
