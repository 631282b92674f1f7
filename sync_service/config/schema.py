"""JSON Schemas of the configuration files, for editors: `python -m sync_service.config.schema DIR`.

They are made from the models, and a test holds the shipped files to that.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pydantic import BaseModel

from sync_service.config.mapping_models import MappingFile
from sync_service.config.models import Root

FILES: dict[str, type[BaseModel]] = {
    "sync.schema.json": Root,
    "mapping.schema.json": MappingFile,
}


def render(model: type[BaseModel]) -> str:
    """Give the JSON Schema (2020-12) of a file as text."""
    schema = model.model_json_schema()
    return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def write(folder: Path) -> None:
    """Write every schema into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, model in FILES.items():
        (folder / name).write_text(render(model), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
