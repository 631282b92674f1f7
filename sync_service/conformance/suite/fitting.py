"""What `fit` foretells is what is shown: blanks, line ends, markup, other alphabets, too long (R7, R12)."""

from __future__ import annotations

import asyncio

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync_service.adapters.base import FieldInfo, Kind, Written
from sync_service.conformance.bench import Bench, ended, unique
from sync_service.conformance.harness import Harness
from sync_service.conformance.opening import opened
from sync_service.conformance.suite.fields import MOMENTS
from sync_service.core.values import Fields, Ticket, Value
from sync_service.errors import Rejected

LONG = "word and another " * 400


TEXTS = (
    "plain",
    "  blanks around  ",
    "line one\r\nline two\rline three\n",
    "\n\n  lead and trail \t\n",
    "Zoë 日本 😀 é",
    "a <b>bold</b> claim & a <script>alert(1)</script> bad one",
    "a < b > c & d &amp; e",
    "0",
    "null\x00byte",
    "[code]<i>x</i>[/code] {{ x }} ${y}",
    LONG,
    "   ",
)


HTMLS = (
    "<p>plain</p>",
    "<p>two</p><p>lines &amp; a <b>bold</b> word</p>",
    "<P CLASS='x'>Zoë 日本 😀<BR></P>",
    "<p>never <script>alert(1)</script><a href='javascript:x'>closed",
    "no tags at all & a < b",
    f"<p>{LONG}</p>",
)


#: What any field may be asked about, whatever it holds.
ODD: tuple[Value, ...] = (
    *TEXTS, *HTMLS, *MOMENTS, "", " ", None, 0, -1, 1.5, True, (), ("b", "a", "b"), ("", " "),
)  # fmt: skip
#: A text that any field may be asked about: blanks, controls, marks of markup, all of Unicode.
ANY_TEXT = st.text(st.characters(codec="utf-8"), max_size=60) | st.sampled_from((*TEXTS, *HTMLS))


QUICK = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))


def _values(info: FieldInfo) -> st.SearchStrategy[Value]:
    """Give what a mapping could write to a field of this kind."""
    match info.kind:
        case Kind.NUMBER:
            return st.integers(-(10**6), 10**6) | st.floats(-1e6, 1e6, allow_nan=False) | st.none()
        case Kind.BOOL:
            return st.booleans() | st.none()
        case Kind.MOMENT:
            return st.sampled_from((*MOMENTS, "", None))
        case Kind.CHOICE:
            known = st.sampled_from(info.values) if info.values else st.nothing()
            return known | known.map(str.upper) | ANY_TEXT | st.none()
        case _:
            return ANY_TEXT | st.none() | st.tuples(ANY_TEXT, ANY_TEXT)


async def test_what_fits_fits_again(harness: Harness) -> None:
    """R7: `fit(fit(v)) == fit(v)` for every field and any value, and nobody is asked."""
    async with opened(harness) as desk:
        writable = [one for one in await desk.adapter.describe() if one.writable]
        fields = st.sampled_from(writable)
        desk.wire.forget()

        def fits(name: str, value: Value) -> None:
            once = desk.adapter.fit(name, value)
            assert once == desk.adapter.fit(name, once), (name, value)
            assert once == desk.adapter.fit(name, value), (name, value)

        @settings(QUICK, max_examples=300)
        @given(pair=fields.flatmap(lambda info: st.tuples(st.just(info.name), _values(info))))
        def law(pair: tuple[str, Value]) -> None:
            fits(*pair)

        for info in writable:
            for value in ODD:
                fits(info.name, value)
        law()
        assert [] == desk.wire.calls()


async def test_empty_is_empty(harness: Harness) -> None:
    """None and "" both mean empty, and adapters deliver None."""
    async with opened(harness) as desk:
        for name in (harness.sample.title, harness.sample.body, harness.sample.person):
            assert [None, None] == [desk.adapter.fit(name, empty) for empty in (None, "")]


async def _written(desk: Bench, ticket: Ticket, changes: Fields) -> Ticket:
    """Write values; each is shown as `fit` foretold, or refused by name and not shown."""
    foretold = {name: desk.adapter.fit(name, value) for name, value in changes.items()}
    done = await ended(desk.adapter.update(ticket, changes, desk.soon()))
    shown = await desk.read(ticket.id)
    if isinstance(done, Written):
        assert foretold == {name: shown.fields[name] for name in changes}, changes
        told = done.ticket or shown
        assert foretold == {name: told.fields[name] for name in changes}, changes
        return shown
    assert isinstance(done, Rejected), (changes, done)
    assert done.fields, (changes, done)
    for name in done.fields:
        assert ticket.fields.get(name) == shown.fields.get(name), (changes, done)
    left = {name: value for name, value in changes.items() if name not in done.fields}
    return await _written(desk, shown, left) if left else shown


async def test_fit_foretells_what_get_shows_after_an_update(harness: Harness) -> None:
    """R7, R12: blanks, line ends, markup, other alphabets, too long: cut or refused by name."""
    async with opened(harness) as desk:
        sample, adapter = harness.sample, desk.adapter
        ticket = await desk.made()
        texts = {sample.title, sample.body, sample.match} - sample.only_on_create
        rich = {name for name in texts if adapter.kind(name) is Kind.HTML}
        for value in TEXTS:
            ticket = await _written(desk, ticket, dict.fromkeys(texts - rich, value))
        for value in HTMLS if rich else ():
            ticket = await _written(desk, ticket, dict.fromkeys(rich, value))
        for value in MOMENTS if sample.moment else ():
            ticket = await _written(desk, ticket, {sample.moment: value})


async def test_fit_foretells_what_get_shows_after_a_create(harness: Harness) -> None:
    """R7, R16: a copy that is found later has a past: what was sent, as it is shown."""
    async with opened(harness) as desk:
        sample, adapter = harness.sample, desk.adapter
        for value in HTMLS if adapter.kind(sample.body) is Kind.HTML else TEXTS:
            given = {sample.title: value, sample.body: value}
            if adapter.fit(sample.title, value) is None:
                given[sample.title] = unique("No vendor makes a ticket without a title")
            done = await ended(adapter.create(desk.draft(given), desk.soon()))
            if isinstance(done, Rejected):
                assert set(done.fields) <= set(given), done
                continue
            assert isinstance(done, Written), done
            assert done.ticket is not None
            shown = await desk.read(done.ticket.id)

            foretold = {name: adapter.fit(name, one) for name, one in given.items()}
            assert foretold == {name: shown.fields[name] for name in given}, repr(value)
            assert foretold == {name: done.ticket.fields[name] for name in given}, repr(value)


async def test_any_text_is_shown_as_fit_foretold(harness: Harness) -> None:
    """R7, R12: the same with texts that nobody thought of."""
    async with opened(harness) as desk:
        name = harness.sample.title
        ticket = [await desk.made()]
        loop = asyncio.get_running_loop()

        @settings(QUICK, max_examples=15)
        @given(value=st.text(st.characters(codec="utf-8"), min_size=1, max_size=40))
        def law(value: str) -> None:
            deed = _written(desk, ticket[-1], {name: value})
            ticket.append(asyncio.run_coroutine_threadsafe(deed, loop).result(30))

        await asyncio.to_thread(law)
