"""A make-believe school district, the same in every simulator for the same seed.

The same people with the same e-mail addresses work in both systems, because that is how a sync
matches them. Everybody here is invented; the domain is reserved for examples (RFC 2606).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

DOMAIN = "springfield.example"
SCHOOLS = (
    ("High School", "SHS"),
    ("Middle School", "SMS"),
    ("Oak Street Elementary", "OSE"),
    ("Riverside Elementary", "RVE"),
    ("Annex", "ANX"),
    ("District Office", "DO"),
)
TEAMS = (
    ("Field Technicians", ("Dana Whitfield", "Marcus Bell", "Priya Nair")),
    ("Network Team", ("Owen Castellanos", "Ingrid Solheim")),
    ("Student Systems", ("Rosalind Achterberg", "Theo Vandermeer")),
    ("Facilities Crew", ("Gus Lindqvist", "Yolanda Prewitt")),
)
_FIRST = (
    "Amara Beckett Celia Dmitri Elena Farid Greta Hollis Imani Jonas Keiko Leif Mara Nikolai "
    "Odette Paolo Quinn Rosa Silas Tamsin Uma Viggo Willa Xavier Yara Zeke"
)
_LAST = (
    "Abernathy Birdsong Calloway Dunmore Eastlake Fairweather Goodspeed Hathaway Inkwell Jessop "
    "Kettering Lovelace Merriweather Northcott Oakhurst Pennington Quillfeather Ravenscroft "
    "Silverton Thistlewood Underhill Vantongeren Winterbourne Yarborough Zellweger"
)
FIRST, LAST = _FIRST.split(), _LAST.split()
STAFF, STUDENTS = 40, 60


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the district. `role` is agent, staff or student; `team` only for agents."""

    name: str
    email: str
    role: str
    school: str
    team: str = ""

    @property
    def username(self) -> str:
        return self.email.partition("@")[0]


@dataclass(frozen=True, slots=True)
class Trouble:
    """A kind of trouble: its issue, the category above it, who cares, and what people write."""

    category: str
    issue: str
    device: str
    team: str
    subject: str
    text: str
    facilities: bool = False


TROUBLES = (
    Trouble(
        "Chromebook",
        "Screen Cracked",
        "CB",
        "Field Technicians",
        "Chromebook {tag}: cracked screen",
        "{who} dropped {tag} on the stairs after period 2. The lower left of the screen is black, "
        "touch still works. Can we get a loaner until it is fixed?",
    ),
    Trouble(
        "Chromebook",
        "Does Not Charge",
        "CB",
        "Field Technicians",
        "Chromebook {tag} does not charge",
        "{tag} stays at 3 % on every charger in {room}. The port wobbles a little.",
    ),
    Trouble(
        "Cart",
        "Charging Cart",
        "CART",
        "Field Technicians",
        "Cart {tag}: half the slots are dead",
        "Slots 9 to 16 of {tag} in {room} do not charge. State testing starts next week & we need "
        "all 30 devices.",
    ),
    Trouble(
        "Projector",
        "No Picture",
        "PROJ",
        "Field Technicians",
        "Projector in {room} shows no picture",
        "The lamp of {tag} comes on, then a blue screen saying no signal. Swapped the cable <HDMI> "
        "already.",
    ),
    Trouble(
        "Printer",
        "Paper Jam",
        "PRN",
        "Field Technicians",
        "Printer {tag} jams on every second page",
        "Two-sided jobs jam at the rear of {tag}. One-sided is fine. The office needs it for "
        "attendance letters.",
    ),
    Trouble(
        "Network",
        "Wi-Fi",
        "AP",
        "Network Team",
        "Wi-Fi drops in {room}",
        "Since Monday the whole class loses Wi-Fi at about 10:15. Access point {tag} blinks amber.",
    ),
    Trouble(
        "Accounts",
        "Password Reset",
        "",
        "Student Systems",
        "{who} cannot sign in",
        "{who} is locked out of the learning platform since the name change. Please reset before "
        "fourth period.",
    ),
    Trouble(
        "Software",
        "Other",
        "",
        "Student Systems",
        "Gradebook shows last year's roster",
        "My period 3 list in {room} still has last year's students, including two who moved away.",
    ),
    Trouble(
        "Building",
        "Heating and Cooling",
        "",
        "Facilities Crew",
        "{room} is freezing",
        "The thermostat in {room} says 58 \u00b0F and the fan never stops.",
        facilities=True,
    ),
)
REPLIES = (
    "Thanks, on my way after lunch.",
    "Is the asset tag readable? Please send a photo.",
    "Tried another charger: same thing.",
    "Part ordered, expected Thursday.",
    "A loaner is waiting at the front desk.",
    "Works again, thank you!",
)
NOTES = (
    "Third one of this batch, check the warranty.",
    "Parent called the office about it; be kind.",
    "Spare is in the cage, shelf 4.",
    "Do not swap before the audit is over.",
)


