from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_service.core.expressions import Template
from sync_service.core.mapping import (
    Context,
    Keep,
    Line,
    Lossy,
    People,
    Row,
    Table,
    Translation,
    Unknown,
    Unmapped,
    cut,
    shown,
    shows,
    translate,
)
from sync_service.core.outgoing import Kind
from sync_service.core.values import NEVER, Side, Sides, Ticket

LEFT, RIGHT = Side.LEFT, Side.RIGHT


def ticket(**fields):
    """Make a ticket that shows these fields."""
    return Ticket(
        "1", NEVER, datetime(2026, 8, 1, tzinfo=UTC), fields, number="T-1", url="http://t"
    )


def context(system="incidentiq", known=None, **fields):
    """Make what a translation may know of a ticket with these fields."""
    return Context(ticket(**fields), system, known)


def as_is(_name, value):
    """Show what was written."""
    return value


def short(_name, value):
    """Show three characters, as a narrow field does."""
    return value[:3] if isinstance(value, str) else value


def row(left, right, **companions):
    """Make a row of one cell a side, with companions for the right."""
    return Row(Sides((left,), (right,)), Sides({}, companions))


STATUS = Line(
    "Status = state",
    Sides(("Status",), ("state",)),
    kinds=Sides((Kind.CHOICE,), (Kind.CHOICE,)),
    table=Table((
        row("Submitted", "New"),
        row("Waiting on Requestor", "On Hold", hold_reason="Awaiting Caller"),
        row("Waiting on Vendor", "On Hold"),
        row("Resolved", "Resolved", close_notes=Template("{{ ticket.Subject }}")),
    )),
)  # fmt: skip
PRIORITY = Line(
    "PriorityLevel = impact + urgency",
    Sides(("PriorityLevel",), ("impact", "urgency")),
    kinds=Sides((Kind.CHOICE,), (Kind.CHOICE, Kind.CHOICE)),
    table=Table((
        Row(Sides(("High",), ("2 - Medium", "1 - High"))),
        Row(Sides(("Low",), ("3 - Low", "3 - Low"))),
    )),
)  # fmt: skip


def of_kinds(left, right, **more):
    """Make a line between two fields of these kinds."""
    return Line("a = b", Sides(("a",), ("b",)), kinds=Sides((left,), (right,)), **more)


def test_a_value_is_carried_by_its_row():
    """The table says what the near word is called on the far side."""
    assert translate(STATUS, LEFT, ("Submitted",), None, context()) == Translation({"state": "New"})


def test_a_row_brings_its_companions_in_the_same_call():
    """R11: closing asks for a note, which is written with the status and may quote the ticket."""
    said = translate(STATUS, LEFT, ("Resolved",), ("New",), context(Subject="Cart 4"))

    assert said == Translation({"state": "Resolved"}, {"close_notes": "Cart 4"})


def test_companions_belong_to_the_side_they_are_written_for():
    """R11: backwards, the row carries the status alone."""
    assert translate(STATUS, RIGHT, ("On Hold",), None, context()) == Translation(
        {"Status": "Waiting on Requestor"}
    )


def test_backwards_the_first_row_wins():
    """R10: a word that several near words mean goes back as the first of them."""
    said = translate(STATUS, RIGHT, ("On Hold",), ("Submitted",), context())

    assert said == Translation({"Status": "Waiting on Requestor"})


def test_a_present_value_that_maps_already_wins_over_the_first_row():
    """R10: the finer word that a person chose is not undone by a many-to-one table."""
    said = translate(STATUS, RIGHT, ("On Hold",), ("Waiting on Vendor",), context())

    assert said == Translation({"Status": "Waiting on Vendor"})
    assert shows(STATUS, RIGHT, ("On Hold",), ("Waiting on Vendor",), as_is, context())


def test_a_value_without_a_row_is_unmapped_and_says_what_to_do():
    """R10: it writes nothing and names the system, the field, the value and the way out."""
    said = translate(STATUS, LEFT, ("Escalated",), ("New",), context())

    assert isinstance(said, Unmapped)
    assert (said.side, said.value) == (LEFT, "Escalated")
    assert "incidentiq shows 'Escalated' in `Status`" in said.why
    assert "add a row" in said.why


