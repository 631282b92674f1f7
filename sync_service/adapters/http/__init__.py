"""The one HTTP client: what a call's end means is decided here, once, for every vendor.

The surprise: a write is sent at most once, whatever happens (R18), and only a connection that was
never made counts as not sent.
"""

from sync_service.adapters.http.client import Http
from sync_service.adapters.http.response import Response

__all__ = ["Http", "Response"]
