"""What the checks of a step may know: settings of the pack, the cases that the fields name, and what a register's own
provider looks up.

A provider is a function of (entry, step, fields as given, actor, now, policy); it is entered with ``provides`` in a module of
``liandong.registers.known``, one module for each register that needs one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, NamedTuple

from liandong.casework import rows, search
from liandong.district import register_settings
from liandong.rules.codes import LEVELS
from liandong.rules.model import Actor
from liandong.rules.policy import Policy
from liandong.rules.register import Entry, Facts, Register, Step


class Asked(NamedTuple):
    """What a step is about to do, before it is decided: the fields are as they were given, not validated."""

    register: Register
    step: Step
    entry: Entry | None
    fields: Mapping[str, Any]
    actor: Actor
    now: datetime
    policy: Policy


Provider = Callable[[Asked], Mapping[str, Any]]
_PROVIDERS: dict[str, Provider] = {}


def provides(register: str) -> Callable[[Provider], Provider]:
    """Enter the provider of a register; what it gives stands in ``Facts.known`` beside ``cases``."""

    def enter(provider: Provider) -> Provider:
        _PROVIDERS[register] = provider
        return provider

    return enter


@lru_cache(maxsize=1)
def _load() -> None:
    from . import known

    for module in iter_modules(known.__path__):
        import_module(f"{known.__name__}.{module.name}")


def gather(asked: Asked) -> Facts:
    """Everything the checks of this step may know."""
    _load()
    known: dict[str, Any] = {"cases": cases(_named(asked), asked.actor, asked.policy, asked.now)}
    provider = _PROVIDERS.get(asked.register.name)
    if provider is not None:
        known |= provider(asked)
    return Facts(asked.policy, register_settings.of(asked.register.name), known)


def _named(asked: Asked) -> set[str]:
    """The numbers of cases in the fields, as far as they can be numbers at all."""
    found: set[str] = set()
    for field in asked.step.fields:
        value = asked.fields.get(field.name)
        if field.type == "case" and isinstance(value, str):
            found.add(value.strip().upper())
        elif field.type == "cases" and isinstance(value, list):
            found |= {one.strip().upper() for one in value[:500] if isinstance(one, str)}
    if asked.entry is not None and asked.entry.case:
        found.add(asked.entry.case)
    return found


class KnownCase(NamedTuple):
    """What registers know of a case: never a person, never a text."""

    no: str
    state: str
    level: str
    lead_unit: str
    first_unit: str
    is_open: bool
    restricted: bool = False


def cases(numbers: Iterable[str], viewer: Actor, policy: Policy, now: datetime) -> dict[str, KnownCase]:
    """Those of these cases that exist and that this viewer may see, by number."""
    wanted = sorted({no for no in numbers if len(no) <= 40})
    if not wanted:
        return {}
    query = search.build(viewer, search.Filters(), policy, now)
    query.where(f"c.no IN ({', '.join(['%s'] * len(wanted))})", *wanted)
    sql, values = query.sql(
        "c.no, c.state, c.level, c.lead_unit, c.first_unit, c.is_open, c.restricted", "", ""
    )
    return {
        row[0]: KnownCase(row[0], row[1], LEVELS[row[2]], row[3], row[4], bool(row[5]), bool(row[6]))
        for row in rows.ask(sql, values)
    }
