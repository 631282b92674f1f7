"""Fill the site with the district's past: tickets of the last sixty days and what was said."""

from datetime import datetime, timedelta

from sync_service.simulators.district import Story
from sync_service.simulators.incidentiq.ids import guid
from sync_service.simulators.incidentiq.model import Activity, Ticket
from sync_service.simulators.incidentiq.world import Site

DAYS = 60
QUIET = timedelta(days=1)
PARTS = {
    "new": "start",
    "working": "work",
    "waiting": "wait",
    "resolved": "resolve",
    "cancelled": "cancel",
}
SCORES = {"Low": 40, "Medium": 75, "High": 120, "Critical": 200}


def fill(site: Site, tickets: int) -> None:
    """Put `tickets` tickets on the site, the last of them a day old."""
    start = site.now() - timedelta(days=DAYS)
    spacing = (timedelta(days=DAYS) - 2 * QUIET) / max(tickets, 1)
    for place, story in enumerate(site.district.stories(tickets)):
        _tell(site, story, start + place * spacing)


def _tell(site: Site, story: Story, created: datetime) -> None:
    created = created.replace(microsecond=created.microsecond // 1000 * 1000)
    last = max((word.minutes for word in story.words), default=0)
    moved = created + timedelta(minutes=last)
    ticket = _ticket(site, story, created, moved)
    site.tickets[ticket.id] = ticket
    site.by_number[ticket.number] = ticket.id
    site.activities[ticket.id] = []
    for word in story.words:
        at = created + timedelta(minutes=word.minutes)
        author = guid("user", word.author.email)
        text = f"<p>{word.text}</p>"
        site.add(Activity(site.new_id(), ticket.id, "comment", text, word.public, author, at, at))
    site.index.show(ticket)


def _ticket(site: Site, story: Story, created: datetime, moved: datetime) -> Ticket:
    issue = site.catalogue.issues[guid("issue", f"{story.trouble.category}/{story.trouble.issue}")]
    step = site.catalogue.workflows[issue.workflow].part(PARTS[story.state])
    if step is None:
        raise ValueError(f"workflow of {issue.name} has no step for {story.state}")
    requester = guid("user", story.requester.email)
    return Ticket(
        id=site.new_id(),
        number=site.new_number(),
        subject=story.subject,
        description=story.text,
        product=issue.product,
        owner=requester,
        requester=requester,
        location=guid("location", story.school),
        room=guid("room", f"{story.school}/{story.room}"),
        issue=issue.id,
        step=step.id,
        created=created,
        modified=moved,
        by_user=moved,
        active=moved,
        user=guid("user", story.agent.email) if story.agent else None,
        team=guid("team", story.trouble.team),
        priority=SCORES[story.level],
        source=1,
        started=moved if story.state != "new" else None,
        closed=moved if step.closed else None,
        sensitive=story.sensitive,
        assets=(story.asset,) if story.asset else (),
    )
