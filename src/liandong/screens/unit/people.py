"""People of one unit: to whom it may give a case inside (R48), and who signs."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest

from liandong.district import rosters
from liandong.district.policy import current_pack
from liandong.rules.model import Actor
from liandong.screens.common.times import ZONE


def inner_units(actor: Actor, now: datetime) -> list[str]:
    """The unit's inner units in force today."""
    if not actor.unit:
        return []
    return [row.name for row in current_pack().subunits_of(actor.unit, now.astimezone(ZONE).date())]


def choices(actor: Actor, now: datetime) -> list[str]:
    """The unit's inner units, and after them who is on duty there now; a person may type any other name."""
    duty = [one.person for one in rosters.on_duty(actor.unit, now) if one.person] if actor.unit else []
    return list(dict.fromkeys([*inner_units(actor, now), *duty]))


def receiver_of(request: HttpRequest) -> str:
    """Who signs unless another name is typed (R32): the person signed in, by name."""
    named = getattr(request.user, "display_name", "") or ""
    return str(named or request.user.get_username())
