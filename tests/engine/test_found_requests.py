"""Failures found in how commands' requests are carried out (R29), as plain named tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sync_service.errors import StoreAway
from sync_service.scheduling.opening import Opened
from sync_service.scheduling.requests import carry_out_all
from tests.engine.office import Office


@pytest.fixture(name="office")
def an_office(tmp_path: Path) -> Office:
    """Two desks and a link between them."""
    made = Office(tmp_path)
    made.desk()
    return made


def answers(office: Office, numbers: list[int]) -> list[dict[str, Any]]:
    """Give what was said to requests."""
    rows = office.look(lambda store: [store.request(number) for number in numbers])
    return [dict(row.answer) if row and row.answer else {} for row in rows]


def test_a_request_that_nobody_foresaw_does_not_stop_those_behind_it(office: Office) -> None:
    """R25, R29: it is answered as what it is, and the next one is carried out."""

    async def work(opened: Opened) -> list[int]:
        store = opened.service.store
        asked = [store.ask("retry", {"ids": ["seven"]}), store.ask("pause", {"link": "desk"})]
        await carry_out_all(opened)
        return asked

    strange, paused = answers(office, office.open(work))

    assert not strange["ok"]
    assert "ValueError" in strange["said"]
    assert paused["ok"]
    assert office.state().paused


def test_a_request_whose_answer_was_lost_is_carried_out_again(office: Office) -> None:
    """R29: the store was away for a moment; nobody restarts the daemon for that."""

    async def work(opened: Opened) -> list[int]:
        store = opened.service.store
        asked, answer = [store.ask("pause", {"link": "desk"})], store.answer

        def away(*_: object) -> None:
            raise StoreAway("the disk is full")

        store.answer = away  # type: ignore[method-assign,assignment]
        with pytest.raises(StoreAway):
            await carry_out_all(opened)
        store.answer = answer  # type: ignore[method-assign]
        assert 1 == await carry_out_all(opened)
        assert 0 == await carry_out_all(opened)
        return asked

    (paused,) = answers(office, office.open(work))

    assert paused["ok"]
