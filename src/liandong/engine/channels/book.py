"""Who is reached for a party, and where: people on duty now, liaison, responsible person, the office's mailbox."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from liandong.district import policy, rosters
from liandong.district.values import in_force
from liandong.engine.models import ChannelBox


class Person(NamedTuple):
    """One person of a party. ``role`` is a word of noticing.PEOPLE with a number from the second on."""

    role: str
    name: str
    phone: str


class Book:
    """The addresses of several parties at an instant; a handful of queries however many."""

    def __init__(self, parties: Iterable[str], at: datetime) -> None:
        self.places = {party: place(party) for party in parties}
        self._duty = rosters.on_duty_of(sorted(set(self.places.values())), at)
        day = at.date()
        pack = policy.current_pack()
        self._contacts = {row.unit: row for row in pack.contacts if in_force(row, day)}
        self._boxes = dict(ChannelBox.objects.values_list("recipient", "address"))

    def people(self, party: str, wanted: Sequence[str]) -> list[Person]:
        """The people of a party that a rule names; one telephone is never told twice."""
        here = self.places[party]
        contact = self._contacts.get(rosters.FALLBACK.get(here, here))
        found: list[Person] = []
        for role in wanted:
            for at, (name, phone) in enumerate(self._of(role, here, contact), 1):
                if all(phone != one.phone for one in found) or not phone:
                    found.append(Person(role if at == 1 else f"{role}{at}", name, phone))
        return found

    def _of(self, role: str, here: str, contact: object) -> list[tuple[str, str]]:
        if role in ("duty", "deputy"):
            post = "main" if role == "duty" else "deputy"
            on = [(one.person, one.phone) for one in self._duty.get(here, ()) if one.post == post]
            if (
                not on and role == "duty" and contact is not None
            ):  # a gap in the roster: the duty telephone itself
                return [("", getattr(contact, "duty_phone", ""))]
            return on
        if contact is None:
            return []
        if role == "duty_phone":
            return [("", getattr(contact, "duty_phone", ""))]
        return [(getattr(contact, role), getattr(contact, f"{role}_phone"))]

    def mailbox(self, party: str) -> str:
        """The office's e-mail address; "" where none was entered."""
        return self._boxes.get(party) or self._boxes.get(party.removesuffix(":responsible"), "")


def place(party: str) -> str:
    """The roster of a party: ``unit:CG`` → CG, ``desk``, ``duty_office``; police answers at the desk's bureau."""
    if party.startswith("unit:"):
        return party.split(":")[1]
    return "desk" if party == "police" else party


def parties() -> list[str]:
    """Every party that can have a mailbox."""
    today = datetime.now(policy.current().zone).date()
    units = [f"unit:{unit.code}" for unit in policy.current_pack().units if in_force(unit, today)]
    return ["desk", "duty_office", *units]
