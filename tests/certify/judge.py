"""The promises, held against what both vendors' own dumps show after a history.

Nothing here goes through an adapter: tickets and comments are read from the simulators, and the
store is asked only for what it told people (problems, conflicts) and for what it holds as disputed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from sync_service.core.pair import Pair, State
from sync_service.store import Store
from tests.certify.desks import US, Dump, far
from tests.certify.diary import LINK, Diary, Edit, Root, Said, kept_values, root_of
from tests.certify.lines import LINES, plain, words
from tests.certify.scenery import SYSTEMS, Revision

_MARKER = re.compile(r"\[sync:(\w+):([0-9a-f-]+):([0-9a-f-]+)((?:~\w+)*)\]")
#: What our own writes say besides copies: the comment that a state demands.
COMPANIONS = ("We need an answer from you.",)


class Broken(AssertionError):
    """A promise does not hold; `kind` is duplicate, lost, leak, loop, apart, silent or bug."""

    def __init__(self, kind: str, what: str) -> None:
        super().__init__(f"{kind}: {what}")
        self.kind = kind


class Case(Protocol):
    """What a judge looks at when everything has come to rest."""

    diary: Diary
    level: bool
    revisions: set[Revision]
    """Every configuration that there was."""

    @property
    def store(self) -> Store:
        """What the daemon remembers and told people."""

    @property
    def policies(self) -> Mapping[str, str]:
        """The link's policies by name, as `scenery.POLICIES`."""

    @property
    def revision(self) -> Revision:
        """The configuration in force."""

    @property
    def broken(self) -> Sequence[str]:
        """What went wrong inside the simulators themselves."""

    def tickets(self, side: str) -> dict[str, Dump]:
        """Dump a side."""

    def idle(self) -> int:
        """Let the daemon go on with nothing to do; give the writes that it made."""

    def secrets_are_kept(self) -> None:
        """Raise AssertionError if words of a sensitive ticket left home."""


