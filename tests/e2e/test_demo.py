"""The demo proves what it shows, and its judge can tell when something is wrong."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from sync_service.cli.demo_people import Said
from sync_service.cli.demo_proof import _judge, _whole
from tests.integration.command import sync_service


@pytest.mark.slow
def test_the_demo_ends_with_a_proof(tmp_path) -> None:
    """Promises 1, 2, 3 and 5, read from both servers; a real store in the environment is let be."""
    elsewhere = tmp_path / "real.db"

    ended = sync_service("demo", "--once", "--json", SYNC_DATABASE_URL=f"sqlite:///{elsewhere}")

    assert 0 == ended.code, ended.out + ended.err
    proof = ended.data
    assert ([], True) == (proof["complaints"], proof["holds"])
    assert {"Incident IQ": 10, "ServiceNow": 10} == proof["tickets"]
    assert {"Incident IQ": 5, "ServiceNow": 5} == proof["copies"]
    assert proof["idle_cycles"] >= 2
    assert 0 == proof["writes_when_idle"]
    assert not elsewhere.exists()


def people(left: dict[str, Any], right: dict[str, Any], *said: Said) -> Any:
    """The judge's view of two desks."""
    one = SimpleNamespace(name="left", tickets=lambda: left)
    two = SimpleNamespace(name="right", tickets=lambda: right)
    return SimpleNamespace(desks=SimpleNamespace(left=one, right=two), said=list(said))


def pair(**other: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A level pair of dumps with one public comment; `other` changes the right one."""
    words = [{"text": "Hello (no. 0001)", "public": True}]
    shown = {"subject": "Dark", "assignee": None, "comments": words}
    left: dict[str, Any] = {**shown, "id": "l", "number": "1", "status": "Submitted", "custom": {}}
    keyed = {"correlation_id": "demo:helpdesk:incidentiq:l"}
    right = {**shown, "id": "r", "number": "2", "status": "New", "fields": keyed}
    return {"l": left}, {"r": {**right, **other}}


SAID = Said(left=True, public=True, mark="no. 0001")


def test_the_judge_has_nothing_to_say_of_a_level_pair() -> None:
    """Or it could never be content."""
    left, right = pair()

    assert [] == _judge(people(left, right, SAID)) + _whole(people(left, right).desks, 1)


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"subject": "Bright"}, "two subjects"),
        ({"status": "Closed"}, "Submitted and Closed"),
        ({"assignee": "dana"}, "two people"),
        ({"comments": []}, "stands 0 times"),
        ({"comments": [{"text": "Hello (no. 0001)", "public": False}]}, "not as public"),
        ({"comments": [{"text": "(no. 0001)", "public": True}] * 2}, "stands 2 times"),
    ],
)
def test_the_judge_sees_what_is_wrong(other: dict[str, Any], says: str) -> None:
    """A proof that cannot fail proves nothing."""
    left, right = pair(**other)

    (complaint, *_) = _judge(people(left, right, SAID))

    assert says in complaint


def test_the_judge_counts_tickets_and_copies() -> None:
    """A missing copy and a second one are both seen."""
    left, right = pair()
    twice = {**right, "r2": {**right["r"], "id": "r2"}}

    assert any("two copies" in one for one in _whole(people(left, twice).desks, 1))
    assert any("0 pairs" in one for one in _whole(people(left, {}).desks, 1))
