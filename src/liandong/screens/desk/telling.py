"""After a call: what was done, and the plain sentence to read out to the caller before the line is closed (R27, R33)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from liandong.casework import queries
from liandong.rules.model import Actor
from liandong.screens.common import labels
from liandong.screens.common.page import unit_name
from liandong.screens.common.policy import current
from liandong.screens.common.times import in_words

from .calls import Carried


@dataclass(frozen=True, slots=True)
class Told:
    """What the page says after a sending. ``good``: everything asked for was done."""

    good: bool
    done: str
    say: str
    no: str
    code: str
    refused: str = ""
    rule: str = ""


def told(carried: Carried, actor: Actor, now: datetime) -> Told | None:
    """None where nothing was done: then the form itself says why."""
    if not carried.done or carried.no is None:
        return None
    shown = carried.target if carried.outcome == "note" else carried.no
    case = queries.get_case(str(shown), actor, policy=current(), now=now) or {}
    refusal = carried.refusal
    return Told(
        good=refusal is None,
        done=_done(carried, case),
        say=_say(carried, case, now),
        no=str(shown),
        code=grouped(str(case.get("tracking_code") or "")) if "register" in carried.done else "",
        refused=_("但没有完成“{what}”：{why}").format(
            what=labels.label(labels.COMMANDS, carried.refused), why=refusal.detail
        )
        if refusal
        else "",
        rule=f"{refusal.rule} · {refusal.code}" if refusal else "",
    )


def grouped(code: str) -> str:
    """A tracking code in groups of four, as a person can read it out."""
    return " ".join(code[at : at + 4] for at in range(0, len(code), 4))


def _done(carried: Carried, case: Mapping[str, Any]) -> str:
    known = _("这通来电此前已经登记，没有重复登记。") if carried.known else ""
    if carried.refusal is not None:
        if "register" in carried.done:
            return known or _("来电已登记：{no}。").format(no=carried.no)
        return _("更正已记入 {no}。").format(no=carried.no)
    if carried.sent:
        what = "、".join(str(labels.label(labels.COMMANDS, one)) for one in carried.sent)
        return known + _("“{what}”已送对侧执行，等待回执；结果显示在工单页上：{no}。").format(
            what=what, no=carried.target if carried.outcome == "note" else carried.no
        )
    unit = unit_name(case.get("lead_unit"))
    joint = "、".join(unit_name(code) for code in case.get("joint_units") or ())
    last = {
        "dispatch": _("已派给{unit}：{no}。").format(unit=unit, no=carried.no),
        "to_police": _("已转警务：{no}。").format(no=carried.no)
        + (_("同时通知：{units}。").format(units=joint) if joint else ""),
        "answer": _("已直接答复：{no}。").format(no=carried.no),
        "merge": _("{no} 已并入 {target}。").format(no=carried.no, target=carried.target),
        "note": _("已补充到 {no}。").format(no=carried.target),
        "register": _("来电已登记：{no}。").format(no=carried.no)
        if "register" in carried.done
        else _("更正已记入 {no}。").format(no=carried.no),
    }.get(carried.done[-1])
    return known + (last or _("更正已记入 {no}。").format(no=carried.no))


def _say(carried: Carried, case: Mapping[str, Any], now: datetime) -> str:
    """The sentence to read out: number, unit, by when; nothing that is not certain."""
    no, last = case.get("no", carried.no), carried.done[-1]
    if carried.sent and "register" not in carried.done:
        return _("您反映的情况已经转交承办方，编号 {no}。").format(no=no)
    if last in carried.sent:  # registered here; what follows is not certain yet
        return _("您反映的事已经登记，编号 {no}，我们马上研究由哪个单位办理。").format(no=carried.no)
    if last == "dispatch":
        parts = [
            _("您反映的事已经登记，编号 {no}，由{unit}办理").format(
                no=no, unit=unit_name(case.get("lead_unit"))
            )
        ]
        contact, handle = _due(case, "contact"), _due(case, "handle")
        if contact:
            parts.append(_("{when}前会联系您").format(when=in_words(contact, now, end=True)))
        if handle:
            parts.append(_("{when}前办结").format(when=in_words(handle, now, end=True)))
        return _("，").join(parts) + _("。")
    if last == "to_police":
        return _("已经通知民警先去处置，编号 {no}。请您注意安全，电话保持畅通。").format(no=no)
    if last == "answer":
        return _("您问的事已经答复，编号 {no}。还有疑问可以随时再打来。").format(no=no)
    if last == "merge":
        return _("您反映的事已有人反映、正在办理，现在一并办理，您的编号 {no}。").format(no=carried.no)
    if last == "note":
        return _("您补充的情况已记入 {no}，由承办单位一并处理。").format(no=no)
    if "register" in carried.done:
        return _("您反映的事已经登记，编号 {no}，我们马上研究由哪个单位办理。").format(no=no)
    return ""


def _due(case: Mapping[str, Any], kind: str) -> str | None:
    running = [c for c in case.get("clocks") or () if c["kind"] == kind and not c.get("stopped_at")]
    return running[-1]["due_at"] if running else None
