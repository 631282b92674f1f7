"""Mutations of writing and recording (R15 to R20)."""

from __future__ import annotations

from tests.certify.mutation import APPLY, BEGIN, MERGE, NOTES, RECONCILE, RECORD, SETTLE, Mutation

WRITING = (
    Mutation(
        "drop the intent of a create", "R16", NOTES,
        "intents.append(_of_create(action, at, until))", "pass",
        (
            "tests/engine/test_rules_writing.py::test_an_intent_is_in_the_store_before_the_call_is_on_the_wire",
        ),
    ),
    Mutation(
        "drop the intent of a comment", "R16", NOTES,
        "intents.append(_of_comment(action, at, until))", "pass",
        (
            "tests/unit/core/test_record.py::test_every_write_is_noted_with_the_end_of_its_time_on_the_wire",
        ),
    ),
    Mutation(
        "an intent does not know how long its call can be on the wire", "R16", NOTES,
        "_of_create(action, at, until))", "_of_create(action, at, at))",
        (
            "tests/certify/test_guards.py::test_the_intent_of_a_create_tells_how_long_its_call_can_be_on_the_wire",
        ),
    ),
    Mutation(
        "drop sent", "R17", NOTES, "replace(pair, sent=tuple(sent), intents=", "replace(pair, intents=",
        (
            "tests/unit/core/test_record.py::test_every_write_is_noted_with_the_end_of_its_time_on_the_wire",
        ),
    ),
    Mutation(
        "settle before the rest time", "R16", RECONCILE,
        "if until is not None and until >= link.clock():", "if False:",
        (
            "tests/engine/test_rules_writing.py::test_nobody_settles_a_write_that_may_still_be_on_the_wire",
            "tests/engine/test_rules_writing.py::test_after_a_start_nothing_old_is_written_before_the_rest",
        ),
    ),
    Mutation(
        "a restart makes no pair suspect", "R16", SETTLE,
        "    if pair.run == start.run:\n        return False\n", "    return False\n",
        (
            "tests/unit/core/test_settle.py::test_every_start_makes_every_pair_suspect_until_it_was_recorded",
        ),
    ),
    Mutation(
        "a suspect pair that moved unwatched is not in doubt", "R16", MERGE,
        "return evidence.doubtful.of(side) and _really_changed(evidence, side.far)", "return False",
        (
            "tests/unit/core/test_merge.py::test_a_doubtful_side_is_a_conflict_only_if_the_other_really_changed",
        ),
    ),
    Mutation(
        "skip the look-up before a create is repeated", "R16", BEGIN,
        "return ticket_intent(pair) is not None or suspect(pair, start)", "return False",
        (
            "tests/unit/core/test_begin.py::test_a_first_attempt_needs_no_look_up",
        ),
    ),
    Mutation(
        "absence needs no proof", "R4", BEGIN, "if not found.proven:", "if False:",
        (
            "tests/unit/core/test_begin.py::test_absence_that_proves_nothing_makes_nothing",
        ),
    ),
    Mutation(
        "an unknown outcome is taken for a refusal", "R18", APPLY,
        "    if isinstance(error, NotSent):\n", "    if isinstance(error, NotSent | UnknownOutcome):\n",
        (
            "tests/engine/test_rules_writing.py::test_a_write_with_an_unknown_outcome_is_looked_for_before_it_is_repeated",
        ),
    ),
    Mutation(
        "guess where nothing tells what became of a write", "R17", SETTLE,
        'return contest(pair, note.line, ask=False), "unknown: contested"', 'return pair, "not landed"',
        (
            "tests/unit/core/test_settle.py::test_an_open_write_is_settled_by_what_its_target_shows",
        ),
    ),
    Mutation(
        "a field that moved after our comment is overwritten", "R17", APPLY,
        "return None if moved else again", "return again",
        (
            "tests/engine/test_rules_writing.py::test_a_ticket_whose_status_changed_since_the_comments_is_planned_anew",
        ),
    ),
    Mutation(
        "record seen on a refusal", "R19", RECORD,
        "            pair = refuse(pair, action.to, one.line.name, value_text(sent))\n"
        "            problems.append(_silent(pair, one, action.to, rules, shown))\n",
        "            pair = _landed(pair, one, action.to, sent)\n",
        (
            "tests/unit/core/test_record.py::test_a_written_field_is_recorded_by_what_the_vendor_shows",
        ),
    ),
    Mutation(
        "store the whole reply as seen", "R19", RECORD,
        "    pair = replied(unsent(pair, action), action.to, shown)\n",
        "    pair = fold_side(unsent(pair, action), action.to, dict(shown.fields))\n",
        (
            "tests/unit/core/test_record.py::test_an_unwritten_field_keeps_what_was_read",
        ),
    ),
    Mutation(
        "another choice than the one sent is our own spelling", "R19", RECORD,
        "return line.table is None and kinds <= _WORDS", "return True",
        (
            "tests/unit/core/test_record_choices.py::test_another_choice_than_the_one_sent_is_an_edit",
        ),
    ),
    Mutation(
        "clear work too early", "R19", "sync_service/engine/job.py",
        "self.end or Keep(),", "self.end or Done(self.work.seq),",
        (
            "tests/certify/test_guards.py::test_a_pair_whose_daemon_died_before_its_write_is_still_to_be_looked_at",
        ),
    ),
    Mutation(
        "clear work that was asked for meanwhile", "R19", "sync_service/store/work.py",
        '_CLEAR = delete(work).where(_MINE, work.c.seq == bindparam("s"))',
        '_CLEAR = delete(work).where(_MINE, bindparam("s") > 0)',
        (
            "tests/integration/store/test_work.py::test_work_asked_for_again_while_claimed_is_not_lost",
        ),
    ),
    Mutation(
        "nobody asks what a write replaced", "R20", APPLY,
        "    job.conflicts += await look_back(link, job, action, read, shown)\n", "",
        (
            "tests/engine/test_found_overwritten.py::test_what_a_person_typed_between_our_read_and_our_write_is_kept",
        ),
    ),
    Mutation(
        "a refused create is not looked up", "R16", APPLY,
        "made = isinstance(action, Create | AddReply | AddNote)", "made = False",
        (
            "tests/engine/test_found_answers.py::test_a_ticket_that_was_made_and_denied_is_not_made_again",
        ),
    ),
    Mutation(
        "a create that was put off is not looked up", "R16", APPLY,
        "    elif isinstance(error, TryLater):\n        job.pair = answered(job.pair, action, link.clock())\n",
        "    elif isinstance(error, TryLater):\n        job.pair = unsent(job.pair, action)\n",
        (
            "tests/engine/test_found_answers.py::test_a_ticket_that_was_made_and_denied_is_not_made_again",
        ),
    ),
    Mutation(
        "the next round plans on what was read before the write", "R1", APPLY,
        "    job.reread = True  # another round of this pass must not take the old values for an edit (R1)\n",
        "",
        (
            "tests/engine/test_found_rounds.py::test_what_was_written_in_one_round_is_not_read_as_it_was_before_in_the_next",
        ),
    ),
    Mutation(
        "a source that went back has nothing left to carry", "R17", SETTLE,
        "return fold_side(pair, near, written) if back else pair", "return pair",
        (
            "tests/unit/core/test_settle.py::test_a_source_that_went_back_while_its_target_stood_half_way_counts_as_changed",
        ),
    ),
    Mutation(
        "whoever shows a hop of ours shows our way", "R17", SETTLE,
        "if not told or told[-1].ours:", "if True:",
        (
            "tests/unit/core/test_settle.py::test_an_open_write_is_settled_by_what_its_target_shows",
            "tests/certify/test_found_readings.py::test_a_person_who_goes_back_to_a_hop_of_a_landed_way_is_followed",
        ),
    ),
    Mutation(
        "what a person chose is our write that landed", "R17", SETTLE,
        "if _theirs(note, trail or ()):", "if False:",
        (
            "tests/unit/core/test_settle.py::test_an_open_write_is_settled_by_what_its_target_shows",
        ),
    ),
    Mutation(
        "of a coupled line the half that is ours was read so", "R20", "sync_service/core/overwritten.py",
        "            stood[name] = value\n", "            pass\n",
        (
            "tests/unit/core/test_overwritten.py::test_a_field_that_a_person_had_set_to_what_we_wrote_is_kept_as_theirs",
        ),
    ),
    Mutation(
        "a retry closes what nothing looks at again", "R25", "sync_service/store/problems.py",
        """_PAIRLESS = ("undecided", "cloned-key", "not-adopted")""", """_PAIRLESS = ("undecided",)""",
        (
            "tests/engine/test_rules_pairing.py::test_a_retry_leaves_a_clone_listed",
        ),
    ),
    Mutation(
        "what is not shown tells what became of a write", "R17", SETTLE,
        "    if target.unshown & set(note.after.of(note.to)):", "    if False:",
        (
            "tests/unit/core/test_settle.py::test_a_field_that_is_not_shown_settles_nothing",
        ),
    ),
    Mutation(
        "what is shown after a hop is ours", "R19", APPLY,
        "record.stepped(job.pair, action, name, hop)", "record.stepped(job.pair, action, name, shown)",
        (
            "tests/certify/test_found.py::test_a_status_that_a_person_moved_between_two_hops_of_ours_is_not_taken_for_ours",
        ),
    ),
    Mutation(
        "skip the fence when saving", "R29", "sync_service/store/saving.py", "    fence(c, run)\n", "",
        (
            "tests/integration/store/test_work.py::test_a_new_run_fences_the_old_one_and_frees_its_claims",
            "tests/integration/store/test_threads.py::test_a_save_of_an_overtaken_run_fails_alone",
        ),
    ),
)  # fmt: skip
