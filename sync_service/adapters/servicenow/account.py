"""How our account signs in: a password, an API key, or an OAuth token that is renewed in time.

The surprise: a token may die before its hour (a revoked session, a restarted node), so a 401 asks
for a new one, once; concurrent calls that met the same dead token share the renewal.
Source: vendor documentation, OAuth client credentials and inbound API keys.
"""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from pydantic import SecretStr

from sync_service.adapters.http import Http
from sync_service.adapters.servicenow.settings import Auth
from sync_service.adapters.servicenow.words import no_json
from sync_service.errors import AuthFailed, NotSent, Rejected, TryLater, UnknownOutcome

TOKEN_PATH = "/oauth_token.do"  # noqa: S105 - an address
#: A token is renewed this long before it ends, or at half of a shorter life.
MARGIN = timedelta(seconds=60)
#: Seconds: a token's usual life, and the longest that is believed.
USUAL, LONGEST = 1800.0, 86_400.0
JSON_CALL = {"Accept": "application/json", "Content-Type": "application/json"}
FORM = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
REFUSED = (400, 401, 403)


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token and when to renew it."""

    text: SecretStr
    until: datetime


class Account:
    """Gives each call its headers; `http` is a client of its own, without them."""

    def __init__(
        self,
        system: str,
        auth: Auth,
        http: Http,
        *,
        clock: Callable[[], datetime],
        timeout: timedelta,
    ) -> None:
        self._system, self._auth, self._http = system, auth, http
        self._clock, self._timeout = clock, timeout
        self._token: Token | None = None
        self._renewing = asyncio.Lock()

    @property
    def way(self) -> str:
        """Name the settings to look at when the instance refuses us."""
        return " and ".join(f"`auth.{name}`" for name in sorted(self._auth.model_fields_set))

    async def headers(self) -> Mapping[str, str]:
        """Give the headers of a call; raises `AuthFailed`, `NeedsHuman` or `TryLater`."""
        return {**JSON_CALL, **await self._identity()}

    async def _identity(self) -> Mapping[str, str]:
        if self._auth.api_key:
            return {"x-sn-apikey": self._auth.api_key.get_secret_value()}
        if self._auth.password:
            pair = f"{self._auth.user}:{self._auth.password.get_secret_value()}"
            return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}
        token = self._token
        if token is None or token.until <= self._clock():
            token = await self._renewed(token)
        return {"Authorization": f"Bearer {token.text.get_secret_value()}"}

    def current(self) -> Token | None:
        """Give the token that calls carry now, to tell later whether it was renewed."""
        return self._token

    async def renew(self, refused: Token | None) -> bool:
        """Fetch a new token in the place of a refused one; False if there is none to fetch."""
        if not self._auth.client_secret:
            return False
        await self._renewed(refused)
        return True

    async def _renewed(self, old: Token | None) -> Token:
        async with self._renewing:
            if self._token is None or self._token is old:
                self._token = await self._fetch()
            return self._token

    async def _fetch(self) -> Token:
        secret = self._auth.client_secret
        form = {
            "grant_type": "client_credentials",
            "client_id": self._auth.client_id or "",
            "client_secret": secret.get_secret_value() if secret else "",
        }
        asked = self._clock()
        try:
            answer = await self._http.write(
                "POST",
                TOKEN_PATH,
                deadline=asked + self._timeout,
                content=urlencode(form).encode(),
                headers=FORM,
                accept=REFUSED,
            )
        except (NotSent, UnknownOutcome) as exc:
            raise TryLater(f"{self._system} gave no token: {exc}") from exc
        except Rejected as exc:
            raise self._no_token(f"{exc}") from exc
        if answer.status in REFUSED:
            raise self._no_token(f"{self._system} refused {self.way} ({answer.status})")
        body = answer.loose()
        if not isinstance(body, Mapping) or not body.get("access_token"):
            raise no_json(self._system, answer)
        return Token(SecretStr(str(body["access_token"])), asked + _life(body))

    def _no_token(self, told: str) -> AuthFailed:
        return AuthFailed(
            f"{told}. Check {self.way}, and that the instance allows the client credentials grant"
            " and names an OAuth application user; then run `sync-service check`."
        )


def _life(body: Mapping[str, Any]) -> timedelta:
    """Give how long to use a token; what is no number of seconds counts as the vendor's usual."""
    try:
        told = float(body.get("expires_in", USUAL))
    except (TypeError, ValueError, OverflowError):
        told = USUAL
    life = timedelta(seconds=min(told, LONGEST) if told > 0 else USUAL)
    return max(life - MARGIN, life / 2)
