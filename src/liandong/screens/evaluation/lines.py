"""The cases behind a number as lines of a page or a file: what a viewer may see of each, persons masked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from liandong.casework.evaluation import Item
from liandong.rules.model import Actor
from liandong.screens.common import export, labels
from liandong.screens.common.numbered import by_number
from liandong.screens.common.page import unit_name
from liandong.screens.common.times import ZONE

HOW = {
    "dispatch": gettext_lazy("派发"),
    "designate": gettext_lazy("裁定"),
    "rework": gettext_lazy("重办"),
}
RETURNS = {
    "accepted": gettext_lazy("同意退回"),
    "rejected": gettext_lazy("驳回退回"),
    "wrong": gettext_lazy("退回后又裁定由该单位办理"),
    "": gettext_lazy("待决定"),
}


def lines(found: Sequence[Item], actor: Actor) -> list[dict[str, Any]]:
    """Counted rows with what their viewer may see of the case."""
    shown = by_number([item.no for item in found], actor)
    return [
        {
            "no": item.no,
            "case": shown.get(item.no),
            "unit": unit_name(item.unit) if item.unit not in ("", "-") else "",
            "at": _at(item.at_ms),
            "told": told(item),
            "outcome": labels.label(labels.OUTCOMES, item.facts["outcome"])
            if item.facts.get("outcome")
            else "",
        }
        for item in found
    ]


def told(item: Item) -> list[tuple[str, datetime | None, str]]:
    """What of a row explains why it counted: (what, when, in words)."""
    facts = item.facts
    made: list[tuple[str, datetime | None, str]] = []
    if facts.get("how"):
        made.append((str(HOW[str(facts["how"])]), _at(facts.get("pushed_ms")), ""))
    for key, name in (
        ("started_ms", _("开始")), ("signed_ms", _("签收")), ("due_ms", _("期限")), ("contacted_ms", _("联系")),
        ("feedback_ms", _("首次反馈")), ("stopped_ms", _("停止")),
    ):  # fmt: skip
        if facts.get(key):
            made.append((name, _at(facts[key]), ""))
    if facts.get("original_due_ms") and facts.get("original_due_ms") != facts.get("due_ms"):
        made.append((_("原期限"), _at(facts["original_due_ms"]), ""))
    if facts.get("returned_ms"):
        made.append(
            (_("退回"), _at(facts["returned_ms"]), str(RETURNS[str(facts.get("return_outcome") or "")]))
        )
    late = _late(facts.get("due_ms"), facts.get("stopped_ms"))
    if late and facts.get("kind") in ("phone_report", "written_report"):
        made.append((_("晚"), None, _("{n} 分钟").format(n=late)))
    return made


def _late(due: object, stopped: object) -> int:
    if not isinstance(due, int) or not isinstance(stopped, int):
        return 0
    return max(0, round((stopped - due) / 60_000))


def _at(ms: object) -> datetime | None:
    return datetime.fromtimestamp(ms / 1000, ZONE) if isinstance(ms, int) else None


def head() -> list[str]:
    """The columns of a file of lines."""
    return [
        _("案件号"), _("事情"), _("诉求类型"), _("单位"), _("计入时点"), _("结果"), _("经过"), _("状态"), _("满意度"),
        _("是否解决"), _("重办次数"),
    ]  # fmt: skip


def row(line: dict[str, Any]) -> export.Row:
    """One line of a file."""
    case = line["case"] or {}
    passed = "；".join(
        f"{what} {when:%Y-%m-%d %H:%M}" if when else f"{what} {words}" for what, when, words in line["told"]
    )
    return [
        line["no"],
        case.get("summary") or "",
        labels.label(labels.KINDS, case["kind"]) if case.get("kind") else "",
        line["unit"],
        line["at"],
        line["outcome"],
        passed,
        labels.label(labels.STATES, case["state"]) if case.get("state") else "",
        labels.label(labels.SATISFACTION, case["satisfaction"]) if case.get("satisfaction") else "",
        labels.label(labels.SOLVED, case["solved"]) if case.get("solved") else "",
        case.get("cycle") or 0,
    ]
