import pytest

from sync_service.config import bind
from sync_service.core.outgoing import Kind
from sync_service.core.values import Sides
from sync_service.errors import ConfigError

FIELDS = {
    "iiq": {"Subject": Kind.TEXT, "Status": Kind.CHOICE, "Owner": Kind.PERSON, "Rank": Kind.NUMBER},
    "sn": {"short_description": Kind.HTML, "state": Kind.CHOICE, "rank": Kind.NUMBER},
}


def bound(link):
    """Bind a link to the fields above."""
    return bind(
        link, lambda system, name: FIELDS[system].get(name), lambda system: list(FIELDS[system])
    )


def problems(link, folder):
    """Give what binding complains of, without the folder's name."""
    with pytest.raises(ConfigError) as caught:
        bound(link)
    return [one.removeprefix(f"{folder}/") for one in caught.value.problems]


def test_lines_learn_the_kinds_of_their_fields(files):
    """The adapters know them; the configuration never says a kind."""
    [line] = bound(files.desk()).mapping.lines

    assert line.kinds == Sides((Kind.TEXT,), (Kind.HTML,))


def test_unknown_fields_are_told_all_at_once(files):
    """With file, line, column and the nearest field that there is."""
    link = files.desk(
        "fields:\n  - {iiq: Subjekt, sn: short_description}\n  - {iiq: Status, sn: stat}\n"
    )

    assert problems(link, files.folder) == [
        "desk.mapping.yaml:2:5: iiq has no field `Subjekt`; did you mean `Subject`?",
        "desk.mapping.yaml:3:5: sn has no field `stat`; did you mean `state`?",
    ]


def test_companions_and_matches_name_fields_too(files):
    """A misspelt companion would otherwise be found when the first ticket is resolved."""
    files.link(match="[{iiq: Subject, sn: numbr}]")
    files.write(
        (files.folder / "sync.yaml").read_text(),
        "fields:\n  - {iiq: Status, sn: state, values: {x: {sn: y, with: {rnk: 1}}}}\n",
    )

    said = problems(files.desk(), files.folder)

    assert "sn has no field `rnk`; did you mean `rank`?" in said[0]
    assert "sn has no field `numbr`" in said[1]


def test_values_are_put_into_the_kind_of_their_field(files):
    """A vendor's number field gets a number, and a choice the word for it."""
    [line] = bound(
        files.desk("fields:\n  - {iiq: Rank, sn: state, values: {'1': 2}}\n")
    ).mapping.lines

    assert line.table.rows[0].cells == Sides((1,), ("2",))


def test_a_value_that_the_field_cannot_hold_is_told(files):
    """A table is checked against the fields before any ticket is read."""
    link = files.desk("fields:\n  - {iiq: Status, sn: rank, values: {High: soon}}\n")

    assert problems(link, files.folder) == [
        "desk.mapping.yaml:2:44: `soon` is not a number, which the field must hold; correct it"
    ]


def test_a_policy_for_people_needs_people(files):
    """`unknown: problem` on a status is a misunderstanding worth a message."""
    link = files.desk("fields:\n  - {iiq: Status, sn: state, unknown: problem}\n")

    assert "`unknown` is for people" in problems(link, files.folder)[0]
