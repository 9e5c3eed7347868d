"""How each unit stands, as one tile: what it holds, what is late, whether it reacts at all, whom to call (R10, R24)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from liandong.casework import overview
from liandong.casework.overview import Held, Running
from liandong.district import rosters
from liandong.district.policy import current_pack
from liandong.district.rosters import OnDuty
from liandong.rules.model import Actor
from liandong.screens.common import labels
from liandong.screens.common.forms import unit_table
from liandong.screens.common.page import unit_name
from liandong.screens.common.policy import current
from liandong.screens.common.times import ZONE, length_in_words

SILENT, LATE, WAITING, CALM, IDLE = "silent", "late", "waiting", "calm", "idle"
STANDINGS = {
    SILENT: (gettext_lazy("没有反应"), "bell-slash"),
    LATE: (gettext_lazy("有超期"), "exclamation-octagon-fill"),
    WAITING: (gettext_lazy("有未签收"), "inbox"),
    CALM: (gettext_lazy("都在时限内"), "check-circle"),
    IDLE: (gettext_lazy("没有在办"), "dash-circle"),
}
"""What one look must answer, the most urgent first: who is not reacting? Words and icon; colour only repeats them."""
_ORDER = tuple(STANDINGS)
_NOTHING = Held(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Tile:
    """One unit at a glance. ``unanswered`` says in words what should have been answered and was not."""

    code: str
    name: str
    standing: str
    held: Held
    unsigned_since: datetime | None
    worst: dict[str, Any] | None
    unanswered: str
    late_answers: int
    duty: OnDuty | None
    duty_phone: str

    @property
    def words(self) -> Any:
        """The standing in words."""
        return STANDINGS[self.standing][0]

    @property
    def icon(self) -> str:
        """The standing's icon."""
        return STANDINGS[self.standing][1]

    @property
    def phone(self) -> str:
        """The number to call now: of whoever is on duty, else the duty telephone."""
        return (self.duty.phone if self.duty else "") or self.duty_phone


def tiles(viewer: Actor, now: datetime) -> tuple[list[Tile], dict[str, dict[str, Running]]]:
    """A tile for every unit in force and every other that still leads something, who reacts least first; and the
    running clocks of all parties, which were read for it."""
    policy = current()
    held = overview.held_by_unit(viewer, policy=policy, now=now)
    clocks = overview.running_clocks(viewer, policy=policy, now=now)
    parties = {code for code in clocks if code not in labels.HOLDERS}
    codes = list(dict.fromkeys([*unit_table(now), *sorted(held), *sorted(parties)]))
    on_duty = rosters.on_duty_of(codes, now)
    phones = duty_phones(now) if any(code not in on_duty for code in codes) else {}
    made = [
        _tile(
            code,
            held.get(code, _NOTHING),
            clocks.get(code, {}),
            next(iter(on_duty.get(code, ())), None),
            phones.get(code, ""),
            now,
        )
        for code in codes
    ]
    return sorted(made, key=_pressing), clocks


def _pressing(tile: Tile) -> tuple[Any, ...]:
    held = tile.held
    return (
        _ORDER.index(tile.standing),
        -tile.late_answers,
        -held.overdue,
        -held.unsigned,
        -held.held,
        tile.code,
    )


def _tile(
    code: str, held: Held, clocks: Mapping[str, Running], duty: OnDuty | None, phone: str, now: datetime
) -> Tile:
    late = {kind: clocks[kind] for kind in overview.ANSWERS if kind in clocks and clocks[kind].late}
    sign = clocks.get("sign")
    if late:
        standing = SILENT
    elif held.overdue or any(one.late for one in clocks.values()):
        standing = LATE
    elif held.unsigned:
        standing = WAITING
    else:
        standing = CALM if held.held or held.elsewhere or clocks else IDLE
    return Tile(
        code,
        unit_name(code),
        standing,
        held,
        sign.oldest if sign else None,
        worst_of(clocks),
        "，".join(_unanswered(kind, one, now) for kind, one in late.items()),
        sum(one.late for one in late.values()),
        duty,
        phone,
    )


def _unanswered(kind: str, one: Running, now: datetime) -> str:
    words = {
        "sign": _("{n} 件超时未签收"),
        "ack": _("{n} 条指令超时未确认"),
        "supervision": _("{n} 件督办超时未答复"),
    }[kind].format(n=one.late)
    if one.first_due is None:
        return words
    return words + _("（最久超 {time}）").format(time=length_in_words(now - one.first_due))


def worst_of(clocks: Mapping[str, Running]) -> dict[str, Any] | None:
    """The clock that presses most, in the shape that ``standing`` shows."""
    found = [(one.first_due, kind, one) for kind, one in clocks.items() if one.first_due is not None]
    if not found:
        return None
    due, kind, one = min(found, key=lambda item: item[0])
    return {"kind": kind, "due_at": due, "started_at": one.oldest, "stopped_at": None, "paused": False}


def duty_phones(now: datetime) -> dict[str, str]:
    """Each unit's duty telephone as its contact sheet gives it (R59)."""
    day = now.astimezone(ZONE).date()
    found = {}
    for row in current_pack().contacts:
        if row.valid_from <= day and (row.valid_to is None or day < row.valid_to):
            found[row.unit] = row.duty_phone
    return found
