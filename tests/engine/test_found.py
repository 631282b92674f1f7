"""Every failure ever found, as a plain named test: by reading, by random histories, by users."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from sync_service.adapters.base import Found
from sync_service.adapters.memory import US, Manners
from sync_service.core.comments import CommentRules, Edits
from sync_service.core.mapping import Drift
from sync_service.core.merge import Policy
from sync_service.core.pair import Making
from sync_service.core.values import InternalNote, Side, Sides
from sync_service.errors import AuthFailed, NotSent, UnknownOutcome
from tests.engine.world import LINES, World

ADA, TECH = "ada@school.example", "tech@city.example"
STEPS = {"New": ("Open",), "Open": ("New", "Closed"), "Closed": ("Open",)}
WORKFLOW = Manners(status="state", workflow=STEPS)


def joined(world: World, **values: str) -> tuple[str, str]:
    """Let a ticket of the left side meet its copy, and give both ids."""
    made = world.desks.left.open({"title": "Printer", "status": "New", **values}, ADA)
    world.settle()
    key = f"test:desk:left:{made.id}"
    return made.id, next(one.id for one in world.desks.right.records.values() if one.key == key)


def once(
    error: Exception, at: tuple[str, str, str], skip: int = 0
) -> Callable[[str, str, str], None]:
    """Raise `error` at one point of the wire, after so many passes."""
    left = [skip]

    def between(side: str, when: str, what: str) -> None:
        if (side, when, what) == at:
            left[0] -= 1
            if left[0] == -1:
                raise error

    return between


@pytest.mark.parametrize("error", [NotSent("no route"), UnknownOutcome("silence")])
def test_a_status_path_that_stopped_half_way_is_no_edit(error: Exception) -> None:
    """R17, R22: the hop that landed is ours; the way goes on from there without a conflict."""
    world = World(right=replace(WORKFLOW, serial=False))
    near, far = joined(world)
    world.desks.left.edit(near, {"status": "Closed"}, ADA)
    world.between = once(error, ("right", "before", "update"), skip=1)

    world.settle()

    assert "Closed" == world.desks.left.records[near].fields["status"]
    assert "Closed" == world.desks.right.records[far].fields["state"]
    assert [] == world.conflicts()


def test_a_path_whose_goal_is_refused_does_not_come_back() -> None:
    """R17, R19: a hop is ours, so it is not carried to the side that asked for the goal."""
    world = World(right=WORKFLOW)
    near, far = joined(world)
    world.desks.right.refuses = lambda _name, value: "needs a cause" if value == "Closed" else ""
    world.desks.left.edit(near, {"status": "Closed"}, ADA)

    world.settle()
    world.settle()

    assert "Closed" == world.desks.left.records[near].fields["status"]
    assert "Open" == world.desks.right.records[far].fields["state"]
    assert [] == world.conflicts()
    assert "refused" in world.problems()


def test_lines_sent_one_by_one_take_only_what_is_theirs() -> None:
    """R11, R25: the hops of a status go with the status, not with another line of the update."""
    world = World(right=WORKFLOW)
    near, far = joined(world)
    world.desks.right.refuses = lambda _name, value: "no swearing" if value == "Damn" else ""
    world.desks.left.edit(near, {"status": "Closed", "title": "Damn"}, ADA)

    world.settle()

    assert "Closed" == world.desks.right.records[far].fields["state"]
    assert "Closed" == world.desks.left.records[near].fields["status"]
    assert [] == world.conflicts()
    assert "title = short" == world.problems()["refused"].item


def test_a_note_of_a_ticket_that_stays_home_is_settled_all_the_same() -> None:
    """R13, R20: settling runs before a pair is stopped, or it would be looked at for ever."""
    world = World()
    near, far = joined(world)
    world.desks.left.say(near, "It smells", ADA)
    world.between = once(UnknownOutcome("silence"), ("right", "after", "reply"))
    world.between = _both(world.between, lambda: world.desks.left.mark_sensitive(near))

    assert world.run(minutes=10)

    assert () == world.pair().intents
    world.desks.left.mark_sensitive(near, sensitive=False)
    world.settle()
    assert 1 == len(world.desks.right.records[far].comments)


def _both(
    first: Callable[[str, str, str], None], then: Callable[[], object]
) -> Callable[[str, str, str], None]:
    def between(side: str, when: str, what: str) -> None:
        if (side, when, what) == ("right", "after", "reply"):
            then()
        first(side, when, what)

    return between


def test_a_parked_pair_with_an_open_note_comes_to_rest() -> None:
    """R5, R28: the target of an unknown write is gone; nobody will ever settle it by reading."""
    world = World()
    near, far = joined(world)
    world.desks.left.edit(near, {"title": "Printer on fire"}, ADA)
    world.between = once(UnknownOutcome("silence"), ("right", "before", "update"))
    world.run(minutes=0.2)
    assert world.pair().sent
    world.desks.right.delete(far)

    assert world.run(minutes=10)

    assert "gone" in world.problems()
    assert "Printer on fire" == world.desks.left.records[near].fields["title"]


@pytest.mark.parametrize("audit", [False, True])
def test_in_a_restored_store_a_side_that_shows_its_past_may_have_changed(audit: bool) -> None:
    """R16: left and right were edited and synced after the backup, then right went back.

    The store believes right untouched and would carry left's older value over it.
    """
    world = World(Manners(audit=audit), Manners(audit=audit))
    near, far = joined(world)
    backup = world.backup()
    world.desks.left.edit(near, {"title": "Printer on fire"}, ADA)
    world.settle()
    world.clock.tick(60)
    world.restore(backup)
    world.desks.right.edit(far, {"short": "Printer"}, TECH)
    world.clock.tick(60)

    world.settle()
    world.settle()

    kept = {
        value
        for row in world.conflicts()
        for side in Side
        for value in row.conflict.values.of(side)
    }
    assert {"Printer", "Printer on fire"} <= kept
    assert [None] == [row.conflict.winner for row in world.conflicts() if not row.closed] or audit


def test_a_stopped_side_keeps_the_outcome_of_the_other_pairs() -> None:
    """R18, R25: one pair's token is refused while another's write has an unknown outcome."""
    world = World(right=Manners(serial=False))
    pairs = [joined(world, title=name) for name in ("one", "two", "three")]
    errors = iter([UnknownOutcome("silence"), AuthFailed("renew the token")])

    def between(side: str, when: str, what: str) -> None:
        if (side, when, what) == ("right", "before", "update"):
            for error in errors:
                raise error

    world.between = between
    for near, _ in pairs:
        world.desks.left.edit(near, {"title": f"{near} on fire"}, ADA)

    world.settle()

    for near, far in pairs:
        assert f"{near} on fire" == world.desks.right.records[far].fields["short"]


def test_a_pair_that_the_store_refuses_is_let_go() -> None:
    """R14: `match:` names a ticket whose group has one of ours already: a problem, no hot loop."""
    world = World(match=(Sides("number", "sibling"),))
    there = world.desks.right.open({"short": "Printer", "sibling": "L1"}, TECH)
    other = world.store.pair_by_hand("other", Sides("left", "right"), "L9", there.id)
    assert isinstance(other, int)
    world.desks.left.open({"title": "Printer", "status": "New"}, ADA)
    world.fuse = 400

    assert world.run(minutes=10)

    assert "taken" in world.problems()


def test_an_old_copy_of_a_hidden_comment_is_hidden_too() -> None:
    """R13, R21: the store is new, the original is internal by now, its copy is still public."""
    world = World()
    near, far = joined(world)
    said = world.desks.left.say(near, "She is furious", ADA)
    world.settle()
    world.desks.left.turn_internal(near, said.id)
    world.lose_store()

    world.settle()

    (copy,) = world.desks.right.records[far].comments
    assert isinstance(copy, InternalNote)


def test_a_refused_hiding_is_not_sent_again() -> None:
    """R25: it waits for a person, as every refused item does."""
    world = World()
    near, _ = joined(world)
    said = world.desks.left.say(near, "She is furious", ADA)
    world.settle()
    adapter = world.adapters.right
    tries = []

    async def hide(*_args: object) -> None:
        from sync_service.errors import Rejected

        tries.append(1)
        raise Rejected("right refused to hide: not allowed", "not allowed")

    adapter.hide = hide  # type: ignore[method-assign,assignment]
    world.desks.left.turn_internal(near, said.id)
    world.settle()
    world.desks.left.edit(near, {"title": "Printer on fire"}, ADA)
    world.settle()

    assert [1] == tries
    assert "refused" in world.problems()


def test_a_refused_value_that_was_taken_back_is_no_problem_any_more() -> None:
    """R25: it blocks until the value changes, and then the problem closes."""
    world = World()
    near, _ = joined(world)
    world.desks.right.refuses = lambda _name, value: "no swearing" if value == "Damn" else ""
    world.desks.left.edit(near, {"title": "Damn"}, ADA)
    world.settle()
    assert "refused" in world.problems()

    world.desks.left.edit(near, {"title": "Printer"}, ADA)
    world.settle()

    assert {} == world.problems()
    assert () == world.pair().refusals


def test_a_second_ticket_of_ours_with_the_same_key_is_a_problem() -> None:
    """R14: its partner is taken; an automation of our own account may have cloned the copy."""
    world = World()
    _, far = joined(world)
    world.desks.right.open({"short": "Printer"}, US, world.desks.right.records[far].key)

    world.settle()

    assert "cloned-key" in world.problems()


def test_newest_looks_into_the_audit_trail() -> None:
    """R8: the later edit wins by the vendors' trails, beyond the skew; both values are kept."""
    world = World(policy=Policy(Side.LEFT, None, newest=True))
    near, far = joined(world)
    world.clock.tick(60)
    world.desks.left.edit(near, {"title": "older"}, ADA)
    world.clock.tick(60)
    world.desks.right.edit(far, {"short": "newer"}, TECH)

    world.settle()

    assert "newer" == world.desks.left.records[near].fields["title"]
    assert [Side.RIGHT] == [row.conflict.winner for row in world.conflicts()]


