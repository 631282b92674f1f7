"""Page by number over rows that move: each next page begins one row early (R2).

A vendor that counts pages (`index * size`) cannot be asked for "from row 99", so the surprise is
that the page *size* changes: among the sizes from half the wanted one upwards there is nearly
always one whose page begins at or before the last row read and still brings new rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Window:
    """A page to ask for: rows `index * size` up to, not including, `end`."""

    size: int
    index: int

    @property
    def start(self) -> int:
        """The number of the first row, from 0."""
        return self.size * self.index

    @property
    def end(self) -> int:
        """The number of the row after the last."""
        return self.start + self.size


def window(offset: int, size: int) -> Window:
    """Give the page after `offset` rows were read: it repeats the last of them and brings most.

    `size` is the largest page to ask for, at least 2. Only where every size from 2 to `size`
    divides `offset` no page overlaps; then the page begins at `offset` exactly.
    """
    if offset <= 0:
        return Window(size, 0)
    likely = [Window(one, (offset - 1) // one) for one in range(max(2, -(-size // 2)), size + 1)]
    best = max(likely, key=lambda page: (page.end, page.size))
    if best.end > offset:
        return best
    small = [Window(one, (offset - 1) // one) for one in range(2, size)]
    best = max(small, key=lambda page: page.end, default=best)
    return best if best.end > offset else Window(2, offset // 2)


def sorted_down(stamps: Sequence[str]) -> bool:
    """Tell whether the stamps never rise."""
    return all(one >= two for one, two in pairwise(stamps))


@dataclass(frozen=True, slots=True)
class Place:
    """How far a reading has come: rows read, the last of them, and the page size that works."""

    offset: int
    size: int
    last: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """What one page means: where to go on (None: drained), and what was wrong with it.

    `torn`: the last row read before is not in it, so rows moved and the reading must start again.
    `stuck`: it brought nothing new although more is said to follow.
    """

    to: Place | None
    torn: bool = False
    stuck: bool = False


SMALLEST = 4


def advance(
    place: Place, start: int, ids: Sequence[str], *, asked: int, size: int, last: bool
) -> Step:
    """Judge a page for which `asked` rows were asked, and which was `size` long by its account.

    A page shorter than asked, though not the last, is taken for a limit: the next are asked that
    much smaller.
    """
    repeats = start < place.offset  # a page that begins just after the last row proves nothing
    torn = start > place.offset or (repeats and bool(place.last) and place.last not in ids)
    end = start + len(ids)
    if last or not ids:
        return Step(None, torn, stuck=not last)
    shown = min(size, len(ids))
    works = place.size if shown >= asked else max(min(place.size, shown), SMALLEST)
    if end > place.offset:
        return Step(Place(end, works, ids[-1]), torn)
    if works < place.size:
        return Step(Place(place.offset, works, place.last), torn)
    return Step(None, torn, stuck=True)
