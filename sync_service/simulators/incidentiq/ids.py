"""Identifiers of the simulated site: stable GUIDs, so that a test may name them.

Products, entity types and the closed `ticketstate` are the vendor's own values (reference:
incident-iq-api 1, 2 and 5); everything else is derived from its name.
"""

from uuid import NAMESPACE_URL, UUID, uuid5

ZERO = "00000000-0000-0000-0000-000000000000"
CLOSED_STATE = "11111111-1111-1111-1111-111111111111"
TICKETING = "88df910c-91aa-e711-80c2-0004ffa00010"
FACILITIES = "88df910c-91aa-e711-80c2-0004ffa00020"
PRODUCTS = {"Ticketing": TICKETING, "Facilities": FACILITIES}
TICKET_ENTITY = "888891ac-91aa-e711-80c2-100dffa00001"
SITE_ID = "bb6cece8-0000-4000-8000-000000000001"


def guid(kind: str, name: object) -> str:
    """Return the GUID of a named thing of the site, the same in every run."""
    return str(uuid5(NAMESPACE_URL, f"https://springfield.example/{kind}/{name}"))


def canonical(value: object) -> str | None:
    """Return a GUID as the site writes it, None for zero, empty or no GUID at all.

    Case does not matter (vendor samples mix it); all-zero means nothing (reference 3).
    """
    try:
        text = str(UUID(str(value)))
    except ValueError:
        return None
    return None if text == ZERO else text
