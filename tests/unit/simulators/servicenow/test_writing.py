"""Writes: what is skipped, cut, derived, refused, and what a rule adds."""

from typing import Any

import pytest

from tests.unit.simulators.servicenow.client import AGENT, INCIDENT, Client, client, refusal

CALLER = "helpdesk@springfield.example"
POLICY = "Data Policy Exception: \n\tThe following fields are mandatory: "
SOLVED = {"state": "6", "close_code": "Solution provided", "close_notes": "Done."}


def wants(answer: Any) -> str:
    """Read the labels that a data policy asks for."""
    status, message, detail = refusal(answer)
    assert (status, message) == (403, "Operation Failed")
    assert detail is not None
    assert detail.startswith(POLICY)
    return detail.removeprefix(POLICY)


def test_a_new_incident_is_created_with_its_place(snow: Client) -> None:
    """201, `Location`, a number, the defaults and the stamps of the API user."""
    answer = snow.http.post(INCIDENT, json={"short_description": "one"})
    row = answer.json()["result"]

    assert answer.status_code == 201
    assert answer.headers["location"].endswith(f"{INCIDENT}/{row['sys_id']}")
    assert (row["number"], row["state"], row["priority"]) == ("INC0010001", "1", "5")
    assert (row["sys_created_on"], row["sys_created_by"]) == ("2026-11-23 15:00:00", "sync.service")
    assert (row["sys_mod_count"], row["active"]) == ("0", "true")


def test_only_the_first_of_several_records_counts(snow: Client) -> None:
    """As the vendor's FAQ says."""
    snow.http.post(INCIDENT, json=[{"short_description": "one"}, {"short_description": "two"}])

    assert snow.names("") == ["one"]


def test_two_writes_of_one_second_differ_in_the_count_alone(snow: Client) -> None:
    """Stamps are whole seconds."""
    row = snow.create()
    first = snow.update(row["sys_id"], impact=1)
    second = snow.update(row["sys_id"], impact=2)

    assert first["sys_updated_on"] == second["sys_updated_on"] == row["sys_updated_on"]
    assert [first["sys_mod_count"], second["sys_mod_count"]] == ["1", "2"]


def test_a_write_that_changes_nothing_stamps_nothing(snow: Client) -> None:
    """No count, no stamp, no audit."""
    row = snow.create(short_description="one")
    snow.later(60)

    assert snow.update(row["sys_id"], short_description="one") == row
    assert snow.audit(row["sys_id"]) == []


def test_put_is_patch(snow: Client) -> None:
    """A PUT changes only what it names."""
    row = snow.create(short_description="one", impact=1)
    answer = snow.http.put(f"{INCIDENT}/{row['sys_id']}", json={"impact": 2})

    assert (answer.json()["result"]["short_description"], answer.json()["result"]["impact"]) == (
        "one",
        "2",
    )


@pytest.mark.parametrize(
    "field", ["number", "priority", "sys_id", "sys_created_by", "active", "no_such_field"]
)
def test_read_only_and_unknown_fields_are_skipped_with_200(snow: Client, field: str) -> None:
    """Compare what comes back with what was sent."""
    row = snow.create()

    assert snow.update(row["sys_id"], **{field: "9"}) == row


@pytest.mark.parametrize(
    ("field", "longest"),
    [("short_description", 160), ("correlation_id", 100), ("u_incident_iq_number", 40)],
)
def test_long_texts_are_cut_without_a_word(snow: Client, field: str, longest: int) -> None:
    """At the dictionary's length."""
    assert snow.create(**{field: "x" * 500})[field] == "x" * longest


@pytest.mark.parametrize(
    ("impact", "urgency", "priority"),
    [("1", "1", "1"), ("1", "3", "3"), ("2", "1", "2"), ("3", "3", "5")],
)
def test_priority_follows_from_impact_and_urgency(
    snow: Client, impact: str, urgency: str, priority: str
) -> None:
    """The default matrix."""
    row = snow.create(impact=impact, urgency=urgency, priority="1")

    assert row["priority"] == priority


