"""Every message names its system."""

from sync_service.engine.unforeseen import misread, told
from sync_service.errors import TryLater


def test_a_message_names_its_system_once() -> None:
    """Found by an auditor: "the site answered with an object that is no list" left open which site."""
    assert "iiq: it is no list" == told("iiq", TryLater("it is no list"))
    assert "iiq refused us" == told("iiq", TryLater("iiq refused us"))


def test_an_unforeseen_error_is_told_by_place_and_not_by_words() -> None:
    """Its words may quote a ticket."""
    try:
        raise KeyError("secret subject")
    except KeyError as error:
        said = str(misread("iiq", error))

    assert said.startswith(
        "iiq answered in a way that nobody foresaw (KeyError at test_unforeseen.py:"
    )
    assert "secret" not in said
