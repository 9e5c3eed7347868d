"""The rules that may refuse a command, one function each, in the order in which the contract lists them (§3).

A check sees the case before the change (``c.state``), the fields and the policy, and returns None or a refusal whose
Chinese sentence says what to do instead.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from . import clocks as timing
from .change import Change, to_be_called
from .codes import (
    CONFIRM_SECONDS,
    CONTACTS_BEFORE_UNREACHABLE,
    LEVELS,
    MAX_REWORKS,
    POLICE_LEADS,
    POLICE_UNIT,
    RESIDUAL,
    TERMINAL,
)
from .model import Refusal, State
from .policy import Policy
from .worktime import parse_limit

Check = Callable[[Change], Refusal | None]
CHECKS: dict[str, Check] = {}
"""Name → check, in the contract's order; a row of the table names those that guard it."""


def rule(name: str) -> Callable[[Check], Check]:
    """Enter a check under its name; the order of definition is the order of refusal."""

    def enter(check: Check) -> Check:
        CHECKS[name] = check
        return check

    return enter


def is_safe(state: State) -> bool:
    """All three safety questions answered no (R1)."""
    return all(answer == "no" for answer in state["safety"].values())


def bad_value(field: str, detail: str) -> Refusal:
    """A value that cannot be taken (R32)."""
    return Refusal("bad_value", "R32", detail, field)


# -- values that need the case or the district to be judged (R32) ---------------------------------------------


@rule("known_matter")
def known_matter(c: Change) -> Refusal | None:
    """R22: every order cites an item of the catalogue."""
    named = [c.f["matter"]] if "matter" in c.f else [part.get("matter") for part in c.f.get("parts", ())]
    for code in named:
        if code is not None and code not in c.policy.matters:
            return bad_value("matter", f"职责目录中没有 {code[:40]}，请从目录中选择事项代码（如 CG-02）")
        if code is not None and c.policy.matters[code].ended(c.now.date()):
            return bad_value("matter", f"{code} 已不在现行职责目录中，请从目录中另选事项（R22）")
    return None


@rule("past_instant")
def past_instant(c: Change) -> Refusal | None:
    """What is reported as done cannot lie in the future."""
    for name in ("at", "contacted_at"):
        at = c.f.get(name)
        if at is not None and at > c.now:
            return bad_value(name, "联系时间应在接报之后、现在之前，请核对后重填")
    if c.f.get("contacted_at") is not None and c.f.get("contacted_caller") is False:
        return bad_value("contacted_at", "未联系来电人时不填联系时间，请核对两项")
    return None


@rule("after_call")
def after_call(c: Change) -> Refusal | None:
    """Nobody was contacted about a case before the call that began it."""
    for name in ("at", "contacted_at"):
        at = c.f.get(name)
        if at is not None and at < c.state["received_at"]:
            return bad_value(name, "联系时间应在接报之后、现在之前，请核对后重填")
    return None


@rule("other_units")
def other_units(c: Change) -> Refusal | None:
    """Assisting units are others than the lead."""
    lead = c.f.get("lead_unit") or c.state.get("lead_unit")
    if lead in (c.f.get("assist_units") or ()) or c.f.get("unit") == lead:
        return bad_value(
            "assist_units" if "assist_units" in c.f else "unit", "主办单位不能同时协办，请另选协办单位"
        )
    return None


@rule("unreachable_proved")
def unreachable_proved(c: Change) -> Refusal | None:
    """A suspension because the caller cannot be reached needs three recorded contacts."""
    if c.f["reason"] == "caller_unreachable" and c.state["_contacts"] < CONTACTS_BEFORE_UNREACHABLE:
        return bad_value("reason", "以联系不上为由挂起，须先有三次联系记录；请先用 contact 登记联系情况")
    return None


@rule("review_day")
def review_day(c: Change) -> Refusal | None:
    """A suspension is looked at again within 30 days."""
    days = parse_limit(c.policy.limits["suspension_max"].length)[0]
    if c.f["review_on"] <= c.now or (c.f["review_on"].date() - c.now.date()).days > days:
        return bad_value("review_on", f"复查日应在今后 {days} 日之内，请改日期")
    return None


@rule("future_reply")
def future_reply(c: Change) -> Refusal | None:
    """A supervision asks for an answer in the future."""
    if c.f["reply_due"] <= c.now:
        return bad_value("reply_due", "答复期限应晚于现在，请改时间")
    return None


@rule("something_changes")
def something_changes(c: Change) -> Refusal | None:
    """An amendment names at least one field."""
    if not set(c.f) - {"reason", "attachments"}:
        return bad_value("reason", "没有写明要改哪一项，请填上改后的内容")
    return None


