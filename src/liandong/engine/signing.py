"""How a call of ours is signed, so that its receiver knows it is ours, whole and fresh.

Two schemes under one secret (docs/decisions/022 and 065), side by side in ``webhook-signature``, a list with blanks between:

* the contract's (§6): HMAC-SHA256 over ``timestamp.body``, the key being the secret as it was shown;
* that of Standard Webhooks: HMAC-SHA256 over ``id.timestamp.body``, the key being the bytes behind ``whsec_``.

``liandong-signature`` bears the contract's signature alone, for a receiver that compares a whole header.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Sequence

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret() -> str:
    """A secret as Standard Webhooks writes it: ``whsec_`` and base64 of 32 random bytes."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def _v1(key: bytes, signed: bytes) -> str:
    return "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


def contract(secret: str, timestamp: int, body: bytes) -> str:
    """The contract's signature of a body sent at ``timestamp`` (seconds)."""
    return _v1(secret.encode(), f"{timestamp}.".encode() + body)


def standard(secret: str, message: str, timestamp: int, body: bytes) -> str:
    """The signature of Standard Webhooks."""
    return _v1(base64.b64decode(secret.removeprefix(PREFIX)), f"{message}.{timestamp}.".encode() + body)


def headers(keys: Sequence[str], message: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers of one call. ``keys``: the newest secret first, then one that is being retired."""
    old_form = [contract(key, timestamp, body) for key in keys]
    return {
        "webhook-id": message,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(
            [*old_form, *(standard(key, message, timestamp, body) for key in keys)]
        ),
        "liandong-signature": " ".join(old_form),
    }