def test_a_pair_that_nobody_foresaw_does_not_stop_the_others() -> None:
    """R25: a bug in one pair is put off and told; the link goes on."""

    def sign(comment: object, system: str) -> str:
        if getattr(comment, "body", "") == "boom":
            raise ZeroDivisionError
        return f"({system})"

    world = World(changes={"signature": sign})
    near, far = joined(world)
    sick, _ = joined(world)
    world.desks.left.say(sick, "boom", ADA)
    world.desks.left.edit(near, {"title": "Printer on fire"}, ADA)

    world.run(minutes=30)

    assert "Printer on fire" == world.desks.right.records[far].fields["short"]
    assert "bug" in world.problems()


def test_drift_is_restored_where_the_mapping_says_so() -> None:
    """R9: an edit on the target of a one-way line is undone with `drift: restore`."""
    lines = (*LINES[:2], replace(LINES[2], drift=Drift.RESTORE))
    world = World(lines=lines)
    near, far = joined(world, where="Annex")
    world.desks.right.edit(far, {"place": "Cellar"}, TECH)

    world.settle()

    assert "Annex" == world.desks.right.records[far].fields["place"]
    assert "Annex" == world.desks.left.records[near].fields["where"]


def test_a_rewrite_with_an_unknown_outcome_rests_too() -> None:
    """R17: a call that may still be on the wire could undo the next wording."""
    world = World()
    near, _ = joined(world)
    said = world.desks.left.say(near, "first", ADA)
    world.settle()
    world.desks.left.reword(near, said.id, "second")
    world.between = once(UnknownOutcome("silence"), ("right", "before", "rewrite"))
    world.run(minutes=0.2)

    (note,) = world.pair().intents
    assert Making.REWRITE is note.making
    rewrites = []
    world.between = lambda _side, when, what: (
        rewrites.append(world.clock()) if what == "rewrite" else None
    )
    world.settle()
    assert min(rewrites) > note.wire_until
    assert () == world.pair().intents


