"""Bad input: each one clear message with its place and what to do; nothing written, nothing lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.bench import Bench, bench
from tests.integration.command import free_port, sync_service

HELP = "helpdesk@springfield.example"
LEVEL = ("once", "--until-level", "--max-seconds", "60", "--json")


@pytest.fixture
def desks(tmp_path: Path):
    """Two desks with a ticket on one, and a configuration between them."""
    with bench(tmp_path, rules=False) as b:
        b.incidentiq.act(HELP, "create", subject="Dark")
        yield b


def spoil(b: Bench, file: str, old: str, new: str) -> int:
    """Put something wrong into a file; give its line."""
    path = b.folder / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    return text[: text.index(old)].count("\n") + 1


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        pytest.param(
            "sync.yaml", "on_conflict: incidentiq", "on_konflict: incidentiq",
            "`on_konflict` is no setting here; did you mean `on_conflict`?", id="a wrong key",
        ),
        pytest.param(
            "helpdesk.mapping.yaml", "- incidentiq: Subject\n    servicenow: short_description",
            "- incidentiq: Subject\n    servicenow: short_descripton",
            "servicenow has no field `short_descripton`; did you mean `short_description`?",
            id="an unknown field",
        ),
        pytest.param(
            "sync.yaml", "token: demo-token-for-loopback-only", "token: ${ENV:NOBODY_SET_THIS}",
            "NOBODY_SET_THIS", id="a missing secret",
        ),
        pytest.param(
            "sync.yaml", "site_id: bb6cece8-0000-4000-8000-000000000001", "site_id: springfield",
            "must be a GUID", id="a site id that is none",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_file_is_told_with_its_place(
    desks: Bench, file: str, old: str, new: str, says: str
) -> None:
    """File, line and column, and exit code 2, from `validate` and `once` alike."""
    line = spoil(desks, file, old, new)

    for words in (("validate",), LEVEL):
        ended = sync_service(*words, config=desks.config)

        assert 2 == ended.code
        (told,) = ended.err.splitlines()
        assert re.match(rf"\S*{re.escape(file)}:{line}:\d+: ", told), told
        assert says in told
    assert {} == desks.servicenow.tickets()


def test_a_duplicate_key_is_told_with_its_second_place(desks: Bench) -> None:
    """YAML would silently take the last one."""
    spoil(desks, "sync.yaml", "    create: both\n", "    create: both\n    create: never\n")

    ended = sync_service("validate", config=desks.config)

    line = desks.config.read_text().splitlines().index("    create: never") + 1
    assert 2 == ended.code
    assert f"sync.yaml:{line}:5: " in ended.err
    assert "create" in ended.err


def test_all_problems_come_at_once(desks: Bench) -> None:
    """A person corrects a file once, not once a problem."""
    spoil(desks, "sync.yaml", "on_conflict: incidentiq", "on_konflict: incidentiq")
    spoil(desks, "sync.yaml", "every: 2s", "every: soon")
    spoil(desks, "sync.yaml", "adapter: servicenow", "adapter: servicenowt")

    ended = sync_service("validate", "--json", config=desks.config)

    assert 2 == ended.code
    assert len(ended.data["messages"]) >= 3


def test_a_missing_file_says_how_to_name_it(tmp_path: Path) -> None:
    """The commonest first mistake."""
    ended = sync_service("validate", config=tmp_path / "sync.yaml")

    assert 2 == ended.code
    assert "--config" in ended.err
    assert 1 == len(ended.err.splitlines())


@pytest.mark.slow
def test_an_unmapped_status_is_one_problem_and_writes_nothing_of_it(desks: Bench) -> None:
    """R10: the rest of the ticket flows; the value is told once, with the way out."""
    spoil(desks, "helpdesk.mapping.yaml", "      In Progress: In Progress\n", "")
    spoil(desks, "helpdesk.mapping.yaml", "      Escalated: In Progress\n", "")
    for ticket in desks.incidentiq.tickets():
        desks.incidentiq.act(HELP, "status", ticket=ticket, to="In Progress", force=True)

    ended = sync_service(*LEVEL, config=desks.config)
    listed = sync_service("problems", "list", config=desks.config)

    assert (3, 1) == (ended.code, ended.data["problems"])
    assert 1 == ended.data["created"]
    (copy,) = desks.servicenow.tickets().values()
    assert "New" == copy["status"]
    assert "In Progress" in listed.out
    assert "Status" in listed.out


@pytest.mark.slow
def test_a_row_that_was_added_is_planned_and_then_carried(desks: Bench) -> None:
    """R10: found by a newcomer: `plan` said that there was nothing to write, and the run wrote it."""
    row = "      In Progress: In Progress\n"
    spoil(desks, "helpdesk.mapping.yaml", row, "")
    spoil(desks, "helpdesk.mapping.yaml", "      Escalated: In Progress\n", "")
    for ticket in desks.incidentiq.tickets():
        desks.incidentiq.act(HELP, "status", ticket=ticket, to="In Progress", force=True)
    assert 3 == sync_service(*LEVEL, config=desks.config).code
    spoil(desks, "helpdesk.mapping.yaml", "      Submitted: New\n", f"      Submitted: New\n{row}")

    planned = sync_service("plan", "--json", config=desks.config).data["links"]["helpdesk"]
    level = sync_service(*LEVEL, config=desks.config)

    assert {"update": 1} == planned["writes"]
    assert (0, 1, 0) == (level.code, level.data["updated"], level.data["problems"])
    (copy,) = desks.servicenow.tickets().values()
    assert "In Progress" == copy["status"]


def _wrong_token(b: Bench) -> None:
    spoil(b, "sync.yaml", "demo-token-for-loopback-only", "demo-token-of-nobody")


def _wrong_password(b: Bench) -> None:
    spoil(b, "sync.yaml", "demo-servicenow-password", "a-wrong-password")


def _wrong_site(b: Bench) -> None:
    spoil(b, "sync.yaml", "bb6cece8-0000-4000-8000-000000000001",
          "aaaaaaaa-0000-4000-8000-000000000001")  # fmt: skip


def _no_rights(b: Bench) -> None:
    b.incidentiq.control("switches", {"rights": []})


def _wrong_key_field(b: Bench) -> None:
    spoil(b, "sync.yaml", "key_field: Sync Key", "key_field: Sink Key")


@pytest.mark.parametrize(
    ("wrong", "system", "says"),
    [
        pytest.param(_wrong_token, "incidentiq", "`token`", id="a wrong token"),
        pytest.param(_wrong_password, "servicenow", "`auth.password`", id="a wrong password"),
        pytest.param(_wrong_site, "incidentiq", "site", id="a wrong site id"),
        pytest.param(_no_rights, "incidentiq", "right", id="a token without rights"),
        pytest.param(_wrong_key_field, "incidentiq", "Sink Key", id="no key field"),
    ],
)
def test_what_a_system_refuses_needs_a_person_and_says_which(
    desks: Bench, wrong: Callable[[Bench], None], system: str, says: str
) -> None:
    """It ends at once with code 3, names the system, and tells no secret."""
    wrong(desks)

    check = sync_service("check", config=desks.config)
    ended = sync_service(*LEVEL, config=desks.config)

    for told in (check, ended):
        assert 3 == told.code
        assert "demo-token" not in told.err + told.out
        assert "a-wrong-password" not in told.err + told.out
    (line,) = [one for one in check.err.splitlines() if one.startswith("problem")]
    assert system in line
    assert says in line
    assert system in ended.data["down"]
    assert ended.data["seconds"] < 20
    assert (False, 0) == (ended.data["level"], ended.data["created"])
    assert {} == desks.servicenow.tickets()
    assert 1 == len(desks.incidentiq.tickets())


def test_an_unreachable_host_is_tried_again_later(desks: Bench) -> None:
    """It may come back, so the code is 1; the message names the system, the host and what to look at."""
    port = free_port()
    spoil(desks, "sync.yaml", desks.servicenow.url, f"http://127.0.0.1:{port}")

    check = sync_service("check", config=desks.config)
    ended = sync_service(
        "once", "--until-level", "--max-seconds", "1", "--json", config=desks.config
    )

    assert (1, 1) == (check.code, ended.code)
    (line,) = check.err.splitlines()
    assert "no connection to servicenow" in line
    assert f"127.0.0.1:{port}" in line
    assert "`url`" in line
    assert line.removeprefix("problem  ") == ended.data["down"]["servicenow"]


@pytest.mark.slow
def test_a_token_that_may_only_read_loses_nothing(desks: Bench) -> None:
    """The refusal quotes the vendor; with the right, a retry brings the ticket over (R25)."""
    desks.servicenow.control("switches", {"rights": []})

    refused = sync_service(*LEVEL, config=desks.config)
    assert {} == desks.servicenow.tickets()
    desks.servicenow.control("switches", {"rights": ["create", "write"]})
    numbers = sync_service("problems", "list", "--json", config=desks.config).data["problems"]
    sync_service("problems", "retry", *(str(one["number"]) for one in numbers), config=desks.config)
    level = sync_service(*LEVEL, config=desks.config)

    assert (3, 0) == (refused.code, refused.data["created"])
    assert numbers
    assert (0, 1, 0) == (level.code, level.data["created"], level.data["problems"])


def test_a_store_that_cannot_be_made_is_told(desks: Bench) -> None:
    """The file and the reason, not a trace."""
    spoil(desks, "sync.yaml", "store.db", "nowhere/store.db")

    ended = sync_service("once", config=desks.config)

    assert 2 == ended.code
    assert "nowhere/store.db" in ended.err
    assert "Traceback" not in ended.err


def test_a_template_that_no_ticket_can_fill_is_told_by_check(desks: Bench) -> None:
    """R14: a misspelt name in a selection would select nothing, for ever and without a word."""
    line = spoil(desks, "sync.yaml", "    create: both\n",
                 "    create: both\n    select: {incidentiq: ticket.Locaton.Name}\n")  # fmt: skip

    ended = sync_service("check", config=desks.config)

    assert 2 == ended.code
    assert f"sync.yaml:{line + 1}:26: `ticket.Locaton.Name` is not there" in ended.err


def test_what_a_new_ticket_needs_is_told_before_one_is_made(desks: Bench) -> None:
    """One line at its place, not a problem for each ticket."""
    spoil(desks, "helpdesk.mapping.yaml", "    ForId:", "    FoId:")

    ended = sync_service("validate", config=desks.config)

    assert 2 == ended.code
    assert "no `FoId`; did you mean `ForId`?" in ended.err
    assert "incidentiq opens no ticket without ForId" in ended.err
