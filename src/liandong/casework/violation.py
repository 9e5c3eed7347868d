"""What ``check`` finds."""

from __future__ import annotations

from typing import NamedTuple


class Violation(NamedTuple):
    """One fault: its kind (a fixed English word), the case (empty: the store as a whole), and a Chinese sentence."""

    kind: str
    case: str
    detail: str
