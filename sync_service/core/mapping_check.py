"""What can be wrong with the lines of a mapping together, told before any ticket is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sync_service.core.mapping_line import Line
from sync_service.core.mapping_table import Cells, Table, words
from sync_service.core.values import Side

#: A line, and what is wrong with it in words for its author.
Finding = tuple[Line, str]


def findings(lines: Sequence[Line]) -> list[Finding]:
    """List what makes the lines contradict each other."""
    return [*_twice_written(lines), *_brought_and_mapped(lines), *_oscillating(lines)]


def _twice_written(lines: Iterable[Line]) -> Iterator[Finding]:
    """A field that two lines write would be rewritten for ever."""
    writers: dict[tuple[Side, str, bool], Line] = {}
    for line in lines:
        for side in line.to:
            for name in line.names.of(side):
                first = writers.setdefault((side, name, line.on_create_only), line)
                if first is not line:
                    yield line, f"`{name}` is written by `{first.name}` already; keep one of them"


def _brought_and_mapped(lines: Sequence[Line]) -> Iterator[Finding]:
    """A companion that is a line's own field as well would be written twice in one call."""
    written = {
        (side, name): line for line in lines for side in line.to for name in line.names.of(side)
    }
    for line in lines:
        for row in line.table.rows if line.table else ():
            for side in line.to:
                for name in row.companions.of(side):
                    other = written.get((side, name))
                    if other is not None:
                        yield line, _clash(name, other)
                        break


def _clash(name: str, other: Line) -> str:
    return (
        f"`{name}` is brought along here and mapped by `{other.name}`; let that line be"
        " `direction: on create` or flow the other way, or couple the fields"
    )


def _oscillating(lines: Sequence[Line]) -> Iterator[Finding]:
    """Two one-way lines over the same fields must send a value back as what it was."""
    one_way = [line for line in lines if len(line.to) == 1 and line.table is not None]
    for there in one_way:
        for back in one_way:
            if there.names == back.names and there.to == {Side.RIGHT} and back.to == {Side.LEFT}:
                yield from _round_trips(there, back)


def _round_trips(there: Line, back: Line) -> Iterator[Finding]:
    assert there.table is not None and back.table is not None  # noqa: S101, PT018 - the caller looked
    for row in there.table.rows:
        start = row.cells.left
        path = [start]
        for table, side in _alternately(there.table, back.table):
            step = _first(table, side, path[-1])
            if step is None or len(path) > 2 * len(there.table.rows) + 2:
                break
            path.append(step)
        home = path[2] if len(path) > 2 else start
        if words(home) != words(start):
            said = " -> ".join(" + ".join(words(cells)) for cells in path[:5])
            yield back, f"it undoes `{there.name}`: {said}; make one line of both, with one table"
            return


def _alternately(there: Table, back: Table) -> Iterator[tuple[Table, Side]]:
    while True:
        yield there, Side.LEFT
        yield back, Side.RIGHT


def _first(table: Table, source: Side, cells: Cells) -> Cells | None:
    row = table.row(source, cells, None)
    return row.cells.of(source.far) if row else None
