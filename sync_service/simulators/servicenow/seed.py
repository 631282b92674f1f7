"""The tickets of a school year's last month, from the district's stories."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sync_service.simulators.district import District, Person, Story
from sync_service.simulators.servicenow.choices import (
    AWAITING_CALLER,
    CANCELED,
    HOLD,
    NEW,
    RESOLVED,
    WORKING,
)
from sync_service.simulators.servicenow.display import RAW
from sync_service.simulators.servicenow.incidents import Incidents
from sync_service.simulators.servicenow.schema import Row

DAYS = 30
STATES = {"new": NEW, "working": WORKING, "waiting": HOLD, "resolved": RESOLVED}
LEVELS = {"Critical": ("1", "1"), "High": ("2", "1"), "Medium": ("2", "2"), "Low": ("3", "3")}
CATEGORIES = {"Network": "network", "Software": "software", "Accounts": "inquiry"}


class Seeder:
    """Tells stories to an instance, through the same writes as everybody."""

    def __init__(self, incidents: Incidents, district: District) -> None:
        self._incidents, self._district = incidents, district

    def tell(self, count: int) -> None:
        """Write `count` stories, opened evenly over the last 30 days but one."""
        start = self._incidents.clock.now() - timedelta(days=DAYS)
        for n, story in enumerate(self._district.stories(count)):
            self._tell(story, start + timedelta(days=DAYS - 1) * (n / count))

    def _tell(self, story: Story, opened: datetime) -> None:
        requester = self._user(story.requester)
        row = self._incidents.insert(self._opening(story), requester, opened.strftime(RAW))
        last = opened
        for word in story.words:
            last = opened + timedelta(minutes=word.minutes)
            says = {"comments" if word.public else "work_notes": word.text}
            row = self._incidents.update(row, says, self._user(word.author), last.strftime(RAW))
        if story.agent:
            end = (last + timedelta(minutes=5)).strftime(RAW)
            self._incidents.update(row, self._ending(story), self._user(story.agent), end)

    def _opening(self, story: Story) -> dict[str, str]:
        impact, urgency = LEVELS[story.level]
        database = self._incidents.database
        group = database["sys_user_group"].having("name", story.trouble.team)[0]["sys_id"]
        return {
            "short_description": story.subject,
            "description": story.text,
            "caller_id": self._user(story.requester)["sys_id"],
            "assignment_group": group,
            "location": database["cmn_location"].having("name", story.school)[0]["sys_id"],
            "impact": impact,
            "urgency": urgency,
            "category": CATEGORIES.get(story.trouble.category, "hardware"),
            "u_asset_tag": story.asset,
            "u_room": story.room,
        }

    def _ending(self, story: Story) -> Mapping[str, str]:
        agent = self._user(story.agent) if story.agent else {}
        says = {"assigned_to": agent.get("sys_id", ""), "state": STATES.get(story.state, CANCELED)}
        if story.state == "waiting":
            says |= {"hold_reason": AWAITING_CALLER, "comments": "When may we come by?"}
        if story.state == "resolved":
            says |= {
                "close_code": "Solved (Permanently)",
                "close_notes": "Done, tested with the class.",
            }
        return says

    def _user(self, person: Person) -> Row:
        return self._incidents.database["sys_user"].having("email", person.email)[0]
