"""Pages, groups and tombstones."""

import functools
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

from sync_service.core.pair import Event, Intent, Made, Making, Problem, Row, Scope, Seen, State
from sync_service.core.values import Origin, Side, Sides
from sync_service.store import (
    AdoptNote,
    Done,
    Feed,
    No,
    PageNote,
    Run,
    Save,
    StartNote,
    Store,
)
from tests.integration.store.world import LINK, NOW, SYSTEMS, claim_all, start, start_one, version

ONWARD = Sides("servicenow", "jira")
ORIGIN = Origin("incidentiq", "a", "c")
BACK = Sides("jira", "incidentiq")


def _adopt(
    store: Store, run: Run, left: str, right: str, link: str = LINK, systems: Sides[str] = SYSTEMS
) -> int | No:
    page = PageNote(systems, adoptions=[AdoptNote(left, right, Made.KEY)])
    result = store.take_page(run, link, Side.LEFT, page)
    return result.adopted.get((left, right)) or result.refused_adoptions[left, right]


def _fill(store: Store, run: Run, ticket: str, far: str, link: str = LINK) -> dict[int, No]:
    (pair,) = store.find_pairs(ticket, link=link, side=Side.LEFT)
    after = replace(pair, ids=pair.ids.put(Side.RIGHT, far))
    return dict(store.save(run, [Save(pair, after, work=Done(1))]))


def test_a_page_starts_half_pairs_with_work(store: Store, run: Run):
    """What starts is a pair with one ticket, due at once, with the row that asked."""
    page = PageNote(SYSTEMS, starts=[StartNote("a", NOW, version(3))], feed=Feed("w1", "c1"))

    result = store.take_page(run, LINK, Side.RIGHT, page)

    ((pair, work),) = claim_all(store, run)
    assert result.started == {"a": pair.id}
    assert (pair.ids, pair.born_at, pair.run, pair.whole) == (Sides(None, "a"), NOW, 0, False)
    assert work.rows == Sides(None, version(3))
    assert store.feed(LINK, Side.RIGHT) == Feed("w1", "c1")
    assert store.feed(LINK, Side.LEFT) is None


def test_a_page_taken_twice_starts_nothing_twice(store: Store, run: Run):
    """A page is read again after a crash or an overlap; (link, side, id) is unique (R2, R5)."""
    first = start_one(store, run)

    assert start(store, run, "a", "b", "b") == [No.TAKEN, first + 1, first + 1]


def test_known_tells_what_a_row_is_judged_by(store: Store, run: Run):
    """One query a page tells pair, version, state and whether it is whole (R1)."""
    start(store, run, "a", "b")
    pair = store.find_pairs("a")[0]
    after = replace(
        pair, ids=Sides("a", "A"), state=State.PARKED,
        seen=Sides(Seen(version(4), {"x": 1}, provisional=False), None),
    )  # fmt: skip
    store.save(run, [Save(pair, after)])

    known = store.known(LINK, Side.LEFT, ["a", "b", "nobody"])

    assert set(known) == {"a", "b"}
    assert (known["a"].version, known["a"].provisional) == (version(4), False)
    assert (known["a"].state, known["a"].whole) == (State.PARKED, True)
    assert (known["b"].version, known["b"].whole) == (None, False)
    assert store.known(LINK, Side.RIGHT, ["a"]) == {}
    assert store.copies("servicenow", ["A", "a"]) == {"A": frozenset({LINK})}
    assert store.copies("incidentiq", ["a", "b"]) == {"a": frozenset({LINK})}


