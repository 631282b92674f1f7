"""People at the vendor's screens, the dump for judges, and the seed."""

import httpx

from sync_service.simulators.servicenow import build
from tests.unit.simulators.servicenow.client import AGENT, Client, client

OTHER = "marcus.bell@springfield.example"


def refused(snow: Client, **order: object) -> str:
    """Give the words with which an order is refused."""
    answer: httpx.Response = snow.http.post("/_control/act", json=order)
    assert answer.status_code == 400
    return str(answer.json()["error"])


def test_a_person_opens_edits_and_closes_an_incident(snow: Client) -> None:
    """In display values, under their own name, through the same rules."""
    made = snow.act("create", subject="Projector", fields={"category": "Hardware"})
    snow.act("edit", ticket=made["number"], description="Lamp is out")
    snow.act("assign", ticket=made["id"], to=OTHER, team="K12 Support")
    done = snow.act("status", ticket=made["id"], to="Resolved")

    assert (made["for"], made["created_by"], made["status"]) == (AGENT, AGENT, "New")
    assert (done["subject"], done["description"], done["status"]) == (
        "Projector",
        "Lamp is out",
        "Resolved",
    )
    assert (done["assignee"], done["team"], done["version"]) == (OTHER, "K12 Support", 3)
    assert snow.get(made["id"])["sys_updated_by"] == "dana.whitfield"
    assert snow.act("assign", ticket=made["id"], to=None)["assignee"] is None


def test_an_order_without_a_person_is_the_api_users(snow: Client) -> None:
    """As at the other simulators."""
    answer = snow.http.post("/_control/act", json={"do": "create", "subject": "x"})

    assert answer.json()["ticket"]["created_by"] == "sync.service@springfield.example"


def test_the_dump_shows_what_the_api_made(snow: Client) -> None:
    """Independent of the vendor API: people by e-mail, times with their offset."""
    id = snow.create(short_description="one", assigned_to=snow.user(), comments="Hello")["sys_id"]
    entry = snow.act("note", ticket=id, text="psst")
    ticket = snow.dump()[id]

    assert (ticket["subject"], ticket["assignee"], ticket["deleted"]) == ("one", AGENT, False)
    assert ticket["created"] == "2026-11-23T15:00:00+00:00"
    assert [(said["text"], said["public"]) for said in ticket["comments"]] == [
        ("Hello", True),
        ("psst", False),
    ]
    assert ticket["comments"][1] == entry
    assert entry["author"] == AGENT


def test_a_deleted_incident_stays_in_the_dump_and_can_come_back(snow: Client) -> None:
    """Under its old id, with its version moved."""
    id = snow.create()["sys_id"]
    snow.act("delete", ticket=id)
    assert snow.dump()[id]["deleted"] is True
    assert snow.rows() == []

    back = snow.act("undelete", ticket=id)

    assert (back["deleted"], back["version"]) == (False, 1)
    assert snow.get(id)["sys_id"] == id


def test_a_clone_carries_the_correlation_field_of_its_original(snow: Client) -> None:
    """People clone tickets; the copy is theirs, not ours (R14)."""
    original = snow.create(correlation_id="i:l:iiq:7", short_description="one")
    copy = snow.act("clone", ticket=original["sys_id"])

    assert copy["id"] != original["sys_id"]
    assert (copy["fields"]["correlation_id"], copy["subject"]) == ("i:l:iiq:7", "one")
    assert copy["fields"]["sys_created_by"] == "dana.whitfield"


def test_an_administrator_may_delete_a_journal_entry(snow: Client) -> None:
    """Nothing else of the incident moves, so no feed shows it."""
    row = snow.create(comments="Hello")
    entry = snow.dump()[row["sys_id"]]["comments"][0]["id"]
    snow.act("delete_comment", comment=entry)

    assert snow.dump()[row["sys_id"]]["comments"] == []
    assert snow.get(row["sys_id"]) == row


def test_a_script_may_change_an_incident_and_leave_no_trace(snow: Client) -> None:
    """No feed shows it, and neither stamp nor count: only whoever compares the whole (R7)."""
    row = snow.create(short_description="one")
    snow.act("script", ticket=row["sys_id"], subject="two")

    assert {**row, "short_description": "two"} == snow.get(row["sys_id"])


def test_wrong_orders_say_what_would_be_right(snow: Client) -> None:
    """Every message names the valid words or the missing key."""
    id = snow.create()["sys_id"]

    assert "there are: create, edit" in refused(snow, person=AGENT, do="dance")
    assert "New, In Progress" in refused(snow, person=AGENT, do="status", ticket=id, to="Open")
    assert "no@body" in refused(snow, person="no@body", do="create")
    assert "no incident" in refused(snow, person=AGENT, do="delete", ticket="INC1")
    assert "no field colour" in refused(snow, do="edit", ticket=id, fields={"colour": "red"})
    assert "to choose" in refused(snow, do="assign", ticket=id, team="Nobody")
    assert "Data Policy" in refused(snow, do="edit", ticket=id, fields={"state": "Resolved"})


def test_the_seed_tells_the_same_stories_again() -> None:
    """Same seed, same ids and texts; another seed, other ones. Dates follow the clock."""

    def told(seed: int) -> list[tuple[str, str]]:
        rows = build(30, seed).state.world.database["incident"].rows
        return [(id, row["short_description"]) for id, row in rows.items()]

    assert told(1) == told(1)
    assert told(1) != told(2)


def test_the_seed_lies_in_the_past_and_has_all_kinds() -> None:
    """Nothing is stamped later than now; several states, comments and notes occur."""
    with client(200) as snow:
        snow.http.post("/_control/clock", json={"real": True})
        tickets = snow.dump().values()
        newest = max(ticket["modified"] for ticket in tickets)
        now = snow.http.get("/_control/").json()["clock"]["now"]

    assert len(tickets) == 200
    assert newest <= now
    states = {"New", "In Progress", "On Hold", "Resolved", "Closed", "Canceled"}
    assert {ticket["status"] for ticket in tickets} == states
    said = [entry["public"] for ticket in tickets for entry in ticket["comments"]]
    assert {True, False} == set(said)
