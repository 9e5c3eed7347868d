"""Instants as the hot tables keep them: whole milliseconds since the epoch."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.conf import settings


def now() -> datetime:
    """The present instant in the district's zone."""
    return datetime.now(ZoneInfo(settings.TIME_ZONE))


def to_ms(at: datetime) -> int:
    """An aware instant to milliseconds."""
    return int(at.timestamp() * 1000)


def now_ms() -> int:
    """The present instant in milliseconds."""
    return int(datetime.now(UTC).timestamp() * 1000)


def iso(ms: int | None) -> str | None:
    """Milliseconds to ISO 8601 with the district's offset (CONTRACT §3)."""
    if ms is None:
        return None
    return datetime.fromtimestamp(ms / 1000, ZoneInfo(settings.TIME_ZONE)).isoformat(timespec="seconds")
