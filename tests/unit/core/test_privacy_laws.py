"""Laws of privacy: whatever a pair remembers and both systems show, no plan lets a note out (R13).

Every comment and field has words of its own, so that what leaves can be told by its words and not
by the plan's own account of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from sync_service.core.actions import Action, AddNote, AddReply, Create, Rewrite, Update
from sync_service.core.begin import Words, plan_create
from sync_service.core.comments import CommentRules, Edits
from sync_service.core.outgoing import Reply, Traits
from sync_service.core.pair import Intent, Made, Making, Pair, Refusal, Row
from sync_service.core.rules import Rules
from sync_service.core.speak import Speaker
from sync_service.core.values import (
    Comment,
    Fields,
    InternalNote,
    Origin,
    Person,
    PublicComment,
    Side,
    Sides,
    Ticket,
)
from tests.unit.core.examples import AT, LEFT, RIGHT, pair, plan_for, rules, ticket

_IDS = ("c1", "c2", "c3")
_SETS = st.sampled_from([frozenset[Side](), frozenset({LEFT}), frozenset({RIGHT}), frozenset(Side)])
_FIELDS = {LEFT: ("title", "status", "where"), RIGHT: ("short", "state", "place")}


@st.composite
def comments(draw: st.DrawFn, side: Side) -> tuple[Comment, ...]:
    """Give comments of every kind, some ours with any origin; each says something of its own."""
    found: list[Comment] = []
    for name in draw(st.lists(st.sampled_from(_IDS), unique=True)):
        kind = PublicComment if draw(st.booleans()) else InternalNote
        body = f"said-{side}-{name}-{draw(st.integers(0, 2))}"
        found.append(
            kind(
                f"{side}.{name}",
                f"<p>{body}</p>" if (html := draw(st.booleans())) else body,
                AT + timedelta(seconds=draw(st.integers(-5, 5))),
                Person("Ada", "ada@school.example"),
                html=html,
                ours=draw(st.booleans()),
                automation=draw(st.booleans()),
                origin=draw(st.none() | origins()),
                deleted=draw(st.booleans()),
                version=draw(st.sampled_from(["1", "2"])),
            )
        )
    return tuple(found)


def origins() -> st.SearchStrategy[Origin]:
    """Give origins on either ticket, elsewhere, and of appended wordings."""
    names = [f"{side}.{name}" for side in Side for name in _IDS]
    names += [f"{one}~1~abc" for one in names]
    at = st.sampled_from([("left", "L1"), ("right", "R1"), ("third", "T1")])
    return st.builds(
        lambda where, name: Origin(where[0], where[1], name), at, st.sampled_from(names)
    )


@st.composite
def rows(draw: st.DrawFn, now: Sides[Ticket]) -> tuple[Row, ...]:
    """Give whatever may be remembered of these comments and their copies, true or not any more."""
    texts, flags = st.sampled_from(["", "old digest", "another"]), st.booleans()
    made: list[Row] = []
    for home in Side:
        far = [one.id for one in now.of(home.far).comments or ()]
        for one in now.of(home).comments or ():
            if draw(st.booleans()):
                continue
            copy = draw(st.none() | st.sampled_from([*far, f"{home.far}.gone"]))
            ids: Sides[str | None] = Sides(copy, copy).put(home, one.id)
            own = Origin(home.value, now.of(home).id, one.id)
            origin = own if draw(st.booleans()) else draw(origins())
            skipped = draw(st.sampled_from(["", "", "its kind does not flow that way", "unknown"]))
            digests = Sides(draw(texts), draw(texts))
            row = Row(origin, home, ids, digests, public=draw(flags), deleted=draw(flags))
            made.append(replace(row, skipped=skipped))
    return tuple(made)


def _notes() -> st.SearchStrategy[Intent]:
    return st.builds(
        Intent,
        making=st.just(Making.COMMENT),
        to=st.sampled_from(list(Side)),
        key=origins().map(str),
        noted_at=st.just(AT),
        wire_until=st.just(AT),
        normal=st.sampled_from(["", "old digest"]),
        public=st.booleans(),
    )


def _past(side: Side) -> st.SearchStrategy[Fields | None]:
    words = st.none() | st.sampled_from([f"field-{side}-{n}" for n in range(3)])
    return st.none() | st.fixed_dictionaries(dict.fromkeys(_FIELDS[side], words))


@st.composite
def tickets(draw: st.DrawFn, side: Side) -> Ticket:
    """Give a ticket as its system may show it."""
    return ticket(
        side,
        draw(_past(side)) or {},
        *draw(comments(side)),
        sensitive=draw(st.sampled_from([False, False, True])),
        ours=draw(st.booleans()),
    )


@st.composite
def situations(draw: st.DrawFn) -> tuple[Pair, Sides[Ticket]]:
    """Give both tickets, and a pair with any past, any rows and any open notes."""
    now = Sides(draw(tickets(LEFT)), draw(tickets(RIGHT)))
    refusals = st.builds(
        Refusal, st.sampled_from(list(Side)), origins().map(str), st.sampled_from(["hide", "x"])
    )
    one = pair(
        draw(_past(LEFT)),
        draw(_past(RIGHT)),
        rows=draw(rows(now)),
        intents=tuple(draw(st.lists(_notes(), max_size=2))),
        refusals=tuple(draw(st.lists(refusals, max_size=2))),
        made=draw(st.sampled_from(list(Made))),
    )
    return one, now


def any_rules() -> st.SearchStrategy[Rules]:
    """Give links of every kind of talk, between systems of every ability."""
    talk = st.builds(
        CommentRules, _SETS, _SETS, st.sampled_from(list(Edits)), automation=st.booleans()
    )
    able = st.builds(
        Traits,
        origin_field=st.booleans(),
        edits_comments=st.booleans(),
        hides_comments=st.booleans(),
        html_comments=st.booleans(),
    )
    return st.builds(
        lambda said, left, right, home: rules(
            comments=said, traits=Sides(left, right), keep_home=home
        ),
        talk,
        able,
        able,
        st.sampled_from([True, True, False]),
    )


@given(situations(), any_rules())
def test_no_plan_says_in_public_what_a_note_says(
    case: tuple[Pair, Sides[Ticket]], by: Rules
) -> None:
    """R13: whatever the pair remembers, a note's words are in no reply, field or public copy."""
    one, now = case

    for action in plan_for(one, now, by).actions:
        there = now.of(action.to)
        for note in (c for side in Side for c in now.of(side).comments or () if _internal(c)):
            for words in public_words(action, there):
                assert _plain(note) not in words, (action, note)


