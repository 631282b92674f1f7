from pathlib import Path

import pytest
from pydantic import BaseModel

from sync_service.config.mapping_models import (
    Attachments,
    Comments,
    FieldLine,
    MappingFile,
    RedactRule,
)
from sync_service.config.models import (
    Guards,
    Health,
    LinkSettings,
    Log,
    Retention,
    Root,
    Store,
)
from sync_service.core.expressions import FILTERS

PAGE = (Path(__file__).parents[3] / "docs" / "configuration.md").read_text()
MODELS = [
    Root,
    Store,
    Log,
    Health,
    LinkSettings,
    Guards,
    Retention,
    MappingFile,
    FieldLine,
    Comments,
    Attachments,
    RedactRule,
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_setting_is_documented(model: type[BaseModel]):
    """A setting that is not on the page does not exist for its users."""
    names = {one.alias or name for name, one in model.model_fields.items()}
    missing = {name for name in names if name not in PAGE}

    assert not missing


def test_every_filter_is_documented():
    """The page lists what may stand after a `|`; `d` is short for `default`."""
    assert not {
        name
        for name in FILTERS - {"d"}
        if f"{name} " not in PAGE and f"{name}`" not in PAGE and f"{name}\n" not in PAGE
    }
