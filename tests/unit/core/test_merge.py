"""The table of a field, row by row, and what may decide where both sides changed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sync_service.core.mapping import Drift, Line
from sync_service.core.merge import (
    Decision,
    Evidence,
    Policy,
    Values,
    Verdict,
    merge,
    past_of,
    shortest_path,
)
from sync_service.core.speak import Speaker
from sync_service.core.values import Side, Sides, Ticket
from tests.unit.core.examples import BOTH, LEFT, ONE_WAY, RIGHT, cut, ticket

ASK = Policy(None, None)
LEFT_WINS = Policy(LEFT, None)


def decide(
    past: tuple[str | None, str | None] | None,
    now: tuple[str | None, str | None],
    policy: Policy = LEFT_WINS,
    line: Line = BOTH,
    cuts: tuple[int, int] = (0, 0),
    **evidence: object,
) -> Decision:
    """Merge one line of two tickets that show `now` and showed `past`."""
    near, far = line.names.left[0], line.names.right[0]
    tickets: Sides[Ticket | None] = Sides(
        ticket(LEFT, {near: now[0]}), ticket(RIGHT, {far: now[1]})
    )
    before: Sides[Values | None] = Sides(None, None)
    if past is not None:
        before = Sides((past[0],), (past[1],))
    told = Evidence(before, Sides((now[0],), (now[1],)), **evidence)  # type: ignore[arg-type]
    fit = Sides(cut(cuts[0]), cut(cuts[1]))
    return merge(line, told, Speaker(tickets, Sides("left", "right"), fit), policy)


#: near and far in the past, near and far now, what follows, and to which side.
TABLE = [
    ("nothing changed, alike", ("a", "a"), ("a", "a"), Verdict.IDLE, None),
    ("nothing changed, apart", ("a", "b"), ("a", "b"), Verdict.IDLE, None),
    ("near changed", ("a", "a"), ("b", "a"), Verdict.CARRY, RIGHT),
    ("far changed", ("a", "a"), ("a", "b"), Verdict.CARRY, LEFT),
    ("near was emptied", ("a", "a"), (None, "a"), Verdict.CARRY, RIGHT),
    ("near changed to what far shows", ("a", "b"), ("b", "b"), Verdict.LEVEL, None),
    ("both changed, alike", ("a", "a"), ("b", "b"), Verdict.LEVEL, None),
    ("both changed, apart", ("a", "a"), ("b", "c"), Verdict.CLASH, RIGHT),
    ("no past, equal", None, ("a", "a"), Verdict.LEVEL, None),
    ("no past, both empty", None, (None, None), Verdict.LEVEL, None),
    ("no past, far empty", None, ("a", None), Verdict.CARRY, RIGHT),
    ("no past, near empty", None, (None, "a"), Verdict.CARRY, LEFT),
    ("no past, both filled, apart", None, ("a", "b"), Verdict.CLASH, None),
]


@pytest.mark.parametrize(
    ("past", "now", "verdict", "to"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_the_table_of_a_field(
    past: tuple[str, str] | None, now: tuple[str, str], verdict: Verdict, to: Side | None
) -> None:
    """R7, every row; the named side (left) wins where both changed apart."""
    decision = decide(past, now)

    assert (verdict, to) == (decision.verdict, decision.to)


def test_a_side_named_by_on_adopt_fills_the_other() -> None:
    """R7: no past, both filled and apart: nothing is written unless a side was named."""
    assert RIGHT is decide(None, ("a", "b"), Policy(LEFT, LEFT)).to
    assert LEFT is decide(None, ("a", "b"), Policy(LEFT, RIGHT)).to
    assert decide(None, ("a", "b"), Policy(LEFT, None)).to is None


def test_a_field_without_a_value_in_seen_has_no_past() -> None:
    """R7: a new line's fields have no past, even if the pair is old."""
    assert past_of({"title": "a"}, ("title", "extra")) is None
    assert ("a",) == past_of({"title": "a"}, ("title",))
    assert past_of(None, ()) is None


