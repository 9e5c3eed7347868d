"""纸质单据: blocks of numbered paper slips for the hours in which the system is down, and what became of each slip (R6, R24).

A block belongs to a day and has numbers of its own series (``ZZ-20180601-001``): never a case's number, so that those stay
gap-free. A block stays open until every slip of it was entered, spoilt, or returned unused: none is forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from ..model import Refusal
from ..register import ALL, Draft, Register, Sight, Step
from ..register import fields as f
from ..register.checks import cases_exist, refuse

_SLIP = re.compile(r"ZZ-(\d{8})-(\d{3,4})", re.ASCII)
MOST = 200
"""Slips of one block."""
SHAPE = "单号写作 ZZ-20180601-001：年月日和当天的序号，见单据右上角"


def slip_no(day: date, n: int) -> str:
    """The number of the ``n``-th slip of a day."""
    return f"ZZ-{day:%Y%m%d}-{n:03d}"


def read_slip(text: str) -> tuple[date, int] | None:
    """Day and serial of a slip's number as somebody typed it; None where it is none."""
    found = _SLIP.fullmatch(text.strip().upper())
    if found is None:
        return None
    try:
        return date.fromisoformat(found[1]), int(found[2])
    except ValueError:
        return None


def slips_of(data: Mapping[str, Any]) -> list[str]:
    """All numbers of a block, in order."""
    day = date.fromisoformat(str(data["day"]))
    return [slip_no(day, n) for n in range(int(data["first"]), int(data["last"]) + 1)]


def left_of(data: Mapping[str, Any]) -> list[str]:
    """The slips of a block of which nobody said what became of them."""
    return [no for no in slips_of(data) if f"slip:{no}" not in data]


def _printed(draft: Draft) -> None:
    draft.period = draft.f["day"][:7]
    draft.data["count"] = draft.f["last"] - draft.f["first"] + 1


def _in_order(draft: Draft) -> Refusal | None:
    if not 0 <= draft.f["last"] - draft.f["first"] < MOST:
        return refuse("bad_value", "R32", f"一次最多印 {MOST} 张", "last")
    return None


def _of_block(draft: Draft) -> Refusal | None:
    """The slip is one of this block; one that was entered stays with its case."""
    assert draft.entry is not None
    no = draft.f["slip"].strip().upper()
    if no not in slips_of(draft.entry.data):
        return refuse("bad_value", "R32", f"{no[:40]} 不在这一批里，请核对；{SHAPE}", "slip")
    before = draft.entry.data.get(f"slip:{no}")
    if before is not None and before.get("case") and before["case"] != draft.f.get("case"):
        return refuse("wrong_state", "I5", f"{no} 已补录为 {before['case']}，请在该案件里补充", "slip")
    return None


def _accounted(draft: Draft, line: dict[str, Any]) -> None:
    no = draft.f["slip"].strip().upper()
    draft.data[f"slip:{no}"] = line
    for name in ("slip", "case", "why"):
        draft.data.pop(name, None)
    draft.state = "open" if left_of(draft.data) else "done"


def _entered(draft: Draft) -> None:
    _accounted(draft, {"case": draft.f["case"], "at": draft.now.isoformat()})


def _spoilt(draft: Draft) -> None:
    _accounted(draft, {"why": draft.f["why"], "at": draft.now.isoformat()})


def _unused(draft: Draft) -> None:
    draft.data["unused"] = len(left_of(draft.data))


PAPER_SLIP = Register(
    name="paper_slip",
    label="纸质单据",
    rule="R6",
    states={"open": "在用", "done": "已逐张交代"},
    ended=("done",),
    steps=(
        Step(
            "print", "印发", "R6", ("system",), (),
            (
                f.day("day", "使用日期"), f.whole("first", "首号", 1, 9999), f.whole("last", "末号", 1, 9999),
                f.code("printed_by", "印发人"),
            ),
            becomes="open", checks=(_in_order,), effect=_printed,
        ),
        Step(
            "enter", "已补录", "R6", ("desk", "system"), ("open",), (f.code("slip", "单号"), f.case("case", "案件")),
            checks=(cases_exist("case"), _of_block), effect=_entered,
            help="补录请从“补录纸单”页面办理，登记案件后自动记到这里；这里只用于补记对应关系。",
        ),
        Step(
            "spoil", "写坏作废", "R6", ("desk",), ("open",),
            (f.code("slip", "单号"), f.words("why", "为何作废", limit=300)), checks=(_of_block,), effect=_spoilt,
            help="写坏的单据保留原件，不得撕毁。",
        ),
        Step(
            "return_rest", "其余没有用", "R6", ("desk_lead",), ("open",), (f.words("checked_by", "清点说明", limit=300),),
            becomes="done", effect=_unused, help="清点剩下的空白单据，确认一张都没有写过，再交回。",
        ),
    ),
    sees={"desk": Sight(ALL), "desk_lead": Sight(ALL), "duty_office": Sight(ALL), "inspector": Sight(ALL)},
    personal=("desk", "desk_lead"),
    number="ZD-{year}-{n:04d}",
    titled="day",
    listed=("first", "last"),
    words={},
    about="系统停用时用的纸单：按天编号，印了多少、补录了哪些、哪些没有用，逐张交代，一张都不漏（R6、R24）。",
)  # fmt: skip

REGISTERS = (PAPER_SLIP,)
