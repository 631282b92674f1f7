"""Mutations of deciding: fields, privacy, comments, groups (R6 to R14, R21)."""

from __future__ import annotations

from tests.certify.mutation import ALIGN, BEGIN, COMMENTS, MERGE, Mutation

DECIDING = (
    Mutation(
        "compare without fit", "R7", "sync_service/core/mapping.py",
        "wanted = [fit(name, value) for name, value in said.values.items()]",
        "wanted = list(said.values.values())",
        (
            "tests/unit/core/test_mapping.py::test_what_a_vendor_will_show_counts_as_shown",
        ),
    ),
    Mutation(
        "a contested line counts only once it moves again", "R8", MERGE,
        "if _really_changed(evidence, side) or evidence.contested:",
        "if _really_changed(evidence, side):",
        (
            "tests/unit/core/test_merge.py::test_a_contested_line_counts_as_changed_on_both_sides",
        ),
    ),
    Mutation(
        "the loser of a conflict is forgotten", "R8", "sync_service/core/plan.py",
        "        outcome.conflicts.append(_conflict(pair, decision, known))\n", "",
        (
            "tests/unit/core/test_plan.py::test_a_person_decides_a_contested_line_once",
            "tests/engine/test_rules_stopping.py::test_a_conflict_is_in_the_store_before_its_loser_is_overwritten",
        ),
    ),
    Mutation(
        "an edit of a cut copy is carried back", "R12", MERGE,
        "lossy = language.cut(line, sources[0]) or _hides(", "lossy = _hides(",
        (
            "tests/unit/core/test_merge.py::test_an_edit_of_a_cut_copy_is_a_conflict",
        ),
    ),
    Mutation(
        "a refused value is sent again by itself", "R25", "sync_service/core/fold.py",
        "return Refusal(to, item, value) in pair.refusals", "return False",
        (
            "tests/unit/core/test_plan.py::test_the_same_refused_value_is_not_sent_again_by_itself",
        ),
    ),
    Mutation(
        "skip the privacy gate", "R13", "sync_service/core/plan.py",
        "        if rules.keeps_home(now.of(side)):\n", "        if False:\n",
        (
            "tests/unit/core/test_plan.py::test_nothing_flows_of_a_ticket_that_turned_sensitive",
        ),
    ),
    Mutation(
        "a sensitive ticket may start a pair", "R13", BEGIN,
        "if rules.keeps_home(near):", "if False:",
        (
            "tests/unit/core/test_begin.py::test_who_gets_no_copy",
        ),
    ),
    Mutation(
        "skip the privacy type: every copy is made a reply", "R13", "sync_service/core/plan_comments.py",
        "    if isinstance(comment, PublicComment):\n        reply", "    if True:\n        reply",
        (
            "tests/unit/core/test_comments.py::test_an_internal_note_stays_internal",
        ),
    ),
    Mutation(
        "a note flows where public comments flow", "R13", COMMENTS,
        "flows = rules.public if isinstance(comment, PublicComment) else rules.internal",
        "flows = rules.public",
        (
            "tests/unit/core/test_comments.py::test_what_gets_no_copy",
        ),
    ),
    Mutation(
        "hiding is not propagated", "R13", COMMENTS,
        "        if (one.comment.deleted or not isinstance(one.comment, PublicComment))\n",
        "        if False\n",
        (
            "tests/unit/core/test_comments_edited.py::test_a_public_copy_of_what_is_public_no_more_is_hidden",
        ),
    ),
    Mutation(
        "ignore the origin", "R21", ALIGN,
        "    if comment.origin is not None:\n        return comment.origin\n", "",
        (
            "tests/unit/core/test_comments.py::test_a_comment_we_copied_is_not_copied_back",
        ),
    ),
    Mutation(
        "one intent explains many comments", "R21", ALIGN,
        "            intents.remove(note)  # each note explains one comment\n", "",
        (
            "tests/unit/core/test_comments.py::test_each_note_explains_one_comment",
        ),
    ),
    Mutation(
        "a second copy is a row to write to", "R21", ALIGN,
        "                rows.append(_twin(row, comment, side, digest))\n            return\n",
        "                continue\n            return\n",
        (
            "tests/unit/core/test_comments.py::test_a_second_copy_of_one_origin_is_a_problem_and_no_row_to_write_to",
            "tests/engine/test_found_comments.py::test_a_copy_that_was_made_twice_is_named_and_left_alone",
        ),
    ),
    Mutation(
        "an entry of ServiceNow's journal without its author is a person's", "R21",
        "sync_service/adapters/servicenow/journal.py",
        "        if lacking:\n", "        if False:\n",
        (
            "tests/contract/test_servicenow.py::test_what_an_answer_leaves_out_is_not_empty",
        ),
    ),
    Mutation(
        "more than one intent per normal form", "R21", COMMENTS, "if mark not in taken:", "if True:",
        (
            "tests/unit/core/test_comments.py::test_only_one_of_two_equal_texts_is_on_the_wire",
        ),
    ),
    Mutation(
        "no group lock", "R14", "sync_service/store/groups.py",
        "    if _systems(c, other) & (_systems(c, group) - {system}) or other == group:\n"
        "        return False\n",
        "",
        (
            "tests/integration/store/test_pages.py::test_a_found_partner_brings_its_own_group_along",
            "tests/integration/store/test_pages.py::test_a_match_that_would_close_a_ring_takes_no_pair_away",
        ),
    ),
    Mutation(
        "forget tombstones", "R14", "sync_service/store/pages.py",
        "refused = dict.fromkeys(unpairing.buried(c, link, side, list(notes)), No.TOMBSTONE)",
        "refused: dict[str, No] = {}",
        (
            "tests/engine/test_rules_pairing.py::test_an_unpaired_ticket_starts_no_new_pair",
        ),
    ),
    Mutation(
        "a clone's key counts", "R14", "sync_service/core/admit.py",
        "    if not row.ours:\n        return Cloned(key)\n", "",
        (
            "tests/unit/core/test_admit.py::test_who_may_start_a_pair",
        ),
    ),
)  # fmt: skip