@rule("call_answers")
def call_answers(c: Change) -> Refusal | None:
    """A reached caller has said something; an unreached one has not."""
    if c.f["reached"]:
        for name in ("satisfaction", "solved"):
            if c.f.get(name) is None:
                return Refusal("missing_field", "R32", f"已接通的回访须填写 {name}，请补上", name)
        if c.f["satisfaction"] == "unreached":
            return bad_value("satisfaction", "已接通的回访不能记为未接通，请选来电人的评价")
    elif c.f.get("satisfaction") not in (None, "unreached"):
        return bad_value("satisfaction", "未接通的回访没有评价，请留空或记为未接通")
    return None


@rule("mergeable")
def mergeable(c: Change) -> Refusal | None:
    """A case is merged into another open one."""
    target = c.states.get(c.f["target"])
    if target is None:
        return bad_value("target", "没有这个目标警情，请核对编号")
    if target["no"] == c.state["no"]:
        return bad_value("target", "不能并入自身，请另选目标警情")
    return None


@rule("known_instruction")
def known_instruction(c: Change) -> Refusal | None:
    """An acknowledgement names an instruction that was given to this unit."""
    from .effects import find_ack

    if not find_ack(c):
        return bad_value("instruction", "没有发给本单位、尚待确认的这条指令，请核对编号")
    return None


@rule("releasable")
def releasable(c: Change) -> Refusal | None:
    """A release names a guarded command."""
    from .effects import guarded_name

    if guarded_name(c.f["command"]) is None:
        return bad_value(
            "command", "该操作无需放行；可放行的有：审核反馈、回访办结、直接答复、撤回、合并、作废、挂起"
        )
    return None


@rule("confirmable")
def confirmable(c: Change) -> Refusal | None:
    """A second person confirms only what needs two."""
    if c.f["command"] not in ("void", "set_safety"):
        return bad_value("command", "只有作废和消除安全疑点需要第二人确认")
    return None


# -- the contract's list --------------------------------------------------------------------------------------


@rule("received_in_future")
def received_in_future(c: Change) -> Refusal | None:
    """R42: the instant of the call is never later than the server's clock."""
    if c.f["received_at"] > c.now:
        return Refusal("received_in_future", "R42", "接报时间晚于服务器时间，请核对时钟后重填", "received_at")
    return None


@rule("doubt_only")
def doubt_only(c: Change) -> Refusal | None:
    """EB-R2: a unit or a machine may add doubt, never remove it."""
    if c.actor.role not in ("unit", "system"):
        return None
    if any(c.f["safety"][k] == "no" and c.state["safety"][k] != "no" for k in c.state["safety"]):
        return Refusal(
            "wrong_role", "R12", "单位只能上报危险或疑点，不能消除；如已查明请告知110报警服务台更正"
        )
    return None


@rule("target_open")
def target_open(c: Change) -> Refusal | None:
    """I5: the target of a merge is open."""
    target = c.states[c.f["target"]]
    if target["state"] in TERMINAL or target["closed_at"] is not None:
        return Refusal("wrong_state", "I5", "目标警情已经办结或合并，请并入仍在办的那一件", "target")
    return None


@rule("safety")
def safety(c: Change) -> Refusal | None:
    """I8, R1: with a safety answer other than no, nothing goes to a unit."""
    if not is_safe(c.state):
        return Refusal(
            "safety_not_clear",
            "I8",
            "三项安全问题尚未全部答“否”：有危险请转警务（to_police），已查明无险请先更正安全回答",
        )
    return None


@rule("safety_target")
def safety_target(c: Change) -> Refusal | None:
    """I8: a rework caused by a call-back sends the case back to a unit."""
    from .effects import call_reworks

    return safety(c) if call_reworks(c) else None


def _never_divert(c: Change, matter_code: str | None, unit: str) -> Refusal | None:
    matter = c.policy.matters.get(matter_code or "")
    own = unit == POLICE_UNIT
    if own and (
        matter_code in POLICE_LEADS
        or (c.state["kind"] == "consult" and matter and matter.unit == POLICE_UNIT)
    ):
        return None
    if own or (matter is not None and matter.never_divert):
        named = f"{matter.code} {matter.name}（{matter.never_divert or matter.unit}）" if matter else "该事项"
        if own:
            text = f"{named} 不能分流给区公安局；涉险涉警请用 to_police 转警务，其他事项请派主管单位"
        else:
            text = f"{named} 属公安机关处置范围，不得分流给其他单位，请用 to_police 转警务"
        return Refusal("never_divert", "R19", text, "matter")
    return None


