"""A small register for tests of the room and of its pages: asked of a unit, answered, closed by another person."""

from __future__ import annotations

from datetime import timedelta

from liandong.rules.register import ALL, OWN, Register, Sight, Step
from liandong.rules.register import fields as f
from liandong.rules.register.checks import cases_exist, units_in_force


def _asked(draft):
    draft.unit = draft.f["unit"]
    draft.case = draft.f.get("case", "")
    draft.owe([draft.f["unit"]], draft.now + timedelta(hours=1))
    draft.tell(f"unit:{draft.f['unit']}", "asked")


def _answered(draft):
    draft.did(draft.unit)


REQUEST = Register(
    name="test_request",
    label="测试台账",
    rule="R0",
    states={"asked": "已提出", "answered": "已答复", "closed": "已了结"},
    ended=("closed",),
    steps=(
        Step(
            "ask", "提出", "R0", ("duty_office",), (),
            (f.unit("unit", "单位"), f.words("text", "要求"), f.person("who", "联系人"), f.case("case", "案件", required=False)),
            becomes="asked", checks=(units_in_force("unit"), cases_exist("case")), effect=_asked,
        ),
        Step("answer", "答复", "R0", ("unit",), ("asked",), (f.words("answer", "答复"),), becomes="answered",
             effect=_answered, relation="own"),
        Step("close", "了结", "R0", ("duty_office",), ("answered",), becomes="closed", others=("ask",)),
    ),
    sees={"duty_office": Sight(ALL), "unit": Sight(OWN), "inspector": Sight(ALL), "government": Sight(ALL, ("closed",))},
    number="测试〔{year}〕{n}号",
)  # fmt: skip
