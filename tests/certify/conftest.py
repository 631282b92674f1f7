"""Histories log nothing, and leave logging as it was."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog

from tests.certify.run import quiet


@pytest.fixture(autouse=True)
def _silent() -> Iterator[None]:
    before = structlog.get_config()
    quiet()
    yield
    structlog.configure(**before)