def test_an_outcome_that_stays_unknown_does_not_spin() -> None:
    """R4, R28: the search proves nothing, a person is asked, and nothing is polled meanwhile."""
    world = World()
    near = world.desks.left.open({"title": "Printer", "status": "New"}, ADA)

    async def find(keys: object, created_since: object) -> Found:
        return Found({}, proven=False)

    def between(_side: str, _when: str, what: str) -> None:
        if what == "create":
            world.adapters.right.find = find  # type: ignore[method-assign]
            raise UnknownOutcome("silence")

    world.between = between
    started = world.clock()

    assert not world.run(minutes=10)

    assert "unknown-create" in world.problems()
    assert world.clock() - started < timedelta(minutes=2)
    assert near.id


def test_a_wording_that_came_back_is_appended_again() -> None:
    """R21: first, second, first, second: the far side's last word is the author's."""
    world = World(comments=CommentRules(edits=Edits.APPEND))
    near, far = joined(world)
    said = world.desks.left.say(near, "first", ADA)
    world.settle()
    for body in ("second", "first", "second"):
        world.desks.left.reword(near, said.id, body)
        world.settle()

    bodies = [one.body.split("\n\n")[1] for one in world.desks.right.records[far].comments]
    assert ["first", "second", "first", "second"] == bodies


