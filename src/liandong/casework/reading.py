"""Whole cases for the rooms of the machine itself (simulation, reports): nobody's eyes, so nothing is masked here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from liandong.rules.model import State
from liandong.rules.view import view

from .queries import load_cases, load_others


def whole_cases(numbers: Sequence[str]) -> dict[str, tuple[State, dict[str, Any]]]:
    """State and contract view of these cases, in two statements."""
    found = load_cases(sorted(set(numbers)))
    others = load_others(stored.state for stored in found.values())
    return {
        no: (stored.state, view(stored.state, stored.private, others.get)) for no, stored in found.items()
    }
