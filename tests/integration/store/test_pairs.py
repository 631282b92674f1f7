"""Saving and loading pairs."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync_service.core.pair import Event, Made, Pair, Row, Seen
from sync_service.core.values import Origin, Side, Sides
from sync_service.store import AdoptNote, Done, Keep, No, PageNote, Run, Save, Store
from tests.integration.store import strategies
from tests.integration.store.world import LINK, NOW, SYSTEMS, claim_all, start, start_one, version

CHAIN = Sides("servicenow", "jira")
TICKETS = count()
A_ROW = Row(Origin("incidentiq", "a", "c1"), Side.LEFT, Sides("c1", None))


def _start(store: Store, run: Run, ticket: str = "a") -> Pair:
    start(store, run, ticket)
    return store.find_pairs(ticket)[0]


def _with_far(pair: Pair, ticket: str) -> Pair:
    return replace(pair, ids=pair.ids.put(Side.RIGHT, ticket))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_pair_that_is_saved_loads_as_it_was(store: Store, data: st.DataObject):
    """Whatever it was before, the store gives back the very value: documents, moments, order."""
    ticket = f"t{next(TICKETS)}"  # the store stays from example to example
    run = store.begin_run(NOW, "test")
    before = store.load([start_one(store, run, ticket)])[0]
    for _ in range(2):
        after = replace(data.draw(strategies.pairs(LINK)), id=before.id, ids=before.ids)
        assert store.save(run, [Save(before, after)]) == {}
        assert store.load([before.id]) == [after]
        before = after


def test_many_pairs_are_saved_as_one_would_be(store: Store, run: Run):
    """Each pair of a batch gets its own changes and no other's."""
    start(store, run, *(f"t{number}" for number in range(40)))
    before = [pair for pair, _ in claim_all(store, run)]
    changes: list[Callable[[Pair], Pair]] = [
        lambda pair: replace(pair, run=run.id),
        lambda pair: replace(pair, rows=(A_ROW,), contested=frozenset({"Status"})),
        lambda pair: replace(pair, seen=Sides(Seen(version(pair.id), {"n": pair.id}), None)),
        lambda pair: _with_far(pair, f"far of {pair.id}"),
    ]
    after = [changes[place % 4](pair) for place, pair in enumerate(before)]

    store.save(run, [Save(*both) for both in zip(before, after, strict=True)])

    assert store.load([pair.id for pair in before]) == after


def test_comment_rows_are_changed_added_and_dropped_in_place(store: Store, run: Run):
    """The rows keep their order, whatever becomes of their number."""
    pair = _start(store, run)
    rows = [replace(A_ROW, origin=Origin("incidentiq", "a", str(n))) for n in range(4)]
    for wanted in (rows, rows[:2], [rows[3], *rows], [], rows[1:]):
        after = replace(pair, rows=tuple(wanted))
        store.save(run, [Save(pair, after)])
        assert store.load([pair.id]) == [after]
        pair = after


def test_a_save_leaves_alone_what_it_did_not_change(store: Store, run: Run):
    """A worker that loaded the pair earlier does not undo another transaction's change."""
    pair = _start(store, run)
    store.save(run, [Save(pair, replace(pair, contested=frozenset({"Status"})))])

    store.save(run, [Save(pair, replace(pair, run=7))])

    assert store.load([pair.id])[0].contested == {"Status"}


def test_a_known_ticket_id_never_changes(store: Store, run: Run):
    """A pair's tickets are its identity; a merge parks the pair instead (R5)."""
    pair = _start(store, run)

    with pytest.raises(ValueError, match="unpair it instead"):
        store.save(run, [Save(pair, replace(pair, ids=Sides("b", None)))])


def test_a_far_ticket_of_another_pair_is_refused_and_the_rest_recorded(store: Store, run: Run):
    """(link, side, ticket id) is unique, also within one batch; a refusal stops nobody else (R5)."""
    start(store, run, "a", "b", "c")
    one, two, three = (pair for pair, _ in claim_all(store, run))
    saves = [
        Save(one, _with_far(one, "X")),
        Save(two, replace(_with_far(two, "X"), run=9)),
        Save(three, _with_far(three, "Y")),
    ]

    assert store.save(run, saves) == {two.id: No.TAKEN}

    assert store.load([one.id, two.id, three.id]) == [saves[0].after, two, saves[2].after]


def test_a_pair_that_was_unpaired_meanwhile_is_refused(store: Store, run: Run):
    """A worker that finishes late brings nothing back to life."""
    pair = _start(store, run)
    store.unpair(pair.id, forget=False)

    refused = store.save(run, [Save(pair, replace(pair, rows=(A_ROW,)), events=[Event("x")])])

    assert refused == {pair.id: No.UNPAIRED}
    assert store.load([pair.id]) == []


def test_a_failing_save_leaves_nothing(store: Store, run: Run):
    """One transaction: what cannot be written takes all the rest with it."""
    start(store, run, "a", "b")
    one, two = (pair for pair, _ in claim_all(store, run))
    unwritable = replace(two, seen=Sides(Seen(version(1), {"x": float("nan")}), None))

    with pytest.raises(ValueError, match="Out of range"):
        store.save(run, [Save(one, replace(one, run=5)), Save(two, unwritable)])

    assert store.load([one.id, two.id]) == [one, two]


def test_recording_a_comment_id_gives_work_to_the_tickets_other_pairs(store: Store, run: Run):
    """What came by one link goes on by the others (R14)."""
    joined = PageNote(SYSTEMS, adoptions=[AdoptNote("a", "A", Made.KEY)])
    onward = PageNote(CHAIN, adoptions=[AdoptNote("A", "J", Made.KEY)])
    store.take_page(run, LINK, Side.LEFT, joined)
    store.take_page(run, "onward", Side.LEFT, onward)
    ((next_pair, next_work),) = claim_all(store, run, "onward")
    store.save(run, [Save(next_pair, next_pair, work=Done(next_work.seq))])
    ((pair, work),) = claim_all(store, run)
    copied = replace(pair, rows=(replace(A_ROW, ids=Sides("c1", "n1")),))

    store.save(run, [Save(pair, copied, work=Done(work.seq))])

    assert [pair.id for pair, _ in claim_all(store, run, "onward")] == [next_pair.id]
    assert claim_all(store, run) == []
    same = replace(copied, rows=(replace(copied.rows[0], public=True),))
    store.save(run, [Save(copied, same, work=Keep())])
    assert claim_all(store, run, "onward") == []


def test_pairs_are_found_by_ticket_and_walked_by_link(store: Store, run: Run):
    """A ticket id is enough; the walk meets every pair once, page by page."""
    start(store, run, *"abcde")
    start(store, run, "a", link="other", systems=Sides("incidentiq", "jira"))

    assert [pair.link for pair in store.find_pairs("a")] == [LINK, "other"]
    assert [pair.link for pair in store.find_pairs("a", link="other")] == ["other"]
    assert store.find_pairs("a", system="servicenow") == []
    assert store.find_pairs("a", side=Side.RIGHT) == []
    assert [pair.ids.left for pair in store.iterate(LINK, size=2)] == list("abcde")
