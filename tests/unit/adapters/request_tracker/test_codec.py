"""Request Tracker's JSON, as RT 5.0.3 wrote it, to our values and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from sync_service.adapters.request_tracker import codec
from sync_service.adapters.request_tracker.codec import Body, Desk
from sync_service.adapters.request_tracker.fields import CustomField
from sync_service.adapters.request_tracker.trail import touches
from sync_service.core.outgoing import Note
from sync_service.core.values import InternalNote, Origin, Person, PublicComment, Version
from sync_service.errors import Unreadable

CUSTOMS = {
    "Sync Key": CustomField("1", "Sync Key", "Freeform"),
    "Campus": CustomField("5", "Campus", "Select", values=("North", "South")),
    "Labels": CustomField("6", "Labels", "Freeform", multiple=True),
    "Loan ends": CustomField("7", "Loan ends", "DateTime"),
    "Hidden": CustomField("8", "Hidden"),
}
DESK = Desk("https://rt.example", "sync", "3", "Help", "Sync Key", "Sync Origin", CUSTOMS, {})


def person(name: str, **more: str) -> dict[str, Any]:
    """Give a person as a search row shows them."""
    mail = "" if name == "Nobody" else f"{name.title()}@rt.test"
    return {"id": name, "type": "user", "Name": name, "EmailAddress": mail, "RealName": "", **more}


def held(name: str, *values: str | None, **more: str) -> dict[str, Any]:
    """Give a custom field as a row shows it."""
    return {"id": "9", "name": name, "values": list(values), "type": "customfield", **more}


def row(**more: Any) -> dict[str, Any]:
    """Give a row of a search."""
    return {
        "id": "14",
        "type": "ticket",
        "Subject": "Projector",
        "Status": "new",
        "Priority": "50",
        "TimeWorked": "0",
        "Owner": person("Nobody"),
        "Requestor": [person("tech1")],
        "Cc": [],
        "AdminCc": [],
        "Due": "1970-01-01T00:00:00Z",
        "Starts": "2026-12-01T10:00:00Z",
        "Started": "1970-01-01T00:00:00Z",
        "Resolved": "1970-01-01T00:00:00Z",
        "Created": "2026-11-23T19:04:53Z",
        "LastUpdated": "2026-11-23T19:05:00Z",
        "Queue": {"id": "3", "type": "queue", "Name": "Help"},
        "Creator": person("sync"),
        "CustomFields": [held("Sync Key", "i:l:s:1"), held("Labels", "b", "a")],
        **more,
    }


def said(kind: str = "Correspond", who: str = "tech1", *origin: str) -> dict[str, Any]:
    """Give a transaction that says something."""
    return {
        "id": "50",
        "Type": kind,
        "ObjectId": "14",
        "Created": "2026-11-23T19:06:00Z",
        "Creator": person(who, RealName="Tech One"),
        "CustomFields": [held("Sync Origin", *origin)],
    }


def part(transaction: str, kind: str, text: str, name: str = "") -> dict[str, Any]:
    """Give a part of a message."""
    return {"TransactionId": transaction, "ContentType": kind, "Content": text, "Filename": name}


def test_a_row_is_a_whole_ticket() -> None:
    """Nobody, unset dates and empty lists are empty; addresses are lower-case."""
    found = codec.ticket(row(), DESK)

    assert found.id == "14"
    assert found.version == Version(datetime(2026, 11, 23, 19, 5, tzinfo=UTC))
    assert found.created == datetime(2026, 11, 23, 19, 4, 53, tzinfo=UTC)
    assert found.key == "i:l:s:1"
    assert found.ours
    assert found.url == "https://rt.example/Ticket/Display.html?id=14"
    assert found.comments is None
    assert found.fields["Priority"] == 50
    assert found.fields["Owner"] is None
    assert found.fields["Cc"] is None
    assert found.fields["Due"] is None
    assert found.fields["Starts"] == "2026-12-01T10:00:00Z"
    assert found.fields["Requestor"] == "tech1@rt.test"
    assert found.fields["CustomFields.Labels"] == ("a", "b")


def test_the_document_can_be_walked_by_expressions() -> None:
    """`ticket.Owner.EmailAddress` is there also where nobody owns the ticket."""
    data = codec.ticket(row(), DESK).data

    assert data["Owner"] == {"Name": "Nobody", "EmailAddress": "", "RealName": ""}
    assert data["Queue"] == {"id": "3", "Name": "Help"}
    assert data["Requestor"] == ["tech1@rt.test"]
    assert data["CustomFields"]["Labels"] == ["a", "b"]


def test_a_row_tells_the_type_of_a_hidden_field() -> None:
    """Without it, a list of one value and a single value could not be told apart."""
    shown = held("Hidden", "x", Type="Freeform", MaxValues="0")

    found = codec.ticket(row(CustomFields=[held("Sync Key"), shown]), DESK)

    assert found.fields["CustomFields.Hidden"] == ("x",)


def test_emptied_custom_fields_are_empty() -> None:
    """RT shows a value that was set to nothing as null."""
    found = codec.ticket(row(CustomFields=[held("Sync Key", None), held("Campus")]), DESK)

    assert found.key is None
    assert found.fields["CustomFields.Campus"] is None


def test_a_ticket_of_another_queue_need_not_have_the_key_field() -> None:
    """R14: a field is applied to queues; in ours a ticket that does not show it is not read."""
    moved = row(Queue={"id": "8", "Name": "Other"}, CustomFields=[])

    assert codec.ticket(moved, DESK).key is None
    with pytest.raises(Unreadable, match="Sync Key"):
        codec.ticket(row(CustomFields=[held("Campus")]), DESK)


@pytest.mark.parametrize("name", ["Owner", "Creator", "Requestor"])
def test_people_without_an_address_in_the_answer_are_not_shown(name: str) -> None:
    """R4, ADR 0044: the account's name passed for the address, as if somebody had changed it."""
    shown = {"id": "tech1", "type": "user", "Name": "tech1"}
    found = codec.ticket(row(**{name: [shown] if name == "Requestor" else shown}), DESK)

    assert name in found.unshown
    assert name not in found.fields


