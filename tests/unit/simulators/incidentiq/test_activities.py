"""Comments: visibility, origin, order, edits, and the noise between them."""

from collections.abc import Iterator
from typing import Any

import pytest

from sync_service.simulators.incidentiq.ids import guid
from tests.unit.simulators.incidentiq.desk import AGENT, COMMENT, Desk, desk


@pytest.fixture
def site() -> Iterator[Desk]:
    """A site at Monday noon in Chicago, without rules."""
    with desk(rules=False) as client:
        client.at("2026-11-23T18:00:00Z")
        yield client


@pytest.fixture
def ticket(site: Desk) -> str:
    """A ticket, a minute old."""
    found: str = site.create()["TicketId"]
    site.wait(60)
    return found


def text_of(activity: dict[str, Any]) -> str:
    """Return the words of a comment."""
    words: str = activity["ActivityItems"][0]["Comments"]
    return words


def test_a_comment_is_201_and_comes_back(site: Desk, ticket: str) -> None:
    """The author is the token's user, whatever ByUserId says."""
    reply = site.say(ticket, "<p>on my way</p>", IsPublic=False)
    (told,) = site.comments(ticket)

    assert reply.status_code == 201
    assert (reply.json()["Uid"], reply.json()["Item"]) == (told["TicketActivityId"], told)
    assert text_of(told) == "<p>on my way</p>"
    assert (told["IsPublic"], told["ActivityItems"][0]["IsPublic"]) == (False, False)
    assert told["Owner"]["Name"] == "Sync Service"


@pytest.mark.parametrize("position", [True, False])
def test_without_ispublic_the_default_decides(site: Desk, ticket: str, position: bool) -> None:
    """Unstated by the vendor, so always to be sent."""
    site.turn(default_public=position)
    site.say(ticket, "x", IsPublic=None)
    assert site.comments(ticket)[0]["IsPublic"] is position


@pytest.mark.parametrize(("position", "back"), [("kept", "origin-1"), ("dropped", None)])
def test_an_external_id_comes_back_or_not(
    site: Desk, ticket: str, position: str, back: str | None
) -> None:
    """A sync must verify it with its first copy (R21)."""
    site.turn(external_id=position)
    site.say(ticket, "x", external_id="origin-1")
    assert site.comments(ticket)[0]["ActivityItems"][0]["ExternalId"] == back


@pytest.mark.parametrize(
    ("position", "status", "count"), [("once", 201, 1), ("refused", 409, 1), ("ignored", 201, 2)]
)
def test_a_chosen_id_seen_again_adds_nothing_or_does(
    site: Desk, ticket: str, position: str, status: int, count: int
) -> None:
    """Documented for de-duplication, unproven."""
    site.turn(chosen_id=position)
    chosen = guid("chosen", 1)
    first, again = (site.say(ticket, "x", TicketActivityId=chosen) for _ in range(2))

    assert (first.status_code, again.status_code) == (201, status)
    assert len(site.comments(ticket)) == count
    assert (first.json()["Uid"] == chosen) is (position != "ignored")


@pytest.mark.parametrize(("position", "status"), [(True, 400), (False, 201)])
def test_the_type_must_come_first(site: Desk, ticket: str, position: bool, status: int) -> None:
    """Json.NET reads the type before the rest."""
    site.turn(type_first=position)
    item = {"Comments": "x", "$type": COMMENT}
    path = f"/tickets/{ticket}/activities/new"
    assert site.post(path, {"IsPublic": True, "ActivityItems": [item]}).status_code == status


@pytest.mark.parametrize(
    "items", [[], [{"$type": COMMENT, "Comments": ""}], [{"$type": "Spark.Other", "Comments": "x"}]]
)
def test_a_comment_without_words_is_refused(site: Desk, ticket: str, items: list[Any]) -> None:
    """So is an item of an unknown type."""
    body = {"IsPublic": True, "ActivityItems": items}
    assert site.post(f"/tickets/{ticket}/activities/new", body).status_code == 400


@pytest.mark.parametrize(
    ("position", "modified"), [(False, "2026-11-23T12:00:00"), (True, "2026-11-23T12:01:00")]
)
def test_a_comment_moves_the_modified_date_or_not(
    site: Desk, ticket: str, position: bool, modified: str
) -> None:
    """Not documented; the last-activity facet sees it either way."""
    site.turn(comment_bumps=position)
    site.at("2026-11-25T18:00:00Z")
    site.say(ticket, "x")
    active = {"Facet": "activitydate", "Value": "date:11/25/2026"}

    moved = site.get(ticket)["ModifiedDate"]
    assert moved == ("2026-11-25T12:00:00" if position else "2026-11-23T12:00:00")
    assert len(site.subjects(active)) == 1
    assert len(site.subjects({**active, "Facet": "modifieddate"})) == int(position)