@rule("never_divert")
def never_divert(c: Change) -> Refusal | None:
    """R19, EB1–EB14: what stays with the police goes to no other unit, and the police lead nothing else."""
    unit = c.f.get("lead_unit") or c.f.get("unit") or c.state.get("lead_unit") or ""
    matter = c.f.get("matter") or (c.state.get("matter") or {}).get("code")
    if matter is None and unit != POLICE_UNIT:
        return None
    return _never_divert(c, matter, unit)


@rule("territory")
def territory(c: Change) -> Refusal | None:
    """AMB21: 500110 is not proof of competence; 万盛 and places outside are not ours to run."""
    place = c.state.get("place") or {}
    unit = c.f.get("lead_unit") or c.f.get("unit") or ""
    named = place.get("township")
    if named:
        township = c.policy.townships.get(named)
        if township is None or not township.ours:
            return Refusal(
                "not_our_territory",
                "AMB21",
                f"{named} 不由本区管辖，请直接答复来电人应找的管辖单位（answer）",
                "place",
            )
    township = c.policy.townships.get(unit.removeprefix("JZ-")) if unit.startswith("JZ-") else None
    if township is not None and not township.ours:
        return Refusal("not_our_territory", "AMB21", f"{township.name} 不由本区管辖，不能派给它", "lead_unit")
    return None


def _units_named(c: Change) -> list[str]:
    named: list[str] = []
    for key in ("lead_unit", "unit", "suggested_unit"):
        value = c.f.get(key)
        if value and not (key == "suggested_unit" and value == "unknown"):
            named.append(value)
    for key in ("assist_units", "joint_units", "units"):
        named.extend(c.f.get(key) or ())
    return named


@rule("unknown_unit")
def unknown_unit(c: Change) -> Refusal | None:
    """R22: units are those of the registry; QT alone is a class, not a unit."""
    for code in _units_named(c):
        if code == RESIDUAL:
            return Refusal(
                "unknown_unit",
                "R22",
                "QT 是“其他单位”类别，不能派单；请派具体单位，目录中没有的请报值班室（raise_dispute）",
            )
        if code not in c.policy.units:
            return Refusal("unknown_unit", "R22", f"没有代码为 {code} 的联动单位，请从单位名录中选择")
    return None


@rule("unit_in_force")
def unit_in_force(c: Change) -> Refusal | None:
    """R22: a unit takes work only while it is in force."""
    for code in _units_named(c):
        unit = c.policy.units[code]
        if not unit.in_force(c.now.date()):
            heirs = "、".join(c.policy.units[s].name for s in unit.successors if s in c.policy.units)
            text = f"{unit.name} 现已不承接分流" + (f"，请改派 {heirs}" if heirs else "，请改派他单位")
            return Refusal("unit_not_in_force", "R22", text)
    return None


@rule("same_unit")
def same_unit(c: Change) -> Refusal | None:
    """R29: the desk does not push a case back to a unit that returned it."""
    if c.f["lead_unit"] in c.state["_returned_by"]:
        return Refusal(
            "same_unit_again",
            "R29",
            "该单位刚退回过此件：退回理由不成立请驳回退回（reject_return），成立请改派他单位",
            "lead_unit",
        )
    return None


@rule("after_ruling")
def after_ruling(c: Change) -> Refusal | None:
    """R30: after a ruling there is no return."""
    if c.state["final"]:
        return Refusal(
            "return_after_ruling", "R30", "此件已由值班室指定管辖，不得再退回；有异议可用 note 书面说明"
        )
    return None


@rule("window")
def window(c: Change) -> Refusal | None:
    """R29: a return comes within its window, counted from the dispatch."""
    if any(clock["due_at"] >= c.now for _, clock in timing.running(c.state, "return_window")):
        return None
    return Refusal("return_window_over", "R29", "退回时限已过，请办理或现时答复；确有困难可请示值班室")


@rule("returned_before")
def returned_before(c: Change) -> Refusal | None:
    """R29: a unit returns a case at most once."""
    if c.state["lead_unit"] in c.state["_asked_return"]:
        return Refusal("returned_before", "R29", "本单位已退回过此件一次，不得再退，请办理或现时答复")
    return None


@rule("only_desk_disputes")
def only_desk_disputes(c: Change) -> Refusal | None:
    """R30: only the 110 desk brings a dispute before the duty office."""
    if c.actor.role not in ("desk", "desk_lead"):
        return Refusal(
            "only_desk_disputes", "R30", "管辖争议只能由110报警服务台上报，请用退回或 note 写明理由"
        )
    return None


