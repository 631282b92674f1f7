"""The demo's people: what they do is settled by the seed, so a script plays the same each time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError

from sync_service.cli.demo_desks import Desk, Desks

if TYPE_CHECKING:
    from sync_service.cli.demo_show import Show

AGENTS = ("dana.whitfield", "marcus.bell", "owen.castellanos", "rosalind.achterberg")
_DOMAIN = "springfield.example"
#: How many tickets each desk opens in the script.
TICKETS = 5


@dataclass(frozen=True, slots=True)
class Said:
    """Something a person wrote: `mark` stands in the text and nowhere else."""

    left: bool
    public: bool
    mark: str


class People:
    """Everybody at both desks. `said` lists what they wrote, `opened` counts their tickets."""

    def __init__(
        self,
        desks: Desks,
        district: Any,
        replies: Sequence[str],
        notes: Sequence[str],
        show: Show,
    ) -> None:
        self.desks, self.show = desks, show
        self.said: list[Said] = []
        self.opened = {True: 0, False: 0}
        self._random = Random(0)  # noqa: S311 - a script that plays the same each time
        self._replies, self._notes = replies, notes
        self._stories: Iterator[Any] = (
            one for one in district.stories(100_000) if not one.trouble.facilities
        )

    def open(self, *, left: bool) -> str:
        """Open a ticket at one desk; give its id."""
        desk, story = self._desk(left=left), next(self._stories)
        by = story.requester
        made = desk.act(by.email, "create", subject=story.subject, description=story.text)
        self.opened[left] += 1
        ticket: dict[str, Any] = made["ticket"]
        self.show.did(desk, by.name, f"opens {ticket['number']}: {story.subject}")
        return str(ticket["id"])

    def say(self, ticket: str, *, left: bool, public: bool) -> None:
        """Write a reply or a note on a ticket."""
        desk, mark = self._desk(left=left), f"no. {len(self.said) + 1:04d}"
        words = self._random.choice(self._replies if public else self._notes)
        by = self._agent()
        desk.act(by, "comment" if public else "note", ticket=ticket, text=f"{words} ({mark})")
        self.said.append(Said(left, public, mark))
        kind = "replies" if public else "notes"
        self.show.did(desk, _name(by), f"{kind}: {words}")

    def status(self, ticket: str, to: str, *, left: bool) -> None:
        """Change a ticket's status."""
        desk, by = self._desk(left=left), self._agent()
        desk.act(by, "status", ticket=ticket, to=to)
        self.show.did(desk, _name(by), f"sets {to}")

    def rename(self, ticket: str, subject: str, *, left: bool) -> None:
        """Give a ticket another subject."""
        desk, by = self._desk(left=left), self._agent()
        desk.act(by, "edit", ticket=ticket, subject=subject)
        self.show.did(desk, _name(by), f"renames it: {subject}")

    def assign(self, ticket: str, *, left: bool) -> None:
        """Give a ticket to an agent."""
        desk, by = self._desk(left=left), self._agent()
        desk.act(by, "assign", ticket=ticket, to=by)
        self.show.did(desk, _name(by), "takes it")

    def begin(self) -> None:
        """First act: tickets at both desks, each with a reply and a note."""
        for _ in range(TICKETS):
            for left in (True, False):
                ticket = self.open(left=left)
                self.say(ticket, left=left, public=True)
                self.say(ticket, left=left, public=False)

    def go_on(self) -> None:
        """Second act: both sides work on the same tickets at the same time."""
        for place, (one, two) in enumerate(self.desks.twins()):
            left, right = str(one["id"]), str(two["id"])
            match place % 5:
                case 0:
                    self.rename(left, f"Room 112: {one['subject']}", left=True)
                    self.say(right, left=False, public=True)
                case 1:
                    self.status(right, "In Progress", left=False)
                    self.say(left, left=True, public=False)
                case 2:
                    self.assign(left, left=True)
                    self.say(right, left=False, public=False)
                case 3:
                    self.status(left, "In Progress", left=True)
                    self.rename(right, f"Urgent: {two['subject']}", left=False)
                case 4:
                    self.status(left, "Waiting on Requestor", left=True)
                    self.say(left, left=True, public=True)

    def anything(self) -> None:
        """Do one thing at random, for the demo that goes on; a desk may refuse it."""
        try:
            self._anything()
        except HTTPError as error:
            self.show.line(f"a desk refused what somebody wanted ({error.code})")

    def _anything(self) -> None:
        twins, left = self.desks.twins(), self._random.random() < 0.5
        if len(twins) < 3 or self._random.random() < 0.3:
            self.open(left=left)
            return
        pair = self._random.choice(twins)
        ticket = str(pair[0 if left else 1]["id"])
        chance = self._random.random()
        if chance < 0.7:
            self.say(ticket, left=left, public=chance < 0.5)
        elif chance < 0.85:
            self.assign(ticket, left=left)
        elif pair[0]["status"] == "Submitted":
            self.status(ticket, "In Progress", left=left)

    def pause(self) -> float:
        """Give how long nobody does anything, in seconds."""
        return self._random.uniform(1, 3)

    def _desk(self, *, left: bool) -> Desk:
        return self.desks.left if left else self.desks.right

    def _agent(self) -> str:
        return f"{self._random.choice(AGENTS)}@{_DOMAIN}"


def _name(email: str) -> str:
    return email.partition("@")[0].replace(".", " ").title()
