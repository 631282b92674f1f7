"""Which reading is older than what its system has shown (R1, ADR 0047, 0060)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sync_service.core.pair import Seen
from sync_service.core.values import NEVER, Version
from sync_service.core.versions import outdated
from tests.unit.core.examples import RIGHT, later, ticket

KNOWN, MOVED = Version(later(1)), Version(later(2))
#: Stamps of the hour that an autumn night repeats: nothing orders them.
KNOWN_TWICE, MOVED_TWICE = replace(KNOWN, certain=False), replace(MOVED, certain=False)


@pytest.mark.parametrize(
    ("shown", "known", "row", "expected"),
    [
        (MOVED, KNOWN, MOVED, False),
        (KNOWN, KNOWN, KNOWN, False),
        (KNOWN, KNOWN, None, False),
        (KNOWN, MOVED, None, True),
        (KNOWN, KNOWN, MOVED, True),
        (KNOWN_TWICE, KNOWN_TWICE, MOVED_TWICE, True),
        (MOVED_TWICE, KNOWN_TWICE, MOVED_TWICE, False),
        (MOVED_TWICE, KNOWN_TWICE, KNOWN_TWICE, False),
        (KNOWN_TWICE, NEVER, MOVED_TWICE, False),
    ],
    ids=[
        "it moved on, as the row says",
        "nothing moved",
        "no row asked",
        "older than what was shown",
        "older than the row that asked",
        "the repeated hour: it stands where it stood, and the row moved on",
        "the repeated hour: it moved on, as the row says",
        "the repeated hour: it moved on since the row",
        "a person said that what is shown is true",
    ],
)
def test_a_reading_older_than_what_was_shown_is_none(
    shown: Version, known: Version, row: Version | None, expected: bool
) -> None:
    """R1, R13: a flag that a stale answer does not have yet let a sensitive ticket's comment out."""
    seen = Seen(known, {}, newest=known if known.certain else NEVER)

    assert expected is outdated(ticket(RIGHT, {}, version=shown), seen, row)