@rule("only_duty_office_rules")
def only_duty_office_rules(c: Change) -> Refusal | None:
    """R30: only the duty office rules."""
    if c.actor.role != "duty_office":
        return Refusal(
            "only_duty_office_rules", "R30", "指定管辖由区政府值班室作出，请上报争议（raise_dispute）"
        )
    return None


@rule("no_complex")
def no_complex(c: Change) -> Refusal | None:
    """R37: the third class exists only by a promise to the caller."""
    if c.f["class"] == "complex":
        return Refusal(
            "complex_needs_promise",
            "R37",
            "重大复杂须由承办单位向群众说明并承诺期限（request_extension），请先选一般或特殊",
            "class",
        )
    return None


@rule("before_due")
def before_due(c: Change) -> Refusal | None:
    """R37: who needs longer says so before the time is up."""
    for _, clock in timing.running(c.state, "handle"):
        if c.now > clock["due_at"]:
            return Refusal(
                "extension_too_late", "R37", "办理期限已过，不能再申请延期；请尽快办结并在反馈中说明"
            )
    return None


@rule("caller_told")
def caller_told(c: Change) -> Refusal | None:
    """R37: the caller has been told the reason first."""
    told = c.f["told_caller_at"]
    if told is None or told > c.now or told < c.state["received_at"]:
        return Refusal(
            "caller_not_told",
            "R37",
            "延期须先向来电人说明原因和承诺期限，并填写告知的时间（不晚于现在）",
            "told_caller_at",
        )
    return None


@rule("later_promise")
def later_promise(c: Change) -> Refusal | None:
    """R37: a promise lies after the limit that it replaces."""
    for _, clock in timing.running(c.state, "handle"):
        if c.f["promised_at"] <= clock["due_at"]:
            return Refusal(
                "promise_not_later", "R37", "承诺期限应晚于现在的办理期限，请改日期", "promised_at"
            )
    return None


@rule("none_pending")
def none_pending(c: Change) -> Refusal | None:
    """I7: one pending request a case."""
    if c.state["pending"]:
        return Refusal("request_pending", "I7", "已有一项申请待审，请等审批结果后再申请")
    return None


def _nothing(detail: str) -> Refusal:
    return Refusal("nothing_pending", "I7", detail)


@rule("extension_pending")
def extension_pending(c: Change) -> Refusal | None:
    """I7: there is an extension to decide."""
    if any(p["kind"] == "extension" for p in c.state["pending"]):
        return None
    return _nothing("没有待审的延期申请")


@rule("suspension_pending")
def suspension_pending(c: Change) -> Refusal | None:
    """I7: there is a suspension to decide."""
    if any(p["kind"] == "suspension" for p in c.state["pending"]):
        return None
    return _nothing("没有待审的挂起申请")


@rule("supervision_open")
def supervision_open(c: Change) -> Refusal | None:
    """I7: there is a supervision to answer or lift."""
    if c.command.name == "answer_supervision":
        found = bool(timing.running(c.state, "supervision"))
    else:
        found = any(s["lifted_at"] is None for s in c.state["_supervision"])
    return None if found else _nothing("没有待答复或待解除的督办")


@rule("report_owed")
def report_owed(c: Change) -> Refusal | None:
    """I7: the report is still owed."""
    kind = "phone_report" if c.command.name == "report_by_phone" else "written_report"
    return None if timing.running(c.state, kind) else _nothing("该报告已经报过或无需再报；续报请用 note 记录")


@rule("assist_open")
def assist_open(c: Change) -> Refusal | None:
    """I7: the assisting unit still owes its answer."""
    units = owned_by(c.policy, c.actor.unit, c.now)
    if any(clock["unit"] in units for _, clock in timing.running(c.state, "assist")):
        return None
    return _nothing("本单位的协办已经答复，补充情况请用 note")


@rule("own_request")
def own_request(c: Change) -> Refusal | None:
    """I7: nobody approves their own request."""
    for pending in c.state["pending"]:
        if c.actor.role == "unit" or pending["by"] == str(c.actor):
            return Refusal("own_request", "I7", "不能审批本单位自己的申请，请等110报警服务台或值班室审批")
    return None


def has_second(c: Change, command: str) -> bool:
    """Whether another account has confirmed this command within ten minutes (I7)."""
    second = c.f.get("second")
    if c.policy.second_by_name and second:
        return bool(second.rpartition(":")[2] != c.actor.name)
    since = c.now - timedelta(seconds=CONFIRM_SECONDS)
    return any(
        confirmed["command"] == command
        and confirmed["by"] != c.actor.name
        and confirmed["at"] >= since
        and (not second or confirmed["by"] == second)
        for confirmed in c.state["_confirms"]
    )


