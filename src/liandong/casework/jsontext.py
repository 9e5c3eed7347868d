"""JSON as text, one way only: what is hashed must be the same bytes on every machine and in every year."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
_LOOSE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def canonical(value: Any) -> str:
    """Sorted keys, no blanks, characters as themselves."""
    return _ENCODER.encode(value)


def compact(value: Any) -> str:
    """For what is only stored, never hashed: keys in their own order."""
    return _LOOSE.encode(value)


def parse(text: str) -> Any:
    """The value again."""
    return json.loads(text)


def to_ms(at: datetime) -> int:
    """An aware instant as whole milliseconds since the epoch, rounded down."""
    return int(at.timestamp()) * 1000 + at.microsecond // 1000


def to_ms_or_none(at: datetime | None) -> int | None:
    """The same, where there may be none."""
    return None if at is None else to_ms(at)
