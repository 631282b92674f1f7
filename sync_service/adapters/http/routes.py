"""Name a call without naming a ticket: ids and addresses become placeholders."""

from __future__ import annotations

import re

PLACEHOLDERS = (
    (re.compile(r"(?i)/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?=/|$)"), "/{id}"),
    (re.compile(r"(?i)/[0-9a-f]{32}(?=/|$)"), "/{id}"),
    (re.compile(r"/\d+(?=/|$)"), "/{id}"),
    (re.compile(r"(?i)/[^/]*(?:@|%40)[^/]*"), "/{email}"),
)


def template(path: str) -> str:
    """Replace what looks like an id or an e-mail address, and drop the query."""
    route = path.partition("?")[0]
    for pattern, word in PLACEHOLDERS:
        route = pattern.sub(word, route)
    return route