_SECOND = "需要另一账号的人在十分钟内确认（confirm），请同班人员确认后再提交"


@rule("second_person")
def second_person(c: Change) -> Refusal | None:
    """I7: what is voided has been seen by two."""
    if has_second(c, c.command.name):
        return None
    return Refusal("second_person_missing", "I7", _SECOND, "second")


@rule("second_person_safety")
def second_person_safety(c: Change) -> Refusal | None:
    """EB-R2, I7: a yes or a machine's flag becomes a no only by two people."""
    old, new = c.state["safety"], c.f["safety"]
    cleared = [
        k
        for k in old
        if new[k] == "no" and (old[k] == "yes" or (k in c.state["_flagged"] and old[k] != "no"))
    ]
    if not cleared or has_second(c, "set_safety"):
        return None
    return Refusal("second_person_missing", "I7", "把“是”或机器标记改为“否”" + _SECOND, "second")


@rule("released")
def released(c: Change) -> Refusal | None:
    """R44: from 较大 on the duty office commands; nothing is closed while a report is owed."""
    from .effects import call_closes, guard_of

    if not timing.is_larger(c.state["level"]) or (c.command.name == "call_back" and not call_closes(c)):
        return None
    if guard_of(c.command.name) not in c.state["_released"]:
        return Refusal(
            "command_passed",
            "R44",
            "较大以上事件由区政府值班室统一指挥，此操作须先由值班室放行（release），请先请示",
        )
    return None


@rule("reports_done")
def reports_done(c: Change) -> Refusal | None:
    """R42–R44: no closing while a telephone or written report is owed."""
    from .effects import call_closes

    if c.command.name == "call_back" and not call_closes(c):
        return None
    if c.command.name == "accept_feedback" and to_be_called(c.state["caller"], c.state["callers"]):
        return None
    if timing.is_report_running(c.state):
        return Refusal(
            "command_passed",
            "R44",
            "电话或书面报告尚未完成，不能办结；请先报告（report_by_phone、report_in_writing）",
        )
    return None


@rule("only_up")
def only_up(c: Change) -> Refusal | None:
    """R44: anybody who knows raises the level, only the duty office lowers it."""
    if c.actor.role != "duty_office" and LEVELS.index(c.f["level"]) < LEVELS.index(c.state["level"]):
        return Refusal("level_down", "R44", "降低等级只能由区政府值班室决定，请报值班室", "level")
    return None


@rule("not_handling_unit")
def not_handling_unit(c: Change) -> Refusal | None:
    """R9: the unit that handled a case does not ask whether its caller is satisfied."""
    if c.actor.role == "unit":
        return Refusal("handling_unit_calls", "R9", "回访由110报警服务台进行，承办单位不得自行回访")
    return None


@rule("rework_window")
def rework_window(c: Change) -> Refusal | None:
    """R33: a finished case is taken up again within 15 days."""
    closed: datetime = c.state["closed_at"]
    until = c.policy.calendar.due(closed, c.policy.limits["rework_window"].length)[0]
    if c.acted > until:
        return Refusal("rework_too_late", "R33", "办结已超过 15 日，不能重办；请登记为新件并注明原编号")
    return None


@rule("rework_count")
def rework_count(c: Change) -> Refusal | None:
    """R33: at most two reworks, then supervision."""
    if c.state["cycle"] >= MAX_REWORKS:
        return Refusal("rework_limit", "R33", "已重办两次，不再重办；请报值班室督办（supervise）")
    return None


@rule("before_ruling")
def before_ruling(c: Change) -> Refusal | None:
    """R30: after a ruling the desk neither recalls nor redispatches."""
    if c.state["final"]:
        return Refusal(
            "final_ruling", "R30", "此件已指定管辖，110报警服务台不能撤回或改派；需变更请报值班室重新裁定"
        )
    return None


AT_THE_DOOR = (
    "known_matter",
    "past_instant",
    "review_day",
    "future_reply",
    "something_changes",
    "call_answers",
    "releasable",
    "confirmable",
    "received_in_future",
)
"""Checks of the fields alone, without the case: they come with the fields, before the role."""
ORDER = {name: number for number, name in enumerate(CHECKS)}


def owned_by(policy: Policy, unit: str | None, now: datetime) -> frozenset[str]:
    """The codes a unit answers for: its own and, through successor links, those of units no longer in force (R22)."""
    if unit is None:
        return frozenset()
    today = now.astimezone(policy.zone).date()  # pages bring the server's UTC: at night that is another day
    gone = (u for u in policy.predecessors.get(unit, ()) if u.valid_to is not None and u.valid_to <= today)
    return frozenset((unit, *(u.code for u in gone)))
