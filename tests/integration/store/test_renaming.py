"""New names in the place of old ones, on both databases (R27)."""

from dataclasses import replace
from datetime import timedelta

from sync_service.core.pair import Intent, Making, Pair, Problem, Refusal, Scope
from sync_service.core.values import Origin, Side, Sides
from sync_service.store import Done, Feed, Run, Save, Store
from sync_service.store.renaming import Known
from tests.integration.store.world import LINK, NOW, SYSTEMS, claim_all, start

SAID = Origin("servicenow", "t", "c")


def _pair(store: Store, run: Run) -> Pair:
    """Make a pair with notes that hold names in their texts."""
    start(store, run, "a")
    ((before, work),) = claim_all(store, run)
    end = NOW + timedelta(seconds=9)
    notes = (
        Intent(Making.TICKET, Side.RIGHT, f"main:{LINK}:incidentiq:a", NOW, end),
        Intent(Making.COMMENT, Side.LEFT, str(SAID), NOW, end),
    )
    refusals = (Refusal(Side.LEFT, str(SAID), "v"), Refusal(Side.LEFT, "Status = state", "v"))
    after = replace(before, intents=notes, refusals=refusals)
    store.save(run, [Save(before, after, work=Done(work.seq))])
    return after


def test_a_link_keeps_everything_under_its_new_name(store: Store, run: Run):
    """Pairs and their notes, feeds, configuration and problems; what the new name had is gone."""
    pair = _pair(store, run)
    store.take_config(run, LINK, "mark")
    store.put_feed(run, LINK, Side.LEFT, Feed("w"))
    store.put_feed(run, "new", Side.LEFT, Feed("other"))
    store.hold_config(run, "new", "mark", "it was renamed")
    store.note_problems(run, [Problem(Scope.PAIR, "gone", "m", link=LINK, pair=pair.id)])

    store.rename_link(run, LINK, "new")

    (moved,) = store.iterate("new")
    assert ("main:new:incidentiq:a", str(SAID)) == tuple(note.key for note in moved.intents)
    assert (pair.refusals, pair.ids) == (moved.refusals, moved.ids)
    assert "w" == store.feed("new", Side.LEFT).watermark  # type: ignore[union-attr]
    assert ("mark", None) == (store.link_state("new").accepted, store.link_state("new").pending)
    assert ["gone"] == [row.problem.code for row in store.problems(link="new")]
    assert [] == list(store.iterate(LINK))
    assert {"new": Known(1, SYSTEMS)} == dict(store.links())


def test_a_system_keeps_its_tickets_under_its_new_name(store: Store, run: Run):
    """Sides, groups, origins, and what names an origin in a text (R21, R25)."""
    pair = _pair(store, run)
    item = Problem(Scope.ITEM, "refused", "m", "servicenow", LINK, pair.id, str(SAID))
    store.note_problems(run, [item])

    store.rename_system(run, "servicenow", "snow")

    (moved,) = store.iterate(LINK)
    assert ["main:helpdesk:incidentiq:a", "snow:t:c"] == [note.key for note in moved.intents]
    assert ["snow:t:c", "Status = state"] == [one.item for one in moved.refusals]
    (row,) = store.problems()
    assert ("snow", "snow:t:c") == (row.problem.system, row.problem.item)
    assert Sides("incidentiq", "snow") == store.links()[LINK].systems
    assert "servicenow" not in store.names()


def test_a_link_that_is_gone_is_known_by_name(store: Store, run: Run):
    """Its copies are no strangers then (R14)."""
    store.know(run, ["gone", "gone"])
    store.know(run, [])

    assert "gone" in store.names()
    assert Known(0, None) == store.links()["gone"]