def test_what_the_far_side_cut_off_is_no_change_of_it() -> None:
    """R7: a side is compared with its own past, never near with far."""
    assert Verdict.IDLE is decide(("Printer", "Prin"), ("Printer", "Prin"), cuts=(0, 4)).verdict
    assert Verdict.LEVEL is decide(("Print", "Prin"), ("Printer", "Prin"), cuts=(0, 4)).verdict


def test_an_edit_of_a_cut_copy_is_a_conflict() -> None:
    """R12: carried back by itself it would cut the original."""
    decision = decide(("Printer", "Prin"), ("Printer", "Plot"), cuts=(0, 4))

    assert Verdict.CLASH is decision.verdict


@pytest.mark.parametrize("now", [("b", "a"), ("a", "b"), ("b", "c")])
def test_a_contested_line_counts_as_changed_on_both_sides(now: tuple[str, str]) -> None:
    """R8, dagger: until both agree, else the loser's next edit would look like the only one."""
    assert Verdict.CLASH is decide(("a", "a"), now, contested=True).verdict
    assert Verdict.CLASH is decide(("a", "a"), now, ASK, contested=True).verdict


def test_a_contested_line_is_level_once_both_sides_agree() -> None:
    """R8: it resolves itself."""
    assert Verdict.LEVEL is decide(("a", "a"), ("b", "b"), ASK, contested=True).verdict


def test_what_a_person_was_asked_no_policy_decides() -> None:
    """R8, R16: `ask` waits for the person, whatever the policy says."""
    asked = decide(("a", "a"), ("b", "c"), LEFT_WINS, contested=True, asked=True)
    assert (Verdict.CLASH, None) == (asked.verdict, asked.to)


@pytest.mark.parametrize(
    ("left", "right", "winner"),
    [(100.0, 50.0, LEFT), (50.0, 100.0, RIGHT), (52.0, 50.0, RIGHT), (None, 100.0, RIGHT)],
    ids=["left was later", "right was later", "within the skew", "unknown"],
)
def test_newest_needs_a_trail_and_more_than_the_skew(
    left: float | None, right: float, winner: Side
) -> None:
    """R8: otherwise the named side wins."""
    policy = Policy(RIGHT, None, newest=True)

    decision = decide(("a", "a"), ("b", "c"), policy, latest=Sides(left, right))

    assert decision.to is winner.far


def test_a_doubtful_side_is_a_conflict_only_if_the_other_really_changed() -> None:
    """R16, dagger: in a suspect pair, a moved version makes a side that shows its past suspect."""
    doubtful = Sides(False, True)
    assert Verdict.IDLE is decide(("a", "a"), ("a", "a"), doubtful=doubtful).verdict
    decision = decide(("a", "a"), ("b", "a"), doubtful=doubtful)
    assert (Verdict.CLASH, None) == (decision.verdict, decision.to)


def test_an_edit_on_the_target_of_a_one_way_line_stays_where_it_is() -> None:
    """R9: `drift: leave`; the next change at the source overwrites it without a conflict."""
    assert Verdict.LEVEL is decide(("a", "a"), ("a", "b"), line=ONE_WAY).verdict
    assert (Verdict.CARRY, RIGHT) == (
        decide(("a", "a"), ("c", "b"), line=ONE_WAY).verdict,
        decide(("a", "a"), ("c", "b"), line=ONE_WAY).to,
    )


def test_drift_is_restored_if_the_line_says_so() -> None:
    """R9: `drift: restore`."""
    decision = decide(("a", "a"), ("a", "b"), line=replace(ONE_WAY, drift=Drift.RESTORE))

    assert (Verdict.CARRY, RIGHT) == (decision.verdict, decision.to)


def test_a_path_is_the_shortest_legal_one() -> None:
    """R22: over the ticket's own workflow; none if there is no way."""
    steps = {"New": ("Open", "Held"), "Open": ("Closed",), "Held": ("Open",), "Closed": ()}

    assert ("Open", "Closed") == shortest_path(steps, "New", "Closed")
    assert () == shortest_path(steps, "New", "New")
    assert shortest_path(steps, "Closed", "New") is None