def test_a_default_stands_in_for_a_missing_row():
    """`default:` names what to write where the source has no row."""
    line = of_kinds(Kind.CHOICE, Kind.CHOICE, table=STATUS.table, default=Sides(None, ("Other",)))

    assert translate(line, LEFT, ("Escalated",), None, context()) == Translation({"b": "Other"})
    assert isinstance(translate(line, RIGHT, ("Odd",), None, context()), Unmapped)


def test_a_default_stands_in_for_an_empty_source():
    """`default:` serves a line without a table as well."""
    line = of_kinds(Kind.TEXT, Kind.TEXT, default=Sides(None, ("none given",)))

    assert translate(line, LEFT, ("",), None, context()) == Translation({"b": "none given"})


def test_coupled_fields_are_written_together():
    """R11: one word here is a tuple of words there, and the tuple goes back as the word."""
    there = translate(PRIORITY, LEFT, ("High",), None, context())

    assert there == Translation({"impact": "2 - Medium", "urgency": "1 - High"})
    assert translate(PRIORITY, RIGHT, ("3 - Low", "3 - Low"), None, context()) == Translation(
        {"PriorityLevel": "Low"}
    )
    assert isinstance(
        translate(PRIORITY, RIGHT, ("3 - Low", "1 - High"), None, context()), Unmapped
    )


def test_an_emptied_field_empties_the_far_one():
    """An empty value needs no row: it means that there is none on either side."""
    assert translate(PRIORITY, LEFT, (None,), None, context()) == Translation(
        {"impact": None, "urgency": None}
    )


def test_a_number_in_a_table_is_the_word_that_a_vendor_shows_for_it():
    """Request Tracker shows numbers as texts, and a person writes a number in YAML."""
    table = Table((Row(Sides(("High",), (80,))),))
    line = of_kinds(Kind.CHOICE, Kind.NUMBER, table=table)

    assert translate(line, RIGHT, ("80",), None, context()) == Translation({"a": "High"})
    assert shows(line, LEFT, ("High",), ("80",), as_is, context())


PEOPLE = [
    (Unknown.LEAVE, Keep),
    (Unknown.CLEAR, Translation({"b": None})),
    (Unknown.FALLBACK, Translation({"b": "desk@x.example"})),
    (Unknown.PROBLEM, Unmapped),
]


@pytest.mark.parametrize(("policy", "expected"), PEOPLE)
def test_an_unknown_person_follows_the_policy(policy, expected):
    """R10: by default the far side is left alone, never cleared."""
    line = of_kinds(Kind.PERSON, Kind.PERSON, people=People(policy, "desk@x.example"))
    said = translate(line, LEFT, ("new@x.example",), None, context(known=frozenset()))

    assert said == expected or (isinstance(expected, type) and isinstance(said, expected))


def test_a_known_person_is_carried_whatever_the_case_of_the_address():
    """People are matched by e-mail, and e-mail addresses come in any case."""
    line = of_kinds(Kind.PERSON, Kind.PERSON)
    known = frozenset({"ann@x.example"})

    said = translate(line, LEFT, ("Ann@X.example",), None, context(known=known))

    assert said == Translation({"b": "Ann@X.example"})
    assert shows(line, LEFT, ("Ann@X.example",), ("ann@x.example",), as_is, context(known=known))


def test_a_person_without_an_address_is_left_alone():
    """R10: a name that is no e-mail address matches nobody and clears nobody."""
    line = of_kinds(Kind.PERSON, Kind.PERSON)

    assert isinstance(translate(line, LEFT, ("Ann",), ("bob@x.example",), context()), Keep)


def test_an_unassigned_ticket_unassigns_its_copy():
    """Nobody is a value of its own, unlike somebody who is not known."""
    line = of_kinds(Kind.PERSON, Kind.PERSON)

    assert translate(line, LEFT, (None,), ("bob@x.example",), context()) == Translation({"b": None})


COMPUTED = Line(
    "(computed) = category",
    Sides((), ("category",)),
    to=frozenset({RIGHT}),
    value=Template("{{ ticket.Category | lower }}", "m.yaml:9:12"),
)


