"""Whom to telephone for a unit, in order, and who comes next on its roster (R4, R24)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from . import policy, rosters
from .values import ContactRow, in_force

DUTY_PHONE, ON_DUTY, LIAISON, RESPONSIBLE, NEXT = "duty_phone", "on_duty", "liaison", "responsible", "next"


class Number(NamedTuple):
    """One number of a unit. ``role`` says whose: the duty telephone (no name), a person on duty, liaison, responsible."""

    role: str
    name: str
    phone: str


def numbers(unit: str, at: datetime) -> list[Number]:
    """The unit's numbers in the order of calling: duty telephone, on duty now, liaison, responsible; each number once."""
    contact = _contact(unit, at)
    found: list[Number] = []
    if contact is not None:
        found.append(Number(DUTY_PHONE, "", contact.duty_phone))
    found += [Number(ON_DUTY, one.person, one.phone) for one in rosters.on_duty(unit, at)]
    if contact is not None:
        found.append(Number(LIAISON, contact.liaison, contact.liaison_phone))
        found.append(Number(RESPONSIBLE, contact.responsible, contact.responsible_phone))
    once: dict[str, Number] = {}
    for one in found:
        if one.phone and (one.phone not in once or not once[one.phone].name):
            once[one.phone] = one
    return list(once.values())


def next_person(unit: str, at: datetime) -> Number | None:
    """Who is told when whoever is on the main post does not answer: the deputy, else who comes next, else the
    responsible person. None where the unit has nobody at all."""
    on = rosters.on_duty(unit, at)
    main = {one.person for one in on if one.post == "main"}
    for one in on:
        if one.person not in main:
            return Number(NEXT, one.person, one.phone)
    day = at.astimezone(policy.current().zone).date()
    for slot in rosters.slots([unit], day, day + timedelta(days=1)):
        if slot.starts > at and slot.post == "main" and slot.person and slot.person not in main:
            return Number(NEXT, slot.person, slot.phone)
    contact = _contact(unit, at)
    if contact is None or not contact.responsible:
        return None
    return Number(RESPONSIBLE, contact.responsible, contact.responsible_phone)


def without_phone(at: datetime) -> list[str]:
    """Units in force that nobody could telephone now."""
    today = at.astimezone(policy.current().zone).date()
    units = [one.code for one in policy.current_pack().units if in_force(one, today)]
    known = {row.unit: row for row in policy.current_pack().contacts if in_force(row, today)}
    on = rosters.on_duty_of(units, at)
    return [
        unit
        for unit in units
        if not any(one.phone for one in on.get(unit, ()))
        and not (
            unit in known
            and (known[unit].duty_phone or known[unit].liaison_phone or known[unit].responsible_phone)
        )
    ]


def _contact(unit: str, at: datetime) -> ContactRow | None:
    today = at.astimezone(policy.current().zone).date()
    return next(
        (row for row in policy.current_pack().contacts if row.unit == unit and in_force(row, today)), None
    )
