"""What an instance says about its columns and choices, over what every instance ships."""

from __future__ import annotations

from sync_service.adapters.servicenow.schema import Choices, Schema, learn
from sync_service.core.outgoing import Kind

NONE = Choices()


def entry(element: str, type: str = "string", **more: str) -> dict[str, str]:
    """A row of the dictionary."""
    return {"element": element, "internal_type": type, "name": "incident", **more}


def test_before_start_the_shipped_columns_and_custom_prefixes_are_known() -> None:
    """A mapping is checked offline."""
    schema = Schema()

    assert schema.kind("state") is Kind.CHOICE
    assert schema.kind("state.value") is Kind.TEXT
    assert schema.kind("u_room") is Kind.TEXT
    assert schema.kind("statte") is None
    assert schema.kind("description.value") is None  # there is nothing raw behind a text


def test_the_dictionary_tells_kinds_lengths_and_rights() -> None:
    """Custom columns of any type work where our user may read it."""
    rows = [
        entry("short_description", max_length="80"),
        entry("u_owner", "reference", reference="sys_user"),
        entry("u_place", "reference", reference="cmn_location"),
        entry("u_level", choice="3"),
        entry("u_done", "boolean"),
        entry("u_locked", read_only="true", max_length="20"),
        entry("u_log", "journal_input"),
        entry("unheard_of"),
    ]
    schema = learn(rows, (), NONE)

    assert schema.columns["short_description"].longest == 80
    assert schema.kind("u_owner") is Kind.PERSON
    assert "u_owner.email" in schema.asked()
    assert schema.columns["u_place"].table == "cmn_location"
    assert schema.kind("u_level") is Kind.CHOICE
    assert schema.kind("u_done") is Kind.BOOL
    assert not schema.columns["u_locked"].writable
    assert schema.kind("u_log") is None
    assert schema.kind("u_nonsense") is None  # the dictionary would have told
    assert schema.kind("severity") is None


def test_without_a_dictionary_a_row_tells_which_columns_there_are() -> None:
    """Further columns are taken for text."""
    schema = learn((), ("short_description", "state", "u_room", "sys_tags"), NONE)

    assert schema.kind("u_room") is Kind.TEXT
    assert set(schema.columns) == {"short_description", "state", "u_room"}


def test_nearer_choices_replace_inherited_ones_in_our_language() -> None:
    """Incident extends task; labels come in many languages."""
    task, incident = {"name": "task"}, {"name": "incident"}
    rows = [
        {**task, "element": "state", "label": "Open", "value": "1", "language": "en"},
        {**task, "element": "impact", "label": "1 - High", "value": "1", "language": "en"},
        {**incident, "element": "state", "label": "New", "value": "1", "language": "en"},
        {**incident, "element": "state", "label": "Neu", "value": "1", "language": "de"},
    ]
    english = Choices.of(rows, ("incident", "task"), "en")

    assert english.by_label == {"state": {"New": "1"}, "impact": {"1 - High": "1"}}
    assert Choices.of(rows, ("incident", "task"), "de").by_label == {"state": {"Neu": "1"}}
    assert english.label("state", "1") == "New"
    assert english.label("state", "9") == "9"


def test_columns_are_found_by_the_labels_that_messages_use() -> None:
    """R25: a data policy speaks in labels."""
    schema = learn([entry("close_code", column_label="Resolution code")], (), NONE)

    assert schema.called({"resolution code", "something"}) == {"close_code"}
