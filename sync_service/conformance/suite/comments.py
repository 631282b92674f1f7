"""Comments: who said what to whom, whose copy it is, and what becomes of it (R13, R21, R23)."""

from __future__ import annotations

import pytest

from sync_service.conformance.abilities import (
    Automates,
    DeletesComments,
    DropsOrigins,
    RewordsComments,
    TurnsComments,
)
from sync_service.conformance.bench import Bench, internal, new_origin, public, unique
from sync_service.conformance.harness import Harness
from sync_service.conformance.opening import opened
from sync_service.core.values import Comment, InternalNote, PublicComment
from sync_service.errors import Rejected

BODIES = (
    "0",
    "line\r\nline",
    "  lead\n\n\ntrail  \n",
    "From x\n.\n>y",
    "Zoë 日本 😀 é",
    "a < b & c > d, [code]<b>x</b>[/code]",
    "-- \nsignature",
    "word " * 3000,
)
HTML_BODIES = (
    "<p>plain</p>",
    "<p>two</p><p>lines &amp; a <b>bold</b> word</p>",
    "<p>Zoë 日本 😀<br>next</p>",
    f"<p>{'word ' * 3000}</p>",
)


async def _comments(desk: Bench, ticket: str) -> tuple[Comment, ...]:
    return (await desk.read(ticket)).comments or ()


async def test_what_people_say_is_read_with_author_order_and_visibility(harness: Harness) -> None:
    """R13, R21: oldest first, each under its own type, by e-mail address, not ours."""
    async with opened(harness) as desk:
        one, two = harness.sample.people
        ticket = await desk.system.open(unique("Talk"))
        talk = (("Any news?", True, one), ("Lamp is dead.", False, two), ("On it.", True, two))
        for text, openly, by in talk:
            await desk.system.comment(ticket, text, public=openly, by=by)
            await desk.wait(1.1)
        said = await _comments(desk, ticket)

        kinds = [PublicComment if openly else InternalNote for _, openly, _ in talk]
        assert kinds == [type(comment) for comment in said]
        assert [by for _, _, by in talk] == [comment.author.email for comment in said]
        assert all(text in comment.body for (text, _, _), comment in zip(talk, said, strict=True))
        assert not any(comment.ours or comment.origin or comment.deleted for comment in said)
        assert sorted(comment.created for comment in said) == [c.created for c in said]
        assert all(comment.created.tzinfo for comment in said)
        assert abs(said[-1].created - desk.system.now()).total_seconds() < 60


async def test_the_same_words_twice_are_two_comments(harness: Harness) -> None:
    """R21: by the same person, publicly and internally; never matched by text."""
    async with opened(harness) as desk:
        ticket = await desk.system.open(unique("Twice"))
        for openly in (True, True, False, False):
            await desk.system.comment(ticket, "hi", public=openly)
        said = await _comments(desk, ticket)

        assert 4 == len({comment.id for comment in said})
        assert 2 == sum(isinstance(comment, PublicComment) for comment in said)


@pytest.mark.parametrize("openly", [True, False], ids=["reply", "note"])
async def test_a_copy_comes_back_as_it_was_told(harness: Harness, openly: bool) -> None:  # noqa: FBT001
    """R13, R21: id, words, visibility, authorship and origin are those of every later read."""
    async with opened(harness) as desk:
        ticket, html = await desk.made(), desk.traits.html_comments
        copies: list[Comment] = []
        for body in HTML_BODIES if html else BODIES:
            if openly:
                told = public(body, html=html)
                copies.append(await desk.adapter.reply(ticket, told, desk.soon()))
            else:
                noted = internal(body, html=html)
                copies.append(await desk.adapter.note(ticket, noted, desk.soon()))
            assert copies[-1].origin == (told if openly else noted).origin
        shown = {comment.id: comment for comment in await _comments(desk, ticket.id)}

        assert {PublicComment if openly else InternalNote} == {type(one) for one in copies}
        assert len(copies) == len(shown)
        for sent, copy in zip(HTML_BODIES if html else BODIES, copies, strict=True):
            seen = shown[copy.id]
            assert type(copy) is type(seen)
            for name in ("body", "html", "ours", "origin", "version", "deleted"):
                assert getattr(copy, name) == getattr(seen, name), (name, sent)
            assert seen.ours
            assert "".join(_letters(sent)) == "".join(_letters(seen.body)), sent


