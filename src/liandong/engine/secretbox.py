"""Secrets of others (webhook keys, stored answers) sealed under the installation's master key."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class Unreadable(Exception):
    """The sealed value does not open: another master key, or changed bytes."""


def _key(purpose: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=f"liandong/engine/{purpose}".encode()).derive(
        bytes.fromhex(settings.MASTER_KEY)
    )


def seal(purpose: str, plain: bytes, bound: str) -> bytes:
    """Encrypt; ``bound`` (whose it is) must be given again to open it."""
    nonce = os.urandom(12)
    return nonce + AESGCM(_key(purpose)).encrypt(nonce, plain, bound.encode())


def unseal(purpose: str, sealed: bytes, bound: str) -> bytes:
    """Open what ``seal`` made. Raises Unreadable."""
    try:
        return AESGCM(_key(purpose)).decrypt(bytes(sealed[:12]), bytes(sealed[12:]), bound.encode())
    except (InvalidTag, ValueError) as error:
        raise Unreadable(purpose) from error
