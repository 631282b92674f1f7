"""Each history that ever broke a promise, cut down to what broke it, as a plain named test."""

from __future__ import annotations

from tests.certify.play import Play
from tests.certify.retold import LEVEL, broken, scenery
from tests.certify.run import judged
from tests.certify.steps import SAME, History, Step
from tests.certify.world import world


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


def test_a_status_whose_way_was_broken_off_goes_on_when_its_source_went_back() -> None:
    """R17: killed half-way to Closed, and then the source was On Hold again: as it had been."""
    said = broken(
        scenery(),
        Step("person", name="open", pick=3, word=3),
        LEVEL,
        Step("person", "servicenow", "status", pick=SAME, word=8),
        Step("run", word=2),
        Step("person", "servicenow", "status", pick=SAME, word=10),
        Step("level", fuse="after incidentiq status"),
        Step("person", "servicenow", "hold", pick=SAME, word=16),
    )

    assert "" == said


def test_a_note_turned_internal_and_deleted_in_one_is_told_of_by_the_sweep() -> None:
    """R13, R21: the vendor shows it no more, and the copy of what was public is still there."""
    said = broken(
        scenery(incidentiq={"deleted_activities": "hidden"}),
        Step("person", name="open", pick=1, word=6),
        Step("person", name="comment", pick=SAME),
        LEVEL,
        Step("person", name="hide_comment", pick=SAME),
        Step("person", name="delete_comment", pick=SAME),
    )

    assert "" == said


def test_a_copy_that_was_deleted_before_it_was_known_is_made_again() -> None:
    """R16: the daemon died of its create, and the look-up found nothing: no ticket is twice there."""
    said = broken(
        scenery(),
        Step("person", name="open", pick=3, word=15),
        Step("level", fuse="sent servicenow create"),
        Step("person", "servicenow", "delete", pick=SAME, word=21),
    )

    assert "" == said


def test_a_status_that_a_person_moved_between_two_hops_of_ours_is_not_taken_for_ours() -> None:
    """R17, R19: what showed after the hop was remembered as ours, so the next hop went over it."""
    said = broken(
        scenery(),
        Step("person", name="open", pick=2, word=7),
        Step("person", name="status", pick=SAME, word=18),
        LEVEL,
        Step("person", name="status", pick=SAME, word=3, point="after incidentiq status"),
        Step("person", "servicenow", "hold", pick=SAME, word=21),
        Step("run", pick=1, word=1),
    )

    assert "" == said


def test_what_a_person_put_into_a_copy_whose_making_was_broken_off_is_kept() -> None:
    """R7, R16: killed after the create was recorded; a later line's value went over a person's."""
    said = broken(
        scenery(),
        Step("person", "servicenow", "open", word=16),
        Step("person", "servicenow", "assign", pick=SAME, word=12),
        Step("level", fuse="sent incidentiq assign"),
        Step("person", name="room", pick=SAME, word=7),
        Step("person", "servicenow", "room", pick=SAME, word=1),
        Step("config", word=1, more={"room": True}),
    )

    assert "" == said


def test_what_a_person_typed_while_an_audit_trail_was_read_is_seen() -> None:
    """R20: the tickets were read before the trail, and written to by that older reading."""
    said = judged(
        History(
            scenery(),
            [
                Step("person", "servicenow", "open", pick=2, word=19),
                LEVEL,
                Step("person", "servicenow", "description", pick=SAME, word=5),
                Step("level", fuse="after incidentiq description"),
                Step("run", pick=2),
                Step("person", name="description", pick=SAME, word=22, point="@38"),
                Step("person", "servicenow", "description", pick=SAME, word=22),
                Step("level", word=1),
            ],
            2395213903,
        )
    )

    assert "" == said.broken


def test_words_that_were_deleted_with_their_ticket_are_no_edit_lost() -> None:
    """R5, R16: a restored store knew nothing of a copy that was edited and deleted; another was made."""
    said = broken(
        scenery(),
        Step("person", "servicenow", "open", pick=3, word=14),
        Step("backup"),
        LEVEL,
        Step("restore"),
        Step("person", name="description", pick=SAME, word=11),
        Step("person", name="delete", pick=SAME, word=15),
    )

    assert "" == said


def test_a_line_emptied_in_a_copy_that_nobody_knew_is_filled() -> None:
    """R7, R16: the daemon died of its create, and what was never seen has no past to differ from."""
    said = broken(
        scenery(),
        Step("person", "servicenow", "open", pick=3),
        Step("level", fuse="after incidentiq create"),
        Step("person", "servicenow", "assign", pick=SAME, word=16),
        Step("person", name="assign", pick=SAME, word=1),
        Step("person", name="assign", pick=SAME, word=8),
    )

    assert "" == said