def test_a_note_that_was_made_public_is_copied() -> None:
    """R21: what did not flow because it was internal flows once it is public."""
    world = World(comments=CommentRules(public=frozenset(Side)))
    near, far = joined(world)
    said = world.desks.left.say(near, "done", ADA, public=False)
    world.settle()
    assert [] == world.desks.right.records[far].comments

    world.desks.left.turn_public(near, said.id)
    world.settle()

    assert 1 == len(world.desks.right.records[far].comments)


def test_a_copy_that_was_removed_by_hand_is_no_problem_any_more() -> None:
    """R13: a person did what the vendor's API cannot do."""
    world = World(right=Manners(edits=False))
    near, far = joined(world)
    said = world.desks.left.say(near, "She is furious", ADA)
    world.settle()
    world.desks.left.turn_internal(near, said.id)
    world.settle()
    assert "cannot-hide" in world.problems()

    (copy,) = world.desks.right.records[far].comments
    world.desks.right.turn_internal(far, copy.id)
    world.settle()

    assert {} == world.problems()


@pytest.mark.parametrize("when", ["before", "after"])
def test_the_create_of_a_ticket_that_is_gone_by_now_is_settled(when: str) -> None:
    """R5, R16: its copy is found or was never made; either way the link comes to rest."""
    world = World()
    near = world.desks.left.open({"title": "Printer", "status": "New"}, ADA)

    def between(_side: str, moment: str, what: str) -> None:
        if (moment, what) == (when, "create"):
            world.desks.left.delete(near.id)
            raise UnknownOutcome("silence")

    world.between = between

    assert world.run(minutes=10)

    assert "gone" in world.problems()
    near.deleted, world.between = False, lambda *_: None
    world.desks.left.edit(near.id, {"title": "Printer on fire"}, ADA)
    world.settle()
    assert ["Printer on fire"] == [
        one.fields["short"] for one in world.desks.right.records.values()
    ]


@pytest.mark.parametrize("settled", [False, True], ids=["at once", "by settling"])
def test_what_a_person_typed_between_our_read_and_our_write_is_kept(settled: bool) -> None:
    """R20, dagger: without a precondition the counter gives it away and the trail tells."""
    world = World(right=Manners(guarded=False))
    near, far = joined(world)
    world.desks.left.edit(near, {"title": "Printer on fire"}, ADA)

    def between(side: str, when: str, what: str) -> None:
        if (side, what) == ("right", "update") and when == "before":
            world.desks.right.edit(far, {"short": "Theirs"}, TECH)
        if (side, what) == ("right", "update") and when == "after":
            world.between = lambda *_: None
            if settled:
                raise UnknownOutcome("silence")

    world.between = between

    world.settle()

    (row,) = world.conflicts()
    assert (("Printer on fire",), ("Theirs",)) == (
        row.conflict.values.left,
        row.conflict.values.right,
    )
    assert Side.LEFT is row.conflict.winner
    assert "Printer on fire" == world.desks.right.records[far].fields["short"]