def test_a_crash_inside_a_page_leaves_nothing_of_it(store_url: str, store: Store, run: Run):
    """Work, pairs, feed and events stand or fall together: kill -9 before the commit (R2)."""
    script = """
import os, sys
from sync_service.store import Feed, PageNote, Run, StartNote, Store, pages
from tests.integration.store.world import *
from sync_service.core.pair import Event
pages.problems.note = lambda *_: (print("inside", flush=True), sys.stdin.read())
page = PageNote(SYSTEMS, starts=[StartNote("a", NOW)], feed=Feed("w"), problems=["stop here"],
                events=[("a", Event("x"))])
store = Store.open(sys.argv[1])
store.take_page(Run(int(sys.argv[2]), NOW), LINK, Side.LEFT, page)
"""
    command = [sys.executable, "-c", script, store_url, str(run.id)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"inside\n"
        child.send_signal(signal.SIGKILL)

    assert store.find_pairs("a") == []
    assert store.feed(LINK, Side.LEFT) is None
    assert store.history("a") == []
    assert isinstance(start(store, run, "a")[0], int)


def test_looks_at_a_pair_that_is_gone_are_passed_over(store: Store, run: Run):
    """Somebody may unpair between the reading of a page and its transaction."""
    kept = start_one(store, run)

    page = PageNote(SYSTEMS, looks=[(kept, None), (4711, version(1))])
    store.take_page(run, LINK, Side.LEFT, page)

    assert [pair.id for pair, _ in claim_all(store, run)] == [kept]


def test_two_tickets_that_belong_together_are_adopted(store: Store, run: Run):
    """A copy that the store forgot is joined to its original, once (R14)."""
    number = _adopt(store, run, "a", "A")

    assert _adopt(store, run, "a", "A") == number
    ((pair, _),) = claim_all(store, run)
    assert (pair.ids, pair.made, pair.whole) == (Sides("a", "A"), Made.KEY, True)
    assert pair.adopted_at is not None
    assert _adopt(store, run, "a", "B") == No.TAKEN
    assert _adopt(store, run, "b", "A") == No.TAKEN


def test_a_half_pair_finds_its_partner_by_itself(store: Store, run: Run):
    """Its worker may be about to make the missing ticket: filling it in would race with it (R16)."""
    (number,) = start(store, run, "a")
    ((_, work),) = claim_all(store, run)

    assert _adopt(store, run, "a", "A") == No.HALF

    pair = store.find_pairs("a")[0]
    assert not pair.whole
    store.save(run, [Save(pair, pair, work=Done(work.seq))])
    assert [pair.id for pair, _ in claim_all(store, run)] == [number]


def test_a_group_has_one_ticket_a_system_and_no_ring(store: Store, run: Run):
    """A - A - J: whoever would close the ring gets no pair, made or adopted (R14)."""
    _adopt(store, run, "a", "A")
    start(store, run, "A", link="onward", systems=ONWARD)
    assert _fill(store, run, "A", "J", "onward") == {}

    assert start(store, run, "J", link="back", systems=BACK) == [No.RING]
    assert _adopt(store, run, "J", "a", "back", BACK) == No.RING
    assert _adopt(store, run, "J", "b", "back", BACK) == No.RING
    assert start(store, run, "a", link="twin") == [No.RING]


def test_an_open_place_counts_as_a_ticket_of_the_group(store: Store, run: Run):
    """Two links must not both make a copy in one system: the first keeps the place (R14)."""
    start(store, run, "a")

    assert start(store, run, "a", link="twin") == [No.RING]
    assert _adopt(store, run, "a", "B", "twin") == No.RING
    assert start(store, run, "a", link="other", systems=Sides("incidentiq", "jira")) == [2]


def test_adoption_joins_groups_only_if_they_share_no_system(store: Store, run: Run):
    """Two chains become one tree; two that both reach a system stay apart (R14)."""
    _adopt(store, run, "a", "A")
    _adopt(store, run, "J", "Z", "far", Sides("jira", "zendesk"))
    _adopt(store, run, "K", "b", "back", BACK)

    assert _adopt(store, run, "A", "K", "onward", ONWARD) == No.RING
    assert isinstance(_adopt(store, run, "A", "J", "onward", ONWARD), int)
    assert start(store, run, "Z", link="home", systems=Sides("zendesk", "incidentiq")) == [No.RING]


def test_a_found_partner_brings_its_own_group_along(store: Store, run: Run):
    """A worker that finds the copy by its key fills the kept place, if no system is doubled (R14)."""
    start(store, run, "a", "b")
    _adopt(store, run, "A", "J", "onward", ONWARD)
    _adopt(store, run, "B", "L", "onward", ONWARD)
    _adopt(store, run, "L", "c", "back", BACK)

    assert _fill(store, run, "a", "A") == {}
    assert _fill(store, run, "b", "B") == {2: No.RING}
    assert start(store, run, "J", link="back", systems=BACK) == [No.RING]


def test_a_half_pair_that_has_made_nothing_gives_way_to_a_match(store: Store, run: Run):
    """Both feeds may have started a pair of what `match:` joins; in one batch too (R14)."""
    (left,) = start(store, run, "a")
    (right,) = start(store, run, "A", side=Side.RIGHT)
    (one, _), (two, _) = claim_all(store, run)
    joined = replace(one, ids=Sides("a", "A"))
    late = replace(two, ids=Sides("a", "A"), rows=(Row(ORIGIN, Side.LEFT, Sides("c", None)),))

    refused = store.save(run, [Save(one, joined), Save(two, late)])

    assert refused == {right: No.UNPAIRED}
    assert store.find_pairs("A") == store.find_pairs("a") == [joined]
    assert joined.id == left


def test_a_half_pair_that_may_have_made_its_ticket_keeps_it(store: Store, run: Run):
    """An open intent may have landed: its pair alone can tell (R16)."""
    start(store, run, "a")
    start(store, run, "A", side=Side.RIGHT)
    (one, _), (two, _) = claim_all(store, run)
    intent = Intent(Making.TICKET, Side.LEFT, "k", NOW, NOW)
    store.save(run, [Save(two, replace(two, intents=(intent,)))])

    assert _fill(store, run, "a", "A") == {one.id: No.TAKEN}


def test_a_match_that_would_close_a_ring_takes_no_pair_away(store: Store, run: Run):
    """Refused means that nothing happened: the other half pair lives on (R14)."""
    start(store, run, "a")
    start(store, run, "A", side=Side.RIGHT)
    _adopt(store, run, "A", "J", "onward", ONWARD)
    _adopt(store, run, "a", "K", "third", Sides("incidentiq", "jira"))

    assert _fill(store, run, "a", "A") == {1: No.RING}

    assert [pair.link for pair in store.find_pairs("A")] == [LINK, "onward"]


def test_unpaired_tickets_start_no_pair_until_they_are_paired_or_forgotten(store: Store, run: Run):
    """Their next edit would else make a second copy (R14)."""
    number = _adopt(store, run, "a", "A")
    assert isinstance(number, int)
    ended = store.unpair(number, forget=False)
    assert ended is not None
    assert ended.ids == Sides("a", "A")
    assert store.unpair(number, forget=False) is None

    assert start(store, run, "a") == [No.TOMBSTONE]
    assert start(store, run, "A", side=Side.RIGHT) == [No.TOMBSTONE]
    assert _adopt(store, run, "a", "B") == No.TOMBSTONE
    by_hand = store.pair_by_hand(LINK, SYSTEMS, "a", "A")
    assert isinstance(by_hand, int)
    assert store.load([by_hand])[0].made is Made.MATCH

    store.unpair(by_hand, forget=True)
    assert start(store, run, "a") == [by_hand + 1]


def test_unpairing_parts_the_group(store: Store, run: Run):
    """What the remaining pairs join stays joined, and the rest is free (R14)."""
    first = _adopt(store, run, "a", "A")
    middle = _adopt(store, run, "A", "J", "onward", ONWARD)
    _adopt(store, run, "J", "Z", "far", Sides("jira", "zendesk"))
    start(store, run, "a", link="third", systems=Sides("incidentiq", "fresh"))
    assert isinstance(middle, int)

    store.unpair(middle, forget=True)

    home = Sides("zendesk", "incidentiq")
    assert _adopt(store, run, "Z", "A", "wrong", Sides("zendesk", "servicenow")) != No.RING
    assert start(store, run, "J", link="back", systems=BACK) == [No.RING]
    assert isinstance(first, int)
    assert store.load([first])[0].whole
    assert start(store, run, "Z", link="home", systems=home) == [No.RING]


def test_history_tells_of_a_ticket_before_during_and_after_its_pair(store: Store, run: Run):
    """Every line is found by either ticket, once and in order."""
    told = PageNote(SYSTEMS, events=[("a", Event("ticket.skipped", {"why": "not selected"}))])
    store.take_page(run, LINK, Side.LEFT, told)
    number = _adopt(store, run, "a", "A")
    pair = store.find_pairs("a")[0]
    store.save(run, [Save(pair, pair, events=[Event("wrote", {"fields": ["Status"]})])])
    assert isinstance(number, int)
    store.unpair(number, forget=False)

    lines = [line.event.what for line in store.history("a")]

    assert lines == ["ticket.skipped", "pair.adopted", "wrote", "pair.unpaired"]
    assert [line.event.what for line in store.history("A")] == lines[1:]
    assert store.history("a", limit=1)[0].event.facts == {"left": "a", "right": "A"}
    assert store.history("a")[0].ticket == "a"


def test_what_was_written_of_late_is_read_without_what_is_older(store: Store, run: Run):
    """R26: a start counts again what the breakers had counted."""
    start(store, run, "a")
    pair = store.find_pairs("a")[0]
    for minute, name in enumerate(("first", "second", "third")):
        store._now = functools.partial(NOW.__add__, timedelta(minutes=minute))
        events = [Event(name, {"to": Side.LEFT}), Event("else")]
        store.save(run, [Save(pair, pair, events=events)])

    late = store.written(LINK, NOW + timedelta(seconds=30), ["first", "second", "third"])

    assert ["second", "third"] == [line.event.what for line in late]
    assert [] == store.written("another", NOW, ["first"])


def test_status_counts_what_there_is(store: Store, run: Run):
    """The numbers behind `status`, health and metrics."""
    start(store, run, "a", "b")
    _fill(store, run, "a", "A")
    problem = Problem(Scope.LINK, "flood", "too much", link=LINK)
    store.note_problems(run, [problem])

    status = store.status(LINK, NOW)

    assert (status.pairs, status.half, status.open_notes) == ({State.ACTIVE: 2}, 1, 0)
    assert (status.problems, status.conflicts, status.asked) == (1, 0, 0)
    assert store.status("nobody", NOW).pairs == {}