@dataclass(frozen=True, slots=True)
class Word:
    """Something said on a ticket, `minutes` after it was opened."""

    author: Person
    text: str
    public: bool
    minutes: int


@dataclass(frozen=True, slots=True)
class Story:
    """One ticket as it happened. `requester` suffers, `agent` is None while nobody has it."""

    trouble: Trouble
    subject: str
    text: str
    requester: Person
    agent: Person | None
    school: str
    room: str
    asset: str
    level: str
    state: str
    sensitive: bool
    words: tuple[Word, ...]


HELP_DESK = Person("Help Desk", f"helpdesk@{DOMAIN}", "staff", SCHOOLS[-1][0])


class District:
    """The people and rooms of one seed."""

    def __init__(self, seed: int = 1) -> None:
        self._seed = seed
        random = Random(f"people {seed}")
        self.agents = tuple(_agent(name, team) for team, names in TEAMS for name in names)
        names = [f"{first} {last}" for first in FIRST for last in LAST]
        random.shuffle(names)
        schools = [name for name, _ in SCHOOLS[:-1]]
        self.staff = tuple(
            Person(name, _email(name), "staff", random.choice(schools)) for name in names[:STAFF]
        )
        self.students = tuple(
            Person(name, _email(name, "students."), "student", random.choice(schools))
            for name in names[STAFF : STAFF + STUDENTS]
        )
        self.rooms = {name: [f"Room {n}" for n in range(101, 113)] for name, _ in SCHOOLS}

    @property
    def people(self) -> tuple[Person, ...]:
        return (*self.agents, HELP_DESK, *self.staff, *self.students)

    def stories(self, count: int) -> Iterator[Story]:
        """Yield `count` tickets; the first n are the same whatever `count` is."""
        random = Random(f"stories {self._seed}")
        for _ in range(count):
            yield self._story(random)

    def _story(self, random: Random) -> Story:
        trouble = random.choice(TROUBLES)
        by_student = not trouble.facilities and random.random() < 0.3
        requester = random.choice(self.students if by_student else self.staff)
        room = random.choice(self.rooms[requester.school])
        asset = f"{trouble.device}-{random.randrange(10_000, 99_999)}" if trouble.device else ""
        says = {"tag": asset, "room": room, "who": requester.name}
        members = [agent for agent in self.agents if agent.team == trouble.team]
        agent = random.choice(members) if random.random() < 0.7 else None
        states = ("new", "new", "working", "working", "waiting", "resolved", "cancelled")
        state = random.choice(states) if agent else "new"
        return Story(
            trouble=trouble,
            subject=trouble.subject.format(**says),
            text=trouble.text.format(**says),
            requester=requester,
            agent=agent,
            school=requester.school,
            room=room,
            asset=asset,
            level=random.choice(("Low", "Medium", "Medium", "High", "Critical")),
            state=state,
            sensitive=random.random() < 0.03,
            words=_words(random, requester, agent),
        )


def _words(random: Random, requester: Person, agent: Person | None) -> tuple[Word, ...]:
    words = []
    minutes = 0
    for _ in range(random.randrange(5) if agent else 0):
        minutes += random.randrange(5, 240)
        private = random.random() < 0.3
        author = agent if agent and (private or random.random() < 0.5) else requester
        words.append(
            Word(author, random.choice(NOTES if private else REPLIES), not private, minutes)
        )
    return tuple(words)


def _agent(name: str, team: str) -> Person:
    return Person(name, _email(name), "agent", SCHOOLS[-1][0], team)


def _email(name: str, sub: str = "") -> str:
    return f"{name.lower().replace(' ', '.')}@{sub}{DOMAIN}"
