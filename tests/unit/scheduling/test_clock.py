"""Our clock never goes back (R16)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sync_service.scheduling.clock import SteadyClock

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


class Machine:
    """A machine whose clock can be set."""

    def __init__(self) -> None:
        self.boot, self.offset = 1000.0, timedelta(0)

    def ticks(self) -> float:
        return self.boot

    def wall(self) -> datetime:
        return NOON + timedelta(seconds=self.boot) + self.offset


def clock_of(machine: Machine) -> SteadyClock:
    """Give our clock on the machine."""
    return SteadyClock(machine.wall, machine.ticks)


def test_a_clock_set_back_is_not_followed() -> None:
    """Work that is due in a second stays due in a second."""
    machine = Machine()
    clock = clock_of(machine)
    before = clock()
    machine.offset -= timedelta(hours=1)
    machine.boot += 5

    assert before + timedelta(seconds=5) == clock()


def test_a_clock_set_forward_is_followed() -> None:
    """A machine that slept must find its deadlines passed (R16)."""
    machine = Machine()
    clock = clock_of(machine)
    machine.offset += timedelta(hours=1)

    assert machine.wall() == clock()


def test_a_new_start_begins_after_what_the_store_knows() -> None:
    """Moments in the store never lie ahead of the one who reads them."""
    machine = Machine()
    clock = clock_of(machine)
    ahead = machine.wall() + timedelta(hours=2)

    clock.not_before(ahead)
    machine.boot += 3

    assert ahead + timedelta(seconds=3) == clock()


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(-1e6, 1e6)), max_size=20))
def test_no_answer_is_earlier_than_one_before(steps: list[tuple[float, float]]) -> None:
    """Whatever is done to the machine's clock."""
    machine = Machine()
    clock = clock_of(machine)
    told = [clock()]
    for passes, shift in steps:
        machine.boot += passes
        machine.offset += timedelta(seconds=shift)
        told.append(clock())

    assert sorted(told) == told
