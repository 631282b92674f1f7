"""The page that users read names every switch with its default, every act and credential."""

from pathlib import Path

from sync_service.simulators.servicenow import CLIENT_ID, CLIENT_SECRET, PASSWORD, USER
from sync_service.simulators.servicenow.people import DEEDS
from sync_service.simulators.servicenow.schema import SCHEMAS
from sync_service.simulators.servicenow.switches import SWITCHES

PAGE = Path(__file__).parents[4] / "docs" / "simulators-servicenow.md"


def test_every_switch_is_documented_with_default_and_meaning() -> None:
    """A row a switch; nothing is left to reading the code."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    rows = {line.split("|")[1].strip(): line for line in lines if line.startswith("| `")}

    for switch in SWITCHES:
        row = rows[f"`{switch.name}`"]
        assert switch.meaning in row
        if not isinstance(switch.default, tuple):
            assert str(switch.default).lower() == row.split("|")[2].strip(" `").lower()


def test_every_act_table_and_credential_is_documented() -> None:
    """By name, and the demo credentials in full."""
    page = PAGE.read_text(encoding="utf-8")
    names = [f"`{name}`" for name in (*DEEDS, *(schema.name for schema in SCHEMAS))]
    wanted = [*names, USER, PASSWORD, CLIENT_ID, CLIENT_SECRET]

    assert [word for word in wanted if word not in page] == []
