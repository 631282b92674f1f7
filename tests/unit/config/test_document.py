import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_service.config.document import Mark, read


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"),
        ("yes", "yes"),
        ("on", "on"),
        ("12:30", "12:30"),
        ("010", "010"),
        ("2026-08-01", "2026-08-01"),
        ("1_000", "1_000"),
        ("'5'", "5"),
        ("5", 5),
        ("-5", -5),
        ("1.5", 1.5),
        ("true", True),
        ("null", None),
        ("~", None),
        ("", None),
    ],
)
def test_scalars_mean_what_they_look_like(text, value):
    """A status called NO stays text; only true, false and null are words of their own."""
    assert read(f"a: {text}\n", "f").data == {"a": value}


def test_every_value_and_key_knows_its_place():
    """Messages name file, line and column, counted from one."""
    document = read("a:\n  - x\n  - {b: 1}\n", "f.yaml")

    assert document.where(("a", 1, "b")) == "f.yaml:3:9"
    assert document.key_mark(("a", 1, "b")) == Mark(3, 6)
    assert document.where(("a", 1, "missing")) == "f.yaml:3:5"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: 2\na: 3\n", "f:3:1: `a` stands here already, in line 1; remove one of them"),
        ("a: [1\n", "f:2:1: not readable as YAML: "),
        ("a: 1\n---\nb: 2\n", "f:2:1: a second YAML document; keep one in a file"),
        ("? [a]\n: b\n", "f:1:3: a key must be a plain word"),
        ("a: !!python/object:os.system x\n", "f:1:4: the tag "),
        ("a: *b\n", "f:1:4: "),
        ("a: &a [*a]\n", "f:1:8: "),
        ("a: \x00\n", "f:1:1: not readable as YAML: "),
    ],
)
def test_what_yaml_forgives_is_a_problem_here(text, said):
    """Duplicate keys, tags, cycles and torn files are told, each with its place."""
    faults = [str(fault) for fault in read(text, "f").faults]

    assert any(fault.startswith(said) for fault in faults), faults


def test_an_alias_repeats_what_it_names():
    """Aliases work where they are honest."""
    assert read("a: &x {k: [1]}\nb: *x\n", "f").data == {"a": {"k": [1]}, "b": {"k": [1]}}


def test_a_yaml_bomb_is_refused_quickly():
    """Nine lines of nested aliases stand for a thousand million values."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    began = time.perf_counter()

    faults = read("\n".join(lines), "f").faults

    assert "too many values" in faults[0].what
    assert time.perf_counter() - began < 10


def test_a_deep_nest_is_refused():
    """Ten thousand open brackets end in a message and not in a crash."""
    assert "nested too deeply" in read("[" * 10_000, "f").faults[0].what


@given(st.text(max_size=200) | st.text("ab:-[]{}&*!|>'\"#\n ,?%@`", max_size=60))
def test_any_text_is_read_or_refused(text):
    """Nothing that a person could save makes the reader raise."""
    document = read(text, "f")

    assert document.faults or document.data is None or document.values


def test_a_tab_is_called_a_tab():
    """YAML says "found character that cannot start any token", which helps nobody."""
    [fault] = read("a:\n\tb: 1\n", "f.yaml").faults

    assert str(fault).startswith("f.yaml:2:1: a tab stands here")
