"""The make-believe district: the same for everybody who builds it from the same seed."""

from sync_service.simulators.district import DOMAIN, District


def test_two_simulators_of_one_seed_share_their_people_and_stories() -> None:
    """A sync matches people by e-mail, so both systems must know the same ones."""
    here, there = District(3), District(3)

    assert here.people == there.people
    assert list(here.stories(20)) == list(there.stories(50))[:20]
    assert list(here.stories(20)) != list(District(4).stories(20))


def test_every_person_has_an_address_of_their_own() -> None:
    """Two people under one address could not be told apart by a sync."""
    emails = [person.email for person in District(1).people]

    assert len(emails) == len(set(emails)) > 100


def test_students_say_nothing_internal() -> None:
    """An internal note is an agent's."""
    words = [word for story in District(1).stories(300) for word in story.words]
    notes = [word for word in words if not word.public]

    assert notes
    assert {note.author.role for note in notes} == {"agent"}


def test_there_is_a_help_desk_for_tickets_of_nobody() -> None:
    """A sync falls back to it where a requester is unknown on the other side."""
    assert f"helpdesk@{DOMAIN}" in {person.email for person in District(1).people}
