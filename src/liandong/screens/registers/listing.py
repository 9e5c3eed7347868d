"""One register as a list: filters in the address, pages, a file of what is on screen."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from liandong.casework.cursor import BadCursor
from liandong.registers import queries
from liandong.registers.queries import Asking
from liandong.rules.register import Entry, Register
from liandong.rules.registers import registers
from liandong.screens.common import export
from liandong.screens.common.access import actor_of, page
from liandong.screens.common.forms import unit_table
from liandong.screens.common.labels import by_name
from liandong.screens.common.listing import Tab, address
from liandong.screens.common.page import kept_elsewhere, problem, render, unit_name
from liandong.screens.common.titles import title

from . import words

OPEN, LATE, ALL = "open", "late", "all"


@page()
@require_safe
def listed(request: HttpRequest, name: str) -> HttpResponse:
    """Entries of one register: open ones, late ones, all, or one state; of a unit, a case, a period."""
    actor, now = actor_of(request), timezone.now()
    register = registers().get(name)
    if register is None:
        return problem(request, 404)
    if not queries.may_see(register, actor):
        return kept_elsewhere(request, register) or problem(request, 403)
    show = request.GET.get("show", OPEN)
    if show not in (OPEN, LATE, ALL, *register.states):
        return problem(request, 404)
    asking = Asking(
        states=(show,) if show in register.states else (),
        is_open=True if show in (OPEN, LATE) else None,
        overdue=show == LATE,
        unit=request.GET.get("unit", "")[:40],
        case=request.GET.get("case", "")[:40],
        period=request.GET.get("period", "")[:12],
    )
    try:
        if export.wanted(request):
            return _file(request, register, asking)
        found = queries.find(actor, name, asking, after=request.GET.get("after") or None, now=now)
    except BadCursor:
        return problem(request, 404)
    counts = queries.count(actor, name, asking._replace(states=(), is_open=None, overdue=False), now=now)
    late = sum(
        queries.count(actor, name, asking._replace(states=(), is_open=True, overdue=True), now=now).values()
    )
    return render(
        request,
        "registers/list.html",
        {
            "register": register,
            "tabs": _tabs(request, register, counts, late),
            "queue": show,
            "rows": [_row(register, entry, now) for entry in found.items],
            "extra": [
                by_name(field.label)
                for field_name in register.listed
                if (field := register.field_of(field_name))
            ],
            "units": unit_table(now),
            "asked": asking,
            "opens": [step for step, why in queries.options(actor, name, None) if why is None],
            "next": address(request, after=found.next) if found.next else "",
            "first": address(request, after=None) if request.GET.get("after") else "",
            "refresh": request.get_full_path(),
            "now": now,
            **export.links(request),
        },
    )


def _tabs(request: HttpRequest, register: Register, counts: dict[str, int], late: int) -> list[Tab]:
    waiting = sum(number for state, number in counts.items() if state not in register.ended)
    first = [
        Tab(OPEN, _("待办"), address(request, show=None, after=None), waiting, 0),
        Tab(LATE, _("超期"), address(request, show=LATE, after=None), late, 0),
    ]
    states = [
        Tab(state, by_name(word), address(request, show=state, after=None), counts[state], 0)
        for state, word in register.states.items()
        if counts.get(state)
    ]
    return [
        *first,
        *states,
        Tab(ALL, _("全部"), address(request, show=ALL, after=None), sum(counts.values()), 0),
    ]


def _row(register: Register, entry: Entry, now: Any) -> dict[str, Any]:
    done = sum(one.done_at is not None for one in entry.owed.values())
    return {
        "entry": entry,
        "title": title(register, entry),
        "state": by_name(register.states[entry.state]),
        "late": entry.is_overdue(now),
        "done": done,
        "owed": len(entry.owed),
        "extra": [
            words.value(register, field, entry.data[name]) if entry.data.get(name) is not None else "—"
            for name in register.listed
            if (field := register.field_of(name))
        ],
    }


def _file(request: HttpRequest, register: Register, asking: Asking) -> HttpResponse:
    actor, now = actor_of(request), timezone.now()
    entries: list[Entry] = []
    after = None
    while len(entries) < export.MOST:
        found = queries.find(actor, register.name, asking, after=after, limit=export.PAGE, now=now)
        entries += found.items
        after = found.next
        if after is None:
            break
    fields = {f.name: f for step in register.steps for f in step.fields}
    head = [_("编号"), _("状态"), _("单位"), _("案件"), _("期间"), _("开始"), _("期限"), _("了结")]
    rows: list[list[Any]] = [
        [
            entry.no, by_name(register.states[entry.state]), unit_name(entry.unit) if entry.unit else "", entry.case, entry.period,
            entry.opened_at, entry.due_at, entry.closed_at,
            *(_plain(register, field, entry.data.get(name)) for name, field in fields.items()),
        ]
        for entry in entries[: export.MOST]
    ]  # fmt: skip
    if after is not None:
        rows.append([_("只导出了前 {n} 件，请缩小范围后再导出其余的。").format(n=export.MOST)])
    return export.table(
        request, register.label, [*head, *(by_name(field.label) for field in fields.values())], rows, now
    )


def _plain(register: Register, field: Any, given: Any) -> Any:
    if given in (None, "", []):
        return ""
    if field.type == "case":
        return given
    if field.type == "cases":
        return "、".join(given)
    if field.type == "records":
        return "；".join(words._record(one, register) for one in given)
    found = words.value(register, field, given)
    return found if isinstance(found, int | float | str) or hasattr(found, "isoformat") else str(found)
