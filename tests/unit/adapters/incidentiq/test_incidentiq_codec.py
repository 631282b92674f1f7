"""What the vendor's documents mean; shapes from its published operations, in our own words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_service.adapters.incidentiq import codec, fields
from sync_service.adapters.incidentiq.changes import emptied_fields
from sync_service.adapters.incidentiq.lists import CustomField, Lists, customs, levels
from sync_service.adapters.incidentiq.shapes import ZERO, sheet
from sync_service.adapters.incidentiq.zone import Zone, utc
from sync_service.core.outgoing import Note, PublicWords, Reply
from sync_service.core.values import InternalNote, Origin, Person, PublicComment
from sync_service.errors import Unreadable

ME = "11111111-0000-4000-8000-000000000001"
KIM = "11111111-0000-4000-8000-000000000002"
KEY_FIELD = "22222222-0000-4000-8000-000000000001"
TICKET = "33333333-0000-4000-8000-000000000001"
ENTRY = "44444444-0000-4000-8000-000000000001"
ORIGIN = Origin("snow", "17", "99")
LEVELS = levels(
    [
        {"PriorityLevelId": KIM, "Name": "High", "Min": 94, "Max": 150},
        {"PriorityLevelId": ME, "Name": "Low", "Min": -99999, "Max": 50},
    ]
)
SITE = codec.Site(
    me=ME,
    zone=Zone(ZoneInfo("America/Chicago")),
    lists=Lists({KEY_FIELD: CustomField(KEY_FIELD, "Sync Key")}, levels=LEVELS),
    key_field="sync key",
    people={KIM: Person("Kim", "kim@school.example")},
)


def _row(**more: Any) -> dict[str, Any]:
    return {
        "TicketId": TICKET.upper(),
        "TicketNumber": "01234",
        "Subject": "Screen",
        "CreatedDate": "2026-09-01T08:00:00",
        "ModifiedDate": "2026-09-01T09:00:00.12",
        "OwnerId": KIM,
        "HasSensitiveInformation": False,
        "CustomFieldValues": [],
        **more,
    }


def _entry(public: object = True, **item: Any) -> dict[str, Any]:
    said = {"$type": codec.COMMENT_TYPE, "Comments": "<p>Hi</p>", "ByUserId": KIM, **item}
    return {
        "TicketActivityId": ENTRY,
        "TicketId": TICKET,
        "OwnerId": KIM,
        "CreatedDate": "2026-09-01T09:00:00",
        "IsPublic": public,
        "ActivityItems": [said],
    }


@pytest.mark.parametrize("nobody", [{"UserId": ZERO, "Name": ""}, {}, None])
def test_nobody_is_none_in_all_its_shapes(nobody: object) -> None:
    """A stub with a zero GUID is not a person (facts report, section 3)."""
    read = codec.ticket(_row(AssignedToUser=nobody, AssignedToUserId=ZERO), SITE)

    assert read.fields["AssignedToUser"] is None


def test_a_person_known_by_id_only_shows_the_address_that_was_looked_up() -> None:
    """R10: people are e-mail addresses."""
    read = codec.ticket(_row(ForId=KIM.upper(), For=None), SITE)

    assert read.fields["For"] == "kim@school.example"


def test_a_person_without_an_address_is_not_nobody() -> None:
    """R10: an unknown person must not clear the far side."""
    read = codec.ticket(_row(ForId=ME, For={"UserId": ME, "Name": "Sam", "Email": None}), SITE)

    assert read.fields["For"] == "Sam"


def test_the_key_is_read_from_its_custom_field_by_type_id() -> None:
    """R15; CustomFieldId can be all zero, so CustomFieldTypeId decides."""
    value = {"CustomFieldId": ZERO, "CustomFieldTypeId": KEY_FIELD.upper(), "Value": " a:b:c:d "}
    read = codec.ticket(_row(CustomFieldValues=[value], OwnerId=ME), SITE)

    assert (read.key, read.ours) == ("a:b:c:d", True)


@pytest.mark.parametrize("lacking", ["CustomFieldTypeId", "Value"])
def test_a_key_whose_row_lacks_a_part_is_not_no_key(lacking: str) -> None:
    """R4, R14, ADR 0043: without its type or its value a copy passed for nobody's copy."""
    value = {"CustomFieldTypeId": KEY_FIELD, "Value": "a:b:c:d"}
    del value[lacking]

    with pytest.raises(Unreadable, match="sync key" if lacking == "Value" else lacking):
        codec.ticket(_row(CustomFieldValues=[value]), SITE)


