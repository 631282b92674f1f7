"""Encoded queries say what is meant, whatever signs a value has."""

from __future__ import annotations

import pytest

from sync_service.adapters.servicenow import query


def test_a_caret_is_doubled_and_a_comma_leaves_the_list() -> None:
    """`^` ends a condition, and a list's comma cannot be quoted."""
    assert query.one_of("name", ["a", "b^c"]) == "nameINa,b^^c"
    assert query.one_of("name", ["a,b", "c"]) == "name=a,b^ORname=c"
    assert query.one_of("name", ["a"]) == "name=a"


def test_the_order_is_part_of_every_walk() -> None:
    """R2: by stamp, then by id, from a floor or from the beginning."""
    assert (
        query.ascending("active=true", "sys_updated_on", "2026-11-20 09:00:00")
        == "active=true^sys_updated_on>=2026-11-20 09:00:00^ORDERBYsys_updated_on^ORDERBYsys_id"
    )
    assert query.ascending("", "sys_created_on", "") == "ORDERBYsys_created_on^ORDERBYsys_id"


@pytest.mark.parametrize(
    "value", ["", "  ", "javascript:gs.sleep(9)", " JavaScript:x", "a,javascript:x", "two\nlines"]
)
def test_scripts_and_unsendable_texts_are_not_searched_for(value: str) -> None:
    """The instance runs a value that begins with `javascript:`."""
    assert not query.searchable(value)


def test_lists_are_cut_to_length() -> None:
    """An address line has its limits."""
    assert [list(some) for some in query.chunks("abcde", 2)] == [["a", "b"], ["c", "d"], ["e"]]
