"""Mutations of reading, of guards and of stopping (R1 to R5, R25 to R27)."""

from __future__ import annotations

from tests.certify.mutation import PULL, Mutation

READING = (
    Mutation(
        "advance the watermark early", "R2", PULL,
        "        await _take(link, side, page, drain, None)\n"
        "        page = await adapter.changed(feed.watermark, page.next)\n",
        "        await _take(link, side, page, drain, moved)\n"
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
        "accept a page row as the read: keep the version read last", "R1",
        "sync_service/core/versions.py",
        "        elif (earlier := first.of(side)) is not None:\n            stored = earlier\n",
        "        else:\n            stored = ticket.version\n",
        (
            "tests/unit/core/test_record.py::test_the_first_version_read_is_stored",
        ),
    ),
    Mutation(
        "an older row is a change", "R1", "sync_service/core/admit.py",
        "if older(row.version, known.version):", "if False:",
        (
            "tests/unit/core/test_admit.py::test_a_row_may_decide_that_nothing_is_to_do",
        ),
    ),
    Mutation(
        "a clock that leaps is believed", "R2", "sync_service/core/leap.py",
        "    if bounds.low > known.offset + SLACK:\n", "    if False:\n",
        (
            "tests/unit/core/test_leap.py::test_a_clock_that_is_ahead_moves_nothing_until_it_has_stood",
            "tests/engine/test_found_leaps.py::test_what_changes_while_a_clock_is_ahead_is_fed",
        ),
    ),
    Mutation(
        "a doubted clock moves the watermark", "R2", "sync_service/engine/hearing.py",
        "    if way is Way.STAY:\n", "    if False:\n",
        (
            "tests/engine/test_found_leaps.py::test_what_changes_after_a_clock_was_put_right_is_fed",
        ),
    ),
    Mutation(
        "a clock that was set back lets nothing begin anew", "R2", "sync_service/engine/hearing.py",
        "return replace(feed, done=False, cursor=None) if way is Way.ANEW else feed", "return feed",
        (
            "tests/engine/test_found_leaps.py::test_what_changes_after_a_clock_was_put_right_is_fed",
        ),
    ),
    Mutation(
        "an older answer is a reading", "R1", "sync_service/core/versions.py",
        "if older(ticket.version, seen.newest) or older(ticket.version, asked):", "if False:",
        (
            "tests/engine/test_found_stale.py::test_an_older_answer_is_no_revert",
        ),
    ),
    Mutation(
        "in the repeated hour an older answer is a reading", "R13", "sync_service/core/versions.py",
        "return not ordered and asked != NEVER and shown == known != asked", "return False",
        (
            "tests/certify/test_found_readings.py::test_a_comment_stays_home_while_a_replica_has_not_heard_that_its_ticket_is_sensitive",
        ),
    ),
    Mutation(
        "after our own write an older answer is a reading", "R1", "sync_service/core/versions.py",
        "        else replace(pair, seen=pair.seen.put(side, _newest(seen, reply.version)))\n",
        "        else pair\n",
        (
            "tests/engine/test_found_stale.py::test_an_answer_older_than_our_own_write_is_none",
        ),
    ),
    Mutation(
        "nobody looks for what no feed showed", "R14", "sync_service/engine/rescan.py",
        "strangers = [row for row in rows if row.id not in known]", "strangers: list[Ticket] = []",
        (
            "tests/engine/test_sweep.py::test_a_new_ticket_that_the_feed_did_not_show_is_found_and_copied",
        ),
    ),
    Mutation(
        "a row that nobody can read is passed over", "R2", "sync_service/engine/unread.py",
        "    drain.unread |= new.keys()\n", "",
        (
            "tests/engine/test_rules_unread.py::test_one_odd_row_of_a_feed_stops_no_other_and_comes_again",
            "tests/engine/test_rules_unread.py::test_one_odd_row_of_a_backfill_stops_no_other_and_comes_again",
        ),
    ),
    Mutation(
        "a mark of sensitive information that is not shown is not set", "R13",
        "sync_service/adapters/incidentiq/codec.py",
        "    must_show(row, *SHOWN)\n",
        '    row = {"HasSensitiveInformation": False, **row}\n    must_show(row, *SHOWN)\n',
        (
            "tests/fuzz/test_absent.py::test_a_ticket_that_does_not_show_what_decides_is_not_read",
            "tests/contract/test_incidentiq.py::test_what_an_answer_leaves_out_is_not_empty",
        ),
    ),
    Mutation(
        "a cell without its value is empty", "R4", "sync_service/adapters/servicenow/codec.py",
        "return name in row and (not isinstance(found, dict) or part in found)", "return name in row",
        (
            "tests/unit/adapters/servicenow/test_servicenow_codec.py::test_a_row_that_does_not_tell_what_decides_is_no_ticket",
            "tests/contract/test_servicenow.py::test_what_an_answer_leaves_out_is_not_empty",
        ),
    ),
    Mutation(
        "a field that is not shown is empty", "R4", "sync_service/core/unshown.py",
        "    if not any(one is not None and one.unshown for one in (now.left, now.right)):\n",
        "    if True:\n",
        (
            "tests/engine/test_rules_unshown.py::test_a_field_that_vanished_from_every_answer_empties_nothing",
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
