"""Mutations of the product, each of which a named test must notice.

A mutation is a mistake that somebody could make: one guard taken out. Where its text is no longer
in the source exactly once, the list is out of date, and that is a failure as well.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutation:
    """`old` becomes `new` in `file`; every one of `tests`, the cheapest first, must then fail."""

    name: str
    rule: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...] = ()


NOTES = "sync_service/core/notes.py"
SETTLE = "sync_service/core/settle.py"
COMMENTS = "sync_service/core/comments.py"
ALIGN = "sync_service/core/align.py"
RECORD = "sync_service/core/record.py"
MERGE = "sync_service/core/merge.py"
BEGIN = "sync_service/core/begin.py"
PULL = "sync_service/engine/pull.py"
APPLY = "sync_service/engine/apply.py"
RECONCILE = "sync_service/engine/reconcile.py"
CLIENT = "sync_service/adapters/http/client.py"

WRITING = (
    Mutation(
        "drop the intent of a create", "R16", NOTES,
        "pair = replace(pair, intents=(*pair.intents, _of_create(action, at, until)))", "pass",
        (
            "tests/engine/test_rules_writing.py::test_an_intent_is_in_the_store_before_the_call_is_on_the_wire",
        ),
    ),
    Mutation(
        "drop the intent of a comment", "R16", NOTES,
        "pair = replace(pair, intents=(*pair.intents, _of_comment(action, at, until)))", "pass",
        (
            "tests/unit/core/test_record.py::test_every_write_is_noted_with_the_end_of_its_time_on_the_wire",
        ),
    ),
    Mutation(
        "an intent does not know how long its call can be on the wire", "R16", NOTES,
        "_of_create(action, at, until)))", "_of_create(action, at, at)))",
        (
            "tests/certify/test_guards.py::test_the_intent_of_a_create_tells_how_long_its_call_can_be_on_the_wire",
        ),
    ),
    Mutation(
        "drop sent", "R17", NOTES, "pair = replace(pair, sent=(*pair.sent, *sent))", "pass",
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
        "        except UnknownOutcome as error:\n",
        "        except UnknownOutcome as error:\n            job.pair = unsent(job.pair, action)\n",
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
        "    return Recorded(unsent(pair, action), tuple(problems), tuple(events))",
        "    pair = fold_side(pair, action.to, dict(shown.fields))\n"
        "    return Recorded(unsent(pair, action), tuple(problems), tuple(events))",
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
        "skip the fence when saving", "R29", "sync_service/store/saving.py", "    fence(c, run)\n", "",
        (
            "tests/integration/store/test_work.py::test_a_new_run_fences_the_old_one_and_frees_its_claims",
            "tests/integration/store/test_threads.py::test_a_save_of_an_overtaken_run_fails_alone",
        ),
    ),
)  # fmt: skip

READING = (
    Mutation(
        "advance the watermark early", "R2", PULL,
        "        await _take(link, side, page, drain, None)\n"
        "        page = await adapter.changed(feed.watermark, page.next)\n",
        "        await _take(link, side, page, drain, replace(feed, watermark=watermark))\n"
        "        page = await adapter.changed(feed.watermark, page.next)\n",
        (
            "tests/certify/test_guards.py::test_a_drain_whose_second_page_fails_leaves_the_watermark",
        ),
    ),
    Mutation(
        "a torn drain counts", "R2", PULL,
        "        if page.torn:\n            return None\n", "",
        (
            "tests/certify/test_guards.py::test_a_drain_whose_rows_moved_is_begun_again_before_the_watermark_moves",
        ),
    ),
    Mutation(
        "> for >= in Incident IQ's feed", "R2", "sync_service/adapters/incidentiq/feed.py",
        "if stamp >= until]", "if stamp > until]",
        (
            "tests/certify/test_guards_feeds.py::test_incident_iqs_feed_shows_what_changed_in_the_very_moment_of_the_watermark",
        ),
    ),
    Mutation(
        "> for >= in ServiceNow's feed", "R2", "sync_service/adapters/servicenow/query.py",
        "{stamp}>={floor}", "{stamp}>{floor}",
        (
            "tests/unit/adapters/servicenow/test_servicenow_query.py::test_the_order_is_part_of_every_walk",
        ),
    ),
    Mutation(
        "drop the overlap of Incident IQ's feed", "R2", "sync_service/adapters/incidentiq/feed.py",
        "_moment(since) - self._overlap", "_moment(since)",
        (
            "tests/certify/test_guards_feeds.py::test_incident_iqs_feed_shows_what_changed_in_the_very_moment_of_the_watermark",
        ),
    ),
    Mutation(
        "drop the overlap of ServiceNow's feed", "R2", "sync_service/adapters/servicenow/feed.py",
        "stamps.moment(since) - self._overlap", "stamps.moment(since)",
        (
            "tests/certify/test_guards_feeds.py::test_servicenows_feed_reaches_back_by_skew_and_lag",
        ),
    ),
    Mutation(
        "forget the repeated hour of the autumn night", "R2",
        "sync_service/adapters/incidentiq/zone.py",
        "        back = self._turned_back(since - timedelta(hours=3), now)\n",
        "        back = None\n",
        (
            "tests/unit/adapters/incidentiq/test_incidentiq_zone.py::test_no_change_of_the_autumn_night_is_missed",
        ),
    ),
    Mutation(
        "take an unsorted page for what was asked", "R3", "sync_service/adapters/incidentiq/feed.py",
        "if not self.sorts or not sorted_down([iso(stamp) for stamp in stamps]):", "if False:",
        (
            "tests/integration/test_incidentiq_reading.py::test_an_unsorted_feed_is_doubted",
        ),
    ),
    Mutation(
        "a provisional version that is repeated is nothing new", "R2", "sync_service/core/admit.py",
        "row.version == known.version and not known.provisional", "row.version == known.version",
        (
            "tests/unit/core/test_admit.py::test_a_row_may_decide_that_nothing_is_to_do",
        ),
    ),
    Mutation(
        "accept a page row as the read: keep the version read last", "R1", RECORD,
        "        elif (earlier := first.of(side)) is not None:\n            stored = earlier\n",
        "        else:\n            stored = ticket.version\n",
        (
            "tests/unit/core/test_record.py::test_the_first_version_read_is_stored",
        ),
    ),
    Mutation(
        "an older row is a change", "R1", "sync_service/core/admit.py",
        "if certain and row.version < known.version:", "if False:",
        (
            "tests/unit/core/test_admit.py::test_a_row_may_decide_that_nothing_is_to_do",
        ),
    ),
    Mutation(
        "a ticket that is gone stops nothing", "R5", "sync_service/engine/look.py",
        "job.pair = replace(settle.abandon(job.pair), state=State.PARKED)",
        "job.pair = settle.abandon(job.pair)",
        (
            "tests/engine/test_rules_reading.py::test_a_ticket_that_is_gone_parks_its_pair",
        ),
    ),
    Mutation(
        "believe any flood", "R26", "sync_service/core/guard.py", "if count > limit:", "if False:",
        (
            "tests/unit/core/test_guard.py::test_a_flood_is_measured_against_a_floor_and_a_share",
        ),
    ),
    Mutation(
        "the breaker never trips", "R26", "sync_service/core/guard.py",
        "return len(recent) >= most", "return False",
        (
            "tests/unit/core/test_guard.py::test_the_breaker_counts_rewrites_within_its_time",
        ),
    ),
    Mutation(
        "a changed line is taken at once", "R27", "sync_service/core/config_change.py",
        "return bool(self.lines) or self.starts or", "return self.starts or",
        (
            "tests/integration/test_config_change.py::test_only_parts_that_can_write_by_themselves_wait",
        ),
    ),
)  # fmt: skip

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

SPEAKING = (
    Mutation(
        "retry a write in the client", "R18", CLIENT,
        "        except Lost as exc:\n            raise UnknownOutcome(\n",
        "        except Lost as exc:\n            return await self._send(call)\n"
        "            raise UnknownOutcome(\n",
        (
            "tests/unit/adapters/http/test_http_writes.py::test_a_request_that_was_read_has_an_unknown_outcome_and_is_not_sent_again",
        ),
    ),
    Mutation(
        "a hang-up counts as not sent", "R18", "sync_service/adapters/http/wire.py",
        "        except httpx.RequestError as exc:\n            raise Lost(_told(exc)) from exc\n",
        "        except httpx.RequestError as exc:\n            raise Unreached(_told(exc)) from exc\n",
        (
            "tests/unit/adapters/http/test_http_writes.py::test_a_request_that_was_read_has_an_unknown_outcome_and_is_not_sent_again",
        ),
    ),
    Mutation(
        "a 500 refuses a write", "R18", "sync_service/adapters/http/outcome.py",
        "if response.write and _unproven(response.status):", "if False:",
        (
            "tests/unit/adapters/http/test_http_writes.py::test_every_status_of_a_write_has_its_meaning",
        ),
    ),
    Mutation(
        "send a write after its deadline", "R16", CLIENT,
        "if call.deadline is not None and self._clock() >= call.deadline:", "if False:",
        (
            "tests/unit/adapters/http/test_http_writes.py",
        ),
    ),
    Mutation(
        "a create of Incident IQ carries no key", "R15", "sync_service/adapters/incidentiq/creator.py",
        "draft.key", '""',
        (
            "tests/integration/test_incidentiq_writing.py::test_the_key_is_inside_the_create_call",
        ),
    ),
    Mutation(
        "ServiceNow's copies carry no marker", "R21", "sync_service/adapters/servicenow/marker.py",
        'return f"{text}\\n\\n[sync:{origin}]"', "return text",
        (
            "tests/unit/adapters/servicenow/test_servicenow_marker.py",
        ),
    ),
)  # fmt: skip

MUTATIONS = (*WRITING, *READING, *DECIDING, *SPEAKING)
#: What `./check` takes out every time; the certificate takes out all.
ALWAYS = (
    "drop the intent of a create", "drop the intent of a comment", "drop sent", "compare without fit",
    "advance the watermark early", "> for >= in Incident IQ's feed", "> for >= in ServiceNow's feed",
    "skip the privacy type: every copy is made a reply",
)  # fmt: skip
