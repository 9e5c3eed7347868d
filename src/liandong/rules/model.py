"""The values that cross the floors: who acts, what is asked, what happened, what was refused."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

State = dict[str, Any]
"""A case: the contract's keys (§3) without personal data and free text, internals prefixed with ``_``."""


class Actor(NamedTuple):
    """Who acts. ``name`` is the account's name; ``unit`` the code a unit's account stands for."""

    role: str
    name: str
    unit: str | None = None
    scopes: frozenset[str] = frozenset()

    def __str__(self) -> str:
        if self.role in ("system", "caller"):
            return self.role
        if self.role == "unit":
            return f"unit:{self.unit}:{self.name}" if self.name else f"unit:{self.unit}"
        return f"{self.role}:{self.name}"


SYSTEM = Actor("system", "clock")


class Screen(NamedTuple):
    """What the machine saw in a text. It may only add doubt (EB-R2).

    ``flag`` is danger and turns a no into unknown; ``keep`` is a police matter without danger, which changes no answer.
    """

    flag: bool
    danger_class: str | None = None
    reasons: tuple[str, ...] = ()
    keep: bool = False


class NewCase(NamedTuple):
    """Number and tracking code reserved for a case that a command may open."""

    no: str
    tracking_code: str


class Command(NamedTuple):
    """One wish to change one case: a row of the command table with its fields."""

    name: str
    case: str | None
    fields: Mapping[str, Any]
    version: int | None = None
    screen: Screen | None = None
    new: tuple[NewCase, ...] = ()
    acted_at: datetime | None = None
    """When the act was done, where the server that took it is not the one that executes it (docs/decisions/060)."""


class Refusal(NamedTuple):
    """Why a command changes nothing: ``code`` and ``rule`` of the contract, and what to do instead (Chinese)."""

    code: str
    rule: str
    detail: str
    field: str | None = None


class Notice(NamedTuple):
    """Somebody has to be told: ``to`` is unit:CODE, unit:CODE:responsible, desk, duty_office, police or caller."""

    at: datetime
    to: str
    kind: str


class Event(NamedTuple):
    """What happened to one case. ``set`` and ``clocks`` carry the result, so that folding asks no setting."""

    case: str
    type: str
    at: datetime
    by: str
    fields: dict[str, Any]
    set: dict[str, Any]
    clocks: dict[int, dict[str, Any]]
    notices: tuple[Notice, ...] = ()
    private: dict[str, dict[str, Any]] = {}  # noqa: RUF012 (never written to: events are built whole)
    bumps: bool = True
    policy: str = ""
