"""值班提醒: a post that stands empty a day ahead, a shift that nobody handed over or took over (R24; norms C8).

The clock opens an entry once and tells the unit's responsible person and the duty office; it ends by itself when the
roster is filled or the shift is taken over, and until then it stands on the pages of both.
"""

from __future__ import annotations

from ..register import ALL, OWN, Draft, Register, Sight, Step
from ..register import fields as f

WHAT = ("gap", "not_given", "not_taken")
OFFICES = ("desk", "duty_office")


def _raised(draft: Draft) -> None:
    place = draft.f["place"]
    kind = f"duty_{draft.f['what']}"
    draft.due_at = draft.f["starts"]
    if place not in OFFICES:
        draft.unit = place
        draft.tell(f"unit:{place}:responsible", kind)
    elif place == "desk":
        draft.tell("desk_lead", kind)
    draft.tell("duty_office", kind)


DUTY_ALARM = Register(
    name="duty_alarm",
    label="值班提醒",
    rule="R24",
    states={"open": "待处理", "settled": "已消除"},
    ended=("settled",),
    steps=(
        Step(
            "raise", "提醒", "R24", ("system",), (),
            (
                f.choice("what", "事由", WHAT), f.code("place", "岗位"), f.instant("starts", "自"),
                f.instant("ends", "至", required=False), f.whole("left", "未办结件数", 0, 100_000, required=False),
            ),
            becomes="open", effect=_raised,
        ),
        Step("settle", "已消除", "R24", ("system",), ("open",), becomes="settled"),
        Step(
            "close", "人工消除", "R24", ("duty_office",), ("open",), (f.words("how", "怎么处理的", limit=300),),
            becomes="settled", help="系统看不到、但已经落实的：写明由谁值班或怎么交接的。",
        ),
    ),
    sees={"duty_office": Sight(ALL), "desk": Sight(ALL), "desk_lead": Sight(ALL), "inspector": Sight(ALL), "unit": Sight(OWN)},
    number="ZB-{year}-{n:05d}",
    titled="",
    listed=("what", "starts", "ends"),
    words={
        "gap": "值班空档", "not_given": "到点没有交班", "not_taken": "交了班没有人接", "duty_gap": "值班表有空档，请补排",
        "duty_not_given": "到点没有交班", "duty_not_taken": "交了班没有人接", "desk": "110报警服务台", "duty_office": "区政府值班室",
    },
    about="值班表前一天就看得到的空档，到点没有交、交了没有人接的班：告诉分管负责人和区政府值班室，补上后自行消除（R24）。",
)  # fmt: skip

REGISTERS = (DUTY_ALARM,)
