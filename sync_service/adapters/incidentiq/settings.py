"""What a user says about an Incident IQ site in `systems:`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Annotated, Any
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
)

from sync_service.adapters.http.verify import Verify
from sync_service.errors import ConfigError

#: The vendor's product ids (developer documentation, guide to products).
PRODUCTS = {
    "Ticketing": "88df910c-91aa-e711-80c2-0004ffa00010",
    "Facilities": "88df910c-91aa-e711-80c2-0004ffa00020",
    "Change Management": "88df910c-91aa-e711-80c2-0004ffa00040",
    "Assets": "88df910c-91aa-e711-80c2-0004ffa00050",
    "HR": "88df910c-91aa-e711-80c2-0004ffa00060",
}
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def _guid(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise ValueError(f"must be a GUID such as {UUID(int=0)}, not {text!r}") from None


class Settings(BaseModel):
    """One Incident IQ site and the account that we use there.

    `user` is the e-mail of the token's own user, needed only where the site does not tell it.
    `index_lag` is how long a write may be missing from the site's search.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    url: str
    site_id: Annotated[str, AfterValidator(_guid)]
    token: SecretStr
    user: str | None = None
    time_zone: str | None = None
    product: str = "Ticketing"
    key_field: str = Field("Sync Key", min_length=1)
    timeout: timedelta = Field(timedelta(seconds=30), gt=timedelta(0))
    index_lag: timedelta = Field(timedelta(seconds=30), ge=timedelta(0))
    page_size: int = Field(100, ge=20, le=2000)
    concurrency: int = Field(8, ge=1, le=64)
    rate: float | None = Field(None, gt=0)
    verify: Verify = None

    @field_validator("url")
    @classmethod
    def _encrypted(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("must look like https://district.incidentiq.com")
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise ValueError("must begin with https:// (http:// is for simulators on this machine)")
        return f"{parts.scheme}://{parts.netloc}"

    @field_validator("token")
    @classmethod
    def _whole(cls, token: SecretStr) -> SecretStr:
        text = token.get_secret_value()
        if not text or not text.isascii() or any(sign.isspace() for sign in text):
            raise ValueError("must be the token alone, without `Bearer`, blanks or line ends")
        return token

    @field_validator("time_zone")
    @classmethod
    def _known(cls, zone: str | None) -> str | None:
        if zone is not None and zone not in _zones():
            raise ValueError(f"there is no zone {zone!r}; write one such as America/Chicago")
        return zone

    @field_validator("product")
    @classmethod
    def _product(cls, product: str) -> str:
        if product in PRODUCTS:
            return PRODUCTS[product]
        try:
            return _guid(product)
        except ValueError:
            raise ValueError(f"must be one of {', '.join(PRODUCTS)}, or a product's GUID") from None


@cache
def _zones() -> frozenset[str]:
    """List the zones of this machine once: it reads thousands of files."""
    return frozenset(available_timezones())


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
