"""Whose duty is it: the clauses of the catalogue beside each other, and a search for the unit to suggest (R28, R29)."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from liandong.district.pack import Pack
from liandong.district.policy import current_pack
from liandong.district.values import MatterRow
from liandong.engine import routing
from liandong.rules.model import Actor
from liandong.screens.common.access import UNIT, actor_of, page
from liandong.screens.common.page import render
from liandong.screens.common.times import ZONE
from liandong.triage.catalogue import CatalogueError
from liandong.triage.pack import RoutingPackError

log = logging.getLogger("liandong.screens")

MOST, MOST_LIKELY = 6, 3
LIKELY_FROM = 0.1
"""Below this score a machine's thought is none: one looks in the list oneself."""
MOST_MATTERS = 8
TERRITORIAL = "JZ"


@dataclass(frozen=True, slots=True)
class Duty:
    """A unit's duty: the words of the notice, its clause, and the matters that were asked for (or all, cut short)."""

    unit: str
    name: str
    text: str
    clause: str
    matters: tuple[MatterRow, ...] = ()
    more: int = 0


def _class_of(code: str) -> str:
    """Under which code the catalogue lists this unit's duties."""
    return TERRITORIAL if code.startswith(("JZ-", "YQ-")) else code


def of_matter(case: Mapping[str, Any]) -> Duty | None:
    """The duty under which the case was dispatched: its matter with the paragraph it stands in."""
    pack = current_pack()
    matter = pack.matter_by_code.get((case.get("matter") or {}).get("code") or "")
    if matter is None:
        return None
    entry = next((e for e in pack.entries if e.no == matter.entry_no), None)
    return Duty(
        matter.unit,
        pack.name_of(str(case.get("lead_unit") or matter.unit)),
        entry.text if entry else "",
        matter.clause or (entry.clause if entry else ""),
        (matter,),
    )


def of_unit(code: str, words: str = "", day: date | None = None) -> Duty | None:
    """A unit's paragraph of the catalogue; with ``words`` the matters that say them first."""
    pack, today = current_pack(), day or timezone.localdate()
    listed = _class_of(code)
    if code not in pack.unit_by_code:
        return None
    entry = next((e for e in pack.entries if e.unit == listed and e.valid_from <= today), None)
    own = [m for m in pack.matter_by_code.values() if m.unit == listed]
    own.sort(key=lambda matter: (not _says(matter, words), matter.position))
    return Duty(
        code,
        pack.name_of(code),
        entry.text if entry else "",
        entry.clause if entry else "",
        tuple(own[:MOST_MATTERS]),
        max(0, len(own) - MOST_MATTERS),
    )


def _says(matter: MatterRow, words: str) -> bool:
    return bool(words) and any(word in matter.name or word in matter.phrase for word in words.split())


def find(words: str, now: datetime, leave_out: str | None = None) -> list[Duty]:
    """Units whose name, code, other names or matters say these words, the closest first; never the one that asks."""
    words = words.strip()
    if not words:
        return []
    pack, day = current_pack(), now.astimezone(ZONE).date()
    ranked: list[tuple[int, str]] = []
    for unit in pack.units:
        if unit.code == leave_out or (unit.valid_to is not None and unit.valid_to <= day):
            continue
        rank = _rank(pack, unit.code, unit.aliases, words)
        if rank is not None:
            ranked.append((rank, unit.code))
    found = [of_unit(code, words, day) for _rank_, code in sorted(ranked)[:MOST]]
    return [duty for duty in found if duty is not None]


def _rank(pack: Pack, code: str, aliases: tuple[str, ...], words: str) -> int | None:
    """How closely a unit answers the words: 0 by name, 1 by a matter of its own, None not at all."""
    names = (code, pack.name_of(code), *aliases)
    if any(words.lower() in name.lower() for name in names):
        return 0
    own = _class_of(code)
    if own != code:
        return None  # every township shares one list: it is found by its name
    return 1 if any(m.unit == own and _says(m, words) for m in pack.matter_by_code.values()) else None


def likely(text: str, place: Mapping[str, Any] | None, actor: Actor) -> list[str]:
    """Other units the machine thinks of for a text, the likeliest first; none while its data cannot be read."""
    if not text:
        return []
    try:
        answer = routing.suggest(text, place, exclude={actor.unit or ""}, viewer=actor)
    except (RoutingPackError, CatalogueError):
        log.exception("routing data cannot be read: no unit is proposed for a return")
        return []
    codes = [str(one["unit"]) for one in answer["suggestions"] if one["score"] >= LIKELY_FROM]
    return [code for code in codes if code in current_pack().unit_by_code and code != actor.unit][
        :MOST_LIKELY
    ]


@page(*UNIT)
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Units for some words, each to be picked with one click; nothing is stored."""
    words, actor = request.GET.get("q", "")[:40].strip(), actor_of(request)
    found = find(words, timezone.now(), actor.unit)
    if not found:  # people say 路灯, the catalogue 市政公用设施: the machine knows both
        found = [duty for code in likely(words, None, actor) if (duty := of_unit(code)) is not None]
    return render(request, "unit/duty_found.html", {"found": found, "q": words})


@page(*UNIT)
@require_safe
def clause(request: HttpRequest) -> HttpResponse:
    """The clause of the unit that is about to be suggested, beside one's own."""
    code = request.GET.get("suggested_unit", "")[:64]
    return render(request, "unit/duty_theirs.html", {"theirs": of_unit(code), "code": code})