def test_a_computed_line_renders_its_template():
    """The source has no field; what is rendered stands there under a name of its own."""
    here = context(Category="Hardware")

    assert shown(COMPUTED, LEFT, here) == {"= (computed) = category": "hardware"}
    assert translate(COMPUTED, LEFT, (), None, here) == Translation({"category": "hardware"})
    assert shows(COMPUTED, LEFT, (), ("hardware",), as_is, here)
    assert not shows(COMPUTED, LEFT, (), ("network",), as_is, here)


def test_a_back_link_names_the_far_ticket():
    """DESIGN section 6: `far.number` is the source's number as the target may name it."""
    line = Line("n", Sides(("SN",), ()), frozenset({LEFT}), value=Template("{{ far.number }}"))

    assert translate(line, RIGHT, (), None, context("servicenow")) == Translation({"SN": "T-1"})


def test_a_computed_line_that_names_what_is_not_there_is_a_problem():
    """It says which file, line and column to look at, and writes nothing."""
    said = translate(COMPUTED, LEFT, (), None, context())

    assert isinstance(said, Unmapped)
    assert said.why.startswith("m.yaml:9:12: ")


def test_rich_text_becomes_plain_and_plain_becomes_rich():
    """Conversion follows the kinds of the fields; nobody configures it."""
    line = of_kinds(Kind.HTML, Kind.TEXT)

    assert translate(line, LEFT, ("<p>a<br>b</p>",), None, context()) == Translation({"b": "a\nb"})
    assert translate(line, RIGHT, ("a < b",), None, context()) == Translation(
        {"a": "<p>a &lt; b</p>"}
    )


def test_a_vendor_that_rewrites_markup_still_shows_the_text():
    """R7: what a plain text became in a rich field is compared by what it says."""
    line = of_kinds(Kind.TEXT, Kind.HTML)

    assert shows(line, LEFT, ("a\nb",), ("<div>a<br />b</div>",), as_is, context())
    assert not shows(line, LEFT, ("a\nb",), ("<div>a<br />c</div>",), as_is, context())


def test_between_rich_fields_the_markup_counts():
    """Formatting is content where both sides can show it."""
    line = of_kinds(Kind.HTML, Kind.HTML)

    assert not shows(line, LEFT, ("<p><b>a</b></p>",), ("<p>a</p>",), as_is, context())


def test_what_a_vendor_will_show_counts_as_shown():
    """R7: the far side shows a value if it shows what it makes of the value."""
    line = of_kinds(Kind.TEXT, Kind.TEXT)

    assert shows(line, LEFT, ("abcdef",), ("abc",), short, context())


@pytest.mark.parametrize(
    ("source", "target", "value", "wanted"),
    [
        (Kind.TEXT, Kind.NUMBER, "50", 50),
        (Kind.NUMBER, Kind.TEXT, 50.0, "50"),
        (Kind.TEXT, Kind.BOOL, "Yes", True),
        (Kind.BOOL, Kind.TEXT, False, "false"),
        (Kind.BOOL, Kind.NUMBER, True, 1),
        (Kind.TEXT, Kind.MOMENT, "2026-11-23T10:00:00+01:00", "2026-11-23T09:00:00Z"),
        (Kind.TEXT, Kind.TEXT, ("a", "b"), ("a", "b")),
    ],
)
def test_values_are_converted_by_kind(source, target, value, wanted):
    """A number field gets a number, whatever the other side keeps it in."""
    assert translate(of_kinds(source, target), LEFT, (value,), None, context()) == Translation(
        {"b": wanted}
    )


@pytest.mark.parametrize(
    ("target", "what"),
    [(Kind.NUMBER, "not a number"), (Kind.BOOL, "neither true"), (Kind.MOMENT, "ISO 8601")],
)
def test_a_value_that_the_far_kind_cannot_hold_is_unmapped(target, what):
    """It is a problem for a person, and the sentence does not quote the ticket."""
    said = translate(of_kinds(Kind.TEXT, target), LEFT, ("soon",), None, context())

    assert isinstance(said, Unmapped)
    assert what in said.why
    assert "soon" not in said.why