def test_a_group_has_no_address() -> None:
    """A watcher that is a group is told by its name, as ever."""
    found = codec.ticket(row(AdminCc=[{"id": "Staff", "type": "group"}]), DESK)

    assert found.fields["AdminCc"] == "staff"


def test_a_ticket_page_names_accounts_and_learns_their_addresses() -> None:
    """The page of one ticket shows requestors without e-mail addresses."""
    known = codec.accounts(row(Cc=[person("tech2")]))
    page = {**row(), "Requestor": [{"id": "tech1"}], "Cc": [{"id": "new@x.test"}]}

    found = codec.ticket(codec.named(page, known), DESK)

    assert known == {"tech1": "Tech1@rt.test", "tech2": "Tech2@rt.test", "sync": "Sync@rt.test"}
    assert found.fields["Requestor"] == "tech1@rt.test"
    assert found.fields["Cc"] == "new@x.test"


def test_correspond_is_public_and_comment_is_internal() -> None:
    """R13 starts here."""
    public = codec.comment(said("Correspond"), Body("a"), DESK)
    internal = codec.comment(said("Comment"), Body("a"), DESK)

    assert isinstance(public, PublicComment)
    assert isinstance(internal, InternalNote)
    assert public.author == Person("Tech One", "tech1@rt.test")
    assert not public.ours
    assert codec.comment(said("Comment", "RT_System"), Body("a"), DESK).automation


def test_the_origin_comes_from_the_transactions_field() -> None:
    """R21."""
    found = codec.comment(said("Comment", "sync", "iiq:T-1:c2"), Body("a"), DESK)

    assert found.ours
    assert found.origin == Origin("iiq", "T-1", "c2")


def test_a_marker_counts_only_as_our_own_last_line() -> None:
    """R21: anywhere else it is a quotation."""
    origin = Origin("iiq", "T-1", "c1")
    for html in (False, True):
        text = codec.spoken(Note("words", html, origin), marker=True)
        ours = codec.comment(said("Comment", "sync"), Body(text, html), DESK)
        theirs = codec.comment(said("Comment"), Body(text, html), DESK)
        quoted = codec.comment(said("Comment", "sync"), Body(f"{text}\nI agree", html), DESK)

        assert (ours.body, ours.origin) == ("words", origin)
        assert (theirs.body, theirs.origin) == (text, None)
        assert quoted.origin is None


