import pytest

from sync_service.core.comments import CommentRules, Edits
from sync_service.core.expressions import Template
from sync_service.core.mapping import Drift, Lossy, People, Unknown
from sync_service.core.mapping_extras import Lookup
from sync_service.core.values import Side, Sides

LEFT, RIGHT = Side.LEFT, Side.RIGHT


def line(files, text):
    """Read the one line of a mapping."""
    return files.desk(f"fields:\n  - {text}\n").mapping.lines[0]


def test_a_line_names_a_field_of_each_side(files):
    """Its name is stable and reads like the line."""
    read = line(files, "{iiq: Subject, sn: short_description}")

    assert read.name == "Subject = short_description"
    assert read.names == Sides(("Subject",), ("short_description",))
    assert read.to == frozenset(Side)
    assert read.where.endswith("desk.mapping.yaml:2:5")


@pytest.mark.parametrize(
    ("said", "to", "on_create"),
    [
        ("both", {LEFT, RIGHT}, False),
        ("to sn", {RIGHT}, False),
        ("to iiq", {LEFT}, False),
        ("on create", {LEFT, RIGHT}, True),
    ],
)
def test_a_direction_names_where_values_flow(files, said, to, on_create):
    """R9: both, to one system, or only when a ticket is made."""
    read = line(files, f"{{iiq: A, sn: b, direction: {said}}}")

    assert (read.to, read.on_create_only) == (frozenset(to), on_create)


def test_the_keys_of_a_table_belong_to_the_system_named_first(files):
    """The left column is what stands left in the line, whatever the order of `between`."""
    one = line(files, "{iiq: A, sn: b, values: {x: y}}")
    other = line(files, "{sn: b, iiq: A, values: {x: y}}")

    assert one.table.rows[0].cells == Sides(("x",), ("y",))
    assert other.table.rows[0].cells == Sides(("y",), ("x",))


def test_a_row_brings_companions_for_the_system_it_names(files):
    """R11: `with` is written in the same call; a template quotes the ticket."""
    read = line(files, "{iiq: A, sn: b, values: {x: {sn: y, with: {c: 1, d: '{{ ticket.S }}'}}}}")
    companions = read.table.rows[0].companions

    assert companions.left == {}
    assert companions.right == {
        "c": 1,
        "d": Template("{{ ticket.S }}", companions.right["d"].where),
    }


def test_a_table_may_be_a_list_of_rows(files):
    """Rows that name both systems allow one far word for each of many near ones and back."""
    read = line(
        files,
        "{iiq: A, sn: [b, c], values: [{iiq: x, sn: [1, 2]}, {iiq: x, sn: [3, 4], with: {iiq: {e: f}}}]}",
    )

    assert [row.cells.right for row in read.table.rows] == [(1, 2), (3, 4)]
    assert read.table.rows[1].companions == Sides({"e": "f"}, {})


def test_a_computed_line_flows_to_the_system_it_names(files):
    """Its template is checked at load; a table translates what it renders."""
    read = line(
        files, "{sn: category, value: '{{ ticket.A | lower }}', values: {x: Y}, default: Z}"
    )

    assert (read.names, read.to) == (Sides((), ("category",)), frozenset({RIGHT}))
    assert read.table.rows[0].cells == Sides(("x",), ("Y",))
    assert read.default == Sides(None, ("Z",))


@pytest.mark.parametrize(
    ("said", "people"),
    [
        ("leave", People()),
        ("clear", People(Unknown.CLEAR)),
        ("problem", People(Unknown.PROBLEM)),
        ("desk@x.example", People(Unknown.FALLBACK, "desk@x.example")),
    ],
)
def test_unknown_people_have_a_policy(files, said, people):
    """R10: leave by default."""
    assert line(files, f"{{iiq: A, sn: b, unknown: {said}}}").people == people


def test_drift_and_lossy_are_the_careful_choice_unless_said(files):
    """R9 and R12: leave an edit at the target, ask before formatting is lost."""
    read = line(files, "{iiq: A, sn: b}")
    said = line(files, "{iiq: A, sn: b, drift: restore, lossy: overwrite}")

    assert (read.drift, read.lossy) == (Drift.LEAVE, Lossy.ASK)
    assert (said.drift, said.lossy) == (Drift.RESTORE, Lossy.OVERWRITE)


def test_comments_and_attachments_say_where_they_flow(files):
    """R13: notes flow nowhere unless the mapping says so."""
    quiet = files.desk("fields: [{iiq: A, sn: b}]\n").mapping
    said = files.desk(
        "fields: [{iiq: A, sn: b}]\n"
        "comments: {public: to sn, internal: both, edits: append, automation: both, signature: ''}\n"
        "attachments: {direction: to iiq, max_size: 512 KiB}\n"
    ).mapping

    assert quiet.comments == CommentRules()
    assert quiet.signature.source == "{{ author.name }} ({{ system }}, {{ created }})"
    assert said.comments == CommentRules(
        frozenset({RIGHT}), frozenset(Side), Edits.APPEND, automation=True
    )
    assert (said.attachments.to, said.attachments.max_size) == (frozenset({LEFT}), 524_288)


def test_on_create_has_values_templates_and_look_ups(files):
    """Per system, what a ticket made there needs besides the lines."""
    extras = files.desk(
        "fields: [{iiq: A, sn: b}]\n"
        "on_create: {iiq: {For: {lookup: user, email: '{{ ticket.m }}', else: d@x.example}, N: 3}}\n"
    ).mapping.on_create

    assert extras.right == {}
    assert extras.left["N"] == 3
    found = extras.left["For"]
    assert isinstance(found, Lookup)
    assert (found.what, found.otherwise) == ("user", "d@x.example")


