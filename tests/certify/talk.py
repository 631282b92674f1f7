"""The promises about comments: once each, never leaked, none lost."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from tests.certify.desks import US, Dump, far
from tests.certify.diary import Said, root_of
from tests.certify.lines import words
from tests.certify.view import Broken, View, origin_of

#: What a diary's `token` looks like: a word that nobody else ever typed.
_WORDS = re.compile(r"\bw\d{3,}x\b")
#: What our own writes say besides copies: the comment that a state demands.
COMPANIONS = ("We need an answer from you.",)


def comments_once(view: View, side: str, ticket: Dump) -> None:
    """Find each comment of a person at most once among our copies (promise 3)."""
    seen: Counter[str] = Counter()
    for comment in ticket["comments"]:
        if comment["author"] != US or comment["text"] in COMPANIONS:
            continue
        origin = origin_of(comment)
        if origin is None:
            raise Broken("duplicate", f"a copy without origin on {side}: {comment['text']!r}")
        seen[origin] += 1
    if twice := [one for one, count in seen.items() if count > 1]:
        raise Broken("duplicate", f"comments copied twice on {side} {ticket['number']}: {twice}")


def never_leaks(view: View) -> None:
    """Find no internal note in public, now or ever before (promise 5)."""
    view.case.secrets_are_kept()
    _no_word_in_public(view)
    for side, tickets in view.shown.items():
        for ticket in tickets.values():
            for comment in ticket["comments"]:
                source = _source(view, comment)
                if source is not None and source.side not in _flows(view) and not source.was_public:
                    raise Broken("leak", f"an internal note left home for {side}: {comment}")
                if source is None or not comment["public"] or comment.get("deleted"):
                    continue
                if not source.was_public:
                    raise Broken("leak", f"an internal note is public on {side}: {comment}")
                if root_of(side, ticket) in view.diary.parted or ticket["deleted"]:
                    continue  # what was public then is no business of ours any more
                if source.deleted:
                    continue  # `deleted_is_told`
                if not source.public and not view.named(ticket["id"], source):
                    raise Broken("leak", f"a note turned internal is public on {side}: {comment}")


def _no_word_in_public(view: View) -> None:
    """Find no word of a note that never was public in what the other side's requesters see.

    Whatever carries it: the copy of another comment, a subject, a description.
    """
    shown = {side: "\n".join(_public_words(tickets)) for side, tickets in view.shown.items()}
    for said in view.diary.said.values():
        for text in [] if said.was_public else said.texts:
            for word in _WORDS.findall(text):
                if word in shown[far(said.side)]:
                    raise Broken("leak", f"{word} of {said} is public on {far(said.side)}")


def _public_words(tickets: Mapping[str, Dump]) -> Iterator[str]:
    for ticket in tickets.values():
        yield from (str(ticket["subject"]), str(ticket["description"]))
        for comment in ticket["comments"]:
            if comment["public"] and not comment.get("deleted"):
                yield comment["text"]


def deleted_is_told(view: View) -> None:
    """A note that was turned internal and deleted in one is public: the sweep tells (R13, R21).

    A vendor may show a deleted comment no more, and absence alone proves nothing (R4).
    """
    if not list(_left_behind(view)):
        return
    view.case.sweep()
    view.read()
    for side, comment in _left_behind(view):
        raise Broken("leak", f"a note turned internal is public on {side}: {comment}")


def _left_behind(view: View) -> Iterator[tuple[str, Dump]]:
    for side, tickets in view.shown.items():
        for ticket in tickets.values():
            if root_of(side, ticket) in view.diary.parted or ticket["deleted"]:
                continue
            for comment in ticket["comments"]:
                source = _source(view, comment)
                if source is None or not comment["public"] or comment.get("deleted"):
                    continue
                told = view.named(ticket["id"], source) or view.lost(source)
                if source.deleted and not source.public and not told:
                    yield side, comment


def _source(view: View, comment: Dump) -> Said | None:
    if comment["author"] != US or (origin := origin_of(comment)) is None:
        return None
    return view.diary.said.get(origin.split("~")[0])


def talk_arrives(view: View) -> None:
    """Each comment that flows has its copy, or something says why not (promise 4)."""
    internal = _flows(view)
    pairs = {one["id"]: (left, right) for _, left, right in view.whole() for one in (left, right)}
    for said in view.diary.said.values():
        if said.ticket not in pairs or said.deleted or said.touched:
            continue
        if not said.public and said.side not in internal:
            continue
        left, right = pairs[said.ticket]
        other = right if said.side == "incidentiq" else left
        copies = [
            one for one in other["comments"] if origin_of(one) and said.id in (origin_of(one) or "")
        ]
        if not copies and not view.named(said.ticket, said) and not view.pair_stands(said.ticket):
            raise Broken("lost", f"comment {said} has no copy; {view.told()}")
        if copies:
            _newest_wording(view, said, copies)


def _flows(view: View) -> tuple[str, ...]:
    """Give the sides whose internal notes are copied."""
    return {
        "to servicenow": ("incidentiq",),
        "both": ("incidentiq", "servicenow"),
        "never": (),
    }[view.case.policies["internal"]]


def _newest_wording(view: View, said: Said, copies: list[Dump]) -> None:
    if view.case.policies["edits"] == "ignore":
        return
    wanted = words(said.texts[-1])
    if not any(wanted in words(one["text"]) for one in copies):
        shown = [words(one["text"]) for one in copies]
        if not view.named(said.ticket, said):
            raise Broken(
                "lost", f"the last wording of {said} is in no copy: {shown}; {view.told()}"
            )