def test_a_custom_field_without_its_value_is_not_an_empty_one() -> None:
    """R4, ADR 0044: a row of the list that does not tell the value, read as a cleared field."""
    lists = Lists({**SITE.lists.customs, KIM: CustomField(KIM, "Room Access")}, levels=LEVELS)
    shown = [{"CustomFieldTypeId": KIM}]
    read = codec.ticket(_row(CustomFieldValues=shown), replace(SITE, lists=lists))

    assert "Custom Fields.Room Access" in read.unshown
    assert "Custom Fields.Room Access" not in read.fields


@pytest.mark.parametrize("name", ["CreatedDate", "ModifiedDate"])
def test_a_ticket_without_its_dates_is_not_an_old_one(name: str) -> None:
    """R1, R14, ADR 0043: it passed for one from the beginning of time, which starts no pair."""
    row = _row()
    del row[name]

    with pytest.raises(Unreadable, match=name):
        codec.ticket(row, SITE)


@pytest.mark.parametrize(
    "shown",
    [
        {"PriorityLevel": {"Name": "High"}},
        {"PriorityLevelId": KIM},
        {"Priority": 120, "PriorityLevelId": None},
    ],
)
def test_a_priority_is_a_band_of_scores(shown: dict[str, Any]) -> None:
    """The level's name comes from wherever the site tells it."""
    assert codec.ticket(_row(**shown), SITE).fields["PriorityLevel"] == "High"


def test_a_description_may_be_plain_text() -> None:
    """The site mixes both; plain text must not lose what looks like a tag."""
    read = codec.ticket(_row(IssueDescription="Swapped the <HDMI> cable & waited"), SITE)

    assert read.fields["IssueDescription"] == "<p>Swapped the &lt;HDMI&gt; cable &amp; waited</p>"


@pytest.mark.parametrize(
    ("entry", "kind"),
    [
        (_entry(public=True), PublicComment),
        (_entry(public=False), InternalNote),
        (_entry(public=None), InternalNote),
        (_entry(public="true"), InternalNote),
        (_entry(public=True, IsPublic=False), InternalNote),
    ],
)
def test_only_what_is_surely_public_is_public(entry: dict[str, Any], kind: type) -> None:
    """R13: the outer flag governs, and a doubt is settled for privacy."""
    assert type(codec.comment(entry, SITE)) is kind


def test_an_entry_is_a_comment_by_its_type_alone() -> None:
    """The numbers are used for more than one thing (facts report, section 5)."""
    other = "Spark.Shared.Models.TicketActivityWorkflowLog, Spark.Shared"

    assert codec.comment(_entry(**{"$type": other, "TicketActivityTypeId": 6}), SITE) is None


def test_a_robot_is_known_by_its_role_or_by_being_nobody() -> None:
    """R23: rules speak as the system."""
    robot = _entry()
    robot["Owner"] = {"UserId": KIM, "Role": {"Name": "System"}}
    nobody = _entry(ByUserId=ZERO)
    nobody["OwnerId"] = ZERO
    told = [codec.comment(entry, SITE) for entry in (robot, nobody, _entry())]

    assert [one.automation for one in told if one] == [True, True, False]


