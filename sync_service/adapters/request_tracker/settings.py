"""What a user says about a Request Tracker in `systems:`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
)

from sync_service.adapters.http.verify import Verify
from sync_service.errors import ConfigError

LOOPBACK = ("127.0.0.1", "::1", "localhost")
#: `1-<id of the user>-<secret>`, as RT 5 makes them (seen on 5.0.3).
TOKEN = re.compile(r"\d+-(\d+)-[0-9A-Za-z]+")
#: RT gives at most 100 rows a page and cuts silently what is asked beyond.
MOST_ROWS = 100


class Settings(BaseModel):
    """One queue of one Request Tracker, and the account that we use there.

    `url` is what a browser shows before `/Ticket/`. `overlap` is how far behind a reading of the
    feed a transaction may still be committed. `workflow` gives the legal next values of each
    status; empty means that Request Tracker itself is asked by trying.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    token: SecretStr
    queue: str = Field(min_length=1)
    key_field: str = Field("Sync Key", min_length=1, pattern=r"^[^{}']+$")
    origin_field: str = Field("Sync Origin", min_length=1)
    html_comments: bool = False
    workflow: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    timeout: timedelta = Field(timedelta(seconds=30), gt=timedelta(0))
    index_lag: timedelta = Field(timedelta(0), ge=timedelta(0))
    overlap: timedelta = Field(timedelta(seconds=5), ge=timedelta(seconds=2))
    page_size: int = Field(MOST_ROWS, ge=2, le=MOST_ROWS)  # the control, and one row
    concurrency: int = Field(4, ge=1, le=64)
    rate: float | None = Field(None, gt=0)
    verify: Verify = None

    @property
    def user_id(self) -> str:
        """The number of the token's own user, which is a part of the token."""
        found = TOKEN.fullmatch(self.token.get_secret_value())
        return found.group(1) if found else ""

    @field_validator("url")
    @classmethod
    def _encrypted(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query:
            raise ValueError("must look like https://rt.district.example")
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise ValueError("must begin with https:// (http:// is for servers on this machine)")
        path = parts.path.rstrip("/").removesuffix("/REST/2.0")
        return f"{parts.scheme}://{parts.netloc}{path}"

    @field_validator("token")
    @classmethod
    def _whole(cls, token: SecretStr) -> SecretStr:
        if not TOKEN.fullmatch(token.get_secret_value()):
            raise ValueError(
                "must be an authentication token such as 1-31-0123abcd;"
                " make one in Request Tracker under Logged in as > Settings > Auth Tokens"
            )
        return token


def read_settings(name: str, given: Mapping[str, Any]) -> Settings:
    """Read the settings of a system; raise ConfigError listing every problem."""
    try:
        return Settings.model_validate({k: v for k, v in given.items() if k != "adapter"})
    except ValidationError as exc:
        problems = [
            f"systems.{name}.{'.'.join(map(str, one['loc']))}: "
            + one["msg"].removeprefix("Value error, ")
            for one in exc.errors(include_input=False, include_url=False)
        ]
        raise ConfigError(problems) from exc
