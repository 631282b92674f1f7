import pytest

from sync_service.config import fingerprint

MAPPING = """\
fields:
  - {iiq: Subject, sn: short_description}
  - {iiq: Status, sn: state, values: {Open: New, Closed: Closed}}
"""


def changed(before, after):
    """Give the parts whose fingerprints differ."""
    return {name for name in before | after if before.get(name) != after.get(name)}


def test_what_means_the_same_has_the_same_fingerprint(files):
    """R27: comments, blank lines, quotes and the poll interval ask for no acceptance."""
    before = fingerprint(files.desk(MAPPING))
    files.link(every="5m")
    sync = (files.folder / "sync.yaml").read_text()
    files.write(sync, "# moved\n\n" + MAPPING.replace("New", "'New'"))

    assert fingerprint(files.desk()) == before


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("New", "In Progress", {"values: Status = state"}),
        ("sn: state,", "sn: state, drift: restore,", {"line: Status = state"}),
        (
            "Subject",
            "Title",
            {"line: Subject = short_description", "line: Title = short_description"},
        ),
        ("fields:", "comments: {internal: both}\nfields:", {"comments"}),
        ("fields:", "on_create: {sn: {category: Software}}\nfields:", {"on_create"}),
    ],
)
def test_a_change_of_the_mapping_is_told_by_its_part(files, old, new, parts):
    """R27: the engine can tell which part changed."""
    before = fingerprint(files.desk(MAPPING))

    assert changed(before, fingerprint(files.desk(MAPPING.replace(old, new)))) == parts


@pytest.mark.parametrize(
    ("setting", "value", "part"),
    [
        ("select", '{sn: "ticket.x"}', "select"),
        ("create", "never", "create"),
        ("on_conflict", "newest", "on_conflict"),
        ("sensitive", "sync", "sensitive"),
    ],
)
def test_a_change_of_a_policy_is_told_by_its_part(files, setting, value, part):
    """R27: the engine can tell which part changed."""
    before = fingerprint(files.desk())
    files.link(**{setting: value})

    assert changed(before, fingerprint(files.desk())) == {part}


def test_only_the_template_s_words_count_on_create(files):
    """R27: that a line moved within its file changes nothing."""
    text = "on_create: {sn: {who: {lookup: user, email: '{{ ticket.m }}'}}}\nfields: [{iiq: A, sn: b}]\n"
    before = fingerprint(files.desk(text))

    assert fingerprint(files.desk("# a comment\n" + text)) == before
