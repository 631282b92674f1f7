"""Laws of a plan that hold for any past, any present, any desks and any policy."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sync_service.core.actions import Update
from sync_service.core.comments import CommentRules, Edits
from sync_service.core.mapping import Line
from sync_service.core.merge import Policy
from sync_service.core.outgoing import Traits
from sync_service.core.pair import Pair, Row
from sync_service.core.rules import Rules
from sync_service.core.values import Comment, Origin, Side, Sides, Ticket, Value
from tests.unit.core.examples import (
    BOTH,
    LEFT,
    ONE_WAY,
    RIGHT,
    STATUS,
    cut,
    pair,
    perform,
    plan_for,
    rules,
    said,
    ticket,
)

LINES = (BOTH, STATUS, ONE_WAY)
words = st.sampled_from([None, "a", "b", "ab", "abc"])
cuts = st.sampled_from([0, 0, 1, 2])


def side_values(side: Side) -> st.SearchStrategy[dict[str, Value]]:
    """Give what a side shows; it can show only what fits."""
    return st.fixed_dictionaries({name: words for line in LINES for name in line.names.of(side)})


@st.composite
def cases(draw: st.DrawFn, *, past: bool = True) -> tuple[Pair, Sides[Ticket], Rules]:
    """Give a pair, both tickets now, and rules."""
    longest = Sides(draw(cuts), draw(cuts))
    fit = longest.map(cut)
    winner = draw(st.sampled_from([LEFT, RIGHT, None]))

    def fields(side: Side) -> dict[str, Value]:
        return {n: fit.of(side)(n, v) for n, v in draw(side_values(side)).items()}

    seen = Sides.build(fields) if past or draw(st.booleans()) else Sides(None, None)
    now = Sides.build(lambda side: ticket(side, fields(side)))
    contested = draw(st.frozensets(st.sampled_from([line.name for line in LINES]), max_size=1))
    by = rules(*LINES, fit=fit, policy=Policy(winner, draw(st.sampled_from([LEFT, None]))))
    return pair(seen.left, seen.right, contested=contested), now, by


def written(actions: tuple[Any, ...]) -> dict[tuple[Side, str], Value]:
    """Give what a plan writes by side and field."""
    return {
        (one.to, name): value
        for one in actions
        if isinstance(one, Update)
        for name, value in one.changes.items()
    }


def changed(one: Pair, now: Sides[Ticket], line: Line, side: Side) -> bool:
    """Tell whether a side differs from its own past."""
    seen = one.seen.of(side)
    name = line.names.of(side)[0]
    return seen is None or now.of(side).fields.get(name) != seen.fields.get(name)


@given(cases())
def test_nothing_changed_means_nothing_to_do(case: tuple[Pair, Sides[Ticket], Rules]) -> None:
    """R7: a pair that looks as at the last sync needs no writes, even if the sides differ."""
    one, now, by = case
    one = replace(one, contested=frozenset())
    same = Sides.build(lambda s: replace(now.of(s), fields=one.seen.of(s).fields))  # type: ignore[union-attr]

    made = plan_for(one, same, by)

    assert ((), ()) == (made.actions, made.conflicts)
    assert one == made.pair


@given(cases(past=False))
def test_every_change_arrives_as_well_as_it_can_or_is_told(
    case: tuple[Pair, Sides[Ticket], Rules],
) -> None:
    """R7, R8: after a sync the far side shows what was changed, or a conflict says why not."""
    one, now, by = case

    made = plan_for(one, now, by)
    _, after = perform(made, now, by)

    told = {conflict.line for conflict in made.conflicts}
    for line in LINES:
        for side in Side:
            if side.far not in line.to or line.name in told or not changed(one, now, line, side):
                continue
            value = now.of(side).fields.get(line.names.of(side)[0])
            far, name = side.far, line.names.of(side.far)[0]
            shown = after.of(far).fields.get(name)
            back = by.fit.of(side)("", shown)
            filled = one.seen.of(side) is None and value is None
            assert filled or by.fit.of(far)(name, value) == shown or back == value


@given(cases(past=False))
def test_no_value_is_invented(case: tuple[Pair, Sides[Ticket], Rules]) -> None:
    """Whatever is written is what the other side shows, as far as it fits."""
    one, now, by = case

    for (to, name), value in written(plan_for(one, now, by).actions).items():
        line = next(line for line in LINES if name in line.names.of(to))
        source = now.of(to.far).fields.get(line.names.of(to.far)[0])
        assert by.fit.of(to)(name, source) == value


@given(cases())
def test_words_change_only_where_the_other_side_spoke(
    case: tuple[Pair, Sides[Ticket], Rules],
) -> None:
    """R7, R12: a field is written only if the other side changed it, or a conflict lists it."""
    one, now, by = case
    made = plan_for(one, now, by)
    told = {conflict.line for conflict in made.conflicts}

    for to, name in written(made.actions):
        line = next(line for line in LINES if name in line.names.of(to))
        assert changed(one, now, line, to.far) or line.name in told | one.contested


@given(cases(past=False))
def test_left_and_right_are_interchangeable(case: tuple[Pair, Sides[Ticket], Rules]) -> None:
    """R7: the mirror image of a case has the mirror image of its plan."""
    one, now, by = case

    def swap(sides: Sides[Any]) -> Sides[Any]:
        return Sides(sides.right, sides.left)

    def far(side: Side | None) -> Side | None:
        return side.far if side else None

    lines = tuple(
        replace(line, names=swap(line.names), to=frozenset(side.far for side in line.to))
        for line in LINES
    )
    mirrored = replace(
        by,
        lines=lines,
        fit=swap(by.fit),
        policy=Policy(far(by.policy.conflict), far(by.policy.adopt)),
    )

    made = plan_for(one, now, by)
    mirror = plan_for(replace(one, seen=swap(one.seen)), swap(now), mirrored)

    flipped = {(to.far, name): value for (to, name), value in written(mirror.actions).items()}
    assert written(made.actions) == flipped
    assert {c.line for c in made.conflicts} == {c.line for c in mirror.conflicts}


@given(words, words)
def test_the_same_change_twice_is_no_conflict(before: str | None, after: str | None) -> None:
    """R7: two people who made the same change agree."""
    one = pair({"title": before}, {"short": before})
    now = Sides(ticket(LEFT, {"title": after}), ticket(RIGHT, {"short": after}))

    made = plan_for(one, now, rules(BOTH))

    assert ((), ()) == (made.actions, made.conflicts)


@given(cases(past=False))
def test_syncing_twice_equals_syncing_once(case: tuple[Pair, Sides[Ticket], Rules]) -> None:
    """Promise 2: what was recorded is recognised, so a second plan writes nothing."""
    one, now, by = case
    recorded, after = perform(plan_for(one, now, by), now, by)

    again = plan_for(recorded, after, by)

    assert () == again.actions


comments = st.lists(
    st.builds(
        lambda side, body, public: (side, body, public),
        st.sampled_from(list(Side)),
        st.sampled_from(["hi", "hi", "done"]),
        st.booleans(),
    ),
    max_size=5,
)


@settings(max_examples=200)
@given(comments, st.sampled_from(list(Edits)), st.booleans(), st.booleans())
def test_each_comment_appears_exactly_once_a_side(
    talk: list[tuple[Side, str, bool]], edits: Edits, fields: bool, can_edit: bool
) -> None:
    """R13, R21: also equal ones; an internal note of the right stays there, and none is public."""
    trait = Traits(origin_field=fields, edits_comments=can_edit)
    by = rules(
        BOTH,
        comments=CommentRules(internal=frozenset({RIGHT}), edits=edits),
        traits=Sides(trait, trait),
    )
    now = Sides.build(
        lambda side: ticket(
            side,
            None,
            *(said(f"c{n}", b, public=p) for n, (s, b, p) in enumerate(talk) if s is side),
        )
    )
    one = pair({}, {})
    for _ in range(len(talk) + 1):  # equal texts wait for each other
        one, now = perform(plan_for(one, now, by), now, by)

    assert () == plan_for(one, now, by).actions
    for n, (side, _, public) in enumerate(talk):
        copies = [c for c in now.of(side.far).comments or () if _from(c, side, f"c{n}")]
        assert int(public or side is LEFT) == len(copies)
        assert all(type(c) is type(_original(now, side, f"c{n}")) for c in copies)


def _from(comment: Comment, side: Side, name: str) -> bool:
    return comment.origin == Origin(str(side), f"{side[0].upper()}1", name)


def _original(now: Sides[Ticket], side: Side, name: str) -> Comment:
    return next(c for c in now.of(side).comments or () if c.id == name)


def test_a_row_is_made_for_a_comment_that_goes_nowhere() -> None:
    """R21: it is known, so that it is judged once and not at every look."""
    by = rules(BOTH, comments=CommentRules())
    now = Sides(ticket(LEFT, None, said("c1", public=False)), ticket(RIGHT))

    made = plan_for(pair({}, {}), now, by)

    rows: tuple[Row, ...] = made.pair.rows
    assert ["its kind does not flow that way"] == [row.skipped for row in rows]
