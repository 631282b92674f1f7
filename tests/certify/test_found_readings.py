"""Histories that once broke a promise by what a reading showed, or could not show."""

from __future__ import annotations

from tests.certify.retold import LEVEL, broken, scenery
from tests.certify.scenery import Scenery
from tests.certify.steps import SAME, Step


def test_a_person_who_goes_back_to_a_hop_of_a_landed_way_is_followed() -> None:
    """R17: the daemon died after the last hop, and took the person's step for its own half-way one."""
    said = broken(
        Scenery(policies={**Scenery().policies, "conflict": "incidentiq"}),
        Step("person", "servicenow", "open", pick=1, word=17),
        LEVEL,
        Step("person", name="status", pick=SAME, word=17),
        Step("outage", name="refused", pick=3),
        Step("level", more={"minutes": 70}),
        Step("person", "servicenow", "hold", pick=SAME, word=19),
        Step("person", "servicenow", "open", pick=3, word=16),
        Step("level", fuse="before incidentiq create"),
        Step("person", name="status", pick=SAME, word=1),
        seed=4156076882,
    )

    assert "" == said


def test_a_copy_that_was_deleted_before_anybody_knew_of_it_is_told_when_it_comes_back() -> None:
    """R16: no look-up finds it while it is deleted; so a second one is made, and the first reported."""
    said = broken(
        scenery(),
        Step("person", name="open", pick=2, word=14),
        Step("level", fuse="sent servicenow create"),
        Step("run", pick=1, word=2),
        Step("person", "servicenow", "delete", pick=SAME, word=20),
        Step("run", pick=2),
        Step("person", "servicenow", "undelete", pick=SAME, word=18),
    )

    assert "" == said


def test_of_a_priority_that_was_overwritten_the_half_that_we_wrote_too_is_kept() -> None:
    """R11, R20: impact was set by a person to what our write said, and kept as what had been read."""
    said = broken(
        Scenery(policies={**Scenery().policies, "conflict": "incidentiq"}),
        Step("person", "servicenow", "open", word=12),
        LEVEL,
        Step("person", "servicenow", "priority", SAME, word=10, point="sent servicenow update"),
        Step("person", name="priority", pick=SAME, word=1),
        Step("run", pick=2),
        seed=1075702878,
    )

    assert "" == said


def test_a_comment_stays_home_while_a_replica_has_not_heard_that_its_ticket_is_sensitive() -> None:
    """R1, R13: in the hour that an autumn night repeats no stamp told that the answer was old."""
    said = broken(
        Scenery(start="autumn night"),
        Step("person", "servicenow", "open", pick=3, word=15),
        LEVEL,
        Step("person", name="sensitive", pick=SAME, word=7),
        Step("person", name="comment", pick=SAME, word=2),
        Step("stale", pick=1),
        LEVEL,
    )

    assert "" == said


def test_a_copy_whose_create_was_not_recorded_has_what_was_sent_for_its_past() -> None:
    """R16: who took it to another status and back to the one it was made with, changed nothing (R1)."""
    said = broken(
        Scenery(policies={**Scenery().policies, "conflict": "incidentiq"}),
        Step("person", "servicenow", "open", word=16),
        Step("person", name="open", pick=1, word=19),
        Step("level", fuse="sent incidentiq create"),
        Step("person", name="status", pick=SAME, word=2),
        Step("person", "servicenow", "status", pick=SAME, word=14),
        Step("person", "servicenow", "status", pick=SAME, word=6),
        seed=2861259668,
    )

    assert "" == said


def test_a_person_who_chose_what_we_did_not_get_to_write_has_made_an_edit() -> None:
    """R17: the daemon died before its call, and somebody's own choice of that value counted as its landing."""
    said = broken(
        Scenery(policies={**Scenery().policies, "conflict": "incidentiq"}),
        Step("person", "servicenow", "open", pick=2, word=14),
        LEVEL,
        Step("person", "servicenow", "assign", pick=SAME, word=1),
        Step("person", name="comment", pick=SAME, word=2),
        Step("level", fuse="after servicenow comment"),
        Step("person", "servicenow", "assign", pick=SAME, word=12),
        Step("person", name="assign", pick=SAME, word=22),
        seed=3763958776,
    )

    assert "" == said
