"""Histories told by hand, for those that once broke a promise."""

from __future__ import annotations

from typing import Any

from tests.certify.run import judged
from tests.certify.scenery import Scenery
from tests.certify.steps import History, Step

LEVEL = Step("level")


def scenery(incidentiq: dict[str, Any] | None = None, servicenow: dict[str, Any] | None = None):
    """Give the usual circumstances, with switches of the simulators turned."""
    return Scenery(switches={"incidentiq": incidentiq or {}, "servicenow": servicenow or {}})


def broken(where: Scenery, *steps: Step, seed: int = 0) -> str:
    """Play steps, and tell the promise that they break; "" if none."""
    return judged(History(where, steps, seed)).broken
