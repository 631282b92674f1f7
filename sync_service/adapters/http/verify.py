"""Whom a connection trusts: the machine's authorities, or those in a file. Never everybody.

A district whose proxy opens TLS names its own authority; nobody can turn verification off.
"""

from __future__ import annotations

import ssl
from pathlib import PurePath
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

_OFF = frozenset({"false", "no", "off", "0", "none"})
_UNKNOWN = (
    "if it is your own authority's, or that of a proxy which opens TLS, name the authority's file"
    " in `verify` of this system; if not, somebody may be listening in"
)
_OTHER_NAME = "write in `url` the name that the certificate is for"
#: What to do, by OpenSSL's number of what is wrong with a certificate (x509_vfy.h).
_CERTIFICATE = {
    9: "is this machine's clock right?",
    10: "its owner must renew it; or is this machine's clock wrong?",
    **dict.fromkeys((2, 18, 19, 20, 21), _UNKNOWN),
    **dict.fromkeys((62, 64), _OTHER_NAME),
}


def trusted(verify: str | None) -> ssl.SSLContext:
    """Give a context that verifies certificates and host names, by a file of authorities if named.

    Raises OSError if the file cannot be read or holds no certificate.
    """
    return ssl.create_default_context(cafile=verify)


def authorities(value: Any) -> Any:
    """Read a file's whole path, or `true` as None; raise ValueError saying what is wrong with it."""
    if value is True or value is None:
        return None
    if value is False or str(value).strip().casefold() in _OFF:
        raise ValueError(
            "cannot be turned off: certificates are always verified; name a file of certificates to"
            " trust, such as that of your own authority"
        )
    if not isinstance(value, str) or not PurePath(value).is_absolute():
        raise ValueError(
            "is the whole path of a file of certificates to trust, in PEM form, such as"
            f" /etc/ssl/district-ca.pem, and not {value!r}"
        )
    try:
        trusted(value)
    except OSError as error:
        why = "it holds no certificate in PEM form"
        if not isinstance(error, ssl.SSLError):
            why = error.strerror or type(error).__name__
        raise ValueError(f"names {value}, which cannot be used: {why}") from error
    return value


def remedy(error: BaseException) -> str:
    """Say what to do where no connection was made; the certificate may be to blame."""
    cause: BaseException | None = error
    while cause is not None:
        code = getattr(cause, "verify_code", None)  # aiohttp's own error of that type has none
        if code is not None:
            return _CERTIFICATE.get(code, "ask its owner what is wrong with it")
        if type(cause) is ssl.SSLError:
            return "is `url` right, and does a server with TLS 1.2 or later listen there?"
        cause = cause.__cause__
    return "is `url` right, and the network up?"


#: A file of authorities to trust instead of the machine's; None for the machine's.
Verify = Annotated[
    str | None,
    BeforeValidator(authorities),
    WithJsonSchema({"type": "string", "examples": ["/etc/ssl/district-ca.pem"]}),
]
