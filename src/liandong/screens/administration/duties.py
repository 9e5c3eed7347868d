"""The duty catalogue over time, and the decision table for duties that overlap (R22, AMB1–AMB23)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from liandong.casework import recent
from liandong.district import changes, policy
from liandong.district import values as v
from liandong.district.pack import Pack
from liandong.engine import duties as standing
from liandong.engine import routing
from liandong.rules.masking import GAP
from liandong.screens.common.access import actor_of, page
from liandong.screens.common.page import problem, render
from liandong.triage.catalogue import CatalogueError
from liandong.triage.pack import RoutingPackError
from liandong.triage.router import Router
from liandong.triage.values import Row

from .kinds import DUTIES
from .sections import CHANGES, STRUCTURE, seen_by
from .units import day_in

RULES = "/district/rules"
MOST_WORDS = 40
SHOWN_WORDS = 3
LONGEST = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """One paragraph of the notice with its matters on a day."""

    row: v.EntryRow
    name: str
    matters: list[dict[str, Any]]


def _unit(pack: Pack, code: str, day: date) -> str:
    return pack.name_at(code, day) if code in pack.unit_by_code else pack.name_of(code)


@page(*STRUCTURE)
@require_GET
def duties(request: HttpRequest) -> HttpResponse:
    """The catalogue as it stands on the chosen day; ``q`` finds a code, a name or a unit."""
    pack, today = policy.current_pack(), policy.today()
    day, wrong = day_in(request, today)
    role, q = actor_of(request).role, request.GET.get("q", "").strip()[:40]
    planned = {
        m.code: m
        for m in sorted(pack.matters, key=lambda m: m.valid_from, reverse=True)
        if m.valid_from > day
    }
    entries = []
    for entry in sorted((e for e in pack.entries if v.in_force(e, day)), key=lambda e: e.no):
        rows = [
            {
                "matter": m,
                "unit": _unit(pack, m.unit, day),
                "moved": m.unit != entry.unit,
                "fixed": bool(m.never_divert) or m.unit == "GA",
                "planned": planned.get(m.code),
                "ended": not v.in_force(m, day),
            }
            for m in sorted(pack.matters_on(day).values(), key=lambda m: m.code)
            if m.entry_no == entry.no and _found(q, pack, m, day)
        ]
        if rows:
            entries.append(Entry(entry, _unit(pack, entry.unit, day), rows))
    context = {
        "entries": entries,
        "day": day,
        "today": today,
        "wrong": wrong,
        "q": q,
        "may_change": role in CHANGES,
        "sections": seen_by(role, DUTIES),
    }
    return render(request, "administration/duties.html", context, status=422 if wrong else 200)


def _found(q: str, pack: Pack, matter: v.MatterRow, day: date) -> bool:
    return not q or q.upper() in matter.code.upper() or q in matter.name or q in _unit(pack, matter.unit, day)


@page(*STRUCTURE)
@require_GET
def duty(request: HttpRequest, code: str) -> HttpResponse:
    """One matter: who answered for it when, on which clause, by which words it is recognised, its legal limits."""
    pack, today = policy.current_pack(), policy.today()
    rows = sorted((m for m in pack.matters if m.code == code), key=lambda m: m.valid_from)
    if not rows:
        return problem(request, 404, _("目录中没有事项 {code}。").format(code=code[:40]))
    now = pack.matters_on(today).get(code) or rows[0]
    entry = next((e for e in pack.entries if e.no == now.entry_no), None)
    role = actor_of(request).role
    context = {
        "matter": now,
        "entry": entry,
        "unit": _unit(pack, now.unit, today),
        "versions": [(row, _unit(pack, row.unit, row.valid_from)) for row in reversed(rows)],
        "fixed": bool(now.never_divert) or now.unit == "GA",
        "ended": not v.in_force(now, today) and now.valid_from <= today,
        "statutory": [row for row in pack.statutory if row.matter == code],
        "words": _words(code),
        "open": recent.open_under([code]),
        "history": changes.history(code),
        "may_change": role in CHANGES,
        "today": today,
        "sections": seen_by(role, DUTIES),
    }
    return render(request, "administration/duty.html", context)


def _words(code: str) -> dict[str, Any]:
    """By which words of the pack a matter is recognised, the weightiest first; which rows of the table lead to it."""
    try:
        pack = routing.router().pack
    except (RoutingPackError, CatalogueError):
        return {"trouble": routing.trouble()}
    codes = [one for one, terms in pack.matters.items() if code in (one, terms.catalogue)]
    terms = sorted((term for one in codes for term in pack.matters[one].terms), key=lambda term: -term.weight)
    words = list(dict.fromkeys(term.pattern.source for term in terms))
    leads = [row for row in pack.rows if row.lead in (code, *codes)]
    return {"terms": words[:MOST_WORDS], "more": max(0, len(words) - MOST_WORDS), "rows": leads}


# -- the decision table ----------------------------------------


@page(*STRUCTURE)
@require_GET
def rules(request: HttpRequest) -> HttpResponse:
    """The decision table, readable: between whom, which signs, who leads, on which clause, with sentences."""
    role = actor_of(request).role
    pack, today = policy.current_pack(), policy.today()
    context: dict[str, Any] = {"sections": seen_by(role, RULES), "directory": routing.pack_directory().name}
    try:
        router = routing.router()
    except (RoutingPackError, CatalogueError):
        return render(request, "administration/duties_rules.html", context | {"trouble": routing.trouble()})
    q = request.GET.get("q", "").strip()[:40]
    now = standing.of(pack, today)
    rows = [_row(row, router, pack, now.units, today) for row in router.pack.rows]
    if q:
        rows = [
            one
            for one in rows
            if q.upper() in one["row"].id.upper() or q in one["row"].clause or q in one["lead"]
        ]
    groups: dict[str, list[dict[str, Any]]] = {}
    for one in rows:
        groups.setdefault(one["row"].amb, []).append(one)
    context |= {"groups": list(groups.items()), "count": len(rows), "q": q, "version": pack.version}
    return render(request, "administration/duties_rules.html", context)


def _row(row: Row, router: Router, pack: Pack, units: Any, today: date) -> dict[str, Any]:
    unit = units.get(row.lead) or router.pack.unit_of(row.lead)
    named = router.pack.named.get(row.lead)
    return {
        "row": row,
        "lead": f"{_unit(pack, unit, today)} · {row.lead}" + (f" {named.name}" if named else ""),
        "among": "、".join(_unit(pack, code, today) for code in row.among),
        "assist": "、".join(_unit(pack, code, today) for code in row.assist),
        "against": "、".join(_unit(pack, code, today) for code in row.against),
        "all": [_sign(router, name) for name in row.all],
        "none": [_sign(router, name) for name in row.none],
    }


def _sign(router: Router, name: str) -> tuple[str, str]:
    """A sign of the table: its first words, and all of it with its name."""
    sources = [pattern.source for pattern in router.pack.features[name]]
    words = sources[0].split("+")[0].split("/")
    short = "、".join(words[:SHOWN_WORDS]) + ("…" if len(words) > SHOWN_WORDS or len(sources) > 1 else "")
    return short, f"{name}：{'；'.join(sources)}"


@page(*STRUCTURE)
@require_POST
def attempt(request: HttpRequest) -> HttpResponse:
    """One sentence through the router: what is suggested, and which rows of the table decide. Nothing is kept."""
    text = request.POST.get("text", "").strip()[:LONGEST]
    context: dict[str, Any] = {"text": text}
    try:
        router = routing.router()
    except (RoutingPackError, CatalogueError):
        return render(request, "administration/duties_try.html", context | {"trouble": routing.trouble()})
    if text:
        wanted = request.POST.get("row", "")
        decided = [row.id for row in router.decided(text)]
        context |= {
            "answer": routing.suggest(text),
            "rows": [(row, row.id in decided) for row in router.rows(text)],
            "wanted": wanted,
            "decides": wanted in decided,
            "clean": router.clean(text).replace(GAP, "＊"),
        }
    return render(request, "administration/duties_try.html", context)
