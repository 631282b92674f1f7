"""Reads that a server answers in a way that cannot be true."""

from __future__ import annotations

import pytest

from sync_service.adapters.request_tracker.reader import _listing, _onward
from sync_service.errors import Unbelievable


def test_a_page_that_repeats_is_not_asked_for_again() -> None:
    """R3: else an ignored filter would be an endless loop."""
    with pytest.raises(Unbelievable, match="again"):
        _onward([{"id": "7"}], "7", "rt")

    _onward([{"id": "8"}], "7", "rt")
    _onward([], 7, "rt")


def test_something_that_is_no_list_is_not_an_empty_one() -> None:
    """R4: a login page or an error in JSON proves no absence."""
    with pytest.raises(Unbelievable):
        _listing({"message": "hello"}, "rt")