def _letters(text: str) -> list[str]:
    """What no normalising may touch: letters and digits outside of tags."""
    parts = text.replace("&amp;", "&").split("<")
    words = parts[:1] + [part.partition(">")[2] if ">" in part else part for part in parts[1:]]
    return [letter for word in words for letter in word if letter.isalnum()]


async def test_a_note_is_never_public(harness: Harness) -> None:
    """R13: judged by the system itself, not by what our adapter says of it."""
    async with opened(harness) as desk:
        ticket, secret, word = await desk.made(), unique("secret"), unique("word")
        await desk.adapter.note(ticket, internal(secret), desk.soon())
        await desk.adapter.reply(ticket, public(word), desk.soon())

        said = await desk.system.said(ticket.id)
        assert [False] == [openly for text, openly in said if secret in text]
        assert [True] == [openly for text, openly in said if word in text]


async def test_a_quoted_copy_is_nobodys_copy(harness: Harness) -> None:
    """R21: a person who quotes all of a copy, marker too, has said something new."""
    async with opened(harness) as desk:
        ticket, word = await desk.made(), unique("quoted")
        await desk.adapter.reply(ticket, public(word), desk.soon())
        (raw,) = [text for text, _ in await desk.system.said(ticket.id) if word in text]
        await desk.system.comment(ticket.id, raw, public=True)
        (_, theirs) = [one for one in await _comments(desk, ticket.id) if word in one.body]

        assert (False, None) == (theirs.ours, theirs.origin)


async def test_an_origin_that_the_field_loses_is_known_or_not_claimed(harness: Harness) -> None:
    """R21: the first copy verifies that the field comes back; later ones carry it for certain."""
    async with opened(harness, start=False) as desk:
        await desk.needs(DropsOrigins).drop_origins()
        await desk.start()
        ticket = await desk.made()
        first = await desk.adapter.reply(ticket, public("first"), desk.soon())
        origins = [new_origin(), new_origin()]
        for one in origins:
            await desk.adapter.reply(ticket, public("later", one), desk.soon())
        await desk.start()
        shown = await _comments(desk, ticket.id)

        assert [first.origin, *origins] == [comment.origin for comment in shown]


async def test_more_comments_than_a_page_are_read(harness: Harness) -> None:
    """R21: a comment that was overlooked would be copied twice."""
    async with opened(harness) as desk:
        ticket, count = await desk.system.open(unique("Long story")), harness.sample.many_comments
        for n in range(count):
            await desk.system.comment(ticket, f"line {n} of it", public=n % 2 == 0)
        said = await _comments(desk, ticket)

        assert count == len({comment.id for comment in said}) == len(said)
        texts = [comment.body for comment in said]
        assert all(any(f"line {n} of it" in text for text in texts) for n in range(count))
        created = [comment.created for comment in said]
        assert sorted(created) == created


async def test_a_rule_speaks_as_automation(harness: Harness) -> None:
    """R23: two autoresponders would answer each other for ever."""
    async with opened(harness) as desk:
        ticket = await desk.needs(Automates).robot(unique("Robot"))
        said = await _comments(desk, ticket)

        assert [(True, False)] == [(one.automation, one.ours) for one in said]


async def test_a_reworded_comment_shows_another_version(harness: Harness) -> None:
    """R21: `version` changes whenever the body does."""
    async with opened(harness) as desk:
        system = desk.needs(RewordsComments)
        ticket = await desk.system.open(unique("Reworded"))
        await desk.system.comment(ticket, "before", public=True)
        await desk.system.comment(ticket, "beside", public=True)
        before = await _comments(desk, ticket)
        await desk.wait(1.1)
        await system.reword(ticket, before[0].id, "after")
        after = await _comments(desk, ticket)

        assert [one.id for one in before] == [one.id for one in after]
        assert "after" in after[0].body
        assert [True, False] == [a.version != b.version for a, b in zip(before, after, strict=True)]


