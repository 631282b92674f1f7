"""The certificate's own parts."""

from __future__ import annotations

import re

import pytest

from tests.certify.certificate import PARTS, PROJECT

#: Turns that a person gives to look into one failure.
BY_HAND = {"SYNC_HISTORY"}


@pytest.mark.parametrize("name", PARTS)
def test_a_part_is_told_its_seed_and_how_much_of_it_to_play(name: str) -> None:
    """What the certificate prints of a part holds for it: the memory histories knew no seed."""
    tests, environment = PARTS[name]
    read = {
        one
        for file in tests
        for one in re.findall(r'environ\.get\("(SYNC_\w+)"', (PROJECT / file).read_text())
    }

    assert read - BY_HAND == set(environment)