def test_an_empty_text_clears_a_field_but_not_a_choice(snow: Client) -> None:
    """`null` does the same."""
    row = snow.create(
        description="x", assigned_to=snow.user(), due_date="2026-12-01 00:00:00", category="network"
    )
    after = snow.update(row["sys_id"], description="", assigned_to="", due_date=None, category="")

    cleared = [after[name] for name in ("description", "assigned_to", "due_date", "category")]
    assert cleared == ["", "", "", "network"]


def test_numbers_and_dates_that_are_none_are_dropped(snow: Client) -> None:
    """A label is no value unless display values are announced."""
    row = snow.create(impact="1 - High", due_date="tomorrow", state="In Progress")

    assert (row["impact"], row["due_date"], row["state"]) == ("3", "", "1")


def test_display_values_are_taken_if_announced(snow: Client) -> None:
    """`sysparm_input_display_value`: labels, names, and dates in the user's zone."""
    shown = {"sysparm_input_display_value": "true"}
    row = snow.create()
    fields = {"impact": "1 - High", "state": "In Progress", "assigned_to": "Dana Whitfield"}
    after = snow.update(row["sys_id"], shown, due_date="2026-12-01 09:00:00", **fields)

    assert (after["impact"], after["state"], after["due_date"]) == ("1", "2", "2026-12-01 15:00:00")
    assert after["assigned_to"]["value"] == snow.user()


@pytest.mark.parametrize(("position", "stored"), [("raw", "nobody"), ("dropped", "")])
def test_a_reference_to_nobody_is_stored_raw_or_dropped(position: str, stored: str) -> None:
    """Both positions of `unknown_reference`; neither is an error."""
    with client(unknown_reference=position) as snow:
        bare = {"sysparm_exclude_reference_link": "true", "sysparm_display_value": "all"}
        id = snow.create(assigned_to="nobody")["sys_id"]

        assert snow.get(id, **bare)["assigned_to"] == {"display_value": "", "value": stored}


@pytest.mark.parametrize("state", ["6", "7"])
def test_to_resolve_or_close_needs_code_and_notes(snow: Client, state: str) -> None:
    """A data policy: 403, nothing stored."""
    row = snow.create()
    assert wants(snow.patch(row["sys_id"], state=state)) == "Resolution code, Resolution notes"
    assert wants(snow.patch(row["sys_id"], **{**SOLVED, "close_notes": ""})) == "Resolution notes"

    assert snow.get(row["sys_id"]) == row
    assert snow.update(row["sys_id"], **{**SOLVED, "state": state})["state"] == state


def test_the_close_policy_may_be_absent() -> None:
    """`close_policy` off."""
    with client(close_policy=False) as snow:
        assert snow.update(snow.create()["sys_id"], state=6)["state"] == "6"


def test_an_unlisted_close_code_is_called_missing_or_kept(snow: Client) -> None:
    """Both positions of `close_codes`: a wrong word looks like none at all."""
    id = snow.create()["sys_id"]
    assert wants(snow.patch(id, **{**SOLVED, "close_code": "Fixed"})) == "Resolution code"

    snow.turn(close_codes="free")

    assert snow.update(id, **{**SOLVED, "close_code": "Fixed"})["close_code"] == "Fixed"


def test_awaiting_the_caller_needs_a_comment(snow: Client) -> None:
    """`hold_policy` comments: other reasons, or none, need nothing."""
    first, second, third = (snow.create()["sys_id"] for _ in range(3))

    assert wants(snow.patch(first, state=3, hold_reason=1)) == "Additional comments"
    assert snow.update(first, state=3, hold_reason=1, comments="When?")["hold_reason"] == "1"
    assert snow.update(first, impact=1)["hold_reason"] == "1"
    assert snow.update(second, state=3, hold_reason=4)["hold_reason"] == "4"
    assert snow.update(third, state=3)["state"] == "3"


