import json
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync_service.config import load
from sync_service.config.document import read
from sync_service.errors import ConfigError
from tests.unit.config.conftest import ENV, EXAMPLES, MODELS

_TEXT = st.text("ab1:{}%~ ü.", max_size=8)
_JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=6,
)
SYNC = json.dumps(read((EXAMPLES / "demo.yaml").read_text(), "demo.yaml").data)
MAPPING = json.dumps(read((EXAMPLES / "helpdesk.mapping.yaml").read_text(), "helpdesk").data)


def places(data, path=()):
    """List every place of a document."""
    yield path
    items = (
        data.items()
        if isinstance(data, dict)
        else enumerate(data)
        if isinstance(data, list)
        else ()
    )
    for key, item in items:
        yield from places(item, (*path, key))


@st.composite
def spoilt(draw, text):
    """Replace one part of a good document with anything."""
    data = json.loads(text)
    place = draw(st.sampled_from([path for path in places(data) if path]))
    at = data
    for key in place[:-1]:
        at = at[key]
    at[place[-1]] = draw(_JUNK)
    return json.dumps(data)


def outcome(folder: Path, sync: str, mapping: str) -> list[str]:
    """Load the two texts; give what was complained of."""
    (folder / "sync.yaml").write_text(sync)
    (folder / "helpdesk.mapping.yaml").write_text(mapping)
    try:
        load(folder / "sync.yaml", MODELS, ENV)
    except ConfigError as error:
        return list(error.problems)
    return []


_SAME_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@_SAME_FOLDER
@given(spoilt(SYNC))
def test_a_spoilt_configuration_is_refused_with_places(tmp_path, text):
    """Whatever stands where, the answer is a configuration or a list of problems with places."""
    for problem in outcome(tmp_path, text, MAPPING):
        assert problem.startswith(str(tmp_path)), problem


@_SAME_FOLDER
@given(spoilt(MAPPING))
def test_a_spoilt_mapping_is_refused_with_places(tmp_path, text):
    """Whatever stands where, the answer is a configuration or a list of problems with places."""
    for problem in outcome(tmp_path, SYNC, text):
        assert problem.startswith(str(tmp_path)), problem
