"""110与12345对接: each transfer between the two lines, in both directions (norms C1.3; 国办发〔2022〕12号).

Four kinds: 一键转接, 三方通话, 工单流转, 话务引导. The caller's will is asked first; who received it, under which number and
when is written down; where the two cannot agree, 首接平台先行受理: the platform that took the call handles it meanwhile.
The matters of both directions are data (``packs/…/registers/hotline_transfer.toml``).

A ticket of ours that bears no number of theirs yet leaves by itself (``engine.intake.outgoing``): 待发出 → 已发出 → their answers.
"""

from __future__ import annotations

from collections.abc import Callable

from ..codes import LARGER, LEVELS
from ..model import Refusal
from ..register import ALL, Draft, Register, Sight, Step
from ..register import fields as f
from ..register.checks import cases_exist, not_future, refuse

OUT, IN = "110_to_12345", "12345_to_110"
DIRECTIONS = (OUT, IN)
KINDS = ("one_key", "three_way", "ticket", "guidance")
WILLS = ("agreed", "declined", "not_told")


def _will(draft: Draft) -> Refusal | None:
    """C1.3: nobody is passed on without being asked; a ticket from the other platform may not say what was asked there."""
    if draft.f["will"] == "not_told" and not (draft.f["direction"] == IN and draft.f["kind"] == "ticket"):
        return refuse(
            "will_not_asked", "C1.3", "转接前须先征求来电人的意愿：请问清后选“同意”或“不同意”", "will"
        )
    return None


def never_leaves(state: str, level: str, restricted: bool) -> bool:
    """What is an emergency, 较大 and above, or a complaint about police stays with 110 (R19)."""
    return state == "police" or LEVELS.index(level) >= LARGER or restricted


def _emergency_stays(draft: Draft) -> Refusal | None:
    case = draft.facts.known.get("cases", {}).get(draft.f.get("case") or draft.case)
    if draft.data["direction"] != OUT or case is None:
        return None
    if never_leaves(case.state, case.level, case.restricted):
        detail = "警务处置中、较大以上或涉警投诉的案件不转12345，请由110先行处置"
        return refuse("never_divert", "R19", detail, "case")
    return None


def _in_catalogue(draft: Draft) -> Refusal | None:
    """A matter that is named stands in the catalogue of that direction."""
    matter = draft.f.get("matter")
    known = [str(line).split(" ", 1)[0] for line in draft.facts.settings.get(draft.f["direction"], ())]
    if matter and matter not in known:
        return refuse(
            "unknown_matter", "C1.4", "对接事项目录里没有这一项，请核对代码；不能确定的可以不填", "matter"
        )
    return None


def _asked(draft: Draft) -> None:
    draft.case = draft.f.get("case", "")
    draft.data["first_platform"] = "110" if draft.f["direction"] == OUT else "12345"
    if draft.f["will"] == "declined":
        draft.state = "declined"
        draft.tell("desk", "hotline_declined")


def _number_of_ticket(draft: Draft) -> Refusal | None:
    """A ticket has the number of whoever received it; one that we still have to send has something to say instead."""
    assert draft.entry is not None
    if draft.data["kind"] != "ticket" or draft.f.get("ticket"):
        return None
    if draft.data["direction"] == OUT and (draft.case or draft.data.get("about")):
        return None
    detail = "工单流转须填对方的工单号；由系统发给12345的，征求意愿时须写案件或事由"
    return refuse("missing_field", "C1.3", detail, "ticket")


def _passed_on(draft: Draft) -> None:
    """Guidance ends with the telling: the caller dials by himself. A ticket without a number has yet to be sent."""
    kind = draft.data["kind"]
    unsent = kind == "ticket" and draft.data["direction"] == OUT and not draft.f.get("ticket")
    draft.state = "guided" if kind == "guidance" else "to_send" if unsent else "transferred"


def _numbered(draft: Draft) -> Refusal | None:
    """Who accepts a ticket of ours says under which number."""
    sent = draft.data["kind"] == "ticket" and draft.data["direction"] == OUT
    if sent and not draft.data.get("ticket"):
        return refuse("missing_field", "C1.3", "请填对方的工单号", "ticket")
    return None


def _progressed(draft: Draft) -> None:
    """All that was told, in the order of its instants, whatever order it came in."""
    assert draft.entry is not None
    before = str(draft.entry.data.get("progress", "")).splitlines()
    line = f"{draft.f['progress_at'].isoformat(timespec='seconds')} {' '.join(draft.f['progress'].split())}"
    draft.data["progress"] = "\n".join(sorted({*before, line}))
    if (known := draft.entry.data.get("progress_at")) is not None:
        draft.data["progress_at"] = max(known, draft.f["progress_at"])
    if ticket := draft.entry.data.get("ticket"):
        draft.data["ticket"] = ticket


def _tell_desk(kind: str) -> Callable[[Draft], None]:
    """The desk hears of what a machine did with a ticket of ours; what a person entered the desk knows."""

    def effect(draft: Draft) -> None:
        if draft.actor.role == "system" and draft.data["direction"] == OUT:
            draft.tell("desk", kind)

    return effect


def _handled_by_first(draft: Draft) -> Refusal | None:
    """首接平台先行受理 means a case here when the call came to 110 first."""
    assert draft.entry is not None
    if draft.entry.data["first_platform"] == "110" and not (draft.entry.case or draft.f.get("case")):
        return refuse(
            "missing_field", "C1.3", "首接平台是110：请先登记案件，再填案件号，由110先行受理", "case"
        )
    return None