class Judge:
    """Hold a case against the promises, in the order in which a break says most."""

    def __init__(self, case: Case) -> None:
        self.case, self.diary = case, case.diary
        self.excused = 0

    def judge(self) -> None:
        """Hold all promises; raise `Broken` for the first that does not hold."""
        self._nothing_unforeseen()
        self._read()
        self.never_twice()
        self.never_leaks()
        if not self.case.level:
            raise Broken("apart", f"not level: {self._told()}")
        self.never_loops()
        self._read()
        self.converges()
        self.never_lost()
        self.talk_arrives()

    def _read(self) -> None:
        self.shown = {side: self.case.tickets(side) for side in SYSTEMS}
        self.pairs: list[Pair] = list(self.case.store.iterate(LINK))
        rows = self.case.store.problems(closed=True)
        self.problems = [r.problem for r in rows if r.closed_at is None or r.closed == "dismissed"]
        self.kept = self.diary.kept | kept_values(self.case.store)

    def _told(self) -> str:
        rows = [
            (one.code, one.pair, one.item, one.message[:150])
            for one in (row.problem for row in self.case.store.problems())
        ]
        held = [
            (p.id, p.state, p.sent, p.intents)
            for p in self.case.store.iterate(LINK)
            if p.sent or p.intents
        ]
        return f"problems {rows}; open {held}"

    def _nothing_unforeseen(self) -> None:
        if self.case.broken:
            raise Broken("bug", f"a simulator broke: {self.case.broken}")
        for row in self.case.store.problems(closed=True):
            if row.problem.code == "bug":
                raise Broken("bug", row.problem.message)

    # Twice, leaks, loops

    def never_twice(self) -> None:
        """Find one copy of each person's ticket, and no copy of a copy (promise 3)."""
        copies: Counter[Root] = Counter()
        for side, ticket in self._ours():
            root = root_of(side, ticket)
            if root == (side, ticket["id"]):
                raise Broken("duplicate", f"{side} {ticket['id']} is ours and carries no key")
            original = self.shown[root[0]].get(root[1])
            if original is None or root[0] == side:
                raise Broken("duplicate", f"{side} {ticket['id']} is the copy of no ticket: {root}")
            if root_of(root[0], original) != root:
                raise Broken("duplicate", f"{side} {ticket['id']} is a copy of a copy")
            if not (self.diary.lost_store and root in self.diary.ever_deleted):
                copies[root] += 1
        if twice := [root for root, count in copies.items() if count > 1]:
            raise Broken("duplicate", f"copied twice: {twice}")
        for side, tickets in self.shown.items():
            for ticket in tickets.values():
                self._comments_once(side, ticket)

    def _ours(self) -> Iterator[tuple[str, Dump]]:
        for side, tickets in self.shown.items():
            for ticket in tickets.values():
                maker = ticket["owner"] if side == "incidentiq" else ticket["created_by"]
                if maker == US and ticket["id"] not in self.diary.clones:
                    yield side, ticket

    def _comments_once(self, side: str, ticket: Dump) -> None:
        seen: Counter[str] = Counter()
        for comment in ticket["comments"]:
            if comment["author"] != US or comment["text"] in COMPANIONS:
                continue
            origin = _origin(comment)
            if origin is None:
                raise Broken("duplicate", f"a copy without origin on {side}: {comment['text']!r}")
            seen[origin] += 1
        if twice := [one for one, count in seen.items() if count > 1]:
            raise Broken(
                "duplicate", f"comments copied twice on {side} {ticket['number']}: {twice}"
            )

    def never_leaks(self) -> None:
        """Find no internal note in public, now or ever before (promise 5)."""
        self.case.secrets_are_kept()
        for side, tickets in self.shown.items():
            for ticket in tickets.values():
                for comment in ticket["comments"]:
                    source = self._source(comment)
                    if source is None or not comment["public"] or comment.get("deleted"):
                        continue
                    if not source.was_public:
                        raise Broken("leak", f"an internal note is public on {side}: {comment}")
                    if root_of(side, ticket) in self.diary.parted:
                        continue  # what was public then is no business of ours any more
                    if not source.public and not self._named(ticket["id"], source):
                        raise Broken(
                            "leak", f"a note turned internal is public on {side}: {comment}"
                        )

    def _source(self, comment: Dump) -> Said | None:
        if comment["author"] != US or (origin := _origin(comment)) is None:
            return None
        return self.diary.said.get(origin.split("~")[0])

    def _named(self, ticket: str, source: Said) -> bool:
        """Tell whether a problem tells of this comment, or the pair stands still with one."""
        numbers = {pair.id for pair in self.pairs if ticket in (pair.ids.left, pair.ids.right)}
        return any(
            one.pair in numbers
            and (source.id in one.item or one.code in ("withheld", "gone", "merged"))
            for one in self.problems
        )

    def never_loops(self) -> None:
        """Once level, further cycles make zero writes (promise 2)."""
        if writes := self.case.idle():
            raise Broken("loop", f"{writes} writes in further cycles")

    # Converged, and nothing lost

    def whole(self) -> Iterator[tuple[Root, Dump, Dump]]:
        """Give the joined tickets of which both are there: root, Incident IQ's, ServiceNow's."""
        for side, ticket in self._ours():
            root = root_of(side, ticket)
            original = self.shown[root[0]].get(root[1])
            if original is None or original["deleted"] or ticket["deleted"]:
                continue
            if root in self.diary.parted:
                continue
            yield (root, original, ticket) if side == "servicenow" else (root, ticket, original)

    def converges(self) -> None:
        """Both sides show the same, or a conflict or problem says why not (promise 1)."""
        joined = set()
        for root, left, right in self.whole():
            joined.add(root)
            for name, line in LINES.items():
                if name == "room" and not self.case.revision.room:
                    continue
                here, there = line.left(left), line.right(right)
                if not line.agree(here, there) and not self.disputed(left["id"], right["id"], name):
                    raise Broken(
                        "apart",
                        f"{name} of {root}: {here!r} and {there!r}, and nobody says why; {self._told()}",
                    )
        self._each_has_a_copy(joined)

    def _each_has_a_copy(self, joined: set[Root]) -> None:
        narrow = any(one.narrow for one in self.case.revisions)
        for side, tickets in self.shown.items():
            for ticket in tickets.values():
                root = root_of(side, ticket)
                if root in joined or root != (side, ticket["id"]) or ticket["deleted"]:
                    continue
                if ticket["id"] in self.diary.clones or root in self.diary.ever_deleted:
                    continue
                if root in self.diary.parted:
                    continue
                if narrow and ticket.get("urgent"):
                    continue
                if not self._stopped(ticket["id"]):
                    raise Broken(
                        "silent",
                        f"{side} {ticket['id']} has no copy, and nobody says why; {self._told()}",
                    )

    def _stopped(self, ident: str) -> bool:
        numbers = {one.id for one in self.pairs if ident in (one.ids.left, one.ids.right)}
        return any(one.pair in numbers or ident in one.tickets for one in self.problems)

    def disputed(self, left: str, right: str, line: str) -> bool:
        """Tell whether the store says of this line that a person must look."""
        name = LINES[line].name
        for pair in self.pairs:
            if left != pair.ids.left and right != pair.ids.right:
                continue
            if pair.state is State.PARKED or any(one.startswith(name) for one in pair.contested):
                return True
            if any(one.item.startswith(name) for one in pair.refusals):
                return True
            for one in self.problems:
                if one.pair == pair.id and (one.item.startswith(name) or not one.item):
                    return True
                if (
                    one.code == "unmapped"
                    and one.item.startswith(name)
                    and {left, right} & set(one.tickets)
                ):
                    return True
        return False

    def never_lost(self) -> None:
        """A live edit is on both sides, in a conflict, or a problem tells of it (promise 4)."""
        both = {root: (left, right) for root, left, right in self.whole()}
        for (root, name), edits in self.diary.live.items():
            if root not in both or (name == "room" and not self.case.revision.room):
                continue
            for edit in edits:
                self._found(edit, *both[root])

    def _found(self, edit: Edit, left: Dump, right: Dump) -> None:
        shown = {"incidentiq": left, "servicenow": right}
        line = LINES[edit.line]
        mine = line.of(edit.side, shown[edit.side])
        theirs = line.of(far(edit.side), shown[far(edit.side)])
        stays = self.diary.visible(edit, edit.side, mine)
        if stays and self.diary.visible(edit, far(edit.side), theirs):
            return
        if stays and self.disputed(left["id"], right["id"], edit.line):
            return
        if (edit.ticket, edit.line, plain(edit.line, edit.value)) in self.kept:
            return
        if not edit.value and self.diary.lost_store:
            return  # without a past the empty side is filled (R7)
        if edit.window:
            self.excused += 1
            return
        raise Broken(
            "lost", f"{edit}; now {mine!r} and {theirs!r}; kept {self.kept}; {self._told()}"
        )

    def talk_arrives(self) -> None:
        """Each comment that flows has its copy, or something says why not (promise 4)."""
        flows = {
            "to servicenow": ("incidentiq",),
            "both": ("incidentiq", "servicenow"),
            "never": (),
        }
        internal = flows[self.case.policies["internal"]]
        pairs = {
            one["id"]: (left, right) for _, left, right in self.whole() for one in (left, right)
        }
        for said in self.diary.said.values():
            if said.ticket not in pairs or said.deleted or said.touched:
                continue
            if not said.public and said.side not in internal:
                continue
            left, right = pairs[said.ticket]
            other = right if said.side == "incidentiq" else left
            copies = [
                one for one in other["comments"] if _origin(one) and said.id in (_origin(one) or "")
            ]
            if (
                not copies
                and not self._named(said.ticket, said)
                and not self._pair_stands(said.ticket)
            ):
                raise Broken("lost", f"comment {said} has no copy; {self._told()}")
            if copies:
                self._newest_wording(said, copies)

    def _newest_wording(self, said: Said, copies: list[Dump]) -> None:
        if self.case.policies["edits"] == "ignore":
            return
        wanted = words(said.texts[-1])
        if not any(wanted in words(one["text"]) for one in copies):
            shown = [words(one["text"]) for one in copies]
            if not self._named(said.ticket, said):
                raise Broken(
                    "lost", f"the last wording of {said} is in no copy: {shown}; {self._told()}"
                )

    def _pair_stands(self, ticket: str) -> bool:
        return any(
            ticket in (one.ids.left, one.ids.right) and one.state is State.PARKED
            for one in self.pairs
        )


def _origin(comment: Dump) -> str | None:
    """Give the original's comment id, with the mark of an appended wording."""
    if comment.get("external_id"):
        found = _MARKER.fullmatch(f"[sync:{comment['external_id']}]")
    else:
        found = None
        for found in _MARKER.finditer(comment["text"]):  # noqa: B007 - the last one counts
            pass
    return f"{found[3]}{found[4] or ''}" if found else None