@pytest.mark.parametrize(
    ("position", "created"),
    [
        ("local", "2026-11-23T12:01:00"),
        ("utc", "2026-11-23T18:01:00"),
        ("utc_z", "2026-11-23T18:01:00.0000000Z"),
    ],
)
def test_the_zone_of_a_comment_is_unproven(
    site: Desk, ticket: str, position: str, created: str
) -> None:
    """Naive local, naive UTC, or with a Z."""
    site.turn(activity_dates=position)
    site.say(ticket, "x")
    assert site.comments(ticket)[0]["CreatedDate"] == created


@pytest.mark.parametrize(
    ("position", "order"), [("newest first", ["b", "a"]), ("oldest first", ["a", "b"])]
)
def test_the_order_is_not_promised(
    site: Desk, ticket: str, position: str, order: list[str]
) -> None:
    """Sort by yourself."""
    site.turn(activity_order=position)
    for words in ("a", "b"):
        site.say(ticket, words)
        site.wait(1)
    assert [text_of(one) for one in site.comments(ticket)] == order


def test_a_comment_can_be_edited_hidden_deleted_and_restored(site: Desk, ticket: str) -> None:
    """CreatedDate stays, ModifiedDate moves, a deleted one is flagged."""
    key = site.say(ticket, "first").json()["Uid"]
    site.wait(30)
    path = f"/tickets/{ticket}/activities/{key}"
    site.post(path, {"ActivityItems": [{"$type": COMMENT, "Comments": "second"}]})
    site.post(f"{path}/visibility", False)
    (told,) = site.comments(ticket)

    assert (text_of(told), told["IsPublic"]) == ("second", False)
    assert (told["CreatedDate"], told["ModifiedDate"]) == (
        "2026-11-23T12:01:00",
        "2026-11-23T12:01:30",
    )
    site.http.delete(f"/tickets/activities/{key}")
    assert site.comments(ticket)[0]["IsDeleted"]
    site.turn(deleted_activities="hidden")
    assert site.comments(ticket) == []
    site.http.put(f"/tickets/activities/{key}/undelete")
    assert not site.comments(ticket)[0]["IsDeleted"]
    assert site.post(f"{path}/visibility", {"x": 1}).status_code == 400


def test_comments_of_many_tickets_come_in_pages(site: Desk, ticket: str) -> None:
    """`POST /tickets/activities`: one call for many tickets, 20 rows unless asked otherwise."""
    other = site.create()["TicketId"]
    for number in range(15):
        site.say(ticket, f"a{number}")
        site.say(other, f"b{number}")
    ids = [ticket, other, guid("ticket", "none")]
    first = site.post("/tickets/activities", ids).json()
    rest = site.http.post("/tickets/activities", json=ids, params={"$s": 20, "$p": 1}).json()
    whole = site.http.post("/tickets/activities", json=ids, params={"$s": 100}).json()

    assert (first["ItemCount"], first["Paging"]["TotalRows"], rest["ItemCount"]) == (20, 30, 10)
    assert [*first["Items"], *rest["Items"]] == whole["Items"]
    assert {row["TicketId"] for row in whole["Items"]} == {ticket, other}


def test_a_batch_of_comments_answers_with_the_list(site: Desk, ticket: str) -> None:
    """`activities/new-batch`."""
    rows = [
        {"IsPublic": True, "ActivityItems": [{"$type": COMMENT, "Comments": words}]}
        for words in ("a", "b")
    ]
    stored = site.post(f"/tickets/{ticket}/activities/new-batch", rows).json()
    assert [text_of(row) for row in stored] == ["a", "b"]
    assert len(site.comments(ticket)) == 2


@pytest.mark.parametrize(("position", "numbers"), [(True, {6, 7, 63}), (False, {6})])
def test_there_is_noise_between_the_comments(
    site: Desk, ticket: str, position: bool, numbers: set[int]
) -> None:
    """Rule and workflow entries share the list: only `$type` tells."""
    site.turn(activity_log=position, rules=True)
    site.act("comment", ticket=ticket, text="x")
    site.act("status", ticket=ticket, to="In Progress")
    site.wait(3)
    rows = site.http.get(f"/tickets/{ticket}/activities").json()["Items"]
    assert {row["ActivityItems"][0]["TicketActivityTypeId"] for row in rows} == numbers


def test_people_comment_through_the_same_state(site: Desk, ticket: str) -> None:
    """Acting as a person: own author, same stamps; comments can be changed by id."""
    told = site.act("note", person=AGENT, ticket=ticket, text="hush")
    (seen,) = site.comments(ticket)
    assert (seen["Owner"]["Email"], seen["IsPublic"]) == (AGENT, False)
    published = site.act("publish_comment", comment=told["id"])
    edited = site.act("edit_comment", comment=told["id"], text="loud")
    assert (published["public"], edited["text"]) == (True, "loud")