def test_bodies_prefer_html_and_leave_files_out() -> None:
    """A mail has both forms; its text attachments are files and not what was said."""
    found = codec.bodies(
        [
            part("1", "multipart/mixed", ""),
            part("1", "text/plain", "plain"),
            part("1", "text/html", "<p>rich</p>"),
            part("1", "text/html", "<p>second</p>"),
            part("2", "text/plain", "hello", "a.txt"),
            part("3", "text/plain", "only"),
            part("4", "text/plain", "  \n"),
        ]
    )

    assert found == {"1": Body("<p>rich</p>", html=True), "3": Body("only")}


def test_a_body_that_perl_takes_for_none_gets_a_line_end() -> None:
    """RT 5.0.3 makes an empty transaction of the text "0"."""
    origin = Origin("iiq", "T-1", "c1")

    assert codec.spoken(Note("0", False, origin), marker=False) == "0\n"
    assert codec.spoken(Note("a\r\nb\x00", False, origin), marker=False) == "a\nb"


def test_a_payload_uses_the_words_that_rt_understands() -> None:
    """Accounts by name, moments without a Z, nothing as the empty word of each field."""
    changes: Mapping[str, Any] = {
        "Owner": "Ada@x.test",
        "Requestor": ("b@x.test", "Ada@x.test"),
        "Cc": None,
        "Due": "2026-12-01T12:00:00+02:00",
        "Starts": None,
        "Priority": 7.9,
        "Subject": None,
        "CustomFields.Campus": "NORTH",
        "CustomFields.Labels": None,
        "CustomFields.Loan ends": "2026-12-01T10:00:00Z",
        "CustomFields.Sync Key": None,
    }
    assert codec.addresses(changes) == {"ada@x.test", "b@x.test"}

    body = codec.payload(changes, {"ada@x.test": "ada", "b@x.test": "b"}, CUSTOMS)

    assert body == {
        "Owner": "ada",
        "Requestor": ["ada", "b"],
        "Cc": [],
        "Due": "2026-12-01 10:00:00",
        "Starts": "",
        "Priority": 7,
        "Subject": "",
        "CustomFields": {
            "Campus": "North",
            "Labels": [],
            "Loan ends": "2026-12-01 10:00:00",
            "Sync Key": None,
        },
    }
    assert codec.payload({"Owner": None}, {}, {}) == {"Owner": "Nobody"}


def changed(number: int, kind: str, field: str, old: str, new: str, who: str) -> dict[str, Any]:
    """Give a transaction that changed something."""
    return {
        "id": str(number),
        "Type": kind,
        "Field": field,
        "OldValue": old,
        "NewValue": new,
        "Creator": person(who),
        "Created": "2026-11-23T19:06:00Z",
    }


def test_the_trail_names_fields_as_mappings_do() -> None:
    """Custom fields by name, watchers by role; an owner's two entries are one change."""
    found = touches(
        [
            changed(1, "Create", "", "", "", "tech1"),
            changed(2, "Set", "Subject", "a", "b", "tech1"),
            changed(3, "Set", "Owner", "6", "33", "sync"),
            changed(4, "SetWatcher", "Owner", "6", "33", "sync"),
            changed(5, "CustomField", "5", "", "North", "sync"),
            changed(6, "AddWatcher", "Requestor", "", "35", "tech1"),
            changed(7, "Comment", "", "", "", "tech1"),
            changed(8, "CustomField", "99", "", "x", "tech1"),
        ],
        DESK,
    )

    assert [("Subject", False), ("Owner", True), ("CustomFields.Campus", True)] == [
        (one.field, one.ours) for one in found[:3]
    ]
    assert [one.field for one in found[3:]] == ["Requestor"]
    assert found[2].new == "North"
    assert found[2].old is None


def test_a_reply_that_reopened_and_closed_changed_nothing() -> None:
    """R17: else a status of ours that never landed would look as if it had."""
    reopened = changed(2, "Status", "Status", "resolved", "open", "RT_System")
    restored = changed(3, "Status", "Status", "open", "resolved", "sync")
    carried = changed(4, "Status", "Status", "resolved", "stalled", "sync")

    assert touches([reopened, restored], DESK) == []
    assert [one.new for one in touches([reopened, restored, carried], DESK)] == ["stalled"]
    assert [one.new for one in touches([reopened, carried], DESK)] == ["open", "stalled"]


def test_a_description_is_plain_text() -> None:
    """`Content` is a text field, whichever way the first message was written."""
    assert codec.description(Body("<p>It is <b>dark</b></p>", html=True)) == "It is dark"
    assert codec.description(Body("  \n")) is None
    assert codec.description(None) is None
