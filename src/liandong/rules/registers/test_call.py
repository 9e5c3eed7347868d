"""暗访电话: unannounced test calls to units' duty telephones (R65 抽查暗访; R24; metric M23).

One entry is one call. The unit does not see it before it was made. Which units are rung is drawn by ``rules.sampling``
from the units in force on that day (``known["frame"]``) and a seed, and every entry names both, so that the choice can
be repeated; a unit that the seed does not draw is refused.
"""

from __future__ import annotations

from .. import sampling
from ..fields import boolean, text
from ..model import Refusal
from ..register import ALL, OWN, Draft, Register, Sight, Step
from ..register import fields as f
from ..register.checks import is_future, not_future, refuse, units_in_force

WHO = ("duty_office", "inspector")
MADE = ("answered", "unanswered")
MOST_SECONDS = 600


def _window(draft: Draft) -> Refusal | None:
    if draft.f["until"] <= draft.f["begin"]:
        return refuse("bad_value", "R65", "结束时间应在开始时间之后，请核对", "until")
    return None


def _drawn(draft: Draft) -> Refusal | None:
    """R65: chance chooses whom to ring, nobody else."""
    frame, size = dict.fromkeys(draft.facts.known["frame"], ""), draft.f["size"]
    try:
        drawn = sampling.draw(draft.f["seed"].strip(), frame, size)
    except sampling.TooMany as found:
        return refuse("too_many", "R65", f"在册单位只有 {found.there_is} 个，不能抽 {size} 个，请减少个数", "size")  # fmt: skip
    if draft.f["unit"] not in drawn:
        return refuse("not_drawn", "R65", "这个单位不是按种子抽中的，请用“随机抽取单位”产生", "unit")
    return None


def _planned(draft: Draft) -> None:
    frame = sampling.text_of(dict.fromkeys(draft.facts.known["frame"], ""))
    draft.unit, draft.due_at = draft.f["unit"], draft.f["until"]
    draft.data |= {"frame": sampling.digest(frame), "frame_size": len(draft.facts.known["frame"])}


def _in_window(draft: Draft) -> Refusal | None:
    """A call counts when it was made in the window that was planned beforehand."""
    if not draft.data["begin"] <= draft.f["called_at"] <= draft.data["until"]:
        return refuse("bad_value", "R65", "拨打时间不在计划的时段内；没有拨打的请撤销，另行计划", "called_at")
    return None


def _complete(draft: Draft) -> Refusal | None:
    if not draft.f["answered"]:
        if draft.f.get("seconds") is not None or draft.f.get("questions"):
            return refuse(
                "bad_value",
                "R65",
                "没有接通就没有应答秒数和问答，请清空这两项；接通了的请选“接听了”",
                "answered",
            )
        return None
    for name in ("seconds", "who"):
        if draft.f.get(name) is None:
            label = RECORD.known[name].label
            return refuse("missing_field", "R65", f"已经接通，请填写{label}", name)
    return None


def _made(draft: Draft) -> None:
    draft.state = "answered" if draft.f["answered"] else "unanswered"
    asked = draft.f.get("questions") or []
    draft.data |= {"asked": len(asked), "correct": sum(bool(one["correct"]) for one in asked)}
    at = draft.f["called_at"]
    draft.period = f"{at.year}Q{(at.month - 1) // 3 + 1}"
    draft.tell(f"unit:{draft.unit}:responsible", "test_call_made")


def _heard(draft: Draft) -> None:
    draft.tell("duty_office", "test_call_statement")


RECORD = Step(
    "record", "记录拨打结果", "R65", WHO, ("planned",),
    (
        f.instant("called_at", "拨打时间"), f.phone("number", "拨打的号码"), f.yes_no("answered", "是否接通"),
        f.whole("seconds", "应答秒数", 0, MOST_SECONDS, required=False),
        f.person("who", "接听人", required=False),
        f.records(
            "questions", "问答", {"question": text(200), "said": text(500, empty=True), "correct": boolean},
            ("question", "correct"), required=False, most=20,
        ),
        f.words("notes", "备注", required=False),
    ),
    checks=(not_future("called_at"), _in_window, _complete), effect=_made,
)  # fmt: skip

TEST_CALL = Register(
    name="test_call",
    label="暗访电话",
    rule="R65",
    states={"planned": "待拨打", "answered": "已接听", "unanswered": "无人接听", "cancelled": "已撤销"},
    ended=("answered", "unanswered", "cancelled"),
    steps=(
        Step(
            "plan", "计划暗访电话", "R65", WHO, (),
            (
                f.unit("unit", "单位"), f.instant("begin", "时段开始"), f.instant("until", "时段结束"),
                f.whole("size", "抽取单位数", 1, 200), f.code("seed", "种子"),
                f.words("script", "话术"),
            ),
            becomes="planned", checks=(units_in_force("unit"), is_future("until"), _window, _drawn), effect=_planned,
        ),
        RECORD,
        Step("cancel", "撤销", "R65", WHO, ("planned",), (f.words("reason", "理由"),), becomes="cancelled"),
        Step(
            "statement", "单位说明", "R65", ("unit",), MADE, (f.words("statement", "说明"),),
            effect=_heard, relation="own",
        ),
    ),
    sees={"duty_office": Sight(ALL), "inspector": Sight(ALL), "unit": Sight(OWN, MADE)},
    personal=WHO,
    number="AF-{year}-{n:03d}",
    listed=("called_at", "seconds"),
    words={"test_call_made": "暗访电话已拨打", "test_call_statement": "单位对暗访作出说明"},
    about="事先不告知的测试电话：谁被抽中由种子决定，记录是否接听、多少秒、答对几题（R65、M23）。",
)  # fmt: skip

REGISTERS = (TEST_CALL,)
