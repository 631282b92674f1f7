"""Failures found in how pairs stop, rest and go on, as plain named tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from sync_service.adapters.base import Found, Page
from sync_service.adapters.memory import US, Manners
from sync_service.core.values import Side, Sides
from sync_service.errors import AuthFailed, UnknownOutcome, Unreadable
from tests.engine.acts import ADA, TECH, joined, once
from tests.engine.world import World


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


def test_a_restored_pair_that_stays_home_is_in_doubt_until_it_may_flow() -> None:
    """R13, R16: its first look judges nothing, so a later one must know that it is suspect."""
    world = World(Manners(audit=False), Manners(audit=False))
    near, far = joined(world)
    backup = world.backup()
    world.desks.left.edit(near, {"title": "Printer on fire"}, ADA)
    world.settle()
    world.clock.tick(60)
    world.restore(backup)
    world.desks.right.edit(far, {"short": "Printer"}, TECH)
    world.desks.left.mark_sensitive(near)
    world.clock.tick(60)
    world.settle()
    assert "withheld" in world.problems()
    world.desks.left.mark_sensitive(near, sensitive=False)

    world.go_on()

    assert {"Printer", "Printer on fire"} <= {value for _, value in world.kept_values()}


def test_an_original_that_was_unpaired_and_forgotten_finds_its_copy() -> None:
    """R14, R16: it was born after the start, but its key was used; no second copy is made."""
    world = World()
    world.run()
    world.clock.tick(3600)
    near = world.desks.left.open({"title": "Printer", "status": "New"}, ADA)
    world.go_on()
    world.store.unpair(world.pair().id, forget=True)
    world.desks.left.edit(near.id, {"title": "Printer on fire"}, ADA)

    world.go_on()

    (copy,) = world.desks.right.records
    assert copy == world.pair().ids.right


def test_two_installations_over_the_same_desks_do_not_answer_each_other() -> None:
    """R14, promise 2: neither knows the other's tickets, but each sees the other's keys."""
    world = World()
    world.desks.right.open({"short": "Printer", "state": "New"}, US, "other:desk:left:L77")
    world.desks.right.open({"short": "Beamer", "state": "New"}, TECH, "other:desk:left:L78")

    world.settle()

    assert {} == world.desks.left.records


def test_a_link_that_selects_on_one_side_stops_a_ticket_that_is_deselected() -> None:
    """R13, `when_deselected: stop`: its copy, which every condition that is not there selects, too."""
    chosen = Sides(lambda one: one.fields.get("where") == "Annex", lambda _: True)
    world = World(changes={"select": chosen, "stop_when_deselected": True})
    near, far = joined(world, where="Annex")
    world.desks.left.edit(near, {"where": "Home", "title": "Private"}, ADA)

    world.settle()

    assert "Printer" == world.desks.right.records[far].fields["short"]
    assert "withheld" in world.problems()


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (
            KeyError("secret subject"),
            "right answered in a way that nobody foresaw (KeyError at test_found_rest.py",
        ),
        (Unreadable("right answered in a shape"), "right answered in a shape"),
    ],
)
def test_a_side_that_answers_as_nobody_foresaw_is_a_problem_and_stops_no_other(
    error: Exception, says: str
) -> None:
    """R25: found by an auditor: the daemon said it in its log alone, and at its start it ended."""
    world = World()
    near, far = joined(world)
    honest, odd = world.adapters.right.changed, [error]

    async def changed(since: str | None, page: str | None = None) -> Page:
        if odd:
            raise odd[0]
        return await honest(since, page)

    world.adapters.right.changed = changed  # type: ignore[method-assign]
    before = world.store.feed("desk", Side.LEFT)
    world.clock.tick(60)

    assert not world.run(minutes=1)

    told = world.problems()["stopped"].message
    assert says in told
    assert "secret" not in told
    assert before != world.store.feed("desk", Side.LEFT)

    odd.clear()
    world.desks.left.edit(near, {"title": "Printer on fire"}, ADA)
    world.settle()
    assert "Printer on fire" == world.desks.right.records[far].fields["short"]
    assert {} == world.problems()
