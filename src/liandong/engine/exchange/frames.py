"""The records of a file: a letter each. Order in a file: keys announced, attachments, case keys and events, orders, receipts.

N next keys · K a case's key · X an erasure · E an event · B a piece of an attachment's bytes · A an attachment · O an order
· R what became of an order · Z the end with the counts.
"""

from __future__ import annotations

import json
from typing import Any, Final

NEXT: Final = b"N"
KEY: Final = b"K"
ERASED: Final = b"X"
EVENT: Final = b"E"
BYTES: Final = b"B"
ATTACHMENT: Final = b"A"
ORDER: Final = b"O"
RESULT: Final = b"R"
END: Final = b"Z"
PIECE: Final = 256 * 1024
DIGEST: Final = 32


def dump(value: Any) -> bytes:
    """A record's JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def load(payload: bytes) -> dict[str, Any]:
    """A record's JSON object. Raises ValueError for anything else."""
    value = json.loads(payload)
    if not isinstance(value, dict):
        raise ValueError("a record is an object")
    return value


def piece(digest: str, offset: int, data: bytes) -> bytes:
    """Some bytes of a file known by its digest."""
    return bytes.fromhex(digest) + offset.to_bytes(8) + data


def read_piece(payload: bytes) -> tuple[str, int, bytes]:
    """The same again. Raises ValueError."""
    if len(payload) < DIGEST + 8:
        raise ValueError("a piece is too short")
    return payload[:DIGEST].hex(), int.from_bytes(payload[DIGEST : DIGEST + 8]), payload[DIGEST + 8 :]
