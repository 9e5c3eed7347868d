"""What a form is filled with beforehand for a person to see and change: kind and class (``triage.intake``)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from liandong.engine import routing
from liandong.triage.intake import Intake


@lru_cache(maxsize=2)
def _read(directory: Path) -> Intake:
    return Intake.read(directory)


def _intake() -> Intake:
    return _read(routing.pack_directory() / "routing")


def kind_of(text: str, of_matter: Sequence[str] = ()) -> str:
    """The kind of request a text sounds like. Raises RoutingPackError while the pack's file cannot be read."""
    return _intake().kind(text, of_matter)


def class_of(matter: str) -> tuple[str, str]:
    """The class proposed for a matter, and why where it is special (R36). Raises RoutingPackError."""
    return _intake().class_of(matter)
