"""A host that fails call after call is left alone for a while (R26)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sync_service.adapters.http import Http
from sync_service.adapters.http.rest import FAILURES, LONGEST, SHORTEST, Rest
from sync_service.errors import NotSent, TryLater, UnknownOutcome
from tests.unit.adapters.http.conftest import Line, Server, soon


class Time:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def resting(failures: int = 3) -> tuple[Rest, Time]:
    """Give a rest that has just begun."""
    time = Time()
    rest = Rest(failures, time)
    assert [0.0] * (failures - 1) + [SHORTEST] == [rest.failed() for _ in range(failures)]
    return rest, time


def test_failures_in_a_row_begin_a_rest_and_one_call_tries_its_end() -> None:
    """R26: while that one is under way no other leaves."""
    rest, time = resting()
    assert SHORTEST == rest.left
    time.now += SHORTEST
    assert 0.0 == rest.left

    rest.leaves()

    assert 0.0 < rest.left
    assert rest.worked()
    assert (0.0, False) == (rest.left, rest.resting)


def test_a_rest_grows_while_the_host_goes_on_failing() -> None:
    """R26: up to a limit, and it begins small again after an answer."""
    rest, time = resting()
    lengths = []
    for _ in range(6):
        time.now += rest.left
        rest.leaves()
        lengths.append(rest.failed())

    assert [10.0, 20.0, 40.0, LONGEST, LONGEST, LONGEST] == lengths
    rest.worked()
    assert [0.0, 0.0, SHORTEST] == [rest.failed() for _ in range(3)]


def test_calls_that_were_on_the_way_do_not_lengthen_the_rest() -> None:
    """R26: eight connections fail together."""
    rest, _ = resting()

    assert [0.0] * 5 == [rest.failed() for _ in range(5)]
    assert SHORTEST == rest.left


def test_an_answer_between_failures_begins_the_count_anew() -> None:
    """R26: one ticket that always fails is no host that does."""
    rest = Rest(3, Time())
    for _ in range(5):
        assert [0.0, 0.0] == [rest.failed() for _ in range(2)]
        assert not rest.worked()


def test_a_trial_that_was_given_up_does_not_hold_the_host_for_ever() -> None:
    """R26: a cancelled call says nothing."""
    rest, time = resting()
    time.now += SHORTEST
    rest.leaves()

    rest.dropped()

    assert 0.0 == rest.left


def test_a_person_may_ask_at_once() -> None:
    """R26: `accept LINK`."""
    rest, _ = resting()

    rest.again()

    assert 0.0 == rest.left


async def test_nothing_leaves_for_a_resting_host(http: Http, server: Server) -> None:
    """R16, R18, R26: a write that stays here is not sent, and never of unknown outcome."""

    async def broken(line: Line) -> None:
        await line.answer(500)

    server.behave = [broken]
    for _ in range(FAILURES):
        with pytest.raises(UnknownOutcome):
            await http.write("POST", "/tickets", deadline=soon(), json={})
    assert http.rest.resting

    with pytest.raises(NotSent, match="left alone"):
        await http.write("POST", "/tickets", deadline=soon(), json={})
    assert len(server.seen) == FAILURES


async def test_a_host_that_answers_again_is_used_again(server: Server) -> None:
    """R26: without a restart and without a person; a refusal is an answer too."""
    client = Http("desk", server.url, headers={}, timeout=timedelta(seconds=1))
    client.rest = Rest(2)

    async def broken(line: Line) -> None:
        await line.answer(502)

    async def busy(line: Line) -> None:
        await line.answer(503, "{}", "Retry-After: 1")

    async def there(line: Line) -> None:
        await line.answer(404)

    server.behave = [broken, busy, broken, broken, there]
    with pytest.raises(UnknownOutcome):
        await client.write("POST", "/tickets", deadline=soon(), json={})
    with pytest.raises(UnknownOutcome):
        await client.write("POST", "/tickets", deadline=soon(), json={})
    assert not client.rest.resting, "a server that names its pause is none that fails"
    client._pace._free = 0.0
    for _ in range(2):
        with pytest.raises(UnknownOutcome):
            await client.write("POST", "/tickets", deadline=soon(), json={})
    assert client.rest.resting
    client.rest.again()

    answer = await client.read("GET", "/tickets/1", accept=(404,))

    assert 404 == answer.status
    assert not client.rest.resting
    await client.aclose()


async def test_a_read_of_a_resting_host_says_when_to_come_again(http: Http, server: Server) -> None:
    """R26: the cycle then waits so long, and the other systems go on."""
    for _ in range(FAILURES):
        http.rest.failed()

    with pytest.raises(TryLater, match="left alone") as caught:
        await http._read_once(_call())

    assert caught.value.after is not None
    assert 0 < caught.value.after <= SHORTEST
    assert [] == server.seen


def _call():
    from sync_service.adapters.http.call import Call

    return Call("GET", "/tickets", "/tickets", ())
