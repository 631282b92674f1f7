"""Where a walk through a table stands, and what the next window must show. Pure.

Each window asks for rows stamped at or after the last one read, so rows that move while we page
come again at the end and nothing is skipped. The surprise: only where one second fills a whole
page do we count rows at all, and then the window begins one row early and must show that row (R2).
A page may be short, or empty, because rights are applied after the limit; that is not the end.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise

#: A row's raw stamp and sys_id, which are what windows are sorted by.
Row = tuple[str, str]
#: A window that shows nothing new is widened up to this; the vendor's own default limit.
WIDEST = 10_000


@dataclass(frozen=True, slots=True)
class Place:
    """The next window: rows from `offset` among those stamped `floor` or later, `limit` at most.

    `size` is the page size that `limit` is widened from. `last` is the furthest row read; `must`
    the one that the window has to show. `mark` is the watermark that the walk began with.
    """

    floor: str
    limit: int
    size: int
    offset: int = 0
    last: Row | None = None
    must: Row | None = None
    mark: str = ""

    def write(self) -> str:
        """Give the place as text that `read` understands, also after a restart."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def first(cls, floor: str, size: int) -> Place:
        """Give the first window of a walk from `floor` on ("" for all)."""
        return cls(floor, size, size)

    @classmethod
    def read(cls, text: str) -> Place:
        """Read what `write` wrote; raise ValueError for anything else."""
        try:
            found = json.loads(text)
            rows = {name: tuple(found[name]) for name in ("last", "must") if found[name]}
            return cls(**{**found, **rows})
        except (KeyError, TypeError) as exc:
            raise ValueError(f"not a place in a ServiceNow table: {text[:80]!r}") from exc

    def torn(self, rows: Sequence[Row]) -> bool:
        """Tell whether the row that this window begins with has moved away (R2)."""
        return self.must is not None and self.must not in rows

    def fresh(self, rows: Sequence[Row]) -> list[bool]:
        """Tell for each row whether it comes after the last one read.

        Where the instance orders equal stamps otherwise than we do, only that row itself is old:
        to show a row twice is harmless, to drop one is not.
        """
        if self.last is None:
            return [True] * len(rows)
        ordered = all(here < there for here, there in pairwise(rows))
        return [row > self.last if ordered else row != self.last for row in rows]

    def doubt(self, rows: Sequence[Row]) -> str:
        """Say why the rows cannot be what was asked for (R3); "" where they can."""
        stamps = [stamp for stamp, _ in rows]
        if not all(stamps):
            return "rows came without their stamp"
        if any(stamp < self.floor for stamp in stamps):
            return f"rows older than {self.floor} UTC came: the filter was ignored"
        if any(here > there for here, there in pairwise(stamps)):
            return "rows came out of order: the sort was ignored"
        return f"more than {self.limit} rows came" if len(rows) > self.limit else ""

    def after(self, rows: Sequence[Row]) -> Place:
        """Give the window after these rows, where the instance has more."""
        last = max((row for row in (self.last, *rows[-1:]) if row), default=None)
        if rows and rows[-1][0] > self.floor:
            floor = rows[-1][0]
            return replace(self, floor=floor, limit=self.size, offset=0, last=last, must=None)
        must = rows[-1] if len(rows) == self.limit else None
        if must or self.limit >= WIDEST:
            return replace(self, offset=self.offset + self.limit - 1, last=last, must=must)
        wider = min(2 * self.limit, WIDEST)
        return replace(self, limit=wider, offset=0, last=last, must=None)
