"""Comments, work notes and the audit trail."""

import pytest

from tests.unit.simulators.servicenow.client import AGENT, TABLE, Client, client


def test_journal_fields_are_append_only_rows(snow: Client) -> None:
    """Each write adds an entry of its own, by the API user, and moves the incident's version."""
    row = snow.create()
    snow.later(1)
    after = snow.update(row["sys_id"], comments="Hello", work_notes="psst")
    snow.update(row["sys_id"], comments="Hello")
    snow.update(row["sys_id"], comments="")

    said = [(e["element"], e["value"], e["sys_created_by"]) for e in snow.journal(row["sys_id"])]
    assert sorted(said) == [  # of one second, so their order is chance
        ("comments", "Hello", "sync.service"),
        ("comments", "Hello", "sync.service"),
        ("work_notes", "psst", "sync.service"),
    ]
    assert (after["sys_mod_count"], after["sys_updated_on"]) == ("1", "2026-11-23 15:00:01")


def test_a_create_may_carry_the_first_comment(snow: Client) -> None:
    """In the same call."""
    row = snow.create(comments="Hello")

    assert [entry["value"] for entry in snow.journal(row["sys_id"])] == ["Hello"]


def test_journal_fields_read_empty_raw_and_joined_displayed(snow: Client) -> None:
    """Newest first, under date, name and kind; the fallback where the journal is closed."""
    id = snow.create()["sys_id"]
    snow.act("comment", ticket=id, text="First")
    snow.later(60)
    snow.act("note", ticket=id, text="Second")
    fields = "comments,work_notes,comments_and_work_notes"
    row = snow.get(id, sysparm_fields=fields, sysparm_display_value="all")

    first = "2026-11-23 09:00:00 - Dana Whitfield (Additional comments)\nFirst\n\n"
    second = "2026-11-23 09:01:00 - Dana Whitfield (Work notes)\nSecond\n\n"
    assert row == {
        "comments": {"display_value": first, "value": ""},
        "work_notes": {"display_value": second, "value": ""},
        "comments_and_work_notes": {"display_value": second + first, "value": ""},
    }
    assert snow.get(id)["comments"] == ""


def test_journals_of_many_incidents_come_at_once(snow: Client) -> None:
    """`element_idIN`, the batch read of comments."""
    ids = [snow.create(comments=name)["sys_id"] for name in ("one", "two", "three")]
    rows = snow.rows(
        f"element_idIN{ids[0]},{ids[2]}^name=incident^elementINcomments,work_notes",
        "sys_journal_field",
    )

    assert {row["value"] for row in rows} == {"one", "three"}


@pytest.mark.parametrize(
    ("position", "status", "rows"), [("readable", 200, 1), ("empty", 200, 0), ("forbidden", 403, 0)]
)
def test_a_denied_journal_answers_200_and_nothing(position: str, status: int, rows: int) -> None:
    """All positions of `journal`; the joined text of the incident stays readable."""
    with client(journal=position) as snow:
        id = snow.create(comments="Hello")["sys_id"]
        answer = snow.http.get(f"{TABLE}/sys_journal_field")
        joined = snow.get(id, sysparm_display_value="true")["comments"]

    assert (answer.status_code, len(answer.json().get("result", []))) == (status, rows)
    assert "Hello" in joined


def test_the_audit_trail_has_old_and_new_values_by_user(snow: Client) -> None:
    """One row a changed field, derived ones too, with the version they made."""
    id = snow.create()["sys_id"]
    snow.later(60)
    snow.act("edit", ticket=id, fields={"impact": "1 - High"})
    trail = {row["fieldname"]: row for row in snow.audit(id)}

    assert set(trail) == {"impact", "priority"}
    assert (trail["impact"]["oldvalue"], trail["impact"]["newvalue"]) == ("3", "1")
    assert trail["impact"]["user"] == AGENT.partition("@")[0]
    assert trail["impact"]["sys_created_on"] == "2026-11-23 15:01:00"
    assert trail["impact"]["record_checkpoint"] == "1"


@pytest.mark.parametrize(
    ("position", "status", "rows"), [("readable", 200, 1), ("empty", 200, 0), ("forbidden", 403, 0)]
)
def test_the_audit_trail_may_be_kept_from_the_api_user(
    position: str, status: int, rows: int
) -> None:
    """All positions of `audit`."""
    with client(audit=position) as snow:
        id = snow.create()["sys_id"]
        snow.update(id, short_description="new")
        answer = snow.http.get(f"{TABLE}/sys_audit")

    assert (answer.status_code, len(answer.json().get("result", []))) == (status, rows)
