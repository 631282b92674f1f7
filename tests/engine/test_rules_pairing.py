"""Who is joined with whom: keys, adoption, matches, groups, forwarding, tombstones, empty stores."""

from __future__ import annotations

import pytest

from sync_service.adapters.memory import US, Manners
from sync_service.core.pair import Made
from sync_service.core.values import Side, Sides
from tests.engine.chain import Chain, Links
from tests.engine.test_crash_points import Day, judge, play
from tests.engine.world import World, emptied

ADA, TECH = "ada@school.example", "tech@city.example"
FORWARD = {"forward": True}
CHAIN: Links = (("ab", "a", "b", {}), ("bc", "b", "c", FORWARD))
RING = (*CHAIN, ("ca", "c", "a", FORWARD))


@pytest.mark.parametrize("field", [True, False], ids=["origin field", "marker"])
def test_an_empty_store_finds_its_copies_again(field: bool) -> None:
    """R14, R15, R16: live desks, a fresh database: no ticket and no comment is made twice."""
    manners = Manners(origin_field=field)
    day = play(Sides(manners, manners), None)
    before = day.world.writes()
    day.world.lose_store()
    day.world.clock.tick(60)

    day.world.settle()

    judge_again(day)
    assert before == day.world.writes()


def judge_again(day: Day) -> None:
    """Judge tickets and comments; the conflicts went with the store."""
    kept = day.world.kept_values
    day.world.kept_values = lambda: {*kept(), (None, "Laptop of Bob")}  # type: ignore[method-assign]
    judge(day)


def test_an_empty_store_adopts_by_key_and_by_match() -> None:
    """R14: both kinds of pairs come back as what they are."""
    day = play(Sides(Manners(), Manners()), None)
    day.world.lose_store()
    day.world.settle()

    made = sorted(pair.made for pair in day.world.store.iterate("desk"))

    assert [Made.KEY, Made.KEY, Made.MATCH] == made


def test_an_edit_in_the_hours_without_a_store_is_a_choice_for_a_person() -> None:
    """R7, R14: an adopted pair has no past; nothing is written, and it says so."""
    day = play(Sides(Manners(), Manners()), None)
    world = day.world
    world.lose_store()
    world.desks.left.edit(day.printer, {"title": "Printer is gone"}, ADA)

    world.settle()

    far = day.copy(Side.RIGHT, day.printer)
    assert "Printer on fire" == world.desks.right.records[far].fields["short"]
    asked = {row.conflict.line: row.conflict.winner for row in world.conflicts()}
    assert {"title = short": None, "where = place": None} == asked


@pytest.mark.parametrize("audit", [True, False])
def test_a_restored_backup_makes_nothing_twice(audit: bool) -> None:
    """R16, dagger: tickets and comments made after the backup are found, not made again."""
    world = World(Manners(audit=audit), Manners(audit=audit))
    world.desks.left.open({"title": "one", "status": "New"}, ADA)
    world.settle()
    backup = world.backup()
    second = world.desks.left.open({"title": "two", "status": "New"}, ADA)
    world.desks.left.say("L1", "hi", ADA)
    world.desks.left.say(second.id, "ho", ADA)
    world.settle()
    before = world.writes()
    world.clock.tick(600)
    world.restore(backup)

    world.settle()

    assert before == world.writes()
    assert 2 == len(world.desks.right.records)


def test_a_clone_of_a_copy_starts_no_pair() -> None:
    """R14, dagger: people clone tickets, and the key field with them."""
    world = World()
    world.desks.left.open({"title": "Printer", "status": "New"}, ADA)
    world.settle()
    (copy,) = world.desks.right.records.values()
    world.desks.right.open(dict(copy.fields), TECH, copy.key)

    world.settle()

    assert 1 == len(world.desks.left.records)
    assert "cloned-key" in world.problems()


def test_a_retry_leaves_a_clone_listed() -> None:
    """R25: nothing would look at the clone again, and a second copy would stand there untold."""
    world = World()
    world.desks.left.open({"title": "Printer", "status": "New"}, ADA)
    world.settle()
    (copy,) = world.desks.right.records.values()
    world.desks.right.open(dict(copy.fields), TECH, copy.key)
    world.settle()

    retried = world.store.retry([row.id for row in world.store.problems()])
    world.settle()

    assert [] == retried
    assert "cloned-key" in world.problems()


