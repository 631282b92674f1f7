"""What a user says about a ServiceNow instance in `systems:`."""

from __future__ import annotations

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
    model_validator,
)

from sync_service.adapters.http.verify import Verify
from sync_service.errors import ConfigError

LOOPBACK = ("127.0.0.1", "::1", "localhost")
WAYS = (
    frozenset({"client_id", "client_secret"}),
    frozenset({"user", "password"}),
    frozenset({"api_key"}),
)


class Auth(BaseModel):
    """One of: `client_id` and `client_secret` (OAuth), `user` and `password`, or `api_key`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    client_id: str | None = None
    client_secret: SecretStr | None = None
    user: str | None = None
    password: SecretStr | None = None
    api_key: SecretStr | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Auth:
        if self.model_fields_set not in WAYS:
            raise ValueError(
                "must be {client_id, client_secret}, or {user, password}, or {api_key}"
            )
        return self

    @field_validator("client_secret", "password", "api_key")
    @classmethod
    def _whole(cls, secret: SecretStr | None) -> SecretStr | None:
        text = secret.get_secret_value() if secret else ""
        if not text or text != text.strip() or not text.isprintable():
            raise ValueError("must not be empty, nor begin or end with blanks or line ends")
        return secret


class Settings(BaseModel):
    """One ServiceNow instance and the account that we use there.

    `user` is the account's `user_name`, needed only where the instance does not tell it.
    `index_lag` is how long a saved change may be missing from a query; `skew` how far apart the
    clocks of the instance's nodes may be.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    auth: Auth
    user: str | None = Field(None, min_length=1)
    table: str = Field("incident", pattern=r"^[a-z][a-z0-9_]*$")
    key_field: str = Field("correlation_id", pattern=r"^[a-z][a-z0-9_]*$")
    timeout: timedelta = Field(timedelta(seconds=30), gt=timedelta(0))
    index_lag: timedelta = Field(timedelta(0), ge=timedelta(0))
    skew: timedelta = Field(timedelta(seconds=5), ge=timedelta(0))
    page_size: int = Field(200, ge=2, le=10_000)
    concurrency: int = Field(8, ge=1, le=64)
    rate: float | None = Field(None, gt=0)
    verify: Verify = None

    @field_validator("url")
    @classmethod
    def _encrypted(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("must look like https://district.service-now.com")
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise ValueError("must begin with https:// (http:// is for simulators on this machine)")
        return f"{parts.scheme}://{parts.netloc}"


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
