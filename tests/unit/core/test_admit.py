"""What a page row may decide, and who may start a pair."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sync_service.core.admit import (
    Adopt,
    Cloned,
    Forward,
    Known,
    Look,
    Nothing,
    Start,
    admit,
    fresh,
)
from sync_service.core.values import Sides, Ticket, Version
from tests.unit.core.examples import AT, LEFT, RIGHT, later, rules, ticket

KNOWN = Known(1, Version(later(10), 5), provisional=False)
ROW = ticket(RIGHT, {"short": "Printer"})


def row(key: str = "", **changes: object) -> Ticket:
    """Give a row of the right side."""
    return replace(ROW, key=key or None, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("version", "known", "verdict"),
    [
        (Version(later(9), 4), KNOWN, Nothing),
        (Version(later(10), 5), KNOWN, Nothing),
        (Version(later(10), 6), KNOWN, Look),
        (Version(later(10), 5), replace(KNOWN, provisional=True), Look),
        (Version(later(9), 4, certain=False), KNOWN, Look),
    ],
    ids=["older", "the same", "later", "the same but provisional", "in the repeated hour"],
)
def test_a_row_may_decide_that_nothing_is_to_do(
    version: Version, known: Known, verdict: type
) -> None:
    """R1, R2: an older row is dropped; a repeat of a provisional one is not."""
    assert isinstance(admit(row(version=version), RIGHT, known, rules()), verdict)


@pytest.mark.parametrize(
    ("seconds", "lag", "expected"),
    [(10, 0, False), (11, 0, False), (12, 0, True), (14, 3, False), (15, 3, True)],
)
def test_a_version_is_fresh_once_no_equal_stamp_can_follow(
    seconds: int, lag: int, expected: bool
) -> None:
    """R2: resolution and index lag after the stamp."""
    found = fresh(Version(later(10)), later(seconds), timedelta(seconds=1), timedelta(seconds=lag))

    assert expected is found


@pytest.mark.parametrize(
    ("one", "changes", "verdict"),
    [
        (row(), {}, Start),
        (row(), {"since": later(1)}, Nothing),
        (row(), {"since": AT}, Start),
        (row(), {"create": frozenset({RIGHT})}, Nothing),
        (row(), {"create": frozenset(), "match": (Sides("number", "number"),)}, Start),
        (row(), {"select": Sides(lambda _: True, lambda _: False)}, Nothing),
        (row(sensitive=True), {}, Nothing),
        (row(sensitive=True), {"keep_home": False}, Start),
        (row("test:desk:left:L1", ours=True), {}, Adopt),
        (row("test:desk:left:L1"), {}, Cloned),
        (row("test:other:third:T1", ours=True), {}, Nothing),
        (row("test:other:third:T1", ours=True), {"forward": True}, Forward),
        (row("test:other:third:T1", ours=True, sensitive=True), {"forward": True}, Nothing),
        (row("elsewhere:desk:left:L1"), {}, Nothing),
        (row("elsewhere:desk:left:L1", ours=True), {"forward": True}, Nothing),
        (row("elsewhere:other:third:T1"), {"forward": True}, Start),
    ],
    ids=[
        "a person's ticket",
        "created before since",
        "created at since",
        "this way nothing is created",
        "nothing is created, but matched",
        "not selected",
        "sensitive",
        "sensitive, and allowed",
        "our copy, unknown to the store: adopted",
        "our key on a person's ticket: a clone",
        "another link's copy",
        "another link's copy on a link that forwards",
        "a sensitive copy",
        "another installation's copy",
        "another installation's copy of a ticket of the far side, on a link that forwards",
        "another installation's copy of a third system's, on a link that forwards",
    ],
)
def test_who_may_start_a_pair(one: Ticket, changes: dict[str, Any], verdict: type) -> None:
    """R13, R14: a key counts only on a ticket of our own user (dagger)."""
    assert isinstance(admit(one, RIGHT, None, rules(**changes)), verdict)


def test_a_ticket_with_a_pair_is_looked_at_whatever_its_key_or_selection() -> None:
    """R13, R14: a pair, once made, stays; privacy is judged on the values read."""
    moved = row("test:desk:left:L1", version=Version(later(20), 9), sensitive=True)

    assert Look(1) == admit(
        moved, RIGHT, KNOWN, rules(select=Sides(lambda _: False, lambda _: False))
    )


def test_an_adopted_copy_names_its_original() -> None:
    """R14."""
    assert Adopt("L1") == admit(row("test:desk:left:L1", ours=True), RIGHT, None, rules())
    assert Nothing("a copy made by another link") == admit(
        replace(row("test:desk:left:L1", ours=True), id="L9"), LEFT, None, rules()
    )
