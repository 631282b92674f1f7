"""What must be true of the comments of a pair that is at work: once, whole, and nothing leaked."""

from __future__ import annotations

from collections import Counter

from sync_service.core.comments import Edits
from sync_service.core.pair import Made, Pair
from sync_service.core.values import Comment, Origin, PublicComment, Side
from tests.engine.people import Diary
from tests.engine.world import World


class Talk:
    """Hold what was said on a pair's tickets against the promises."""

    def __init__(self, world: World, diary: Diary, pair: Pair) -> None:
        self.world, self.diary, self.pair = world, diary, pair
        self.blocked = {one.item.split("~")[0] for one in pair.refusals}
        problems = world.store.problems(pair=pair.id, closed=True)
        self.told = {row.problem.item for row in problems if row.problem.code == "cannot-hide"}

    def judge(self) -> None:
        """Judge every comment of both tickets."""
        for side in Side:
            copies = self._copies(side.far)
            for comment in self._comments(side):
                if not comment.ours:
                    self._judge(side, comment, copies.get(comment.id, []))

    def _copies(self, side: Side) -> dict[str, list[tuple[Origin, Comment]]]:
        """Give our copies on a side by the far comment that each is of; each origin stands once."""
        found: dict[str, list[tuple[Origin, Comment]]] = {}
        seen: Counter[Origin] = Counter()
        for comment in self._comments(side):
            if comment.ours:
                origin = self._origin(side, comment)
                assert origin is not None, "a copy without origin"
                seen[origin] += 1
                if origin.ticket == self.pair.ids.of(side.far):
                    found.setdefault(origin.comment.split("~")[0], []).append((origin, comment))
        assert all(count == 1 for count in seen.values()), f"said twice: {seen}"
        return found

    def _judge(self, side: Side, comment: Comment, copies: list[tuple[Origin, Comment]]) -> None:
        """Judge one person's comment by its copies on the far side."""
        rules, public = self.world.comments, isinstance(comment, PublicComment)
        flows = side.far in (rules.public if public else rules.internal)
        shown = [(origin, one) for origin, one in copies if not one.deleted]
        meddled = [one for _, one in copies if (side.far, one.id) in self.diary.meddled]
        if not public or (comment.deleted and rules.edits is not Edits.IGNORE):
            for origin, one in shown:
                hidden = not isinstance(one, PublicComment)
                assert hidden or self._is_told(origin), f"{comment.id} is public as {one.id}"
        if comment.deleted or comment.automation or self._stopped(side, comment) or meddled:
            return
        assert bool(copies) or not flows, f"{comment.id} has no copy"
        if not flows or rules.edits is Edits.IGNORE:
            return
        fit = [one for _, one in shown if isinstance(one, PublicComment) == public]
        if not public and len(fit) < len(shown):
            return  # nothing internal is written into what cannot be hidden
        if public and shown and not fit and self.diary.lost_store:
            return  # a new store cannot tell a note from what somebody hid: it stays hidden
        assert any(self._says(side, one, comment) for one in fit), (
            f"{comment.id} says {comment.body!r} ({public=}), its copies {copies}"
        )

    def _is_told(self, origin: Origin) -> bool:
        """Tell whether a person knows of a public copy that could not be hidden."""
        return str(origin) in self.told or str(origin).split("~")[0] in self.blocked

    def _stopped(self, side: Side, comment: Comment) -> bool:
        """Tell whether a comment was refused, or is older than the adoption of its ticket."""
        name = f"{side}:{self.pair.ids.of(side)}:{comment.id}"
        if name in self.blocked:
            return True
        joined = self.pair.adopted_at
        return (
            self.pair.made is Made.MATCH
            and joined is not None
            and comment.created - self.world.skew.of(side) <= joined
        )

    def _says(self, side: Side, copy: Comment, comment: Comment) -> bool:
        body = copy.body
        if not self.world.desks.of(side.far).manners.origin_field:
            body = body.rpartition("\n[sync ")[0]
        return body.endswith(comment.body)

    def _origin(self, side: Side, comment: Comment) -> Origin | None:
        if self.world.desks.of(side).manners.origin_field:
            return comment.origin
        return Origin.parse(comment.body.rpartition("[sync ")[2].rstrip("]"))

    def _comments(self, side: Side) -> list[Comment]:
        return self.world.desks.of(side).records[self.pair.ids.of(side) or ""].comments
