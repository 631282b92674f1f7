"""Who is calling: Basic credentials or an OAuth token, and how many calls are left to them.

Everybody of the district signs in with the same demo password, so that a test can write as
different people through the vendor's own API. ACL switches bind only the API user.
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from urllib.parse import parse_qs

from sync_service.simulators.clock import Clock
from sync_service.simulators.servicenow.database import Database
from sync_service.simulators.servicenow.refusals import refused
from sync_service.simulators.servicenow.schema import Row
from sync_service.simulators.switches import Switches

USER, PASSWORD = "sync.service", "demo-servicenow-password"
CLIENT_ID, CLIENT_SECRET = "5e5b1c0d7ee611f0a1b2c3d4e5f60718", "demo-servicenow-secret"
REFRESH_DAYS = 100


@dataclass(frozen=True, slots=True)
class Token:
    """An access or refresh token: whose it is and until when."""

    user: str
    until: datetime
    refreshes: bool = False


class Accounts:
    """The credentials of the instance."""

    def __init__(self, database: Database, switches: Switches, clock: Clock, seed: int) -> None:
        self._database, self._switches, self._clock = database, switches, clock
        self._tokens: dict[str, Token] = {}
        self._calls: dict[tuple[str, int], int] = {}
        self._random = Random(f"tokens {seed}")

    def who(self, authorization: str) -> Row:
        """Give the active user of an Authorization header; raise Refused (401)."""
        scheme, _, rest = authorization.partition(" ")
        name = ""
        if scheme.lower() == "basic":
            user, password = _pair(rest)
            name = user if password == PASSWORD else ""
        elif scheme.lower() == "bearer":
            token = self._tokens.get(rest.strip())
            good = token and not token.refreshes and token.until > self._clock.now()
            name = token.user if token and good else ""
        user_row = self.named(name)
        if user_row is None:
            raise refused(401, "User Not Authenticated", "Required to provide Auth information")
        return user_row

    def named(self, name: str) -> Row | None:
        """Find an active user by user name."""
        rows = self._database["sys_user"].having("user_name", name) if name else []
        return next((row for row in rows if row.get("active") == "true"), None)

    def grant(self, body: str, authorization: str) -> tuple[int, dict[str, str | int]]:
        """Answer `/oauth_token.do`: status and body (vendor docs: OAuth token endpoint)."""
        form = {name: values[0] for name, values in parse_qs(body).items()}
        scheme, _, rest = authorization.partition(" ")
        basic = _pair(rest) if scheme.lower() == "basic" else ("", "")
        client = (form.get("client_id", basic[0]), form.get("client_secret", basic[1]))
        if client != (CLIENT_ID, CLIENT_SECRET):
            return 401, {"error": "invalid_client", "error_description": "access_denied"}
        kind = form.get("grant_type", "")
        if kind not in self._switches.words("grants"):
            return 401, {"error": "unauthorized_client", "error_description": "access_denied"}
        user = self._granted_to(kind, form)
        if not user:
            return 401, {"error": "server_error", "error_description": "access_denied"}
        return 200, self._issue(user, refreshable=kind != "client_credentials")

    def _granted_to(self, kind: str, form: dict[str, str]) -> str:
        if kind == "client_credentials":
            return USER
        if kind == "password":
            known = self.named(form.get("username", "")) and form.get("password") == PASSWORD
            return form["username"] if known else ""
        token = self._tokens.get(form.get("refresh_token", ""))
        good = token and token.refreshes and token.until > self._clock.now()
        return token.user if token and good else ""

    def _issue(self, user: str, *, refreshable: bool) -> dict[str, str | int]:
        seconds = int(self._switches.number("token_seconds"))
        now = self._clock.now()
        answer: dict[str, str | int] = {
            "access_token": self._new(Token(user, now + timedelta(seconds=seconds))),
            "scope": "useraccount",
            "token_type": "Bearer",
            "expires_in": seconds,
        }
        if refreshable:
            until = now + timedelta(days=REFRESH_DAYS)
            answer["refresh_token"] = self._new(Token(user, until, refreshes=True))
        return answer

    def _new(self, token: Token) -> str:
        name = f"{self._random.getrandbits(256):064x}"
        self._tokens[name] = token
        return name

    def count(self, user: Row) -> dict[str, str]:
        """Count a call and give the rate-limit headers; raise Refused (429) past the limit.

        Limits are a customer's rules per hour and user (vendor docs: inbound rate limiting).
        """
        limit = int(self._switches.number("rate_limit"))
        if not limit:
            return {}
        now = int(self._clock.now().timestamp())
        hour, reset = now // 3600, (now // 3600 + 1) * 3600
        key = (user["user_name"], hour)
        self._calls[key] = self._calls.get(key, 0) + 1
        headers = {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Reset": str(reset),
            "X-RateLimit-Rule": "Incident API, per user",
        }
        if self._calls[key] > limit:
            headers["Retry-After"] = str(reset - now)
            raise refused(429, "Rate limit exceeded", f"{limit} requests an hour", headers)
        return headers


def _pair(encoded: str) -> tuple[str, str]:
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return user, password
