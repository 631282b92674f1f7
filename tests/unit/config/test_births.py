"""What a mapping says of new tickets is held against what their system takes."""

import pytest

from sync_service.config import bind
from sync_service.core.outgoing import Births, Kind
from sync_service.errors import ConfigError

FIELDS = {
    "iiq": {"Subject": Kind.TEXT, "Owner": Kind.PERSON},
    "sn": {"short_description": Kind.HTML, "state": Kind.CHOICE, "watcher": Kind.PERSON},
}
BIRTHS = {
    "iiq": Births(
        needs={"ForId": ("Owner", "{lookup: user, email: ADDRESS}")},
        lookups={"user": "email"},
        others=False,
    ),
    "sn": Births(lookups={"group": "name"}, fields=True, others=False),
}
LINE = "fields:\n  - {iiq: Subject, sn: short_description}\n"
FOR = "on_create:\n  iiq:\n    ForId: {lookup: user, email: a@b.example}\n"
OWNER = "  - {iiq: Owner, sn: watcher, direction: on create}\n"


def bound(link):
    """Bind a link to the systems above."""
    return bind(
        link,
        lambda system, name: FIELDS[system].get(name),
        lambda system: list(FIELDS[system]),
        BIRTHS.get,
    )


def problems(files, mapping):
    """Give what binding complains of, without the folder's name."""
    with pytest.raises(ConfigError) as caught:
        bound(files.desk(mapping))
    return [one.removeprefix(f"{files.folder}/desk.mapping.yaml:") for one in caught.value.problems]


def test_a_need_of_new_tickets_that_nothing_gives_is_one_line(files):
    """Found by a newcomer: `validate` and `check` were content, and 23 tickets became 23 problems."""
    told = problems(files, LINE)

    assert [
        (
            "1:1: iiq opens no ticket without ForId; add under `on_create: iiq:`"
            " ForId: {lookup: user, email: ADDRESS}"
        )
    ] == told


@pytest.mark.parametrize("mapping", [LINE + FOR, LINE + OWNER])
def test_a_need_is_given_by_on_create_or_by_a_line(files, mapping):
    """A mapped person needs no second word."""
    assert "desk" == bound(files.desk(mapping)).name


def test_no_need_counts_where_no_ticket_is_made(files):
    """`create: into sn` never opens one here."""
    files.link(create="into sn")

    assert "desk" == bound(files.desk()).name


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "ForId:", "ForrId:",
            "5:5: `on_create` of iiq takes ForId, and no `ForrId`; did you mean `ForId`?",
        ),
        ("user", "usr", "5:5: nothing looks up `usr` here; did you mean `user`?"),
        ("email:", "emial:", "5:5: `lookup: user` goes by `email:`; add it"),
        (
            "  iiq:\n    ForId", "  iiq: {ForId: x}\n  sn:\n    stat",
            "6:5: sn has no field `stat`; did you mean `state`?",
        ),
    ],
)  # fmt: skip
def test_what_on_create_names_wrongly_is_told_at_its_place(files, old, new, says):
    """Else the first ticket that should be made would tell it, and each after it again."""
    assert says == problems(files, LINE + FOR.replace(old, new))[0]


def test_a_system_that_says_nothing_takes_all(files):
    """An adapter of a third party need not know of this check."""
    link = files.desk(LINE + FOR.replace("user", "anything"))

    assert "desk" == bind(link, lambda system, name: FIELDS[system].get(name)).name
