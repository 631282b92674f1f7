"""Whom a connection trusts: the machine's authorities, or those in a file. Never everybody.

A district whose proxy opens TLS names its own authority; nobody can turn verification off.
"""

from __future__ import annotations

import ssl
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema


def trusted(verify: str | None) -> ssl.SSLContext:
    """Give a context that verifies certificates and host names, by a file of authorities if named.

    Raises OSError if the file cannot be read or holds no certificate.
    """
    return ssl.create_default_context(cafile=verify)


def authorities(value: Any) -> Any:
    """Read a file's name, or `true` as None; raise ValueError saying what is wrong with it."""
    if value is True or value is None:
        return None
    if value is False:
        raise ValueError(
            "cannot be false: certificates are always verified; name a file of certificates to"
            " trust, such as that of your own authority"
        )
    try:
        trusted(str(value))
    except OSError as error:
        why = error.strerror or "it holds no certificate"
        raise ValueError(
            f"is a file of certificates to trust, in PEM form; {value} is none ({why})"
        ) from error
    return str(value)


#: A file of authorities to trust instead of the machine's; None for the machine's.
Verify = Annotated[
    str | None,
    BeforeValidator(authorities),
    WithJsonSchema({"type": "string", "examples": ["/etc/ssl/district-ca.pem"]}),
]