@pytest.mark.parametrize(
    ("kind", "here", "there"),
    [
        (Kind.NUMBER, 50, "50.0"),
        (Kind.BOOL, True, "true"),
        (Kind.MOMENT, "2026-11-23T10:00:00Z", "2026-11-23T10:00:00+00:00"),
        (Kind.TEXT, "a\r\nb", "a\nb"),
        (Kind.TEXT, "", None),
        (Kind.PERSON, ("a@x.example", "b@x.example"), ("B@x.example", "a@x.example")),
    ],
)
def test_the_same_value_in_another_spelling_is_shown(kind, here, there):
    """R7: spelling that means nothing to a reader is no difference."""
    assert shows(of_kinds(kind, kind), LEFT, (here,), (there,), as_is, context())


def test_a_cut_copy_is_known_as_one():
    """R12: an edit of the short copy is not carried over the whole by itself."""
    line = of_kinds(Kind.TEXT, Kind.TEXT)

    assert cut(line, RIGHT, ("abcdef",), short, context())
    assert not cut(line, RIGHT, ("abc",), short, context())


@pytest.mark.parametrize(("lossy", "lost"), [(Lossy.ASK, True), (Lossy.OVERWRITE, False)])
def test_lost_formatting_follows_the_line(lossy, lost):
    """R12: `lossy: overwrite` lets a plain edit replace a formatted original."""
    line = of_kinds(Kind.HTML, Kind.TEXT, lossy=lossy)

    assert cut(line, RIGHT, ("<p>a <b>b</b></p>",), as_is, context()) is lost
    assert not cut(line, RIGHT, ("<p>a b</p>",), as_is, context())


_WORDS = st.sampled_from(["", "a", "b", "c", "d"])
_ROWS = st.lists(st.tuples(_WORDS, _WORDS), min_size=1, max_size=8)


@given(_ROWS, _WORDS, _WORDS, st.sampled_from(Side))
def test_what_a_table_wrote_is_shown(rows, near, far, source):
    """Carrying a value and looking again finds it shown, so a cycle after it writes nothing."""
    line = of_kinds(Kind.CHOICE, Kind.CHOICE, table=Table(tuple(row(*pair) for pair in rows)))
    said = translate(line, source, (near,), (far,), context())

    if isinstance(said, Translation):
        assert shows(line, source, (near,), tuple(said.values.values()), as_is, context())


@given(_ROWS, _WORDS, _WORDS, st.sampled_from(Side))
def test_a_table_never_answers_its_own_answer_with_another(rows, near, far, source):
    """R10: what a row wrote goes back as the very value it came from: no ping-pong."""
    line = of_kinds(Kind.CHOICE, Kind.CHOICE, table=Table(tuple(row(*pair) for pair in rows)))
    there = translate(line, source, (near,), (far,), context())

    if isinstance(there, Translation):
        wrote = tuple(there.values.values())
        back = translate(line, source.far, wrote, (near,), context())
        assert isinstance(back, Translation)
        assert [value or "" for value in back.values.values()] == [near]


@given(st.sampled_from(Kind), st.sampled_from(Kind), st.text(max_size=20))
def test_what_a_conversion_wrote_is_shown(source, target, value):
    """R7: for every pair of kinds, a value that was carried is found shown."""
    line = of_kinds(source, target)
    said = translate(line, LEFT, (value,), None, context())

    if isinstance(said, Translation):
        assert shows(line, LEFT, (value,), tuple(said.values.values()), as_is, context())


@pytest.mark.parametrize("said", ["NAN", "sNaN", "-inf"])
def test_what_is_no_number_is_the_same_as_itself(said):
    """R7: a system may show `NaN` in a number's place; compared as one, it never was level."""
    line = of_kinds(Kind.NUMBER, Kind.NUMBER)

    assert shows(line, LEFT, (said,), (said,), as_is, context())


@pytest.mark.parametrize(
    "source",
    [
        "{{ ticket.A.b }}",
        "{{ ticket['A']['b'] }}",
        "{% if ticket.A %}{{ ticket.A['b'] }}{% endif %}",
    ],
)
def test_a_template_sees_what_it_names_however_it_names_it(source):
    """Copying only a part of the ticket must not hide what a template asks for."""
    line = Line("n", Sides((), ("c",)), frozenset({RIGHT}), value=Template(source))
    here = context(A={"b": "found"}, B="other")

    assert translate(line, LEFT, (), None, here) == Translation({"c": "found"})