@given(situations(), any_rules())
def test_every_copy_has_the_visibility_of_its_source(
    case: tuple[Pair, Sides[Ticket]], by: Rules
) -> None:
    """R13, R21: a note becomes a note and only where notes may go; a reply comes of a reply."""
    one, now = case
    for action in plan_for(one, now, by).actions:
        match action:
            case AddReply(to=to, source=source):
                assert isinstance(source, PublicComment)
                assert not source.deleted
                assert to in by.comments.public or "~" in action.origin.comment
            case AddNote(to=to, source=source):
                assert isinstance(source, InternalNote)
                assert to in by.comments.internal or "~" in action.origin.comment
            case Rewrite(text=text, source=source):
                assert isinstance(source, PublicComment) or not isinstance(text, Reply)


@given(situations(), any_rules())
def test_nothing_flows_of_a_pair_with_a_sensitive_ticket(
    case: tuple[Pair, Sides[Ticket]], by: Rules
) -> None:
    """R13: judged on the very values read; the pair stands still and a problem says why."""
    one, now = case
    made = plan_for(one, now, by)

    home = by.keep_home and (now.left.sensitive or now.right.sensitive)
    if home:
        assert () == made.actions
        assert ["withheld"] == [problem.code for problem in made.problems]
    assert bool(made.withheld) == home


@given(tickets(LEFT), any_rules())
def test_a_sensitive_ticket_gets_no_copy(near: Ticket, by: Rules) -> None:
    """R13: not the first one either."""
    half = Pair(1, "desk", Sides("L1", None), born_at=AT)
    speaker = Speaker(Sides(near, None), by.systems, by.fit)
    said = {line.name: speaker.values(line, LEFT) for line in by.lines}

    made = plan_create(half, near, by, Words(speaker, said))

    assert (by.keep_home and near.sensitive) == (made.actions == ())


def public_words(action: Action, there: Ticket) -> Iterator[str]:
    """Give all words that the requester could read once this is written."""
    match action:
        case AddReply(reply=reply):
            yield reply.body
        case Rewrite(text=text, comment_id=copy):
            shown = next((c for c in there.comments or () if c.id == copy), None)
            if isinstance(text, Reply) or isinstance(shown, PublicComment):
                yield text.body
        case Update():
            yield from (str(value) for value in action.changes.values())
        case Create():
            yield from (str(value) for value in action.draft.fields.values())


def _internal(comment: Comment) -> bool:
    return isinstance(comment, InternalNote)


def _plain(comment: Comment) -> str:
    return comment.body.removeprefix("<p>").removesuffix("</p>")