WRONG = [
    ("{iiq: A, snn: b}", "`snn` is no setting of a line; did you mean `sn`?"),
    (
        "{iiq: A, sn: b, directon: both}",
        "`directon` is no setting of a line; did you mean `direction`",
    ),
    ("{iiq: A}", "name the field of sn too, or give a `value:`"),
    ("{iiq: A, sn: b, value: x}", "a line with `value:` names one field of one system"),
    ("{iiq: [A, B], value: x}", "a computed line writes one field"),
    ("{iiq: A, value: x, direction: to sn}", "flows to the system it names: to iiq"),
    ("{iiq: A, value: '{{ tiket.x }}'}", "`tiket` in `{{ tiket.x }}` is unknown; did you mean"),
    ("{iiq: A, value: '{{ ticket.x '}", "cannot be read"),
    ("{iiq: A, sn: 5}", "`sn` must be a text"),
    ("{iiq: [A, B], sn: c}", "need a `values:` table"),
    ("{iiq: A, sn: [b, c], values: {x: y}}", "sn needs a list of 2 values in this row"),
    ("{iiq: A, sn: b, values: [x]}", "a row reads `{iiq: VALUE, sn: VALUE}`"),
    ("{iiq: A, sn: b, values: {x: {iiq: y}}}", "a row reads `{sn: VALUE, with:"),
    ("{iiq: A, sn: b, values: {}}", "`values` must be a table"),
    ("{iiq: A, sn: b, values: {x: y, x: z}}", "`x` stands here already"),
    ("{iiq: A, sn: b, values: [{iiq: x, sn: y}, {iiq: x, sn: y}]}", "this row never wins"),
    ("{iiq: A, sn: b, default: x}", "say whose default this is: `default: {sn: VALUE}`"),
    ("{iiq: A, sn: b, direction: to sn, default: {iiq: x}}", "the line does not flow to `iiq`"),
    ("{iiq: A, sn: b, unknown: drop}", "`unknown` is leave, clear, problem or the e-mail"),
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_wrong_line_is_told_with_its_place(files, text, said):
    """Each message says what stands there and what could."""
    [problem] = files.problems(f"fields:\n  - {text}\n")

    assert problem.startswith("desk.mapping.yaml:2:")
    assert said in problem


def test_two_lines_may_not_write_the_same_field(files):
    """They would rewrite it in turns for ever."""
    assert files.problems("fields:\n  - {iiq: A, sn: c}\n  - {iiq: B, sn: c}\n") == [
        "desk.mapping.yaml:3:5: `c` is written by `A = c` already; keep one of them"
    ]


def test_a_companion_may_not_be_a_field_of_another_line(files):
    """One call would write it twice."""
    [problem] = files.problems(
        "fields:\n  - {iiq: A, sn: b, values: {x: {sn: y, with: {c: 1}}}}\n  - {iiq: C, sn: c}\n"
    )

    assert problem.startswith(
        "desk.mapping.yaml:2:5: `c` is brought along here and mapped by `C = c`"
    )


def test_one_way_lines_that_undo_each_other_are_refused(files):
    """DESIGN section 6: pairs of lossy maps that would oscillate are found on load."""
    [problem] = files.problems(
        "fields:\n"
        "  - {iiq: A, sn: b, direction: to sn, values: {x: p, y: q}}\n"
        "  - {iiq: A, sn: b, direction: to iiq, values: {y: p, x: q}}\n"
    )

    assert "it undoes `A = b`: x -> p -> y -> q -> x; make one line of both" in problem


def test_one_way_lines_that_agree_are_accepted(files):
    """Two one-way lines over the same fields are no mistake as such."""
    mapping = files.desk(
        "fields:\n"
        "  - {iiq: A, sn: b, direction: to sn, values: {x: p, y: q}}\n"
        "  - {iiq: A, sn: b, direction: to iiq, values: {x: p, y: q}}\n"
    ).mapping

    assert len(mapping.lines) == 2


def test_companions_that_would_stay_behind_are_a_warning(files):
    """R22: a status that the far side shows already is not written, nor is what it brings."""
    files.write(mapping="fields:\n  - {iiq: A, sn: b, values: {x: y, z: {sn: y, with: {c: 1}}}}\n")
    [warning] = files.load().warnings

    assert "another row has the same value with other companions" in warning


def test_a_missing_mapping_file_is_named(files):
    """It is looked for beside the configuration."""
    (files.folder / "desk.mapping.yaml").unlink()

    assert files.problems() == [
        (
            "sync.yaml:15:14: there is no mapping file desk.mapping.yaml beside this one;"
            " make it, or correct this"
        )
    ]


def test_a_misspelt_mapping_file_is_guessed(files):
    """The nearest file of the folder is offered."""
    (files.folder / "desk.mapping.yaml").rename(files.folder / "desk.maping.yaml")

    assert "; did you mean `desk.maping.yaml`?" in files.problems()[0]


def test_a_folder_is_no_mapping_file(files):
    """'There is no such file' would not be true of it."""
    (files.folder / "desk.mapping.yaml").unlink()
    (files.folder / "desk.mapping.yaml").mkdir()

    assert files.problems() == [
        "sync.yaml:15:14: desk.mapping.yaml is a folder; name a mapping file"
    ]
