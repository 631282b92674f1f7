"""The users' main interface: YAML files, read with positions and refused with all their problems.

`load` gives a `Config`; `bind` puts the adapters' knowledge of fields into a link's mapping lines.
Nothing here knows an adapter: their settings models and field kinds are passed in.
"""

from sync_service.config.bind import bind
from sync_service.config.fingerprint import fingerprint
from sync_service.config.link import Link
from sync_service.config.load import Config, load
from sync_service.config.system import System

__all__ = ["Config", "Link", "System", "bind", "fingerprint", "load"]
