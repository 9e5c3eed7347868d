"""Uses of marked vehicles (R18): each tied to a case and an urgent task, so that no privilege is used outside one.

A use begins when it is entered and ends when it is said to; one that was forgotten ends by itself at its limit and is
flagged until the unit has explained it.
"""

from __future__ import annotations

from datetime import datetime

from ..codes import POLICE_UNIT
from ..model import Refusal
from ..register import ALL, OWN, Draft, Owed, Register, Sight, Step
from ..register import fields as f
from ..register.checks import cases_exist, is_future, refuse

UNIT = ("unit",)
REVIEWER = f"unit:{POLICE_UNIT}"
STANDING = {
    "expired": "已到期",
    "lost": "已挂失",
    "replaced": "已补发换号",
    "revoked": "已撤销",
    "handed_in": "已交回",
    "unit_ended": "所属单位已撤并、尚未转给承接单位",
}
"""Why a mark that was issued is not good now."""


DEFAULTS = {"longest": "12h", "explain": "2wd"}
"""What holds where a pack sets nothing of its own; none of it stands in the notice."""


def _due(draft: Draft, key: str, start: datetime | None = None) -> datetime:
    limit = str(draft.facts.settings.get(key, DEFAULTS[key]))
    return draft.facts.policy.calendar.due(start or draft.now, limit)[0]


# -- checks; ``known``: mark {no, mark_no, plate, unit, standing} or None, busy (a use's number), part, limit ----------


def _mark_is_good(draft: Draft) -> Refusal | None:
    mark = draft.facts.known["mark"]
    if mark is None:
        return refuse(
            "not_found", "R17", "本单位没有这个编号的标识，请照标识上的编号填写，如 2018-0001", "mark"
        )
    if mark["standing"] != "valid":
        why = STANDING.get(mark["standing"], "尚未核发")
        return refuse("mark_not_valid", "R17", f"这个标识{why}，不能用于紧急任务；请先与区公安局办理", "mark")
    return None


def _case_is_ours(draft: Draft) -> Refusal | None:
    case = draft.facts.known["cases"].get(draft.f["case"])
    if case is not None and not case.is_open:
        return refuse("case_not_open", "R18", "这个案件已经办结，紧急任务须对应正在办理的案件", "case")
    if not draft.facts.known["part"]:
        return refuse(
            "not_taking_part", "R18", "本单位现在不参与这个案件（不是主办、协办或联动单位），请核对案件号", "case"
        )  # fmt: skip
    return None


def _not_busy(draft: Draft) -> Refusal | None:
    busy = draft.facts.known["busy"]
    if busy:
        return refuse("mark_in_use", "R18", f"这辆车正在执行任务（{busy}），请先结束那一次", "mark")
    return None


def _within_limit(draft: Draft) -> Refusal | None:
    start = draft.entry.opened_at if draft.entry else draft.now
    last = _due(draft, "longest", start)
    if draft.f["until"] > last:
        shown = f"{last.astimezone(draft.facts.policy.zone):%m-%d %H:%M}"
        return refuse("too_long", "R18", f"一次任务最晚到 {shown}，更长的任务请届时另行登记", "until")
    return None


# -- effects -----------------------------------------------------------------------------------------------------


def _begun(draft: Draft) -> None:
    mark = draft.facts.known["mark"]
    draft.data |= {"mark": mark["mark_no"], "file": mark["no"], "plate": mark["plate"]}
    draft.data["lapses_at"] = _due(draft, "longest")
    draft.unit, draft.case = mark["unit"], draft.f["case"]
    draft.due_at = draft.f["until"]
    draft.owed[POLICE_UNIT] = Owed(None, draft.now)  # it takes part: it sees every use, and owes nothing
    draft.tell(REVIEWER, "vehicle_on_task")


def _longer(draft: Draft) -> None:
    draft.due_at = draft.f["until"]


def _over(draft: Draft) -> None:
    draft.due_at = None
    draft.data["over_at"] = draft.now


def _stopped(draft: Draft) -> None:
    _over(draft)
    draft.tell(f"unit:{draft.unit}", "vehicle_stopped")


def _lapsed(draft: Draft) -> None:
    _over(draft)
    draft.due_at = _due(draft, "explain")
    draft.owe([draft.unit], draft.due_at)
    draft.tell(f"unit:{draft.unit}", "vehicle_lapsed")
    draft.tell(f"unit:{draft.unit}:responsible", "vehicle_lapsed")
    draft.tell(REVIEWER, "vehicle_lapsed")


def _explained(draft: Draft) -> None:
    draft.due_at = None
    draft.did(draft.unit)
    draft.tell(REVIEWER, "vehicle_explained")


UNTIL = f.instant("until", "预计到")
_STEPS = (
    Step("begin", "开始紧急任务", "R18", UNIT, (),
         (f.code("mark", "标识编号"), f.case("case", "案件号"), f.words("task", "任务", limit=300), UNTIL), "active",
         (is_future("until"), cases_exist("case"), _mark_is_good, _case_is_ours, _not_busy, _within_limit), _begun,
         help="从现在起算；结束后请及时登记结束。没有案件的用车不能登记为紧急任务。"),
    Step("extend", "延长", "R18", UNIT, ("active",), (UNTIL, f.words("reason", "原因", limit=300)), None,
         (is_future("until"), _within_limit), _longer, "own"),
    Step("end", "结束任务", "R18", UNIT, ("active",), (f.words("result", "完成情况", limit=500, required=False),), "ended",
         (), _over, "own"),
    Step("stop", "中止便利条件", "R18", UNIT, ("active",), (f.words("reason", "理由", limit=500),), "stopped",
         (), _stopped, REVIEWER, help="发现不是执行所登记的任务时使用。"),
    Step("lapse", "超时自动结束", "R18", ("system",), ("active",), (f.choice("because", "原因", ("limit", "mark")),), "lapsed",
         (), _lapsed),
    Step("explain", "说明超时原因", "R18", UNIT, ("lapsed",), (f.words("explanation", "说明", limit=500),), "explained",
         (), _explained, "own"),
)  # fmt: skip

VEHICLE_USE = Register(
    name="vehicle_use",
    label="联动车辆紧急任务",
    rule="R18",
    states={
        "active": "执行中", "ended": "已结束", "stopped": "公安中止", "lapsed": "超时自动结束，待说明", "explained": "超时，已说明",
    },
    ended=("ended", "stopped", "explained"),
    steps=_STEPS,
    sees={
        "unit": Sight(OWN),
        **{role: Sight(ALL) for role in ("desk", "desk_lead", "duty_office", "inspector")},
    },
    number="LDRW-{year}-{n}",
    personal=("unit",),
    about="为社会联动车辆执行紧急任务提供便利条件；每次使用对应一个案件和一项任务，巡查时可以看到。",
    titled="plate",
    listed=("mark",),
    words={
        "limit": "到了最长时间", "mark": "标识已失效", "vehicle_on_task": "车辆开始执行紧急任务",
        "vehicle_stopped": "便利条件已中止", "vehicle_lapsed": "任务超时自动结束，请说明", "vehicle_explained": "超时已说明",
    },
)  # fmt: skip
REGISTERS = (VEHICLE_USE,)