def _unsettled(draft: Draft) -> None:
    draft.case = draft.f.get("case") or draft.case
    draft.tell("desk", "hotline_unsettled")
    draft.tell("duty_office", "hotline_unsettled")


HOTLINE = Register(
    name="hotline_transfer",
    label="110与12345对接",
    rule="R14",
    states={
        "asked": "待转接", "to_send": "待发12345", "sent": "已发12345，待受理", "transferred": "已转接", "guided": "已引导", "accepted": "对方已受理",
        "first_handles": "首接平台先行受理", "done": "已办结", "declined": "来电人不同意转接", "returned": "对方退回",
        "stopped": "未发出",
    },
    ended=("guided", "done", "declined", "returned", "stopped"),
    steps=(
        Step(
            "ask", "征求意愿", "R14", ("desk", "system"), (),
            (
                f.choice("direction", "方向", DIRECTIONS), f.choice("kind", "方式", KINDS),
                f.choice("will", "来电人意愿", WILLS), f.instant("asked_at", "征求时间"),
                f.words("platform", "对方平台", limit=80, public=True), f.words("about", "事由", limit=500, required=False),
                f.code("matter", "对接事项", required=False), f.case("case", "案件", required=False),
                f.words("their_ticket", "对方来单号", limit=200, required=False, public=True),
            ),
            becomes="asked", checks=(not_future("asked_at"), _will, cases_exist("case"), _emergency_stays, _in_catalogue),
            effect=_asked, help="没有案件的来电也可以登记；来电人不同意的，由110自己受理。",
        ),
        Step(
            "transfer", "转接", "R14", ("desk", "system"), ("asked",),
            (
                f.instant("transferred_at", "转接时间"), f.person("receiver", "对方接听人", required=False),
                f.words("ticket", "对方工单号", limit=200, required=False, public=True),
            ),
            checks=(not_future("transferred_at"), _emergency_stays, _number_of_ticket), effect=_passed_on,
            becomes="transferred", help="工单流转不填对方工单号的，由系统把工单发给12345，对方受理后自动填入工单号。",
        ),
        Step(
            "send", "发出工单", "R14", ("system",), ("to_send",),
            (
                f.code("message", "消息编号"), f.code("digest", "摘要（SHA-256）"), f.choice("way", "途径", ("folder", "api")),
                f.yes_no("with_person", "含来电人姓名、电话"),
            ),
            becomes="sent", checks=(_emergency_stays,),
        ),
        Step(
            "stop", "停发", "R14", ("desk", "system"), ("to_send",), (f.words("why", "理由"),),
            becomes="stopped", effect=_tell_desk("hotline_stopped"), help="还没有发出的工单不再发给12345，由110自己办理。",
        ),
        Step(
            "accept", "对方受理", "R14", ("desk", "system"), ("transferred", "to_send", "sent", "first_handles"),
            (
                f.instant("accepted_at", "受理时间"), f.person("accepted_by", "受理人", required=False),
                f.words("ticket", "对方工单号", limit=200, required=False, public=True),
            ),
            becomes="accepted", checks=(not_future("accepted_at"), _numbered),
        ),
        Step(
            "progress", "对方进展", "R14", ("desk", "system"), ("transferred", "to_send", "sent", "accepted", "done", "returned"),
            (
                f.words("progress", "进展"), f.instant("progress_at", "时间"),
                f.words("ticket", "对方工单号", limit=200, required=False, public=True),
            ),
            checks=(not_future("progress_at"),), effect=_progressed,
        ),
        Step(
            "unsettle", "协商不成，首接先办", "R14", ("desk",), ("asked", "transferred", "sent"),
            (
                f.words("our_position", "本方意见"), f.words("their_position", "对方意见"),
                f.case("case", "案件", required=False),
            ),
            becomes="first_handles", checks=(cases_exist("case"), _handled_by_first), effect=_unsettled,
            help="双方协商不成，由首先接到来电的平台先行受理，不得让来电人等待。",
        ),
        Step(
            "give_back", "对方退回", "R14", ("desk", "system"), ("transferred", "to_send", "sent", "accepted"),
            (f.words("why", "退回理由"),), becomes="returned", effect=_tell_desk("hotline_returned"),
        ),
        Step(
            "finish", "办结", "R14", ("desk", "system"), ("accepted", "first_handles"),
            (f.words("result", "办理结果"),), becomes="done", effect=_tell_desk("hotline_done"),
        ),
    ),
    sees={"desk": Sight(ALL), "desk_lead": Sight(ALL), "duty_office": Sight(ALL), "inspector": Sight(ALL)},
    personal=("desk", "desk_lead"),
    number="DJ-{year}-{n:05d}",
    titled="platform",
    listed=("direction", "kind", "ticket"),
    words={
        OUT: "110转12345", IN: "12345转110", "one_key": "一键转接", "three_way": "三方通话", "ticket": "工单流转",
        "guidance": "话务引导", "agreed": "同意", "declined": "不同意", "not_told": "来单未说明",
        "hotline_unsettled": "与12345协商不成，首接先办", "hotline_declined": "来电人不同意转12345",
        "hotline_stopped": "转12345的工单没有发出", "hotline_returned": "12345退回工单", "hotline_done": "12345已办结",
        "folder": "接入目录", "api": "接口",
    },
    about="110与12345之间的一键转接、三方通话、工单流转、话务引导：先征求意愿，协商不成由首接平台先行受理（国办发〔2022〕12号）。",
)  # fmt: skip

REGISTERS = (HOTLINE,)