@pytest.mark.parametrize(
    "words", [Reply(PublicWords("Hi"), False, ORIGIN), Note("<p>Hi</p>", True, ORIGIN)]
)
@pytest.mark.parametrize("marked", [True, False])
def test_a_copy_comes_back_with_its_origin_and_without_its_marker(
    words: Reply | Note, marked: bool
) -> None:
    """R21: by the field where it is kept, by the marker where not; `$type` is the first key."""
    sent = codec.activity(TICKET, ME, words, ident=ENTRY, marked=marked)
    (item,) = sent["ActivityItems"]
    if marked:
        item.pop("ExternalId")
    read = codec.comment({"CreatedDate": "2026-09-01T09:00:00", **sent}, SITE)

    assert next(iter(item)) == "$type"
    assert read is not None
    assert (read.origin, read.body, read.ours) == (ORIGIN, "<p>Hi</p>", True)
    assert isinstance(read, PublicComment) is isinstance(words, Reply)


def test_a_quoted_marker_is_no_origin() -> None:
    """R21: only the last line counts."""
    body = f"<p>[sync:{ORIGIN}]</p><p>As you wrote above.</p>"

    assert codec.unmarked(body) == (body, None)


def test_a_copy_has_an_id_of_its_own_per_ticket_and_kind() -> None:
    """A copy that lands twice is one; a note of the same origin is another one."""
    reply, note = Reply(PublicWords("a"), False, ORIGIN), Note("a", False, ORIGIN)
    ids = {codec.activity_id(TICKET, reply), codec.activity_id(TICKET, note)}

    assert len(ids | {codec.activity_id(KIM, reply)}) == 3
    assert codec.activity_id(TICKET, reply) == codec.activity_id(
        TICKET, Reply(PublicWords("b"), True, ORIGIN)
    )


texts = st.text(max_size=60) | st.sampled_from(
    ["<p>a</p>", "<b>x", "a &amp; b", "<script>x</script>", "<HDMI>", "  ", "<p> </p>", "x" * 600]
)


@given(st.sampled_from(sorted(fields.KINDS)) | st.just("Custom Fields.Any"), texts)
def test_fit_is_the_same_twice(name: str, value: str) -> None:
    """`fit(fit(v)) == fit(v)`, as the contract asks."""
    once = fields.fit(name, value)

    assert fields.fit(name, once) == once


@given(texts)
def test_a_description_is_shown_as_fit_foretold(value: str) -> None:
    """What the site shows of a sent description is read as what `fit` said."""
    sent = fields.fit("IssueDescription", value)

    assert codec.ticket(_row(IssueDescription=sent), SITE).fields["IssueDescription"] == sent


@pytest.mark.parametrize("total", ["TotalRows", "Total", "TotalCount"])
def test_the_reply_tells_which_page_it_is(total: str) -> None:
    """Both paging styles are sent; only the `Paging` that comes back counts (the seed, 0b)."""
    clock = utc("2026-01-01T00:00:00Z")
    assert clock is not None
    body = {"Items": [{}] * 10, "Paging": {total: 95, "PageSize": 10, "PageIndex": 3}}
    read = sheet(body, 100, 0, clock)

    assert (read.start, read.end, read.size, read.total) == (30, 40, 10, 95)


def test_options_of_a_list_come_in_many_shapes() -> None:
    """Custom field options: JSON, lines or words between commas."""
    shapes = ["Yes,No", "Yes\nNo", '["Yes", "No"]', [{"Name": "Yes"}, {"Name": "No"}]]
    found = [
        customs([{"CustomFieldTypeId": KEY_FIELD, "Name": "Loaner", "Options": shape}])
        for shape in shapes
    ]

    assert {one[KEY_FIELD].options for one in found} == {("Yes", "No")}


def test_a_field_that_a_broad_write_emptied_is_named() -> None:
    """R24: written ones and those that were empty before are no matter."""
    before = {"Subject": "a", "DueDate": "x", "IsUrgent": True, "Tags": [], "Location": {"a": 1}}
    after = {"Subject": "a", "DueDate": None, "IsUrgent": False, "Tags": None, "Location": None}

    assert emptied_fields(before, after, frozenset({"Location"})) == ("DueDate", "IsUrgent")
