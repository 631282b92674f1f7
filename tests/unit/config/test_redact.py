"""`redact:` in a mapping file: patterns that cannot hold up the daemon, and errors with their place."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_service.bootstrap import read_config
from sync_service.config import patterns
from sync_service.config.fingerprint import fingerprint
from sync_service.config.patterns import MOST_WAYS, NAMED, Unsafe
from sync_service.core.config_change import risky
from sync_service.core.redaction import HIDDEN
from sync_service.errors import ConfigError
from tests.unit.config.conftest import ENV

LINE = "fields:\n  - {iiq: Subject, sn: short_description}\n"


def rules(files, text):
    """Read the rules of a mapping."""
    return files.desk(f"{LINE}redact:\n{text}").mapping.redaction


def problems(files, text):
    """Give what is complained of, without the file's name."""
    told = files.problems(f"{LINE}redact:\n{text}")
    return [one.removeprefix("desk.mapping.yaml:") for one in told]


def test_a_rule_is_a_pattern_a_name_or_whole_fields(files):
    """Each has a mark; comments are redacted unless a rule says otherwise."""
    read = rules(
        files,
        "  - {pattern: '\\b\\d{9}\\b', with: '[student id]', fields: [Subject], comments: false}\n"
        "  - {named: [phone, email]}\n"
        "  - {fields: [Subject]}\n",
    ).rules

    assert ["[student id]", "[phone]", "[e-mail]", HIDDEN] == [one.mark for one in read]
    assert [True, True, True, False] == [one.pattern is not None for one in read]
    assert [False, True, True, False] == [one.comments for one in read]
    assert [{"Subject"}, None, None, {"Subject"}] == [
        one.fields and set(one.fields) for one in read
    ]


@pytest.mark.parametrize(
    ("rule", "place", "says"),
    [
        ("{pattern: 'a+b'}", "4:15", "repeats without end"),
        ("{pattern: '(\\d{1,9}){1,9}'}", "4:15", f"more than {MOST_WAYS} ways"),
        ("{pattern: '(a)\\1'}", "4:15", "refers back to a group"),
        ("{pattern: '(a'}", "4:15", "cannot be read"),
        ("{pattern: 'x?'}", "4:15", "fits the empty text"),
        ("{pattern: '" + "x" * 201 + "'}", "4:15", "longer than 200 characters"),
        ("{named: fone}", "4:13", "there is no pattern named `fone`; did you mean `phone`?"),
        ("{named: phone, pattern: x}", "4:13", "give `pattern` or `named`"),
        ("{comments: true}", "4:5", "say what to redact"),
        ("{pattern: x, with: x}", "4:5", "fits the mark `x` itself"),
        ("{pattern: y, with: ''}", "4:24", "`with` is a short text"),
        ("{pattern: y, with: '<b>'}", "4:24", "none of < > &"),
        ("{patern: y}", "4:6", "`patern` is no setting here; did you mean `pattern`?"),
        ("{pattern: y, fields: []}", "4:26", "`fields`"),
    ],
)
def test_a_rule_that_cannot_be_used_is_told_with_its_place(files, rule, place, says):
    """File, line and column, and what to do instead."""
    (told,) = problems(files, f"  - {rule}\n")

    assert told.startswith(f"{place}: "), told
    assert says in told


def test_a_field_that_cannot_be_redacted_is_told_when_it_is_bound(files):
    """A typo would leave a field open; a choice has no words to redact."""
    files.write(
        mapping=f"{LINE}redact:\n  - {{named: phone, fields: [Subjekt]}}\n"
        "  - {named: phone, fields: [state]}\n"
    )

    with pytest.raises(ConfigError) as caught:
        read_config(files.folder / "sync.yaml", ENV)

    typo, choice = [one for one in caught.value.problems if "opens no ticket" not in one]
    assert (
        "desk.mapping.yaml:4:5: neither system has a field `Subjekt`; did you mean `Subject`?"
        in typo
    )
    assert "`state` holds a choice and no words" in choice


def test_a_changed_rule_waits_for_a_person(files):
    """R27: without a rule the original would flow; with a new one sides may differ."""
    without = fingerprint(files.desk(LINE))
    one = fingerprint(files.desk(f"{LINE}redact: [{{named: phone}}]\n"))
    other = fingerprint(files.desk(f"{LINE}redact: [{{named: phone, with: '[tel]'}}]\n"))

    assert ("redact",) == risky(without, one) == risky(one, without) == risky(one, other)


@pytest.mark.parametrize(
    ("name", "fits", "leaves"),
    [
        ("us-ssn", ["123-45-6789", "123 45 6789"], ["1234567890", "123-45-67890", "5-123-45-6789"]),
        (
            "phone",
            ["555-123-4567", "(555) 123-4567", "+1 555 123 4567", "1-555-123-4567", "555.123.4567"],
            ["123-45-6789", "INC0010001", "2026-08-03", "5551234567890"],
        ),
        ("email", ["zeke@students.example.org", "a.b+c@d-e.example"], ["@home", "a@b"]),
        (
            "date-of-birth",
            ["DOB: 3/4/2012", "born on March 4, 2012", "Date of birth 2012-03-04"],
            ["3/4/2012", "due 2026-08-03"],
        ),
    ],
)
def test_a_named_pattern_fits_what_its_name_says(name, fits, leaves):
    """Whole and nothing else, between other words."""
    compiled = patterns.named(name)

    assert ["see X now"] * len(fits) == [compiled.sub("X", f"see {one} now") for one in fits]
    assert [] == [one for one in leaves if compiled.search(f"see {one} now")]


def test_every_named_pattern_is_documented():
    """A name that is not on the page does not exist for its users."""
    page = (Path(__file__).parents[3] / "docs" / "privacy.md").read_text()

    assert [] == [name for name in NAMED if f"`{name}`" not in page]


@given(st.text(r"ab\d{}1,9()|[]?*+.^$", max_size=14))
def test_whatever_a_user_writes_is_bounded_or_refused(source):
    """No pattern gets through that may repeat without end, and none raises anything else."""
    try:
        compiled = patterns.pattern(source)
    except Unsafe:
        return

    assert None is compiled.match("")
    endless = [one for one in "ab1+,9" if compiled.fullmatch(one * (patterns.WIDEST + 1))]
    assert [] == endless


def test_a_plus_among_other_letters_of_a_set_is_no_repeat():
    """A pattern that fits one character is taken, however it is written."""
    assert ["+", "]"] == patterns.pattern("[]+]").findall("a+b]")
