"""The promises, held against what both vendors' own dumps show after a history (tests/certify/view.py)."""

from __future__ import annotations

from collections import Counter

from tests.certify import talk
from tests.certify.desks import Dump, far
from tests.certify.diary import Edit, Root, root_of
from tests.certify.lines import LINES, plain
from tests.certify.view import Broken, Case, View


class Judge:
    """Hold a case against the promises, in the order in which a break says most."""

    def __init__(self, case: Case) -> None:
        self.case, self.diary = case, case.diary
        self.view = View(case)
        self.excused = 0

    def judge(self) -> None:
        """Hold all promises; raise `Broken` for the first that does not hold."""
        self._nothing_unforeseen()
        self.view.read()
        self.never_twice()
        talk.never_leaks(self.view)
        if not self.case.level:
            raise Broken("apart", f"not level: {self.view.told()}")
        self.never_loops()
        self.view.read()
        self.converges()
        self.never_lost()
        talk.talk_arrives(self.view)
        talk.deleted_is_told(self.view)

    def _nothing_unforeseen(self) -> None:
        if self.case.broken:
            raise Broken("bug", f"a simulator broke: {self.case.broken}")
        for row in self.case.store.problems(closed=True):
            if row.problem.code == "bug":
                raise Broken("bug", row.problem.message)

    def never_twice(self) -> None:
        """Find one copy of each person's ticket, and no copy of a copy (promise 3)."""
        copies: Counter[Root] = Counter()
        for side, ticket in self.view.ours():
            root = root_of(side, ticket)
            if root == (side, ticket["id"]):
                raise Broken("duplicate", f"{side} {ticket['id']} is ours and carries no key")
            original = self.view.shown[root[0]].get(root[1])
            if original is None or root[0] == side:
                raise Broken("duplicate", f"{side} {ticket['id']} is the copy of no ticket: {root}")
            if root_of(root[0], original) != root:
                raise Broken("duplicate", f"{side} {ticket['id']} is a copy of a copy")
            if ticket["deleted"] and (side, ticket["id"]) in self.diary.unknown:
                continue  # it went before anybody could have noted it: only one is there (R16)
            if not (self.diary.lost_store and root in self.diary.ever_deleted):
                copies[root] += 1
        if twice := [root for root, count in copies.items() if count > 1]:
            raise Broken("duplicate", f"copied twice: {twice}")
        for side, tickets in self.view.shown.items():
            for ticket in tickets.values():
                talk.comments_once(self.view, side, ticket)

    def never_loops(self) -> None:
        """Once level, further cycles make zero writes (promise 2)."""
        if writes := self.case.idle():
            raise Broken("loop", f"{writes} writes in further cycles")

    def converges(self) -> None:
        """Both sides show the same, or a conflict or problem says why not (promise 1)."""
        joined = set()
        for root, left, right in self.view.whole():
            joined.add(root)
            for name, line in LINES.items():
                if name == "room" and not self.case.revision.room:
                    continue
                here, there = line.left(left), line.right(right)
                if not line.agree(here, there) and not self.view.disputed(
                    left["id"], right["id"], name
                ):
                    raise Broken(
                        "apart",
                        f"{name} of {root}: {here!r} and {there!r}, and nobody says why; {self.view.told()}",
                    )
        self._each_has_a_copy(joined)

    def _each_has_a_copy(self, joined: set[Root]) -> None:
        narrow = any(one.narrow for one in self.case.revisions)
        for side, tickets in self.view.shown.items():
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
                if not self.view.stopped(ticket["id"]):
                    raise Broken(
                        "silent",
                        f"{side} {ticket['id']} has no copy, and nobody says why; {self.view.told()}",
                    )

    def never_lost(self) -> None:
        """A live edit is on both sides, in a conflict, or a problem tells of it (promise 4)."""
        both = {root: (left, right) for root, left, right in self.view.whole()}
        for (root, name), edits in self.diary.live.items():
            if root not in both or (name == "room" and not self.case.revision.room):
                continue
            for edit in edits:
                gone = self.view.shown[edit.side][edit.ticket]["deleted"]  # it went with its ticket
                if not gone and not self.view.stray(edit.side, edit.ticket):
                    self._found(edit, *both[root])

    def _found(self, edit: Edit, left: Dump, right: Dump) -> None:
        shown = {"incidentiq": left, "servicenow": right}
        line = LINES[edit.line]
        mine = line.of(edit.side, shown[edit.side])
        theirs = line.of(far(edit.side), shown[far(edit.side)])
        stays = self.diary.visible(edit, edit.side, mine)
        if stays and self.diary.visible(edit, far(edit.side), theirs):
            return
        if edit.stands(mine) and line.shows(edit.side, mine, theirs):
            return
        if stays and self.view.disputed(left["id"], right["id"], edit.line):
            return
        if (edit.ticket, edit.line, plain(edit.line, edit.value)) in self.view.kept:
            return
        if not edit.value and self.diary.lost_store:
            return  # without a past the empty side is filled (R7)
        if edit.window:
            self.excused += 1
            return
        raise Broken(
            "lost",
            f"{edit}; now {mine!r} and {theirs!r}; kept {self.view.kept}; {self.view.told()}",
        )
