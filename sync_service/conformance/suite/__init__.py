"""Every test of the suite, to be taken into a module that has a fixture named `harness`.

from sync_service.conformance.suite import *

@pytest.fixture
def harness() -> Harness: ...
"""

from inspect import iscoroutinefunction

import pytest

from sync_service.conformance.suite.absence import *  # noqa: F403
from sync_service.conformance.suite.clocks import *  # noqa: F403
from sync_service.conformance.suite.comments import *  # noqa: F403
from sync_service.conformance.suite.errors import *  # noqa: F403
from sync_service.conformance.suite.feed import *  # noqa: F403
from sync_service.conformance.suite.fields import *  # noqa: F403
from sync_service.conformance.suite.fitting import *  # noqa: F403
from sync_service.conformance.suite.identity import *  # noqa: F403
from sync_service.conformance.suite.scan import *  # noqa: F403
from sync_service.conformance.suite.settling import *  # noqa: F403
from sync_service.conformance.suite.writes import *  # noqa: F403

__all__ = [name for name in globals() if name.startswith("test_")]

_MARKS = (
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.conformance,
    pytest.mark.usefixtures("conformance_kept"),
)
for _name in __all__:
    if iscoroutinefunction(_test := globals()[_name]):
        for _mark in _MARKS:
            _test = _mark(_test)
        globals()[_name] = _test