def test_the_hold_policy_may_want_a_reason_or_nothing() -> None:
    """The other positions of `hold_policy`."""
    with client(hold_policy="reason") as snow:
        id = snow.create()["sys_id"]
        assert wants(snow.patch(id, state=3)) == "On hold reason"
        assert wants(snow.patch(id, state=3, hold_reason=1)) == "Additional comments"
        snow.turn(hold_policy="none")
        assert snow.update(id, state=3, hold_reason=1)["hold_reason"] == "1"


def test_leaving_hold_empties_its_reason(snow: Client) -> None:
    """So does setting one on an incident that is not on hold."""
    row = snow.create(hold_reason=4)
    assert row["hold_reason"] == ""

    snow.update(row["sys_id"], state=3, hold_reason=4)

    assert snow.update(row["sys_id"], state=2)["hold_reason"] == ""


def test_the_callers_reply_ends_the_wait(snow: Client) -> None:
    """Only the caller's, and only a public one; a row that another wrote stays on hold."""
    caller = snow.user(CALLER)
    row = snow.create(caller_id=caller, state=3, hold_reason=4)
    snow.act("comment", ticket=row["sys_id"], text="Any news?")
    snow.act("note", CALLER, ticket=row["sys_id"], text="(private)")
    assert snow.get(row["sys_id"])["state"] == "3"

    snow.act("comment", CALLER, ticket=row["sys_id"], text="I am back.")
    after = snow.get(row["sys_id"])

    assert (after["state"], after["hold_reason"]) == ("2", "")


def test_resolving_and_reopening_stamps(snow: Client) -> None:
    """Who and when; reopening empties them and counts."""
    row = snow.create()
    snow.later(60)
    done = snow.update(row["sys_id"], **SOLVED)
    again = snow.update(row["sys_id"], state=2)

    assert done["resolved_at"] == "2026-11-23 15:01:00"
    assert done["active"] == "true"
    assert (again["resolved_at"], again["reopen_count"]) == ("", "1")


@pytest.mark.parametrize("state", ["7", "8"])
def test_closed_and_canceled_incidents_are_not_active(snow: Client, state: str) -> None:
    """And carry their end."""
    row = snow.update(snow.create()["sys_id"], **{**SOLVED, "state": state})

    assert (row["active"], row["closed_at"]) == ("false", "2026-11-23 15:00:00")


def test_resolved_incidents_close_by_themselves_after_seven_days(snow: Client) -> None:
    """A job of the system's own, stamped when it was due."""
    id = snow.update(snow.create()["sys_id"], **SOLVED)["sys_id"]
    snow.later(7 * 86_400 - 1)
    assert snow.get(id)["state"] == "6"

    snow.later(3600)
    row = snow.get(id)

    assert (row["state"], row["sys_updated_by"]) == ("7", "system")
    assert row["sys_updated_on"] == "2026-11-30 15:00:00"


def test_a_reopened_incident_is_not_closed_by_the_job(snow: Client) -> None:
    """Nor one that was resolved anew: its days start again."""
    opened = snow.update(snow.create()["sys_id"], **SOLVED)["sys_id"]
    snow.update(opened, state=2)
    anew = snow.update(snow.create()["sys_id"], **SOLVED)["sys_id"]
    snow.update(anew, state=2)
    snow.later(86_400)
    snow.update(anew, state=6)
    snow.later(6 * 86_400)

    assert [snow.get(opened)["state"], snow.get(anew)["state"]] == ["2", "6"]


def test_auto_close_may_be_off() -> None:
    """`auto_close_days` 0."""
    with client(auto_close_days=0) as snow:
        id = snow.update(snow.create()["sys_id"], **SOLVED)["sys_id"]
        snow.later(365 * 86_400)
        assert snow.get(id)["state"] == "6"


