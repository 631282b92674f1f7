"""The store: what the daemon remembers. Every method is one transaction.

Methods block; from a loop call them through `AsyncStore`. Those that the running daemon alone may
call take its `run` and raise `Fenced` once a newer one has begun. Methods marked `@reads` see one
snapshot and never wait for a writer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sync_service.core.judgement import Judgement
from sync_service.core.pair import Pair, Work
from sync_service.core.values import Side, Sides
from sync_service.store import (
    feeds,
    history,
    pages,
    pairs,
    requests,
    runs,
    saving,
    status,
    unpairing,
    work,
)
from sync_service.store.keeping import Keeping
from sync_service.store.named import Named
from sync_service.store.notes import (
    Backlog,
    Feed,
    HistoryRow,
    Known,
    LinkState,
    LinkStatus,
    No,
    PageNote,
    PageResult,
    Request,
    Run,
    Save,
)
from sync_service.store.opened import fenced, reads
from sync_service.store.reports import Reports
from sync_service.store.walks import Walks


class Store(Keeping, Named, Reports, Walks):
    """The tables of one database, by what the engine and the commands do with them."""

    # Runs, feeds and pages

    def begin_run(self, now: datetime, holder: str) -> Run:
        """Start a run, which fences all earlier ones and frees what they had claimed."""
        return self._write(runs.begin, now, holder)

    @reads
    def newest_run(self) -> Run | None:
        """Load the newest run; None if none ever began."""
        return self._read(runs.newest)

    @reads
    def latest(self) -> datetime | None:
        """Give the newest moment of our clock that a run left behind; None in an empty store."""
        return self._read(runs.latest)

    @reads
    def feed(self, link: str, side: Side) -> Feed | None:
        """Load how far a side's feed has come; None before its first page."""
        return self._read(feeds.get, link, side)

    def put_feed(self, run: Run, link: str, side: Side, feed: Feed) -> None:
        """Store how far a side's feed has come, apart from a page."""
        self._write(fenced(feeds.put), run, link, side, feed)

    def take_page(self, run: Run, link: str, side: Side, page: PageNote) -> PageResult:
        """Note all that a page leaves behind: work, new pairs, feed, problems, events (R2)."""
        return self._write(pages.take, run, link, side, page, self._now())

    @reads
    def known(self, link: str, side: Side, tickets: Sequence[str]) -> Mapping[str, Known]:
        """Tell what is known of a page's tickets; those without a pair are left out."""
        return self._read(pairs.known, link, side, tickets)

    @reads
    def count_begun(self, ids: Sequence[int], since: datetime | None) -> int:
        """Count those of these pairs that a page began later than `since` (R26)."""
        return self._read(history.count_begun, ids, since)

    @reads
    def copies(self, system: str, tickets: Sequence[str]) -> Mapping[str, frozenset[str]]:
        """Tell which tickets are in whole pairs, and on which links; for `forward` (R14)."""
        return self._read(pairs.copies, system, tickets)

    # Work

    def enqueue(self, run: Run, ids: Sequence[int], due: datetime, reason: str) -> None:
        """Ask for work on pairs by `due`; pairs that are gone are passed over."""
        self._write(fenced(work.enqueue_ids), run, ids, due, reason)

    def enqueue_after(
        self, run: Run, link: str, last: int, limit: int, due: datetime, reason: str
    ) -> int | None:
        """Ask for work on the next `limit` pairs of a link behind `last`; give the last one's id."""
        return self._write(fenced(work.enqueue_after), run, link, last, limit, due, reason)

    def claim(self, run: Run, link: str, now: datetime, limit: int) -> list[tuple[Pair, Work]]:
        """Take up to `limit` due pairs of a link that are not claimed, the longest due first."""
        return self._write(work.claim, run, link, now, limit)

    def release(self, run: Run, ids: Sequence[int]) -> None:
        """Give claimed work back undone."""
        self._write(work.release, run, ids)

    def free(self, run: Run, link: str) -> None:
        """Give back all that this run has claimed of a link: nobody works on it any more."""
        self._write(work.free, run, link)

    @reads
    def backlog(self, link: str, now: datetime) -> Backlog:
        """Count a link's work, claimed or not."""
        return self._read(work.backlog, link, now)

    @reads
    def due(self, link: str, now: datetime, limit: int) -> list[int]:
        """List up to `limit` pairs of a link that are due, claimed or not; for `plan`."""
        return self._read(work.due_ids, link, now, limit)

    # Pairs

    @reads
    def load(self, ids: Sequence[int]) -> list[Pair]:
        """Load pairs in the order asked; those that are gone are left out."""
        return self._read(pairs.load, ids)

    @reads
    def find_pairs(
        self, ticket: str, system: str = "", link: str = "", side: Side | None = None
    ) -> list[Pair]:
        """Load the pairs of a ticket id (not its number); empty names mean any."""
        return self._read(pairs.find, ticket, system, link, side)

    @reads
    def pairs_called(self, number: str, link: str = "") -> list[Pair]:
        """Load the pairs of tickets that people know by this number, as it was last read."""
        return self._read(pairs.called, number, link)

    @reads
    def numbers(self, link: str, tickets: Sequence[str]) -> Mapping[str, str]:
        """Tell by ticket id what people call tickets of a link's pairs, as far as that was read."""
        return self._read(pairs.numbers, link, tickets)

    @reads
    def pairs_after(self, link: str, last: int, limit: int) -> list[Pair]:
        """Load the next pairs of a link behind pair `last`, by id; 0 starts the walk."""
        return self._read(pairs.after, link, last, limit)

    def iterate(self, link: str, size: int = 500) -> Iterator[Pair]:
        """Walk all pairs of a link, `size` to a transaction."""
        last = 0
        while page := self.pairs_after(link, last, size):
            yield from page
            last = page[-1].id

    @reads
    def count_pairs(self, link: str) -> int:
        """Count the pairs of a link."""
        return self._read(pairs.count, link)

    def save(self, run: Run, saves: Sequence[Save]) -> Mapping[int, No]:
        """Record all of it, but for the pairs in the answer, refused whole; see `No` for why.

        Raises ValueError if a known ticket id would change. Sides whose id is new take their
        place in the group, and new ids of tickets or comments give work to the tickets' other
        pairs (R14).
        """
        return self._write(saving.save, run, saves, self._now())

    def unpair(self, pair_id: int, *, forget: bool) -> Pair | None:
        """End a pair and give what it was; its tickets start no new pair unless `forget` (R14)."""
        return self._write(unpairing.unpair, pair_id, self._now(), forget=forget)

    @reads
    def buried(self, link: str, side: Side, tickets: Sequence[str]) -> list[str]:
        """List those of these tickets that were unpaired and start no pair by themselves (R14)."""
        return self._read(unpairing.buried, link, side, tickets)

    def forget(self, link: str, ids: Sides[str | None]) -> int:
        """Let unpaired tickets start pairs again (R14); tell how many tombstones there were."""
        return self._write(unpairing.clear, link, ids)

    def pair_by_hand(self, link: str, systems: Sides[str], left: str, right: str) -> int | No:
        """Join two tickets because a person says so, over their tombstones; give the pair's id."""
        return self._write(pages.pair_by_hand, link, systems, left, right, self._now())

    # Links and commands

    @reads
    def history(self, ticket: str, limit: int = 1000) -> list[HistoryRow]:
        """Read the last lines of a ticket id's history on all links, oldest first."""
        return self._read(history.read, ticket, limit)

    @reads
    def written(self, link: str, since: datetime, what: Sequence[str]) -> list[HistoryRow]:
        """Read a link's lines of these kinds from a moment on, oldest first."""
        return self._read(history.since, link, since, what)

    @reads
    def link_state(self, link: str) -> LinkState:
        """Load what is remembered of a link's configuration."""
        return self._read(feeds.state, link)

    def take_config(self, run: Run, link: str, fingerprint: str) -> LinkState:
        """Let a link work by a configuration at once (R27)."""
        return self._write(fenced(feeds.take), run, link, fingerprint, run.started_at)

    def hold_config(
        self, run: Run, link: str, fingerprint: str, reason: str, plan: Judgement | None = None
    ) -> LinkState:
        """Let a link wait with a changed configuration, which its plan judges, or `accept` (R27)."""
        return self._write(fenced(feeds.hold), run, link, fingerprint, reason, plan)

    def keep_plan(
        self, run: Run, link: str, fingerprint: str, reason: str, plan: Judgement
    ) -> bool:
        """Note how far a waiting link's plan is made; False if it waits with it no longer."""
        return self._write(fenced(feeds.keep_plan), run, link, fingerprint, reason, plan)

    def accept(self, link: str, flooded: Collection[Side] = ()) -> LinkState:
        """Let a waiting link go on with its changed configuration (R27), and with the flood that
        these sides show after their present watermarks (R26).
        """
        return self._write(feeds.accept, link, flooded)

    def pause(self, link: str) -> LinkState:
        """Stop a link; it keeps its watermarks (R2)."""
        return self._write(feeds.pause, link)

    def resume(self, link: str) -> LinkState:
        """Let a paused link go on."""
        return self._write(feeds.resume, link)

    def ask(self, command: str, args: Mapping[str, Any]) -> int:
        """Leave a command for the daemon; give the request's id (R29)."""
        return self._write(requests.ask, command, args, self._now())

    def take_requests(self, run: Run) -> list[Request]:
        """Take the requests that have no answer, oldest first."""
        return self._write(requests.take, run)

    def answer(self, run: Run, number: int, said: Mapping[str, Any]) -> None:
        """Say what became of a request."""
        self._write(requests.answer, run, number, said, self._now())

    @reads
    def request(self, number: int) -> Request | None:
        """Load a request; its `answer` is None until it was carried out."""
        return self._read(requests.get, number)

    @reads
    def status(self, link: str, now: datetime) -> LinkStatus:
        """Count what there is of a link: pairs, problems, conflicts, backlog, feeds."""
        return self._read(status.of_link, link, now)

    @reads
    def open_notes(self, link: str) -> int:
        """Count the pairs of a link with an open `sent` or intent (R28)."""
        return self._read(status.open_notes, link)
