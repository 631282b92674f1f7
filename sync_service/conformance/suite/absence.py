"""Left out is not empty: a reading names what it was not shown, or there is none (R4, R13, R14).

The surprise: one ticket is read over and over, from answers of which each lacks one more key. They
are answered from the first reading, so that a server is not asked hundreds of times.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sync_service.conformance.abilities import MarksSensitive
from sync_service.conformance.bench import Bench, ended, public, unique
from sync_service.conformance.harness import Harness
from sync_service.conformance.opening import opened
from sync_service.conformance.proxy import Answer, Fault, Request
from sync_service.core.values import Comment, InternalNote, PublicComment, Ticket, Value
from sync_service.errors import SyncServiceError

#: A key after those that it stands in, from the outermost in; which row of a list, is no matter.
Path = tuple[str, ...]
#: What tells whether a ticket may be copied, whose copy it is, and which reading is the later.
DECISIVE = ("key", "ours", "sensitive", "created", "version")


class _Censor:
    """Keeps what was answered, and leaves one key out of it when it is asked for again."""

    def __init__(self) -> None:
        self.left_out: Path = ()
        self._kept: dict[tuple[str, str, bytes], Answer] = {}

    def instead(self, asked: Request) -> Answer | None:
        """Give what was answered to the same request before."""
        return self._kept.get((asked.method, asked.target, asked.body))

    def answer(self, asked: Request, answer: Answer) -> Answer:
        """Keep the whole answer, and give it without the key."""
        self._kept[asked.method, asked.target, asked.body] = answer
        said = _document(answer)
        if said is None or not self.left_out:
            return answer
        _leave_out(said, self.left_out)
        return replace(answer, body=json.dumps(said).encode())

    def paths(self) -> list[Path]:
        """Name every key that was answered, once."""
        told = [_keys(_document(answer)) for answer in self._kept.values()]
        return list(dict.fromkeys(path for some in told for path in some))


def _document(answer: Answer) -> Any:
    try:
        return json.loads(answer.body)
    except ValueError:
        return None


def _keys(said: Any, above: Path = ()) -> Iterator[Path]:
    if isinstance(said, list):
        for one in said:
            yield from _keys(one, above)
    elif isinstance(said, dict):
        for name, held in said.items():
            yield (*above, name)
            yield from _keys(held, (*above, name))


def _leave_out(said: Any, path: Path) -> None:
    if isinstance(said, list):
        for one in said:
            _leave_out(one, path)
    elif isinstance(said, dict) and len(path) == 1:
        said.pop(path[0], None)
    elif isinstance(said, dict):
        _leave_out(said.get(path[0]), path[1:])


async def test_what_an_answer_leaves_out_is_not_empty(harness: Harness) -> None:
    """R4, R13, R14, ADR 0044: without any one key a ticket is told as it was, or says what it lacks.

    A field is as it was or named in `unshown`; for what decides and for comments, only an error will do.
    """
    async with opened(harness) as desk:
        ticket, censor = await _filled(desk), _Censor()
        desk.wire.strike(Fault("edit", times=None, instead=censor.instead, answer=censor.answer))
        whole, wrong = await desk.read(ticket), list[str]()
        for path in censor.paths():
            censor.left_out = path
            found = await ended(desk.adapter.get([ticket]))
            if not isinstance(found, SyncServiceError):
                wrong += [f"without {'.'.join(path)}: {one}" for one in _lost(whole, found[ticket])]

        assert frozenset() == whole.unshown
        assert "" == "\n".join(wrong)


async def _filled(desk: Bench) -> str:
    """Make a ticket of ours with as much in it as there is to lose."""
    sample = desk.sample
    fields: dict[str, Value] = {
        sample.choice[0]: sample.choice[2],
        sample.match: unique("m"),
        sample.body: "At length.",
        sample.person: sample.people[1],
    }
    if sample.moment:
        fields[sample.moment] = "2026-12-01T15:00:00Z"
    at_once = {name: one for name, one in fields.items() if desk.adapter.creatable(name)}
    made = await desk.made(at_once)
    if later := {name: one for name, one in fields.items() if name not in at_once}:
        await desk.adapter.update(made, later, desk.soon())
    await desk.adapter.reply(made, public("Said by us."), desk.soon())
    await desk.system.comment(made.id, "Said among us.", public=False)
    if isinstance(desk.system, MarksSensitive):
        await desk.system.mark(made.id, sensitive=True)
    return made.id


def _lost(whole: Ticket, found: object) -> Iterator[str]:
    if not isinstance(found, Ticket):
        yield f"it was taken for {found}"
        return
    for name, value in whole.fields.items():
        if name not in found.unshown and found.fields.get(name) != value:
            yield f"{name} is {found.fields.get(name)!r}, not {value!r}, nor named in `unshown`"
    for name in DECISIVE:
        if (now := getattr(found, name)) != (was := getattr(whole, name)):
            yield f"`{name}` is {now!r}, not {was!r}"
    told = {one.id: one for one in found.comments or ()}
    for one in whole.comments or ():
        if one.id not in told or not _same(one, told[one.id]):
            yield f"a comment is {told.get(one.id)}, not {one}"


def _same(was: Comment, now: Comment) -> bool:
    """Tell whether nothing was lost of a comment; in doubt it may be taken for internal (R13)."""
    names = ("body", "created", "ours", "origin", "deleted")
    kept = all(getattr(was, name) == getattr(now, name) for name in names)
    return kept and (isinstance(now, InternalNote) or isinstance(was, PublicComment))
