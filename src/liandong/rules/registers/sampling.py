"""抽查: cases drawn at random by a rule that anybody can repeat, each checked by a person (R65, ``rules.sampling``).

``known["frame"]`` is what there was to draw from, found under the author's own sight and kept under its digest;
``known["chance"]`` a seed of the system's own randomness. A public seed (the number of a lottery) is announced before
it exists: ``announce`` freezes the frame and names the number, ``draw_announced`` gives it. Nothing follows from a
finding by itself: it is entered in the register of findings, where the unit is heard first (R66, R67).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import sampling
from ..model import Refusal
from ..register import ALL, Draft, Register, Sight, Step
from ..register import fields as f
from ..register.checks import refuse, units_in_force

WHO = ("duty_office", "inspector")
STRATA = ("none", "unit", "matter")
RESULTS = ("fine", "finding")
CHECK = "10wd"
"""How long the checking may take where the pack does not say."""
MOST = 500
"""So many cases one sampling draws at most: each is read by a person."""
_ASKED = (
    f.period("period", "办结时间"),
    f.unit("unit", "单位", required=False),
    f.code("matter", "事项", required=False),
    f.code("township", "街镇", required=False),
    f.choice("stratify", "分层", STRATA, required=False),
    f.whole("size", "抽取件数", 1, MOST),
    f.words("purpose", "抽查目的", limit=200, required=False, public=True),
)


def _frame(draft: Draft) -> dict[str, str]:
    found: dict[str, str] = draft.facts.known["frame"]
    return found


def _enough(draft: Draft) -> Refusal | None:
    """R65: nobody draws more than there is; an empty period says so."""
    there_is, size = len(_frame(draft)), int(draft.data["size"])
    if not there_is:
        return refuse("no_data", "R65", "这个范围内没有办结的案件，没有数据可抽，请换一个时间或放宽条件", "period")  # fmt: skip
    if size > there_is:
        return refuse("too_many", "R65", f"范围内只有 {there_is} 件，不能抽 {size} 件，请减少件数或放宽条件", "size")  # fmt: skip
    return None


def _freeze(draft: Draft) -> None:
    text = sampling.text_of(_frame(draft))
    draft.period = draft.f["period"]
    draft.data |= {"frame": sampling.digest(text), "frame_size": len(_frame(draft))}
    draft.data.setdefault("stratify", "none")


def _draw(draft: Draft, seed: str, source: str) -> None:
    sample = sampling.draw(seed, _frame(draft), int(draft.data["size"]))
    draft.data |= {"seed": seed, "seed_source": source, "sample": list(sample)}
    draft.due_at = draft.facts.policy.calendar.due(draft.now, str(draft.facts.settings.get("check", CHECK)))[
        0
    ]


def _drawn(draft: Draft) -> None:
    _freeze(draft)
    _draw(draft, str(draft.facts.known["chance"]), "system")


def _drawn_publicly(draft: Draft) -> None:
    _draw(draft, draft.f["seed"].strip(), "public")


def _of_the_sample(draft: Draft) -> Refusal | None:
    """Only what was drawn is checked; choosing others would make a choice of a draw."""
    if draft.f["case"] not in draft.data["sample"]:
        return refuse("not_found", "R65", "这一件不在抽中的案件里，请从抽样清单中选择", "case")
    return None


def _said(draft: Draft) -> Refusal | None:
    """A finding is described; «fine» needs no words."""
    if draft.f["result"] == "finding" and not (draft.f.get("notes") or "").strip():
        return refuse("missing_field", "R66", "发现问题的，请写明看到了什么", "notes")
    return None


def _checked(draft: Draft) -> None:
    """Each case has its own check; a later one of the same case replaces it, and the log keeps both."""
    no = draft.f["case"]
    draft.data["notes"] = draft.f.get("notes") or ""
    draft.data[f"check:{no}"] = {"result": draft.f["result"], "by": str(draft.actor), "at": draft.now}
    draft.data[f"notes:{no}"] = draft.data["notes"]


def checks_of(data: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The checks of an entry by case: ``result``, ``by``, ``at``."""
    return {name.removeprefix("check:"): value for name, value in data.items() if name.startswith("check:")}


def _all_checked(draft: Draft) -> Refusal | None:
    left = len(draft.data["sample"]) - len(checks_of(draft.data))
    if left:
        return refuse("wrong_state", "R65", f"还有 {left} 件没有复核，请复核完再办结", "no")
    return None


def _counted(draft: Draft) -> None:
    draft.data["found"] = sum(one["result"] == "finding" for one in checks_of(draft.data).values())


SAMPLING = Register(
    name="sampling",
    label="随机抽查",
    rule="R65",
    states={"announced": "已公告待抽取", "drawn": "复核中", "finished": "已办结", "abandoned": "已放弃"},
    ended=("finished", "abandoned"),
    steps=(
        Step(
            "draw", "随机抽取", "R65", WHO, (), _ASKED, becomes="drawn",
            checks=(units_in_force("unit"), _enough), effect=_drawn,
            help="种子由系统随机产生并公开，任何人可以用它重做这次抽取。",
        ),
        Step(
            "announce", "公告后抽取", "R65", WHO, (),
            (*_ASKED, f.words("announced", "以哪个公开号码为种子", limit=200, public=True)),
            becomes="announced", checks=(units_in_force("unit"), _enough), effect=_freeze,
            help="先冻结范围并写明将用哪个公开号码（如某一期彩票的开奖号码），号码公布后再抽取。",
        ),
        Step(
            "draw_announced", "填写公开号码并抽取", "R65", WHO, ("announced",), (f.code("seed", "公开号码"),),
            becomes="drawn", checks=(_enough,), effect=_drawn_publicly,
        ),
        Step(
            "check", "复核一件", "R65", WHO, ("drawn",),
            (
                f.case("case", "案件"), f.choice("result", "复核结果", RESULTS),
                f.words("notes", "复核记录", required=False),
            ),
            checks=(_of_the_sample, _said), effect=_checked,
        ),
        Step(
            "finish", "办结抽查", "R65", WHO, ("drawn",), (f.words("conclusion", "结论"),), becomes="finished",
            checks=(_all_checked,), effect=_counted,
        ),
        Step(
            "abandon", "放弃", "R65", WHO, ("announced", "drawn"), (f.words("reason", "理由"),), becomes="abandoned",
            help="放弃的抽查留在台账里：不能反复抽到满意为止。",
        ),
    ),
    sees={"duty_office": Sight(ALL), "inspector": Sight(ALL)},
    personal=WHO,
    number="FH-{year}-{n:03d}",
    titled="purpose",
    listed=("size", "stratify"),
    words={
        "none": "不分层", "unit": "按单位分层", "matter": "按事项分层", "fine": "没有问题", "finding": "发现问题",
    },
    about="从办结的案件中随机抽取、逐件复核；种子和范围公开，任何人可以重做（R65）。",
)  # fmt: skip

REGISTERS = (SAMPLING,)
