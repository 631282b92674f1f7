"""Any pair that the core can make, within what a vendor can send."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import strategies as st

from sync_service.core.pair import Intent, Made, Making, Pair, Refusal, Row, Seen, Sent, State
from sync_service.core.values import Origin, Side, Sides, Version

#: Values live in documents, which keep every character; names and ids in columns, where a vendor
#: that sends NUL or half a character has no valid JSON in the first place.
names = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=12)
texts = st.text(max_size=12)
#: A moment in a zone with a repeated hour equals no moment of another zone, says Python; so fixed
#: offsets stand for all zones here.
offsets = st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours)))
moments = st.datetimes(timezones=st.just(UTC)) | st.datetimes(
    min_value=datetime(1900, 1, 1),  # noqa: DTZ001 -- the zone is drawn
    max_value=datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=offsets,
)
leaves = (
    st.none() | st.booleans() | st.integers() | texts
    | st.floats(allow_nan=False, allow_infinity=False)
)  # fmt: skip
values = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3).map(tuple), max_leaves=4)
fields = st.dictionaries(texts, values, max_size=3)
serials = st.integers(-(2**63), 2**63 - 1)
versions = st.builds(Version, moments, serials, st.booleans())
sides = st.sampled_from(Side)


def both(strategy: st.SearchStrategy) -> st.SearchStrategy:
    """Make one for each side."""
    return st.builds(Sides, strategy, strategy)


seen = st.builds(Seen, versions, fields, st.booleans(), names)
sent = st.builds(
    Sent, texts, sides, both(fields), both(fields), versions, moments, moments,
    st.lists(values, max_size=2).map(tuple),
)  # fmt: skip
intents = st.builds(
    Intent, st.sampled_from(Making), sides, texts, moments, moments, fields, fields, texts,
    st.booleans(), st.lists(texts, max_size=2).map(tuple),
)  # fmt: skip
rows = st.builds(
    Row, st.builds(Origin, names, names, names), sides, both(st.none() | names), both(names),
    both(names), st.booleans(), st.booleans(), names,
)  # fmt: skip
refusals = st.builds(Refusal, sides, texts, texts)


def few(strategy: st.SearchStrategy) -> st.SearchStrategy:
    """Make a short tuple."""
    return st.lists(strategy, max_size=3).map(tuple)


def pairs(link: str) -> st.SearchStrategy[Pair]:
    """Make any content of a pair; its ids are still to be put in."""
    return st.builds(
        Pair, id=st.just(0), link=st.just(link), ids=st.just(Sides(None, None)),
        made=st.sampled_from(Made), state=st.sampled_from(State),
        seen=both(st.none() | seen), sent=few(sent), intents=few(intents), rows=few(rows),
        contested=st.frozensets(names, max_size=3), refusals=few(refusals),
        born_at=st.none() | moments, adopted_at=st.none() | moments,
        recorded_at=st.none() | moments, run=st.integers(0, 2**63 - 1),
    )  # fmt: skip
