"""Plans of 点验: which field that is prone to emergencies is tested when, how, with which units (R50).

The notice says 定期 and gives no period: it is a setting (``frequency``), marked as a default. A plan may be kept from the
units («unannounced»): then it has a window of days instead of an instant, and no unit ever sees a plan.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from .. import periods
from ..fields import Field
from ..fields import text as a_text
from ..model import Refusal
from ..register import ALL, Draft, Register, Sight, Step
from ..register import fields as f
from ..register.checks import is_future, refuse, units_in_force

METHODS = {"roll_call": "点名", "call_out": "拉动集结", "equipment": "装备查验", "exercise": "演练"}
"""How a 点验 is done; only the roll call is answered from the units' screens."""
FREQUENCIES = ("monthly", "quarterly", "yearly")
DEFAULT_FREQUENCY = "quarterly"
WAITS = ("planned", "overdue")
OFFICE = ("duty_office",)


def fields_of(settings: object) -> dict[str, str]:
    """The fields prone to emergencies by code, from the pack's setting ("FX 防汛" a line)."""
    lines = settings.get("fields", ()) if hasattr(settings, "get") else ()
    return {code: name.strip() for code, _, name in (str(line).partition(" ") for line in lines)}


def in_field(name: str = "field") -> Field:
    """The code of a field prone to emergencies."""
    return Field(name, a_text(20), "code", True, "public", (), "突发事件易发领域")


def known_field(draft: Draft) -> Refusal | None:
    """R50: the field is one of the pack's list."""
    known = draft.facts.known.get("fields", {})
    if draft.f.get("field") in (None, *known):
        return None
    names = "、".join(f"{code} {name}" for code, name in known.items())
    return refuse("bad_value", "R50", f"易发领域应为下列之一：{names}", "field")


def _when(draft: Draft) -> Refusal | None:
    """A plan has an instant, or a window of days in which it comes unannounced."""
    f_ = draft.f
    window = "window_from" in f_ or "window_to" in f_
    if ("at" in f_) == window or (window and not ("window_from" in f_ and "window_to" in f_)):
        return refuse("bad_value", "R50", "请写明计划时间，或者写明不打招呼点验的起止两天，二者取一", "at")
    if not window:
        return is_future("at")(draft)
    if f_["window_to"] < f_["window_from"]:
        return refuse("bad_value", "R50", "截止日早于开始日，请核对", "window_to")
    if _end(draft) <= draft.now:
        return refuse("in_past", "R50", "这段时间已经过去，请填以后的日期", "window_to")
    return None


def _end(draft: Draft) -> datetime:
    if "at" in draft.f:
        at: datetime = draft.f["at"]
        return at
    day = date.fromisoformat(draft.f["window_to"]) + timedelta(days=1)
    return datetime.combine(day, time(0), draft.facts.policy.zone)


def _set(draft: Draft) -> None:
    for name in ("at", "window_from", "window_to"):
        if name not in draft.f:
            draft.data.pop(name, None)
            if draft.entry is not None and name in draft.entry.data:
                draft.data[name] = None
    draft.due_at = _end(draft)
    zone = draft.facts.policy.zone
    kind = draft.facts.settings.get("frequency", DEFAULT_FREQUENCY)
    last = (draft.due_at - timedelta(seconds=1)).astimezone(zone).date()
    draft.period = periods.on(str(kind), last, zone).name


def _alarmed(draft: Draft) -> None:
    draft.tell("duty_office", "drill_overdue")


def _is_overdue(draft: Draft) -> Refusal | None:
    if draft.due_at is not None and draft.now > draft.due_at:
        return None
    return refuse("too_early", "R50", "还没有到计划的时间")


def _drill_is_there(draft: Draft) -> Refusal | None:
    found = draft.facts.known.get("drills", {}).get(draft.f["drill"])
    if found is None:
        return refuse("not_found", "R50", f"没有编号为 {draft.f['drill'][:60]} 的点验，请核对", "drill")
    if found["test"]:
        return refuse("wrong_state", "R50", "试运行的点验不算完成计划，请填正式点验的编号", "drill")
    if found["field"] != draft.data["field"]:
        return refuse("wrong_state", "R50", "这次点验的领域与计划不同，请核对编号", "drill")
    if found["state"] == "cancelled":
        return refuse("wrong_state", "R50", "这次点验已取消，不能算作完成计划", "drill")
    return None


_TIMES = (
    f.instant("at", "计划时间", required=False),
    f.day("window_from", "不打招呼：自哪天", required=False),
    f.day("window_to", "不打招呼：至哪天", required=False),
)
PLAN = Register(
    name="drill_plan",
    label="点验计划",
    rule="R50",
    states={"planned": "已安排", "overdue": "逾期未点验", "done": "已点验", "cancelled": "已取消"},
    ended=("done", "cancelled"),
    steps=(
        Step(
            "plan", "安排点验", "R50", OFFICE, (),
            (
                f.words("title", "名称", limit=100, public=True),
                in_field(),
                f.units("units", "参加单位"),
                f.choice("method", "方式", tuple(METHODS)),
                *_TIMES,
                f.words("note", "内容与要求", required=False),
            ),
            becomes="planned",
            checks=(known_field, units_in_force("units"), _when),
            effect=_set,
            help="写明时间，或写明不打招呼点验的起止日期；计划不对单位公开。",
        ),
        Step(
            "change", "改期", "R50", OFFICE, WAITS, (*_TIMES, f.words("reason", "改期理由")),
            becomes="planned", checks=(_when,), effect=_set,
        ),
        Step(
            "carry_out", "登记已点验", "R50", OFFICE, WAITS, (f.code("drill", "点验编号"),),
            becomes="done", checks=(_drill_is_there,),
        ),
        Step(
            "alarm", "逾期提醒", "R50", ("system",), ("planned",), (),
            becomes="overdue", checks=(_is_overdue,), effect=_alarmed,
        ),
        Step("cancel", "取消计划", "R50", OFFICE, WAITS, (f.words("reason", "取消理由"),), becomes="cancelled"),
    ),
    sees={"duty_office": Sight(ALL), "inspector": Sight(ALL)},
    number="{year}-DYJH-{n}",
    titled="title",
    words={**METHODS, "drill_overdue": "逾期没有点验"},
    listed=("field", "method", "at", "window_from", "window_to"),
    about="值班室定期对突发事件易发领域安排点验；到期没有点验的会提醒，本季度没有计划的领域会列为空缺。计划不对联动单位公开。",
)  # fmt: skip

REGISTERS = (PLAN,)
