import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sync_service.config.document import read
from sync_service.config.references import resolve
from sync_service.core.sweeping import Pace
from sync_service.core.values import Side, Sides
from tests.unit.config.conftest import ENV

LEFT, RIGHT = Side.LEFT, Side.RIGHT


def test_a_small_configuration_has_safe_defaults(files):
    """What is not said is the careful choice: ask, keep home, no deletes."""
    config = files.load()
    link = config.links["desk"]

    assert config.instance == "main"
    assert config.store_url.get_secret_value() == "sqlite:///sync.db"
    assert (config.health.host, config.health.port) == ("127.0.0.1", 8080)
    assert link.systems == Sides("iiq", "sn")
    assert (link.every, link.since) == (timedelta(seconds=60), "now")
    assert (link.on_conflict, link.newest, link.on_adopt) == (LEFT, False, None)
    assert (link.keep_home, link.forward) == (True, False)
    assert link.pace == Pace(timedelta(hours=24), 600, repair=False)
    assert link.create == frozenset(Side)


@pytest.mark.parametrize(
    ("said", "conflict", "newest"),
    [
        ("sn", RIGHT, False),
        ("ask", None, False),
        ("newest", LEFT, True),
        ("newest else sn", RIGHT, True),
        ("newest else ask", None, True),
    ],
)
def test_a_conflict_policy_names_a_side(files, said, conflict, newest):
    """R8: a named side, newest by the audit trail with a named side behind it, or ask."""
    files.link(on_conflict=said)
    link = files.desk()

    assert (link.on_conflict, link.newest) == (conflict, newest)


def test_since_may_be_a_date(files):
    """R14: tickets created before it start no pair; a date begins at midnight UTC."""
    text = (files.folder / "sync.yaml").read_text()
    files.write(text.replace("since: now", "since: 2026-08-01"))

    assert files.desk().since == datetime(2026, 8, 1, tzinfo=UTC)


