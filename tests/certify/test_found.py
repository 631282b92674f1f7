"""Each history that ever broke a promise, cut down to what broke it, as a plain named test."""

from __future__ import annotations

from typing import Any

from tests.certify.play import Play
from tests.certify.run import judged
from tests.certify.scenery import Scenery
from tests.certify.steps import SAME, History, Step
from tests.certify.world import world

LEVEL = Step("level")


def scenery(incidentiq: dict[str, Any] | None = None, servicenow: dict[str, Any] | None = None):
    """Give the usual circumstances, with switches of the simulators turned."""
    return Scenery(switches={"incidentiq": incidentiq or {}, "servicenow": servicenow or {}})


def broken(where: Scenery, *steps: Step) -> str:
    """Play steps, and tell the promise that they break; "" if none."""
    return judged(History(where, steps)).broken


def test_a_rule_that_moves_a_new_incident_is_told_to_the_other_side() -> None:
    """R19: the create's own reply showed In Progress where New was sent, and nobody was told."""
    said = broken(
        scenery(servicenow={"assign_starts": True}),
        Step("person", name="open", word=1),
        Step("person", name="assign", pick=SAME, word=1),
        LEVEL,
    )

    assert "" == said


def test_an_entry_dated_in_another_zone_explains_no_write() -> None:
    """R17: a status write that never landed was taken for landed, and then undone by a person."""
    refused = {"kind": "status", "status": 503, "method": "POST", "route": "*/status/*"}

    said = broken(
        scenery(incidentiq={"activity_dates": "utc"}),
        Step("person", "servicenow", "open", word=1),
        LEVEL,
        Step("person", "servicenow", "hold", pick=SAME),
        LEVEL,
        Step("wait", pick=2),
        Step("person", "servicenow", "status", pick=SAME, word=3),
        Step("fault", more=refused),
        LEVEL,
    )

    assert "" == said


def test_what_a_person_put_into_a_copy_whose_create_was_lost_is_kept() -> None:
    """R8, R16: a create cannot carry the priority; the original's went over a person's, unseen."""
    said = broken(
        scenery(),
        Step("person", "servicenow", "open", word=13),
        Step("level", fuse="after incidentiq create"),
        Step("person", name="priority", pick=SAME, word=7),
    )

    assert "" == said


def test_a_side_that_answers_is_not_asked_without_a_pause_while_the_other_is_away() -> None:
    """R28: work that failed names both sides; the healthy one was asked fifty times a second."""
    refused = {"kind": "status", "status": 403, "method": "GET"}
    steps = [
        Step("person", name="open", word=1),
        LEVEL,
        Step("fault", "servicenow", more={**refused, "route": "*/sys_journal_field"}),
        Step(
            "fault", "servicenow", more={**refused, "route": "*/sys_user", "times": 3, "after": 0}
        ),
    ]
    with world(scenery()) as made:
        Play(made, History(made.scenery, steps)).play()
        before = made.passed["before incidentiq search"]
        made.do(lambda: made.level(2))

        assert 30 > made.passed["before incidentiq search"] - before


def test_a_line_that_a_link_waits_with_at_the_end_is_accepted_as_a_person_does() -> None:
    """R7, R27: the harness took the new line past the command, so no pair was asked for."""
    said = broken(
        scenery(),
        Step("person", "servicenow", "open", word=1),
        Step("person", "servicenow", "room", pick=SAME, word=3),
        LEVEL,
        Step("wait", pick=3),
        LEVEL,
        Step("config", more={"room": True}),
    )

    assert "" == said


def test_a_state_that_a_rule_moves_with_our_assignment_is_no_edit_lost() -> None:
    """R19, ADR 0022: the judge missed a person's New, which the site's own rule had moved on."""
    said = broken(
        scenery(servicenow={"assign_starts": True}),
        Step("person", name="open", word=6),
        LEVEL,
        Step("person", "servicenow", "status", pick=SAME, word=7),
        LEVEL,
        Step("person", "servicenow", "status", pick=SAME, word=6),
        LEVEL,
        Step("person", name="assign", pick=SAME, word=6),
    )

    assert "" == said


def test_a_state_that_a_rule_moves_with_our_create_is_no_edit_lost() -> None:
    """R19, ADR 0022: a copy was made as New and assigned, and the site's rule began it."""
    said = broken(
        scenery(servicenow={"assign_starts": True}),
        Step("person", name="open", word=6),
        Step("person", name="status", pick=SAME, word=8),
        Step("person", name="status", pick=SAME, word=7),
        Step("person", name="assign", pick=SAME, word=6),
    )

    assert "" == said
