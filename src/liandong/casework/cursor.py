"""Cursors that callers carry but do not read: where a page ended."""

from __future__ import annotations

import base64
import binascii


class BadCursor(ValueError):
    """The text is no cursor of this kind: begin again without one."""


def make(kind: str, *parts: object) -> str:
    """An opaque text for the end of a page."""
    plain = "\t".join([kind, *(str(part) for part in parts)])
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def read(kind: str, text: str, count: int) -> list[str]:
    """The parts again. Raises BadCursor."""
    try:
        plain = base64.urlsafe_b64decode((text + "=" * (-len(text) % 4)).encode("ascii"))
        found, *parts = plain.decode().split("\t")
    except (binascii.Error, UnicodeError, ValueError) as error:
        raise BadCursor("游标无效，请不带 after 重新开始") from error
    if found != kind or len(parts) != count:
        raise BadCursor("游标无效，请不带 after 重新开始")
    return parts


def number(text: str) -> int:
    """A whole number of a cursor. Raises BadCursor."""
    if not text.lstrip("-").isdecimal() or len(text) > 18:
        raise BadCursor("游标无效，请不带 after 重新开始")
    return int(text)
