"""Messages of other systems: the mappings in force, how each way in fares, and what a pasted text would become (R6).

Trying writes nothing; what was pasted is neither kept nor logged, and persons are masked for those who may not see them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from liandong.casework.sight import SEE_PERSONS
from liandong.district.errors import PackError
from liandong.district.intake import FLAG_FIELDS, NEUTRAL, TIME_FIELDS, IntakeMapping
from liandong.district.policy import current
from liandong.engine.instants import now
from liandong.engine.intake import standing, trying
from liandong.engine.intake.mapping import mappings
from liandong.engine.intake.problems import Unfit
from liandong.registers import queries
from liandong.rules.registers.hotline_transfer import HOTLINE
from liandong.rules.registers.quarantine import QUARANTINE
from liandong.screens.common.access import DISTRICT, actor_of, page

from .framing import framed

HERE = "/district/intake"
READERS = (*DISTRICT, "desk_lead")
TRIES = ("sysadmin", "desk_lead")
"""Who pastes a text: who joins the systems, and who repairs what does not fit."""
LONGEST = 200_000
SHOWN = 50
_NAMES: Mapping[str, Any] = {
    "recording_ref": gettext_lazy("录音号"), "language": gettext_lazy("语言"), "village": gettext_lazy("村居"),
    "life": gettext_lazy("人身危险"), "property": gettext_lazy("财产危险"), "public": gettext_lazy("公共安全"),
    "anonymous": gettext_lazy("匿名"), "confidential": gettext_lazy("要求保密"), "contact_ok": gettext_lazy("愿意联系"),
    "lon": gettext_lazy("经度"), "lat": gettext_lazy("纬度"), "source": gettext_lazy("来源"), "channel": gettext_lazy("渠道"),
    "safety": gettext_lazy("安全三问"), "caller": gettext_lazy("来电人"), "caller.name": gettext_lazy("姓名"),
    "place.text": gettext_lazy("地点"), "source.ref": gettext_lazy("对方单号"),
}  # fmt: skip
_VALUES = {"true": gettext_lazy("是"), "false": gettext_lazy("否"), "unknown": gettext_lazy("不清楚"),
           "yes": gettext_lazy("是"), "no": gettext_lazy("否")}  # fmt: skip


def _name(ours: str) -> str:
    """One of our fields in words."""
    field = QUARANTINE.field_of(ours)
    return str(_NAMES.get(ours) or (field.label if field else ours))


def _value(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return str(_VALUES.get(text) or QUARANTINE.words.get(text) or text)


def _changes(ours: str, used: IntakeMapping) -> str:
    """How a value is changed on its way."""
    if ours in TIME_FIELDS:
        return _("时间：{forms}（{zone}）").format(forms="、".join(used.times), zone=used.zone)
    codes = used.codes.get(ours, {})
    if codes:
        return "；".join(f"{code or '—'} → {_value(means)}" for code, means in codes.items())
    return _("true 或 false") if ours in FLAG_FIELDS else _("照原样")


def _lines(used: IntakeMapping) -> list[dict[str, Any]]:
    leaving = used.outgoing.fields if used.outgoing else ()
    return [
        {
            "to": _name(one.to), "code": one.to, "paths": one.paths, "join": one.join if len(one.paths) > 1 else "",
            "default": _value(one.default) if one.default else "", "how": _changes(one.to, used), "leaves": one.to in leaving,
        }
        for one in used.places
    ]  # fmt: skip


def _instant(ms: int | None) -> datetime | None:
    return datetime.fromtimestamp(ms / 1000, UTC) if ms else None


def _flat(values: Mapping[str, Any], under: str = "") -> Iterator[tuple[str, str]]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{key}.")
        else:
            own = f"{under}{key}"
            name = (
                _name(own)
                if own in _NAMES
                else f"{_name(under[:-1])} – {_name(key)}"
                if under
                else _name(key)
            )
            yield name, _value(value)


def _shown(one: dict[str, Any]) -> dict[str, Any]:
    if "problems" in one:
        named = [(QUARANTINE.words.get(p["reason"], p["reason"]), p["detail"]) for p in one["problems"]]
        return {"record": one["record"], "problems": named}
    head: dict[str, Any] = {key: one[key] for key in ("ref", "message", "our_ref", "text") if key in one}
    lines = [*_flat(head), *_flat(one.get("fields", {}))]
    return {"record": one["record"], "do": _value(one["do"]), "lines": lines}


def _tried(text: str, used: IntakeMapping, *, persons: bool) -> dict[str, Any]:
    """What the text would become, or the one reason why nothing of it can be read."""
    if len(text) > LONGEST:
        return {"refused": _("超过 {n} 字，请只粘贴一两条。").format(n=LONGEST)}
    try:  # with a mark of UTF-8, so that what a browser sent is never taken for another encoding
        found = (
            trying.attempt(b"\xef\xbb\xbf" + text.encode(), used, now(), current()) if text.strip() else []
        )
    except Unfit as unfit:
        return {"refused": str(unfit)}
    if not found:
        return {"refused": _("请先粘贴一条报文。")}
    kept = [one if persons else trying.masked(one) for one in found[:SHOWN]]
    bad = sum("problems" in one for one in found)
    return {
        "records": [_shown(one) for one in kept],
        "count": len(found),
        "bad": bad,
        "more": len(found) > SHOWN,
    }


@page(*READERS)
@sensitive_post_parameters("text")
@require_http_methods(["GET", "POST"])
def intake(request: HttpRequest) -> HttpResponse:
    """The mappings and how they fare; a POST tries a text against one of them."""
    actor = actor_of(request)
    persons = actor.role in SEE_PERSONS
    context: dict[str, Any] = {"tries": actor.role in TRIES, "persons": persons}
    try:
        known = mappings()
        sources = standing.sources()
    except PackError as error:
        return framed(
            request, HERE, "administration/intake.html", context | {"fault": str(error)}, status=503
        )
    chosen = request.POST.get("mapping", "")
    if request.method == "POST" and context["tries"]:
        text = request.POST.get("text", "")
        used = known.get(chosen)
        context["text"] = text
        context["tried"] = (
            _tried(text, used, persons=persons) if used else {"refused": _("请选一个字段对照。")}
        )
    context |= {
        "chosen": chosen, "names": [(one.name, one.label) for one in known.values()], "troubles": standing.troubles(),
        "links": queries.may_see(QUARANTINE, actor), "transfers": queries.may_see(HOTLINE, actor), "longest": LONGEST,
        "sources": [
            {
                "one": one, "lines": _lines(one.mapping), "own": one.mapping.name == NEUTRAL,
                "last_at": _instant(one.last.received_ms) if one.last else None,
                "last_do": _value(one.last.action) if one.last else "", "read_at": _instant(one.view.get("read_ms")),
                "statuses": one.mapping.statuses,
            }
            for one in sources
        ],
    }  # fmt: skip
    return framed(request, HERE, "administration/intake.html", context)
