"""What a rule of the vendor makes of a choice that we wrote."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sync_service.core import record
from sync_service.core.actions import Carry, Create, Update
from sync_service.core.outgoing import Draft, Kind
from sync_service.core.pair import Pair
from sync_service.core.values import Sides
from tests.unit.core.examples import RIGHT, STATUS, pair, rules, ticket

LISTED = replace(STATUS, kinds=Sides((Kind.CHOICE,), (Kind.CHOICE,)))


@pytest.mark.parametrize("born", [True, False], ids=["create", "update"])
def test_another_choice_than_the_one_sent_is_an_edit(born: bool) -> None:
    """R19: only words are normalised; a status that a rule moved is told to the near side."""
    was = None if born else "Closed"
    one = Carry(
        LISTED, Sides({"status": "New"}, {"state": was}), Sides({"status": "New"}, {"state": "New"})
    )
    reply = ticket(RIGHT, {"state": "Open"})

    if born:
        half = Pair(1, "desk", Sides("L1", None))
        create = Create(RIGHT, Draft({"state": "New"}, "k"), (one,))
        recorded = record.created(half, create, reply, rules(), own_reply=True)
    else:
        whole = pair({"status": "New"}, {"state": "Closed"})
        recorded = record.updated(whole, Update(RIGHT, (one,)), reply, rules(), own_reply=True)

    assert recorded.pair.seen.right is not None
    assert "New" == recorded.pair.seen.right.fields["state"]
    assert "fit_mismatch" not in {event.what for event in recorded.events}