def test_since_is_mandatory(files):
    """R14: nobody's history is copied because a line was forgotten."""
    text = (files.folder / "sync.yaml").read_text()
    files.write(text.replace("    since: now\n", ""))

    assert files.problems() == [
        "sync.yaml:14:5: `since` is missing; add it (tickets created before start no pair (R14))"
    ]


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("everyy", "60s", "16:5: `everyy` is no setting here; did you mean `every`?") ,
        ("every", "60", "`every` is not a duration; write it like `90s`"),
        ("every", "5 parsecs", "`every` has the unknown unit `parsecs`"),
        ("create", "into snow", "`into snow` is not possible; write both, into iiq, into sn"),
        ("on_conflict", "snn", "`snn` is not possible; write iiq, sn, newest or ask; did you mean"),
        ("on_adopt", "newest", "`newest` is not possible; write iiq, sn or ask"),
        ("when_deselected", "drop", "`when_deselected` must be 'keep' or 'stop'"),
        ("forward", "perhaps", "`forward` must be true or false"),
        ("select", "{snow: 'true'}", "this link does not join `snow`"),
        ("select", "{sn: 'ticket.'}", "`ticket.` cannot be read"),
        ("select", "{sn: 'state == 1'}", "`state` in `state == 1` is unknown; a name starts with"),
        ("match", "[{iiq: Subject}]", "a match reads `{iiq: FIELD, sn: FIELD}`"),
        ("guards", "{flood: {share: 2}}", "`share` input should be less than or equal to 1"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_told_with_its_place(files, setting, value, said):
    """Each message says what stands there and what could."""
    files.link(**{setting: value})

    [problem] = files.problems()

    assert problem.startswith("sync.yaml:17:") or said.startswith("16:")
    assert said.removeprefix("16:5: ") in problem


def test_all_problems_come_at_once(files):
    """Both files are read to their ends, so that nobody mends them one by one."""
    files.link(everry="60s")
    sync = (files.folder / "sync.yaml").read_text()
    files.write(
        sync.replace("adapter: servicenow", "adapter: servcenow"),
        "fields:\n  - iiq: Subject\n    snn: x\n  - {iiq: A, sn: b, direction: up}\n",
    )

    assert files.problems() == [
        "sync.yaml:9:14: there is no adapter `servcenow`; did you mean `servicenow`?",
        "sync.yaml:17:5: `everry` is no setting here; did you mean `every`?",
        "desk.mapping.yaml:3:5: `snn` is no setting of a line; did you mean `sn`?",
        "desk.mapping.yaml:4:32: `up` is no direction; write both, to iiq, to sn or on create",
    ]


def test_a_missing_variable_is_named_once(files):
    """The place and the variable, and nothing else about the value that is not there."""
    assert files.problems(IIQ_TOKEN="") == [
        "sync.yaml:6:12: the environment variable IIQ_TOKEN is empty; set it and start again"
    ]


def test_a_missing_file_is_named(files):
    """`${FILE:...}` is looked for beside the configuration, unless its path is absolute."""
    text = (files.folder / "sync.yaml").read_text()
    files.write(text.replace("${ENV:IIQ_TOKEN}", "${FILE:secrets/token}"))

    [problem] = files.problems()
    assert problem.startswith("sync.yaml:6:12: the file secrets/token cannot be read: No such file")

    (files.folder / "secrets").mkdir()
    (files.folder / "secrets/token").write_text("from-a-file\n")
    settings = files.load().systems["iiq"].settings
    assert settings.token.get_secret_value() == "from-a-file"


def test_a_file_that_is_not_ours_to_read_says_who_wants_to(files, monkeypatch):
    """In a container the user is another one than the technician's."""

    def shut(*_args, **_kwargs):
        raise PermissionError(13, "Permission denied")

    text = (files.folder / "sync.yaml").read_text()
    document = read(text.replace("${ENV:IIQ_TOKEN}", "${FILE:token}"), "sync.yaml")
    monkeypatch.setattr(Path, "open", shut)
    resolve(document, files.folder, ENV)

    assert [str(one) for one in document.faults] == [
        (
            f"sync.yaml:6:12: the file token cannot be read: Permission denied; let user {os.getuid()}"
            " read it"
        )
    ]


def test_a_secret_in_the_file_is_refused(files):
    """DESIGN section 6: secrets only by `${ENV:..}` and `${FILE:..}`."""
    text = (files.folder / "sync.yaml").read_text()
    files.write(text.replace("${ENV:IIQ_TOKEN}", "very-secret-token"))

    [problem] = files.problems()

    assert "sync.yaml:6:12: `token` is a secret; keep it in a variable or a file" in problem
    assert "very-secret-token" not in problem


def test_a_reference_must_be_a_whole_value(files):
    """A text with a secret inside would end where texts end."""
    text = (files.folder / "sync.yaml").read_text()
    files.write(text.replace("https://d.incidentiq.com", "https://${ENV:IIQ_SITE_ID}.x.example"))

    assert "must be the whole value" in files.problems()[0]


@pytest.mark.parametrize("said", ["${ENVV:IIQ_TOKEN}", "${IIQ_TOKEN}", "${env:IIQ_TOKEN}"])
def test_what_looks_like_a_reference_is_one_or_wrong(files, said):
    """Found by a newcomer: a misspelt one was taken for the value itself."""
    text = (files.folder / "sync.yaml").read_text()
    files.write(text.replace("${ENV:IIQ_SITE_ID}", f"'{said}'"))

    assert files.problems()[0].startswith("sync.yaml:5:14: write `${ENV:NAME}` or `${FILE:path}`")


@pytest.mark.parametrize("url", ["mysql://x/y", "nonsense", "sqlite://", "sqlite:///:memory:"])
def test_a_place_that_is_none_for_a_store_is_told_offline(files, url):
    """`validate` was content, and the first `once` was not."""
    files.write((files.folder / "sync.yaml").read_text() + f"store: {{url: '{url}'}}\n")

    assert files.problems() == [
        (
            "sync.yaml:17:14: `url` is no place for the store; write sqlite:///FILE or"
            " postgresql://USER@HOST/DATABASE"
        )
    ]


def test_no_message_quotes_a_fetched_value(files):
    """A wrong secret is told by its place, never by its content."""
    problems = files.problems(IIQ_TOKEN="Bearer oops-secret", SNOW_CLIENT_SECRET=" padded-secret ")

    assert len(problems) == 2
    assert "secret" not in " ".join(problems).replace("client_secret", "")
    assert "oops" not in repr(files.load())


def test_settings_of_an_adapter_are_checked_by_its_own_model(files):
    """Unknown words, missing ones and values are told as everywhere else."""
    text = (files.folder / "sync.yaml").read_text()
    files.write(
        text.replace(
            "    time_zone: America/Chicago", "    timezone: America/Chicago\n    timeout: 5"
        ).replace("    site_id: ${ENV:IIQ_SITE_ID}\n", "")
    )

    assert sorted(files.problems()) == [
        "sync.yaml:3:5: `site_id` is missing; add it",
        "sync.yaml:6:5: `timezone` is no setting here; did you mean `time_zone`?",
    ]


def test_durations_of_an_adapter_are_written_like_all_others(files):
    """An adapter's model says timedelta; the file says `45s`."""
    text = (files.folder / "sync.yaml").read_text()
    files.write(
        text.replace("    time_zone:", "    timeout: 45s\n    index_lag: 1m\n    time_zone:")
    )
    settings = files.load().systems["iiq"].settings

    assert (settings.timeout, settings.index_lag) == (timedelta(seconds=45), timedelta(minutes=1))


def test_an_unknown_system_has_a_nearest_name(files):
    """A link names systems of this file."""
    text = (files.folder / "sync.yaml").read_text()
    files.write(text.replace("between: [iiq, sn]", "between: [iqi, sn]"))

    assert files.problems() == ["sync.yaml:14:15: there is no system `iqi`; did you mean `iiq`?"]


@pytest.mark.parametrize("name", ["'a:b'", "'a b'", "ä"])
def test_names_that_would_break_keys_are_refused(files, name):
    """R15: a key is read back at its colons."""
    text = (files.folder / "sync.yaml").read_text()
    files.write(text.replace("  desk:", f"  {name}:"))

    assert "may have only letters, digits" in files.problems()[0]


def test_the_environment_goes_before_the_file(files):
    """Containers set the store and the port, whatever the file says."""
    config = files.load(SYNC_DATABASE_URL="postgresql://u:p@db/sync", SYNC_OPS_HOST="0.0.0.0")

    assert config.store_url.get_secret_value() == "postgresql://u:p@db/sync"
    assert config.health.host == "0.0.0.0"
    assert "u:p" not in repr(config)


def test_a_database_password_in_the_file_is_refused(files):
    """It is a secret like any other."""
    text = (files.folder / "sync.yaml").read_text()
    files.write(text + "store: {url: 'postgresql://u:hidden@db/sync'}\n")

    [problem] = files.problems()

    assert "a password is no part of this file" in problem
    assert "hidden" not in problem


def test_a_file_that_is_not_there_is_one_clear_message(files):
    """The first thing that a newcomer meets."""
    (files.folder / "sync.yaml").unlink()

    assert files.problems() == [
        "sync.yaml:1:1: No such file or directory; give the right file with --config or SYNC_CONFIG"
    ]


def test_a_mapping_may_stand_in_the_file_itself(files):
    """Small mappings need no second file; places are those of the one file."""
    text = (files.folder / "sync.yaml").read_text()
    inline = text.replace("mapping: desk.mapping.yaml", "mapping: {fields: [{iiq: A, sn: b}]}")
    files.write(inline)
    assert [line.name for line in files.desk().mapping.lines] == ["A = b"]

    files.write(inline.replace("{iiq: A, sn: b}", "{iiq: A}"))
    assert files.problems() == [
        "sync.yaml:15:24: name the field of sn too, or give a `value:`",
    ]


def test_deletes_are_not_followed_and_the_message_says_what_to_do(files):
    """R5: a setting that does nothing would be a silent failure."""
    files.link(deletes="follow")

    [problem] = files.problems()

    assert "cannot be `follow`" in problem
    assert "close the partner by hand" in problem


def test_a_sweep_has_a_pace_and_a_budget(files):
    """R7: what stands apart is reported unless the person who writes the file says otherwise."""
    files.link(sweep={"every": "12h", "requests": 60, "differences": "repair"})

    assert files.desk().pace == Pace(timedelta(hours=12), 60, repair=True)
