"""Keys and digests: one random key a case, wrapped by the installation's master key.

Personal data lies sealed under the case's key, so that destroying one short row erases the person everywhere, in
backups' next generation too, while events and their chain stay whole (they hold keyed digests only).
Every sealed value begins with the name of its algorithm; an installation can change the cipher and still read all.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

AES: Final = "AES-256-GCM"
SM4: Final = "SM4-GCM"
CHAIN: Final = "sm3" if "sm3" in hashlib.algorithms_available else "sha256"
"""Name of the chain's hash: the national SM3 where OpenSSL offers it."""


class Unreadable(Exception):
    """A sealed value does not open: wrong master key, or somebody changed the bytes."""


def _cipher_name() -> str:
    return str(getattr(settings, "CASE_CIPHER", AES))


@lru_cache(maxsize=8)
def _derived(master: str, purpose: str) -> bytes:
    """A key for one purpose, so that no two uses of the master key share bytes."""
    return hmac.digest(bytes.fromhex(master), purpose.encode(), "sha256")


def _master(purpose: str) -> bytes:
    return _derived(settings.MASTER_KEY, purpose)


def _encrypt(name: str, key: bytes, plain: bytes, bound: bytes) -> bytes:
    nonce = os.urandom(12)
    if name == AES:
        return nonce + AESGCM(key).encrypt(nonce, plain, bound)
    if name == SM4:
        writer = Cipher(algorithms.SM4(key[:16]), modes.GCM(nonce)).encryptor()
        writer.authenticate_additional_data(bound)
        return nonce + writer.update(plain) + writer.finalize() + writer.tag
    raise ValueError(f"CASE_CIPHER: {AES} or {SM4}, not {name!r}")


def _decrypt(name: str, key: bytes, body: bytes, bound: bytes) -> bytes:
    nonce, sealed = body[:12], body[12:]
    if name == AES:
        return AESGCM(key).decrypt(nonce, sealed, bound)
    reader = Cipher(algorithms.SM4(key[:16]), modes.GCM(nonce, sealed[-16:])).decryptor()
    reader.authenticate_additional_data(bound)
    return reader.update(sealed[:-16]) + reader.finalize()


def seal(key: bytes, plain: bytes, bound: str) -> bytes:
    """Encrypt under a case's key; ``bound`` (what and whose) must be given again to open it."""
    name = _cipher_name()
    return name.encode() + b"\0" + _encrypt(name, key, plain, bound.encode())


def unseal(key: bytes, sealed: bytes, bound: str) -> bytes:
    """Open what ``seal`` made. Raises Unreadable."""
    name, _, body = bytes(sealed).partition(b"\0")
    if name.decode("ascii", "replace") not in (AES, SM4):
        raise Unreadable("unknown algorithm")
    try:
        return _decrypt(name.decode(), key, body, bound.encode())
    except (InvalidTag, ValueError) as error:
        raise Unreadable(bound) from error


def seal_answer(text: str, bound: str) -> str:
    """Encrypt a stored answer under the installation's key, as text: it shows persons as its receiver saw them."""
    return base64.b64encode(seal(_master("answer"), text.encode(), f"answer:{bound}")).decode()


def unseal_answer(sealed: str, bound: str) -> str:
    """Open what ``seal_answer`` made. Raises Unreadable."""
    return unseal(_master("answer"), base64.b64decode(sealed), f"answer:{bound}").decode()


def new_key() -> bytes:
    """A fresh 256-bit key for one case."""
    return os.urandom(32)


def wrap(key: bytes, no: str) -> bytes:
    """A case's key, sealed for storage under the master key and bound to the case's number."""
    return seal(_master("wrap"), key, f"key:{no}")


def unwrap(wrapped: bytes, no: str) -> bytes:
    """The case's key. Raises Unreadable."""
    return unseal(_master("wrap"), wrapped, f"key:{no}")


def digest(key: bytes, plain: bytes) -> str:
    """What an event says about its private part: nothing without the case's key, and nothing once that is gone."""
    return hmac.digest(key, plain, "sha256").hex()


def chain(previous: str, text: str) -> str:
    """The next link of a chain: hash of the link before it and of what this one records."""
    return hashlib.new(CHAIN, f"{previous}\n{text}".encode()).hexdigest()


def chain_with(name: str, previous: str, text: str) -> str:
    """Like ``chain`` with the algorithm a stored link names."""
    return hashlib.new(name, f"{previous}\n{text}".encode()).hexdigest()


def seal_hash(previous: str, text: str) -> str:
    """The next link of the seals, keyed: who can write the database alone cannot make one."""
    return hmac.digest(_master("seal"), f"{previous}\n{text}".encode(), CHAIN).hex()


def seal_hash_with(name: str, previous: str, text: str) -> str:
    """Like ``seal_hash`` with the algorithm a stored seal names."""
    return hmac.digest(_master("seal"), f"{previous}\n{text}".encode(), name).hex()


def normal_phone(phone: str) -> str:
    """Digits with country code: ``138 1234-1234``, ``+8613812341234``, ``008613812341234`` are one number."""
    wide = phone.translate(str.maketrans("０１２３４５６７８９＋", "0123456789+"))
    digits = "".join(character for character in wide if character in "0123456789")
    if digits.startswith("0086"):
        digits = digits[4:]
    elif digits.startswith("86") and len(digits) > 11:
        digits = digits[2:]
    return f"+86{digits}"


def phone_hash(phone: str | None) -> str:
    """A keyed hash by which a number is found again without being stored; empty where none is given."""
    if not phone:
        return ""
    return hmac.digest(_master("phone"), normal_phone(phone).encode(), "sha256").hex()[:40]


def index_key(purpose: str) -> bytes:
    """The key of an index of hashed words: without it nothing can be looked up, nor guessed."""
    return _master(f"index:{purpose}")
