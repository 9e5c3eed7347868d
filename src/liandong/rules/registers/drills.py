"""点验 (R50, C8): roll calls that reach the duty staff of many units at once and time each answer by the server's clock,
and checks on the spot (call-out, equipment, exercise) whose results a person writes down.

What one unit gave is kept under ``name:CODE`` (``seconds:CG``, ``person:CG``), so that 200 answers do not repeat each other
and a unit sees its own alone. The clock closes a roll call and marks silence as silence; pass or fail is a person's word.
"""

from __future__ import annotations

from datetime import timedelta

from .. import periods
from ..model import Refusal
from ..register import ALL, OWN, Draft, Register, Sight, Step
from ..register import fields as f
from ..register.checks import refuse, units_in_force
from ..register.parties import parts_of
from .drill_plans import DEFAULT_FREQUENCY, METHODS, OFFICE, in_field, known_field

SHORTEST, LONGEST = 30, 7200
"""A roll call runs at least half a minute and at most two hours."""
ON_SITE = tuple(method for method in METHODS if method != "roll_call")
RUNS = ("calling", "running", "closed")
RESULTS = {"pass": "合格", "fail": "不合格"}
NOTICES = {
    "roll_call_over": "点名到时截止",
    "drill_pass": "评定合格",
    "drill_fail": "评定不合格",
}
_OPENING = (
    f.words("title", "名称", limit=100, public=True),
    in_field(),
    f.units("units", "参加单位"),
    f.words("asks", "要求报告的内容", limit=500, required=False, public=True),
    f.code("plan", "所属计划编号", required=False),
    f.code("again_of", "复验：原点验编号", required=False),
    f.yes_no("test", "试运行（不计入考评）", required=False),
)


def _links(draft: Draft) -> Refusal | None:
    """The plan and the first drill named are there, of the same field."""
    for name, what in (("plan", "plans"), ("again_of", "drills")):
        no = draft.f.get(name)
        found = draft.facts.known.get(what, {}).get(no) if no else None
        if no and found is None:
            return refuse("not_found", "R50", f"没有编号为 {no[:60]} 的{'计划' if what == 'plans' else '点验'}，请核对", name)  # fmt: skip
        if found and found["field"] != draft.f["field"]:
            return refuse("bad_value", "R50", "领域与所填编号的不同，请核对", name)
        if found and name == "plan" and draft.f.get("test"):
            return refuse("bad_value", "R50", "试运行不算完成计划，请去掉计划编号", name)
        if found and name == "again_of" and found["state"] != "judged":
            return refuse("wrong_state", "R50", "原点验还没有评定完，不能安排复验", name)
    return None


def _opened(draft: Draft, method: str) -> None:
    zone = draft.facts.policy.zone
    kind = draft.facts.settings.get("frequency", DEFAULT_FREQUENCY)
    draft.period = periods.on(str(kind), draft.now.astimezone(zone).date(), zone).name
    draft.data["method"] = method
    draft.data["test"] = bool(draft.f.get("test"))


def _called(draft: Draft) -> None:
    seconds = draft.f.get("limit")
    draft.due_at = draft.now + timedelta(seconds=seconds) if seconds else draft.due("answer")
    draft.data["limit"] = round((draft.due_at - draft.now).total_seconds())
    _opened(draft, "roll_call")
    draft.owe(draft.f["units"], draft.due_at)
    for unit in draft.f["units"]:
        draft.tell(f"unit:{unit}", "roll_call")


def _begun(draft: Draft) -> None:
    _opened(draft, draft.f["method"])
    draft.owe(draft.f["units"], None)


def answering(draft: Draft) -> list[str]:
    """The units this answer is for: the actor's own and those whose work it took over (R22), as far as none has answered
    for them. One desk picks up one telephone: one answer counts for all of them, each in its own time (decision 069)."""
    return [unit for unit in parts_of(draft) if draft.owed[unit].done_at is None]


def _answers_once(draft: Draft) -> Refusal | None:
    if not answering(draft):
        return refuse("already_done", "R50", "这次点名已经应答，不必重复；要补充情况请与区政府值班室联系")
    return None


def _answered(draft: Draft) -> None:
    """Who answered, after how many seconds of the server's clock, and whom the roster names (R24)."""
    assert draft.entry is not None
    expected = list(draft.facts.known.get("on_duty", ()))
    person = draft.f.get("person", "").strip() or draft.actor.name
    given = {name: draft.f[name] for name in ("position", "words", "equipment") if name in draft.f} | {
        "person": person,
        "roster": "、".join(expected),
        "as_rostered": person in expected if expected else None,
        "seconds": round((draft.now - draft.entry.opened_at).total_seconds(), 1),
    }
    for name in ("person", "position", "words", "equipment"):
        draft.data.pop(name, None)
    for unit in answering(draft):
        stood_in = {} if unit == draft.actor.unit else {"answered_by": draft.actor.unit}
        draft.data.update({f"{name}:{unit}": value for name, value in (given | stood_in).items()})
        draft.did(unit)
    if draft.state == "calling" and all(owed.done_at for owed in draft.owed.values()):
        draft.state, draft.due_at = "closed", None
        draft.data["ended"] = "all"


def _all_or_reason(draft: Draft) -> Refusal | None:
    if draft.state == "calling" and not draft.f.get("closed_for", "").strip():
        return refuse(
            "missing_field", "R50", "还有单位没有应答、时限也没有到，提前截止请写明理由", "closed_for"
        )
    return None