def test_a_denied_field_is_skipped_or_refused() -> None:
    """`unwritable` with both positions of `denied_field`; it binds only the API user."""
    with client(unwritable=["urgency"]) as snow:
        row = snow.create(urgency=1)
        skipped = snow.update(row["sys_id"], urgency=1, impact=1)
        snow.turn(denied_field="403")
        answer = snow.patch(row["sys_id"], urgency=1, impact=2)
        person = snow.act("edit", ticket=row["sys_id"], fields={"urgency": "1 - High"})

    assert (row["urgency"], skipped["urgency"], skipped["impact"]) == ("3", "3", "1")
    assert refusal(answer)[0] == 403
    assert (person["urgency"], person["impact"]) == ("1 - High", "1 - High")


def test_closed_incidents_may_be_kept_from_the_api_user(snow: Client) -> None:
    """Both positions of `closed`."""
    id = snow.update(snow.create()["sys_id"], **{**SOLVED, "state": "7"})["sys_id"]
    assert snow.update(id, impact=1)["impact"] == "1"

    snow.turn(closed="read_only")

    assert refusal(snow.patch(id, impact=2))[0] == 403


@pytest.mark.parametrize(("position", "state"), [(False, "1"), (True, "2")])
def test_assigning_may_start_the_work(position: bool, state: str) -> None:
    """Both positions of `assign_starts`."""
    with client(assign_starts=position) as snow:
        row = snow.update(snow.create()["sys_id"], assigned_to=snow.user())
        assert row["state"] == state


@pytest.mark.parametrize(
    ("position", "count", "by"), [(False, "1", "sync.service"), (True, "3", "system")]
)
def test_a_rule_may_touch_the_row_after_each_write(position: bool, count: str, by: str) -> None:
    """Both positions of `extra_update`: the version moves by more than our write."""
    with client(extra_update=position) as snow:
        row = snow.update(snow.create()["sys_id"], impact=1)
        assert (row["sys_mod_count"], row["sys_updated_by"]) == (count, by)


@pytest.mark.parametrize(("position", "said"), [("never", 0), ("created", 1), ("commented", 1)])
def test_a_rule_may_answer_in_public(position: str, said: int) -> None:
    """All positions of `autoreply`; the rule does not answer itself."""
    with client(autoreply=position) as snow:
        row = snow.create()
        snow.update(row["sys_id"], comments="Hello", work_notes="psst")
        robots = [e for e in snow.journal(row["sys_id"]) if e["sys_created_by"] == "system"]

    assert [entry["element"] for entry in robots] == ["comments"] * said


def test_a_deleted_incident_leaves_its_trace(snow: Client) -> None:
    """204, then 404, and a row in `sys_audit_delete`."""
    row = snow.create()
    answer = snow.http.delete(f"{INCIDENT}/{row['sys_id']}")
    gone = snow.http.get(f"{INCIDENT}/{row['sys_id']}")
    trace = snow.rows(f"documentkey={row['sys_id']}", "sys_audit_delete")

    assert (answer.status_code, gone.status_code) == (204, 404)
    assert (trace[0]["display_value"], trace[0]["user"]) == (row["number"], "sync.service")
    assert snow.http.delete(f"{INCIDENT}/{row['sys_id']}").status_code == 404


@pytest.mark.parametrize(
    ("position", "status", "rows"), [("readable", 200, 1), ("empty", 200, 0), ("forbidden", 403, 0)]
)
def test_the_deletions_may_be_kept_from_the_api_user(position: str, status: int, rows: int) -> None:
    """All positions of `audit_delete`."""
    with client(audit_delete=position) as snow:
        snow.http.delete(f"{INCIDENT}/{snow.create()['sys_id']}")
        answer = snow.http.get("/api/now/table/sys_audit_delete")

    assert (answer.status_code, len(answer.json().get("result", []))) == (status, rows)


def test_the_answer_of_a_write_is_shaped_like_a_read(snow: Client) -> None:
    """`sysparm_fields` and `sysparm_display_value` hold for writes."""
    params = {"sysparm_fields": "assigned_to.email,state", "sysparm_display_value": "all"}
    after = snow.update(snow.create()["sys_id"], params, assigned_to=snow.user(), state=2)

    assert after["assigned_to.email"]["value"] == AGENT
    assert after["state"] == {"display_value": "In Progress", "value": "2"}
