from pathlib import Path

import pytest
from pydantic import BaseModel

from sync_service.adapters.incidentiq.settings import Settings as IncidentIQ
from sync_service.adapters.request_tracker.settings import Settings as RequestTracker
from sync_service.adapters.servicenow.settings import Settings as ServiceNow
from sync_service.config import load
from sync_service.errors import ConfigError

MODELS: dict[str, type[BaseModel]] = {
    "incidentiq": IncidentIQ,
    "request_tracker": RequestTracker,
    "servicenow": ServiceNow,
}
EXAMPLES = Path(__file__).parents[3] / "config"
ENV = {
    "IIQ_SITE_ID": "bb6cece8-0000-4000-8000-000000000001",
    "SNOW_CLIENT_ID": "client",
    "SNOW_CLIENT_SECRET": "not-a-real-secret",
    "IIQ_TOKEN": "not-a-real-token",
}

SYNC = """\
systems:
  iiq:
    adapter: incidentiq
    url: https://d.incidentiq.com
    site_id: ${ENV:IIQ_SITE_ID}
    token: ${ENV:IIQ_TOKEN}
    time_zone: America/Chicago
  sn:
    adapter: servicenow
    url: https://d.service-now.com
    auth: {client_id: "${ENV:SNOW_CLIENT_ID}", client_secret: "${ENV:SNOW_CLIENT_SECRET}"}
links:
  desk:
    between: [iiq, sn]
    mapping: desk.mapping.yaml
    since: now
"""
MAPPING = """\
fields:
  - iiq: Subject
    sn: short_description
"""


class Files:
    """A folder with a configuration, changed piece by piece."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.write(SYNC, MAPPING)

    def write(self, sync=SYNC, mapping=MAPPING):
        """Write the two files."""
        (self.folder / "sync.yaml").write_text(sync)
        (self.folder / "desk.mapping.yaml").write_text(mapping)

    def link(self, **settings):
        """Write the link with these settings besides its own."""
        lines = "".join(f"    {name}: {value}\n" for name, value in settings.items())
        self.write(SYNC + lines)

    def load(self, **env):
        """Load the configuration."""
        return load(self.folder / "sync.yaml", MODELS, ENV | env)

    def desk(self, mapping=None):
        """Load the configuration and give its one link."""
        if mapping is not None:
            self.write(mapping=mapping)
        return self.load().links["desk"]

    def problems(self, mapping=None, **env):
        """Give what loading complains of, without the folder's name."""
        if mapping is not None:
            self.write(mapping=mapping)
        with pytest.raises(ConfigError) as caught:
            self.load(**env)
        return [one.removeprefix(f"{self.folder}/") for one in caught.value.problems]


@pytest.fixture
def files(tmp_path):
    """Give a folder with a configuration that loads."""
    return Files(tmp_path)
