"""The walk through a table whose rows hide, share seconds and move."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_service.adapters.servicenow.place import Place

START = 100


@dataclass
class Table:
    """Rows as the vendor keeps them: limit first, rights afterwards (vendor docs: Table API)."""

    stamps: dict[str, str]
    hidden: set[str]
    clock: int = START
    seen: set[str] = field(default_factory=set)

    def window(self, place: Place) -> tuple[list[tuple[str, str]], bool]:
        """Answer a query: the visible rows of the window, and whether there are more rows."""
        rows = sorted((s, id) for id, s in self.stamps.items() if s >= place.floor)
        window = rows[place.offset : place.offset + place.limit]
        return (
            [row for row in window if row[1] not in self.hidden],
            place.offset + place.limit < len(rows),
        )

    def move(self, id: str) -> None:
        """Change a row: it gets the newest stamp."""
        self.clock += 1
        self.stamps[id] = f"{self.clock:06d}"


ids = st.integers(0, 40).map(lambda n: f"{n:02d}")
tables = st.builds(
    Table,
    st.dictionaries(ids, st.integers(1, 4).map(lambda n: f"{n:06d}"), max_size=40),
    st.sets(ids),
)


@given(tables, st.integers(2, 7), st.lists(st.tuples(st.integers(0, 6), ids), max_size=12))
def test_a_walk_loses_nothing_or_says_that_it_tore(
    table: Table, size: int, moves: list[tuple[int, str]]
) -> None:
    """R2: every visible row that stayed where it was is shown, however the others move."""
    place: Place | None = Place.first("", size)
    step = 0
    while place is not None:
        assert step < 500
        rows, more = table.window(place)
        assert not place.doubt(rows)
        if place.torn(rows):
            return
        new = zip(rows, place.fresh(rows), strict=True)
        table.seen |= {row[1] for row, fresh in new if fresh}
        place = Place.read(place.after(rows).write()) if more else None
        for at, id in moves:
            if at == step and id in table.stamps:
                table.move(id)
        step += 1
    stayed = {id for id, stamp in table.stamps.items() if stamp <= f"{START:06d}"}
    assert stayed - table.hidden <= table.seen


@given(tables, st.integers(2, 7))
def test_a_table_that_stands_still_is_shown_once_and_never_torn(table: Table, size: int) -> None:
    """Rows of equal stamps in windows of any size."""
    place: Place | None = Place.first("", size)
    shown: list[str] = []
    while place is not None:
        rows, more = table.window(place)
        assert not place.torn(rows)
        shown += [r[1] for r, fresh in zip(rows, place.fresh(rows), strict=True) if fresh]
        place = place.after(rows) if more else None

    assert sorted(shown) == sorted(set(table.stamps) - table.hidden)


def test_a_window_that_is_widened_does_not_show_rows_again() -> None:
    """Found by the law above: the widened window ends before the furthest row read."""
    stamps = dict.fromkeys(("01", "02", "03", "04", "05"), "000001")
    table = Table({**stamps, "00": "000002", "06": "000002"}, hidden={"00"})
    place: Place | None = Place.first("", 2)
    shown: list[str] = []
    while place is not None:
        rows, more = table.window(place)
        shown += [r[1] for r, fresh in zip(rows, place.fresh(rows), strict=True) if fresh]
        place = place.after(rows) if more else None

    assert shown == ["01", "02", "03", "04", "05", "06"]


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([("5", "a"), ("4", "b")], "sort"),
        ([("1", "a")], "filter"),
        ([("", "a")], "stamp"),
        ([("5", "a"), ("5", "b"), ("5", "c")], "more than 2"),
        ([("5", "b"), ("5", "a")], ""),
    ],
)
def test_rows_that_were_not_asked_for_are_doubted(rows: list[tuple[str, str]], why: str) -> None:
    """R3: order among equal stamps is the instance's business."""
    doubt = Place.first("3", 2).doubt(rows)

    assert (why in doubt) if why else not doubt


def test_a_cursor_that_is_none_of_ours_is_refused() -> None:
    """A kept cursor of another adapter says so."""
    with pytest.raises(ValueError, match="not a place"):
        Place.read('{"page": 3}')
