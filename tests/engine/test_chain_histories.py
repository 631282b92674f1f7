"""The promises over random histories of three systems: chains, rings, stars and twin links (R14)."""

import logging
import os
from collections.abc import Callable, Iterator

import pytest
import structlog

from tests.engine.chain_play import Affair, ChainJudge, ChainPlay, drawn, shortest

AFFAIRS = -(-int(os.environ.get("SYNC_HISTORIES", "1000")) // 40)
SEED = int(os.environ.get("SYNC_SEED", "1"))
ONLY = os.environ.get("SYNC_HISTORY")
SHARES = 2


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Many affairs would log for minutes."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


def _played(affair: Affair) -> None:
    play = ChainPlay(affair)
    play.play()
    ChainJudge(play).judge()


def _fails(affair: Affair) -> bool:
    try:
        _played(affair)
    except Exception:  # noqa: BLE001 - whatever breaks is what the shortest is sought for
        return True
    return False


@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.timeout(14400)
def test_one_ticket_a_system_and_no_comment_twice_in_any_group_of_links(
    share: int, record_property: Callable[[str, object], None]
) -> None:
    """R14, promises 1 to 5: links at work at once, crashes and lost stores among them."""
    numbers = [int(ONLY)] if ONLY else range(share, AFFAIRS, SHARES)
    for number in numbers:
        affair = drawn(SEED, number)
        try:
            _played(affair)
        except Exception as error:
            said = f"affair {number} of seed {SEED}: {error!r}\n{shortest(affair, _fails)}"
            raise AssertionError(said) from error
    record_property("affairs", len(numbers))
