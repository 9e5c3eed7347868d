"""The file itself: a header in clear, records compressed and sealed for the receiver piece by piece, one signature over all.

    LDX1 | length | header (JSON) | (length | sealed piece)… | 0 | signature over SHA-256 of everything before it

Written and read as a stream: memory does not grow with the file. Each piece is bound to its place and to being the last
or not, so that pieces cannot be dropped, repeated or cut off; the key is the file's own (ephemeral X25519 → HKDF).
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .identity import Private

MAGIC: Final = b"LDX1\n"
HEADER_LIMIT: Final = 4_096
PIECE: Final = 64 * 1024
PIECE_LIMIT: Final = PIECE + 1024
FILE_LIMIT: Final = 96 * 1024 * 1024
"""A file is never larger: the writer begins the next one long before."""
PLAIN_LIMIT: Final = 512 * 1024 * 1024
RECORD_LIMIT: Final = 8 * 1024 * 1024
SIGNATURE: Final = 64
_LEVEL: Final = 3


class Broken(Exception):
    """The file does not open: damaged, cut off, or not what its signature covered."""


class Header(NamedTuple):
    """What stands in clear."""

    sender: str
    receiver: str
    number: int
    previous: str
    sign_key: str
    box_key: str
    ephemeral: bytes
    made_ms: int


class Writer:
    """Writes one file; ``record`` takes one record after the other, ``close`` seals, signs and makes durable."""

    def __init__(
        self, path: Path, us: str, them: str, number: int, previous: str, own: Private, box: bytes, box_id: str, made_ms: int
    ) -> None:  # fmt: skip
        self._file = open(path, "wb")  # noqa: SIM115  closed by close() or abandon()
        self._digest = hashlib.sha256()
        self._own = own
        ephemeral = X25519PrivateKey.generate()
        public = ephemeral.public_key().public_bytes_raw()
        shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(box))
        self._key = AESGCM(_key(shared, public, box))
        self._zip = zlib.compressobj(_LEVEL)
        self._waiting = bytearray()
        self._pieces = 0
        self.size = 0
        header = json.dumps(
            {
                "sender": us, "receiver": them, "number": number, "previous": previous, "sign_key": own.id,
                "box_key": box_id, "ephemeral": public.hex(), "made_ms": made_ms,
            },
            sort_keys=True,
        ).encode()  # fmt: skip
        self._put(MAGIC + len(header).to_bytes(4) + header)

    def _put(self, data: bytes) -> None:
        self._file.write(data)
        self._digest.update(data)
        self.size += len(data)

    def record(self, kind: bytes, payload: bytes) -> None:
        """One record: a letter and its bytes."""
        if len(payload) > RECORD_LIMIT:
            raise ValueError("a record is too large")
        self._waiting += self._zip.compress(kind + len(payload).to_bytes(4) + payload)
        while len(self._waiting) > PIECE:
            self._piece(bytes(self._waiting[:PIECE]), last=False)
            del self._waiting[:PIECE]

    def _piece(self, plain: bytes, *, last: bool) -> None:
        sealed = self._key.encrypt(self._pieces.to_bytes(12), plain, b"last" if last else b"more")
        self._pieces += 1
        self._put(len(sealed).to_bytes(4) + sealed)

    def close(self) -> tuple[str, int]:
        """Finish; the digest of the whole file and its size."""
        self._waiting += self._zip.flush()
        while len(self._waiting) > PIECE:
            self._piece(bytes(self._waiting[:PIECE]), last=False)
            del self._waiting[:PIECE]
        self._piece(bytes(self._waiting), last=True)
        self._put((0).to_bytes(4))
        self._put(self._own.sign.sign(self._digest.digest()))
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return self._digest.hexdigest(), self.size

    def abandon(self) -> None:
        """Close without finishing; the caller removes the file."""
        self._file.close()


def _key(shared: bytes, ephemeral: bytes, box: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=ephemeral + box, info=b"liandong/exchange/1").derive(shared)


def header_of(file: IO[bytes]) -> Header:
    """Read the header; the file stands behind it. Raises Broken."""
    if file.read(len(MAGIC)) != MAGIC:
        raise Broken("文件开头不是两网交换文件")
    length = int.from_bytes(file.read(4))
    if not 0 < length <= HEADER_LIMIT:
        raise Broken("文件头长度不对")
    try:
        body: dict[str, Any] = json.loads(file.read(length))
        texts = [body[name] for name in ("sender", "receiver", "previous", "sign_key", "box_key")]
        if not all(isinstance(text, str) and len(text) <= 64 for text in texts):
            raise TypeError
        number, made = body["number"], body["made_ms"]
        if not all(type(value) is int and 0 <= value < 2**53 for value in (number, made)):
            raise TypeError
        ephemeral = bytes.fromhex(body["ephemeral"])
        if len(ephemeral) != 32:
            raise TypeError
    except (ValueError, KeyError, TypeError) as error:
        raise Broken("文件头读不出") from error
    sender, receiver, previous, sign_key, box_key = texts
    return Header(sender, receiver, number, previous, sign_key, box_key, ephemeral, made)


class Sealed(NamedTuple):
    """What was found over a whole file: what its signature covers, the signature, the digest of everything."""

    covered: bytes
    signature: bytes
    digest: str
    size: int


def measured(file: IO[bytes]) -> Sealed:
    """Hash a whole file as a stream, from its beginning. Raises Broken for a file too short to be one."""
    file.seek(0, os.SEEK_END)
    size = file.tell()
    if size < len(MAGIC) + 4 + SIGNATURE:
        raise Broken("文件太短，可能没有写完")
    file.seek(0)
    running, left = hashlib.sha256(), size - SIGNATURE
    while left:
        part = file.read(min(left, 1 << 20))
        if not part:
            raise Broken("文件在读取时变短了")
        running.update(part)
        left -= len(part)
    covered = running.digest()
    signature = file.read(SIGNATURE)
    running.update(signature)
    return Sealed(covered, signature, running.hexdigest(), size)


def records(file: IO[bytes], header: Header, own: Private) -> Iterator[tuple[bytes, bytes]]:
    """The records of a file whose signature was proved, as a stream; the file stands behind its header. Raises Broken."""
    shared = own.box.exchange(X25519PublicKey.from_public_bytes(header.ephemeral))
    key = AESGCM(_key(shared, header.ephemeral, own.box.public_key().public_bytes_raw()))
    unzip = zlib.decompressobj()
    waiting, number, plain = bytearray(), 0, 0
    while length := int.from_bytes(file.read(4)):
        if length > PIECE_LIMIT:
            raise Broken("分块长度不对")
        sealed = file.read(length)
        more = int.from_bytes(file.read(4))
        file.seek(-4, os.SEEK_CUR)
        try:
            piece = key.decrypt(number.to_bytes(12), sealed, b"more" if more else b"last")
        except (InvalidTag, ValueError) as error:
            raise Broken("分块打不开") from error
        number += 1
        while piece:
            try:
                opened = unzip.decompress(piece, 1 << 20)
            except zlib.error as error:
                raise Broken("压缩内容已损坏") from error
            piece = unzip.unconsumed_tail
            plain += len(opened)
            if plain > PLAIN_LIMIT:
                raise Broken("解压后过大")
            waiting += opened
            yield from _whole(waiting)
    waiting += unzip.flush()
    yield from _whole(waiting)
    if waiting or not unzip.eof:
        raise Broken("文件没有写完")


def _whole(waiting: bytearray) -> Iterator[tuple[bytes, bytes]]:
    """Take the whole records off the front."""
    at = 0
    while len(waiting) - at >= 5:
        length = int.from_bytes(waiting[at + 1 : at + 5])
        if length > RECORD_LIMIT:
            raise Broken("记录过长")
        if len(waiting) - at - 5 < length:
            break
        yield bytes(waiting[at : at + 1]), bytes(waiting[at + 5 : at + 5 + length])
        at += 5 + length
    del waiting[:at]
