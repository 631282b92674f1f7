"""One page of a list that is paged by query only: `$s` rows, 20 by default, `$p` from 0."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from starlette.responses import Response

from sync_service.simulators.incidentiq.envelope import compact, items, paged
from sync_service.simulators.incidentiq.world import Site
from sync_service.simulators.kernel import Refused

DEFAULT_SIZE = 20


def whole(value: Any, name: str) -> int:
    """Read a whole number of a request; raise Refused 400 for anything else."""
    try:
        return int(value)
    except (TypeError, ValueError) as wrong:
        raise Refused(400, f"The value '{value}' is not valid for {name}.") from wrong


def page(
    site: Site,
    query: Mapping[str, str],
    rows: Sequence[Any],
    show: Callable[[Any], dict[str, Any]],
) -> Response:
    """Answer the page of `rows` that the query asks for."""
    size = whole(query.get("$s") or DEFAULT_SIZE, "$s")
    size = size if size > 0 else max(len(rows), 1)
    index = whole(query.get("$p") or 0, "$p")
    shown = [compact(show(row)) for row in rows[index * size : (index + 1) * size]]
    return items(site, shown, paged(site, len(rows), size, index))
