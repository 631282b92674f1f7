"""What a technician writes beside `docker-compose.yml` reaches the daemon."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def composed(folder: Path) -> dict[str, Any]:
    """Give the services as Compose itself resolves them in a folder with this `.env`."""
    if shutil.which("docker") is None:
        pytest.skip("no docker command: install Docker with its compose plugin")
    shutil.copy(ROOT / "docker-compose.yml", folder)
    told = subprocess.run(
        ["docker", "compose", "config", "--format", "json"],
        cwd=folder, env={"PATH": os.environ["PATH"], "HOME": str(folder)},
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    services: dict[str, Any] = json.loads(told.stdout)["services"]
    return services


@pytest.mark.docker
def test_what_the_configuration_names_comes_from_the_env_file(tmp_path: Path) -> None:
    """Found by a newcomer: README said `export IIQ_SITE_ID=...`, and no container ever saw it."""
    (tmp_path / ".env").write_text("POSTGRES_PASSWORD=secret1\nIIQ_SITE_ID=a-site\n")

    services = composed(tmp_path)

    for name in ("upgrade", "sync"):
        environment = services[name]["environment"]
        assert "a-site" == environment["IIQ_SITE_ID"]
        assert "sync:secret1@db" in environment["SYNC_DATABASE_URL"]
