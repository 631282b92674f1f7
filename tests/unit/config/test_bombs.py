"""Files made to hurt: each is refused with its place, soon, and with little memory."""

import os
import resource
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync_service.config import load
from sync_service.config.document import LONGEST, MOST_VALUES, read
from sync_service.config.load import MOST_BYTES
from sync_service.errors import ConfigError
from tests.unit.config.conftest import ENV, MODELS

LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
BOMBS = {
    "a thousand million laughs": (LAUGHS, "too many values"),
    "laughs in maps": (
        "a: &a {x: 1, y: 2}\n"
        + "".join(
            f"{n}: &{n} {{{', '.join(f'k{k}: *{b}' for k in range(9))}}}\n"
            for b, n in zip("abcdefg", "bcdefgh", strict=True)
        ),
        "too many values",
    ),
    "a cycle": ("a: &a [*a]\n", "nested too deeply"),
    "a cycle of two": ("a: &a [*b]\nb: &b [*a]\n", "refers to no finished"),
    "deep lists": ("[" * 100_000, "nested too deeply"),
    "deep maps": ("{a: " * 100_000, "nested too deeply"),
    "deep blocks": ("".join(" " * n + "-\n" for n in range(300)), "nested too deeply"),
    "deep in place": ("- " * 5_000 + "x", "nested too deeply"),
    "many values": ("[" + "1, " * (MOST_VALUES + 10) + "]", "too many values"),
    "a long text": (f"a: '{'x' * (LONGEST + 1)}'\n", "a text of more than"),
    "a long block": ("a: |\n" + "  x\n" * LONGEST, "a text of more than"),
    "a long key": (f"{'k' * (LONGEST + 1)}: 1\n", "a text of more than"),
    "a long number": (f"a: {'9' * (LONGEST + 1)}\n", "a text of more than"),
    "an object": ("a: !!python/object/apply:os.system [id]\n", "the tag"),
    "a tuple": ("a: !!python/tuple [1]\n", "the tag"),
    "two documents": ("a: 1\n---\nb: 2\n", "a second YAML document"),
    "many anchors": (
        "".join(f"k{n}: &n{n} v\n" for n in range(MOST_VALUES + 10)),
        "too many values",
    ),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_with_its_place(name):
    """File, line and column, and what to do; and no memory to speak of."""
    text, says = BOMBS[name]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    faults = [str(one) for one in read(text, "f.yaml").faults]

    assert any(says in one for one in faults), faults[:3]
    assert all(one.startswith("f.yaml:") and len(one) < 300 for one in faults), faults[0][:400]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000


def test_a_file_that_is_too_large_is_not_read_to_its_end(files):
    """Nor is one that never ends; its size cannot be asked."""
    main = files.folder / "sync.yaml"
    main.write_text("a: 1\n" * MOST_BYTES)
    for path in (main, "/dev/zero"):
        with pytest.raises(ConfigError, match=f"is larger than {MOST_BYTES} bytes; split it"):
            load(path, MODELS, ENV)


def test_a_secret_file_that_never_ends_is_refused(files):
    """A slip in a path must not fill the memory."""
    sync = (files.folder / "sync.yaml").read_text()
    files.write(sync.replace("${ENV:IIQ_TOKEN}", "${FILE:/dev/zero}"))

    (told,) = files.problems()

    assert "sync.yaml:6:12: the file /dev/zero is larger than 65536 bytes" in told


def test_a_configuration_may_come_through_a_pipe(files):
    """`--config <(...)` has no size and no end that could be asked for."""
    pipe = files.folder / "pipe"
    text = (files.folder / "sync.yaml").read_text()
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_text(text))
    writer.start()

    assert ["desk"] == list(load(pipe, MODELS, ENV).links)
    writer.join()


@pytest.mark.parametrize("text", ["9: a\n9.0: b\n", "1: a\ntrue: b\n", "{0: a, false: b}"])
def test_keys_that_are_equal_but_not_alike_are_told(text):
    """Found by atheris: the place of the first was looked for under the name of the second."""
    (fault,) = read(text, "f.yaml").faults

    assert "stands here already, in line 1; remove one of them" in str(fault)


_PIECES = st.sampled_from(
    ["a", "b: ", "- ", "[", "]", "{", "}", ", ", "\n", "  ", "'", '"', "&x ", "*x", "!!str ", "!t ",
     "|\n", ">\n", "? ", "#", "---\n", "...\n", "%YAML 9.9\n", "\t", "~", "1e999", "0x1", ".inf",
     "\u2028", "\ufeff", "\x85", "é", "<<: ", "systems:\n", "links:\n", "${FILE:/dev/zero}",
     "${ENV:X}", "mapping: ", "between: ", "1: ", "1.0: ", "true: "]
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(_PIECES, max_size=30).map("".join))
def test_any_file_is_a_configuration_or_a_list_of_places(tmp_path, text):
    """Whatever stands in it: no traceback, and every problem names the file."""
    file = tmp_path / "sync.yaml"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError) as caught:
        load(file, MODELS, ENV)

    assert caught.value.problems
    assert all(one.startswith(str(tmp_path)) for one in caught.value.problems)