def test_an_unpaired_ticket_starts_no_new_pair() -> None:
    """R14: a tombstone, until `pair` or `unpair --forget`."""
    world = World()
    near = world.desks.left.open({"title": "Printer", "status": "New"}, ADA)
    world.settle()
    (copy,) = world.desks.right.records.values()
    world.store.unpair(world.pair().id, forget=False)
    world.desks.left.edit(near.id, {"title": "Printer on fire"}, ADA)
    world.desks.right.edit(copy.id, {"short": "Toner"}, TECH)

    world.settle()

    assert [] == list(world.store.iterate("desk"))
    assert 1 == len(world.desks.right.records)
    joined = world.store.pair_by_hand("desk", Sides("left", "right"), near.id, copy.id)
    assert isinstance(joined, int)


def test_a_ticket_goes_along_a_chain_and_its_words_with_it() -> None:
    """R14, R21: forwarded once its own pair is whole; each comment once a desk, both ways."""
    chain = Chain(CHAIN)
    made = chain.desks["a"].open({"title": "Printer", "status": "New"}, ADA)
    chain.desks["a"].say(made.id, "It smells", ADA)
    chain.settle()
    (end,) = chain.desks["c"].records.values()
    chain.desks["c"].say(end.id, "On my way", TECH)
    chain.desks["c"].edit(end.id, {"status": "Open"}, TECH)
    chain.settle()

    assert [["Printer"]] * 3 == [chain.titles(name) for name in "abc"]
    assert [["It smells", "On my way"]] * 3 == [chain.talk(name) for name in "abc"]
    assert "Open" == made.fields["status"]
    before = chain.writes()
    chain.settle()
    assert before == chain.writes()


def test_a_copy_is_not_forwarded_unless_the_link_says_so() -> None:
    """R14."""
    chain = Chain((("ab", "a", "b", {}), ("bc", "b", "c", {})))
    chain.desks["a"].open({"title": "Printer", "status": "New"}, ADA)

    chain.settle()

    assert [1, 1, 0] == [len(chain.desks[name].records) for name in "abc"]


@pytest.mark.parametrize("start", ["a", "b", "c"])
def test_a_ring_of_links_makes_one_ticket_a_system(start: str) -> None:
    """R14, dagger: a ticket that would close a ring gets no pair: a group is a tree."""
    chain = Chain(RING)
    made = chain.desks[start].open({"title": "Printer", "status": "New"}, ADA)
    chain.desks[start].say(made.id, "It smells", ADA)

    chain.settle()
    chain.desks[start].edit(made.id, {"title": "Printer on fire"}, ADA)
    chain.settle()

    assert [["Printer on fire"]] * 3 == [chain.titles(name) for name in "abc"]
    assert [["It smells"]] * 3 == [chain.talk(name) for name in "abc"]


def test_two_links_over_the_same_systems_make_one_copy() -> None:
    """R14, dagger: open intents count as tickets of the group."""
    chain = Chain((("one", "a", "b", {}), ("two", "a", "b", {})))
    chain.desks["a"].open({"title": "Printer", "status": "New"}, ADA)
    chain.desks["b"].open({"title": "Laptop", "status": "New"}, TECH)

    chain.settle()

    assert [["Laptop", "Printer"]] * 2 == [chain.titles(name) for name in "ab"]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_ring_survives_a_crash_at_any_point_and_an_empty_store() -> None:
    """R14, R16: still one ticket and one comment a system, at every fifth point."""
    points = _ring(None).points
    assert points > 25

    for point in range(0, points, 5):
        chain = _ring(point)
        assert [["Printer"]] * 3 == [chain.titles(name) for name in "abc"], point
        assert [["It smells"]] * 3 == [chain.talk(name) for name in "abc"], point


def _ring(fuse: int | None) -> Chain:
    chain = Chain(RING, fuse)
    made = chain.desks["a"].open({"title": "Printer", "status": "New"}, ADA)
    chain.desks["a"].say(made.id, "It smells", ADA)
    chain.settle()
    chain.fuse = None
    if fuse is None:
        return chain
    chain.clock.tick(600)
    emptied(chain.clock)
    chain.settle()
    return chain


def test_our_own_user_may_not_open_a_ticket_by_hand_and_lose_it() -> None:
    """R14: without a key it is a ticket like any other."""
    world = World()
    world.desks.left.open({"title": "Printer", "status": "New"}, US)

    world.settle()

    assert 1 == len(world.desks.right.records)
