"""The page that users read names every switch with its default, and every act."""

from pathlib import Path

from sync_service.simulators.faults import KINDS
from sync_service.simulators.incidentiq import SITE_ID, TOKEN
from sync_service.simulators.incidentiq.acts import ACTS
from sync_service.simulators.incidentiq.switches import SWITCHES

PAGE = (Path(__file__).parents[4] / "docs" / "simulators.md").read_text(encoding="utf-8")


def test_every_switch_is_documented_with_its_meaning() -> None:
    """A row a switch; nothing is left to reading the code."""
    rows = {
        line.split("|")[1].strip(): line for line in PAGE.splitlines() if line.startswith("| `")
    }
    wrong = [
        switch.name for switch in SWITCHES if switch.meaning not in rows.get(f"`{switch.name}`", "")
    ]
    assert wrong == []


def test_every_act_fault_and_credential_is_documented() -> None:
    """Acts and faults by name, the demo token and site id in full."""
    names = [f"`{name}`" for name in (*ACTS, *KINDS)]
    assert [name for name in (*names, TOKEN, SITE_ID) if name not in PAGE] == []