def _closed(draft: Draft) -> None:
    draft.data["ended"] = "early" if draft.state == "calling" else "done"
    draft.state, draft.due_at = "closed", None


def _is_over(draft: Draft) -> Refusal | None:
    if draft.due_at is not None and draft.now >= draft.due_at:
        return None
    return refuse("too_early", "R50", "应答时限还没有到")


def _expired(draft: Draft) -> None:
    """The clock writes down who was silent; it judges nobody."""
    draft.data["ended"] = "time"
    draft.due_at = None  # each unit keeps its own; the entry waits for a person now
    draft.tell("duty_office", "roll_call_over")


def _takes_part(draft: Draft) -> Refusal | None:
    strange = [unit for unit in draft.f["units"] if unit not in draft.owed]
    if strange:
        return refuse("not_found", "R50", f"{strange[0]} 没有参加这次点验，请核对", "units")
    if draft.f["result"] == "fail" and not draft.f.get("reason", "").strip():
        return refuse("missing_field", "R50", "评为不合格须写明理由", "reason")
    return None


def _judged(draft: Draft) -> None:
    for unit in draft.f["units"]:
        draft.data[f"result:{unit}"] = draft.f["result"]
        draft.data[f"reason:{unit}"] = draft.f.get("reason", "").strip()
    for name in ("result", "reason"):
        draft.data.pop(name, None)
    before = draft.entry.data if draft.entry else {}
    draft.data["units"] = before.get("units", draft.f["units"])


def _everyone_judged(draft: Draft) -> Refusal | None:
    open_ = [unit for unit in draft.owed if f"result:{unit}" not in draft.data]
    if open_:
        name = draft.facts.policy.units[open_[0]].name if open_[0] in draft.facts.policy.units else open_[0]
        return refuse(
            "missing_field", "R50", f"还有 {len(open_)} 个单位没有评定，如{name}；请先逐一评定", "units"
        )
    return None


def _finished(draft: Draft) -> None:
    for unit in draft.owed:
        draft.tell(f"unit:{unit}", f"drill_{draft.data[f'result:{unit}']}")


DRILL = Register(
    name="drill",
    label="点验",
    rule="R50",
    states={
        "calling": "点名中",
        "running": "实施中",
        "closed": "已截止，待评定",
        "judged": "已评定",
        "cancelled": "已取消",
    },
    ended=("judged", "cancelled"),
    steps=(
        Step(
            "call", "发起点名", "R50", OFFICE, (),
            (*_OPENING, f.whole("limit", "应答时限（秒）", SHORTEST, LONGEST, required=False)),
            becomes="calling", checks=(known_field, units_in_force("units"), _links), effect=_called,
            help="一次发给所有参加单位的值班人员，应答时间由服务器记。",
        ),
        Step(
            "begin", "开始现场点验", "R50", OFFICE, (),
            (*_OPENING, f.choice("method", "方式", ON_SITE)),
            becomes="running", checks=(known_field, units_in_force("units"), _links), effect=_begun,
        ),
        Step(
            "answer", "应答", "R50", ("unit",), ("calling", "closed"),
            (
                f.person("person", "应答人", required=False),
                f.words("position", "位置", limit=200, required=False),
                f.whole("equipment", "装备数", 0, 100_000, required=False),
                f.words("words", "情况", limit=500, required=False),
            ),
            checks=(_answers_once,), effect=_answered, relation="party",
            help="应答时间以服务器收到的时刻为准；承接了被撤并单位职责的，一次应答同时计入那些单位。",
        ),
        Step(
            "close", "截止", "R50", OFFICE, ("calling", "running"),
            (f.words("closed_for", "提前截止理由", limit=500, required=False),),
            checks=(_all_or_reason,), effect=_closed,
        ),
        Step(
            "expire", "到时截止", "R50", ("system",), ("calling",), (),
            becomes="closed", checks=(_is_over,), effect=_expired,
        ),
        Step(
            "judge", "评定", "R50", OFFICE, ("closed", "running"),
            (
                f.units("units", "单位"),
                f.choice("result", "结果", tuple(RESULTS)),
                f.words("reason", "理由", limit=500, required=False),
            ),
            checks=(_takes_part,), effect=_judged,
            help="合格与否由人评定；系统只记应答用时，不据此自动评定。",
        ),
        Step(
            "finish", "评定完毕", "R50", OFFICE, ("closed", "running"),
            (f.words("summary", "小结", required=False),),
            becomes="judged", checks=(_everyone_judged,), effect=_finished,
        ),
        Step(
            "cancel", "取消", "R50", OFFICE, ("calling", "running"),
            (f.words("cancelled_for", "取消理由", limit=500),), becomes="cancelled",
        ),
    ),
    sees={"duty_office": Sight(ALL), "inspector": Sight(ALL), "unit": Sight(OWN)},
    number="{year}-DY-{n}",
    personal=("duty_office",),
    titled="title",
    words={**METHODS, **RESULTS, **NOTICES},
    listed=("field", "method", "test"),
    kept=(f.person("roster", "排班人员"), f.unit("answered_by", "应答单位")),
    about="对突发事件易发领域点验：点名、拉动集结、装备查验、演练。点名一次发给各单位值班人员，以服务器时钟记应答用时；合格与否由值班室评定。",
)  # fmt: skip

REGISTERS = (DRILL,)