async def test_a_deleted_comment_is_deleted_or_absent(harness: Harness) -> None:
    """R21: it is never shown as if it still stood."""
    async with opened(harness) as desk:
        system = desk.needs(DeletesComments)
        ticket = await desk.system.open(unique("Unsaid"))
        await desk.system.comment(ticket, "regretted", public=True)
        await desk.system.comment(ticket, "kept", public=True)
        regretted, kept = await _comments(desk, ticket)
        await system.unsay(ticket, regretted.id)
        left = {one.id: one.deleted for one in await _comments(desk, ticket)}

        assert left.get(regretted.id, True)
        assert left[kept.id] is False


async def test_a_comment_that_turns_internal_shows_at_once(harness: Harness) -> None:
    """R13: and back; its version tells."""
    async with opened(harness) as desk:
        system = desk.needs(TurnsComments)
        ticket = await desk.system.open(unique("Turned"))
        await desk.system.comment(ticket, "for whom?", public=True)
        (before,) = await _comments(desk, ticket)
        for openly, kind in ((False, InternalNote), (True, PublicComment)):
            await desk.wait(1.1)
            await system.turn(ticket, before.id, public=openly)
            (after,) = await _comments(desk, ticket)
            assert isinstance(after, kind)
            assert after.version != before.version
            before = after


async def test_a_reply_moves_no_status(harness: Harness) -> None:
    """R11: a reply that reopens would be an edit of nobody."""
    async with opened(harness) as desk:
        name, (first, second) = desk.traits.status_field, harness.sample.status
        ticket = await desk.made()
        for status in (first, second):
            ticket = await desk.read(ticket.id)
            if status != ticket.fields[name]:
                await desk.adapter.update(ticket, {name: status}, desk.soon())
            await desk.adapter.reply(ticket, public("still the same"), desk.soon())
            await desk.adapter.note(ticket, internal("as before"), desk.soon())
            assert status == (await desk.read(ticket.id)).fields[name]


async def test_a_copy_is_rewritten_where_the_traits_say_so(harness: Harness) -> None:
    """R21: words and version change, id, origin and visibility stay; else it is refused unsent."""
    async with opened(harness) as desk:
        ticket, html = await desk.made(), desk.traits.html_comments
        copy = await desk.adapter.reply(ticket, public("before"), desk.soon())
        again = public("<p>after</p>" if html else "after", copy.origin, html=html)
        desk.wire.forget()
        if not desk.traits.edits_comments:
            with pytest.raises(Rejected):
                await desk.adapter.rewrite(ticket, copy.id, again, desk.soon())
            assert [] == desk.wire.calls()
            return
        await desk.wait(1.1)
        done = await desk.adapter.rewrite(ticket, copy.id, again, desk.soon())
        (shown,) = await _comments(desk, ticket.id)

        assert "after" in shown.body
        assert shown.version != copy.version
        for name in ("id", "body", "origin", "ours", "version"):
            assert getattr(done, name) == getattr(shown, name)
        assert (copy.id, copy.origin) == (shown.id, shown.origin)
        assert isinstance(shown, PublicComment)


async def test_a_copy_is_hidden_where_the_traits_say_so(harness: Harness) -> None:
    """R13: internal or deleted, and nobody outside sees it; else it is refused unsent."""
    async with opened(harness) as desk:
        ticket, word = await desk.made(), unique("hide me")
        copy = await desk.adapter.reply(ticket, public(word), desk.soon())
        desk.wire.forget()
        if not desk.traits.hides_comments:
            with pytest.raises(Rejected):
                await desk.adapter.hide(ticket, copy.id, desk.soon())
            assert [] == desk.wire.calls()
            return
        await desk.adapter.hide(ticket, copy.id, desk.soon())
        left = [one for one in await _comments(desk, ticket.id) if one.id == copy.id]

        assert all(isinstance(one, InternalNote) or one.deleted for one in left)
        assert {copy.origin} >= {one.origin for one in left}
        assert not any(openly for text, openly in await desk.system.said(ticket.id) if word in text)
