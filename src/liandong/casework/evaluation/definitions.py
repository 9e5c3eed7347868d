"""The metrics M1-M25 as data: what each is called, how it is counted, what is left out, and the conditions that count it.

``P`` is the population of part E: assignments whose due date lies in the period, not those created in it (what is not
due yet would make everybody look good). A number and its list come from the same conditions. Conditions are SQL over
the aliases of their rows; ``:start``, ``:end``, ``:now`` are instants in milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

SOURCE = "考评口径（工单标准 E 部分）；28号文四（二）"
NUMERATOR, HALF, DENOMINATOR, REST = "numerator", "half", "denominator", "rest"
PARTS = (NUMERATOR, HALF, DENOMINATOR, REST)


class Rows(NamedTuple):
    """One kind of rows: ``when`` puts a row into the period, ``begun`` says whether it began after the start of operation
    (R57), ``keys`` identify one row, ``unit`` is whose it is, ``where`` what holds for all of them."""

    name: str
    table: str
    case: str
    keys: tuple[str, ...]
    when: str
    begun: str
    unit: str
    where: str


_KEPT = "c.state NOT IN ('voided', 'merged')"
_ENDED = "c.state IN ('closed', 'answered', 'archived') AND c.closed_ms IS NOT NULL"
ASSIGNED = Rows(
    "assigned", "casework_assignment a", "a.case_no", ("a.case_no", "a.n"), "a.due_ms", "a.pushed_ms", "a.unit",
    "NOT a.dropped",
)  # fmt: skip
CLOSED = Rows(
    "closed", "casework_case c", "c.no", ("c.no",), "c.closed_ms", "c.received_ms", "c.lead_unit",
    f"{_ENDED} AND NOT (c.first_unit = '')",
)  # fmt: skip
PASSED = Rows(
    "passed", "casework_case c JOIN casework_assignment a ON a.case_no = c.no", "c.no", ("a.case_no", "a.n"),
    "c.closed_ms", "c.received_ms", "c.lead_unit",
    f"{_ENDED} AND NOT (c.first_unit = '') AND NOT (a.how = 'rework')",
)  # fmt: skip
RECEIVED = Rows(
    "received", "casework_case c", "c.no", ("c.no",), "c.received_ms", "c.received_ms", "c.lead_unit",
    "NOT (c.state = 'voided')",
)  # fmt: skip
CLOCKED = Rows(
    "clocked", "casework_clock k JOIN casework_case c ON c.no = k.case_no", "k.case_no", ("k.case_no", "k.clock"),
    "k.due_ms", "k.started_ms", "c.lead_unit",
    f"k.kind IN ('phone_report', 'written_report', 'callback', 'ruling') AND {_KEPT}",
)  # fmt: skip


class Metric(NamedTuple):
    """One metric. ``unit`` of measure: rate, hours, count, ratio, score, per10k; ``of``: unit (ranked among equals) or
    district; ``better``: high, low, none. ``right`` are those of ``among`` that count, ``half`` those that count by a
    setting; ``above`` is another kind of rows for the numerator. ``how`` names arithmetic of its own."""

    code: str
    number: str
    name: str
    formula: str
    exclusions: str
    unit: str = "rate"
    of: str = "unit"
    better: str = "high"
    rows: Rows | None = None
    among: str = "1 = 1"
    right: str = ""
    half: str = ""
    above: Rows | None = None
    how: str = ""
    source: str = SOURCE


_X = "不计：作废、合并、测试演练件、经批准剔除的件、正式运行（R57）以前的件、涉警投诉（R19，由督察部门另行处理）"
_XT = f"{_X}、挂起件（按期率单列，见M18）"
_NOT_YET = "；还没有判定的（退回待审、争议、反馈待审而暂停的）不计"
_LIMIT = "NOT a.suspended AND (a.outcome IN ('on_time', 'late') OR (a.outcome = '' AND NOT a.paused))"
_LATE = "(a.outcome = 'late' OR (a.outcome = '' AND NOT a.paused))"
_PUSHED = "NOT (a.how = 'rework')"
_SATISFIED = "('satisfied', 'fairly_satisfied')"
_CALLED = (
    "(k.outcome IN ('on_time', 'late') OR EXISTS (SELECT 1 FROM casework_event e WHERE e.case_no = k.case_no "
    "AND e.type = 'call_back' AND e.at_ms >= k.started_ms))"
)
_REACHED = (
    "(k.outcome IN ('on_time', 'late') AND c.cycle = 0 AND NOT (c.satisfaction = 'unreached')) "
    "OR ((k.outcome = '' OR c.cycle > 0) AND EXISTS (SELECT 1 FROM casework_event e WHERE e.case_no = k.case_no "
    "AND e.type = 'call_back' AND e.at_ms >= k.started_ms AND (k.stopped_ms IS NULL OR e.at_ms <= k.stopped_ms) "
    "AND e.body LIKE '%%\"reached\":true%%'))"
)
"""Somebody was reached in this round of calls. A round that ended without a rework says so by its answer (the worst of
those who were reached); of a round that goes on, and of one among several, the calls themselves are asked."""
_REPEATED = (
    "c.no IN (SELECT w.no FROM (SELECT r.no, r.received_ms - LAG(r.received_ms) OVER "
    "(PARTITION BY r.phone_hash, r.matter ORDER BY r.received_ms, r.no) AS gap FROM casework_case r "
    "WHERE r.received_ms >= :start - 2592000000 AND r.received_ms < :end AND NOT (r.phone_hash = '') "
    "AND NOT (r.matter = '') AND NOT (r.state = 'voided')) w WHERE w.gap <= 2592000000)"
)
_POLICE = (
    "(SELECT g.case_no FROM casework_clock g WHERE g.kind IN ('ruling', 'police_feedback') "
    "AND g.kind = 'police_feedback' AND g.started_ms >= :start)"
)
_GAP = (
    "(c.matter LIKE 'QT-%%' OR (c.first_unit = '' AND c.state = 'disputed') OR c.no IN (SELECT b.case_no "
    "FROM casework_assignment b WHERE b.how = 'designate' AND b.pushed_ms >= :start AND NOT EXISTS (SELECT 1 "
    "FROM casework_assignment d WHERE d.case_no = b.case_no AND d.n < b.n)))"
)
"""Nobody in the catalogue: a ruling was its first assignment, or it still waits for one."""
_RULED_BEFORE = "EXISTS (SELECT 1 FROM casework_clock g WHERE g.case_no = k.case_no AND g.kind = 'ruling' AND g.clock < k.clock)"
_JUDGED_CLOCK = (
    "(k.outcome IN ('on_time', 'late') OR (k.outcome = '' AND k.stopped_ms IS NULL AND NOT k.paused))"
)

METRICS: Mapping[str, Metric] = {
    metric.code: metric
    for metric in (
        Metric(
            "M1", "M1", "签收及时率", "期限内签收的派单 ÷ 派单（P：办理期限落在本期的派单）",
            f"{_X}；重办不是新派单；签收前被撤回、改派的不计", rows=ASSIGNED,
            among=f"{_PUSHED} AND (a.sign_outcome IN ('on_time', 'late') OR (a.sign_outcome = '' AND a.sign_due_ms < :now))",
            right="a.sign_outcome = 'on_time'",
        ),
        Metric(
            "M2", "M2", "按期办结率", "在现行批准期限内办结的 ÷ 期限落在本期的派单（P）", f"{_XT}{_NOT_YET}",
            rows=ASSIGNED, among=_LIMIT, right="a.outcome = 'on_time'",
        ),
        Metric(
            "M2_original", "M2", "原始按期率", "在原始期限（不算延期）内办结的 ÷ 期限落在本期的派单（P）",
            f"{_XT}{_NOT_YET}", rows=ASSIGNED, among=_LIMIT,
            right="a.outcome IN ('on_time', 'late') AND a.stopped_ms <= a.original_due_ms",
        ),
        Metric(
            "M3", "M3", "按期反馈率", "首次反馈不晚于原始期限（2/5个工作日或法定期限）的 ÷ 期限落在本期的派单（P）",
            f"{_XT}{_NOT_YET}", rows=ASSIGNED, among=_LIMIT, right="a.feedback_ms <= a.original_due_ms",
        ),
        Metric(
            "M4", "M4", "退单率", "申请退回的派单 ÷ 派单（P）", f"{_X}；重办不是新派单", better="none",
            rows=ASSIGNED, among=_PUSHED, right="a.returned_ms IS NOT NULL",
        ),
        Metric(
            "M5", "M5", "错退率", "（被驳回的退回 + 同意退回后又被裁定由该单位办理的） ÷ 申请退回的派单（P）", _X,
            better="low", rows=ASSIGNED, among="a.returned_ms IS NOT NULL",
            right="a.return_outcome IN ('rejected', 'wrong')",
        ),
        Metric(
            "M6", "M6", "错派率", "同意退回（含裁定改由他单位办理）的派单 ÷ 派单（P）；这是110报警服务台自己的指标",
            f"{_X}；重办不是新派单", of="district", better="low", rows=ASSIGNED, among=_PUSHED,
            right="a.return_outcome = 'accepted'",
        ),
        Metric(
            "M7", "M7", "平均流转次数", "本期办结件的派单次数之和 ÷ 本期办结件数", f"{_X}；直接答复的件没有派单，不计",
            unit="ratio", of="district", better="low", rows=CLOSED, above=PASSED,
        ),
        Metric(
            "M8", "M8", "首办解决率", "只派过一次、没有重办、来电人说已解决的 ÷ 本期办结且回访有效的", _X,
            rows=CLOSED, among="c.solved IN ('yes', 'partly', 'no')",
            right="c.solved = 'yes' AND c.cycle = 0 AND (SELECT COUNT(*) FROM casework_assignment b "
            "WHERE b.case_no = c.no) <= 1",
        ),
        Metric(
            "M9", "M9", "重办率", "重办过的件 ÷ 本期办结件", f"{_X}；直接答复的件没有派单，不计", better="low",
            rows=CLOSED, right="c.cycle >= 1",
        ),
        Metric(
            "M10", "M10", "重复投诉率", "同一人同一事项30天内再次来电的 ÷ 本期接报件",
            "不计：作废、测试演练件、经批准剔除的件、正式运行（R57）以前的件、涉警投诉（R19）；合并件计入（合并不等于没有再来电）",
            better="low", rows=RECEIVED, right=_REPEATED,
        ),
        Metric(
            "M11", "M11", "回访率",
            "打过回访电话的 ÷ 应回访的（回访期限落在本期）；按件的每一轮回访计，重办后再回访是另一轮",
            f"{_X}；不愿回访、匿名的件不需要回访",
            of="district", rows=CLOCKED, among="k.kind = 'callback' AND NOT (k.outcome = 'superseded')",
            right=_CALLED,
        ),
        Metric(
            "M11_effective", "M11", "有效回访率",
            "打通的 ÷ 打过回访电话的；按件的每一轮回访计，合并件（几位来电人）在这一轮里至少打通一位就算打通，其余的仍要逐位回访",
            _X, of="district", rows=CLOCKED,
            among=f"k.kind = 'callback' AND NOT (k.outcome = 'superseded') AND {_CALLED}",
            right=_REACHED,
        ),
        Metric(
            "M12", "M12", "响应率", "在联系期限内联系来电人的 ÷ 应联系的派单（P）",
            f"{_X}；来电人匿名或不愿被联系的、退回改派前没有到期的不计", rows=ASSIGNED,
            among="a.reachable AND (a.contact_outcome IN ('on_time', 'late') OR (a.contact_outcome = 'superseded' "
            "AND a.finished_ms IS NOT NULL) OR (a.contact_outcome = '' AND NOT a.contact_paused "
            "AND a.contact_due_ms < :now))",
            right="a.contact_outcome = 'on_time'",
        ),
        Metric(
            "M13", "M13", "解决率", "（已解决 + 部分解决×设定的份额） ÷ 本期办结件中有效回答", f"{_X}；未接通、拒评不计",
            rows=CLOSED, among="c.solved IN ('yes', 'partly', 'no')", right="c.solved = 'yes'",
            half="c.solved = 'partly'",
        ),
        Metric(
            "M14", "M14", "满意率", "（满意 + 基本满意） ÷ （满意 + 基本满意 + 不满意）", f"{_X}；未接通、拒评不计",
            rows=CLOSED, among=f"c.satisfaction IN {_SATISFIED} OR c.satisfaction = 'dissatisfied'",
            right=f"c.satisfaction IN {_SATISFIED}",
        ),
        Metric(
            "M15", "M15", "综合得分", "（w1×响应率M12 + w2×解决率M13 + w3×满意率M14） ÷ （w1+w2+w3） × 100；权重是设置",
            "三项中任何一项样本不足，就没有综合得分", unit="score", how="composite",
        ),
        Metric(
            "M16", "M16", "平均办理时长", "派单到反馈的工作小时：平均、中位数、P90；已扣除暂停，同时列出不扣除的", _X,
            unit="hours", better="low", rows=ASSIGNED, among="a.finished_ms IS NOT NULL", how="hours",
        ),
        Metric(
            "M17", "M17", "超时时长", "超过期限的工作小时之和；超时件数；最长的一件（未办结的算到现在）", f"{_X}；挂起后超时的照计",
            unit="hours", better="low", rows=ASSIGNED, among=_LATE, how="overtime",
        ),
        Metric(
            "M18", "M18", "挂起率", "挂起过的派单 ÷ 派单（P）", _X, better="none", rows=ASSIGNED, right="a.suspended"
        ),
        Metric(
            "M18_extension", "M18", "延期率", "批准延期（承诺期限）的派单 ÷ 派单（P）", _X, better="none", rows=ASSIGNED,
            right="a.promised",
        ),
        Metric(
            "M18_promise", "M18", "承诺兑现率", "在承诺期限内办结的 ÷ 作过承诺的派单（P）", f"{_X}{_NOT_YET}", rows=ASSIGNED,
            among="a.promised AND (a.outcome IN ('on_time', 'late') OR (a.outcome = '' AND NOT a.paused))",
            right="a.outcome = 'on_time'",
        ),
        Metric(
            "M19", "M19", "直接答复率", "110报警服务台当场答复的 ÷ 本期接报的非紧急件（R28）", f"{_X}；转警务的不是非紧急件",
            of="district", better="none", rows=RECEIVED, among=f"{_KEPT} AND c.no NOT IN {_POLICE}",
            right="c.first_unit = '' AND c.state IN ('answered', 'archived')",
        ),
        Metric(
            "M20", "M20", "分流率", "派给单位的 ÷ 本期接报的有效件", _X, of="district", better="none", rows=RECEIVED,
            among=_KEPT, right="NOT (c.first_unit = '')",
        ),
        Metric(
            "M20_misdiverted", "M20", "误分流率", "派给单位以后又转警务的 ÷ 派给单位的；安全指标，目标是0", _X,
            of="district", better="low", rows=RECEIVED, among=f"{_KEPT} AND NOT (c.first_unit = '')",
            right=f"c.no IN {_POLICE}",
        ),
        Metric(
            "M21", "M21", "10分钟电话报告达标率", "接报后10分钟内电话报告的 ÷ 较大及以上事件（R42）；每件晚了几分钟见清单",
            f"{_X}；降级后不再需要报告的不计", of="district", rows=CLOCKED,
            among=f"k.kind = 'phone_report' AND {_JUDGED_CLOCK}", right="k.outcome = 'on_time'", how="minutes",
        ),
        Metric(
            "M21_written", "M21", "40分钟书面报告达标率", "接报后40分钟内书面报告的 ÷ 较大及以上事件（R43）；每件晚了几分钟见清单",
            f"{_X}；降级后不再需要报告的不计", of="district", rows=CLOCKED,
            among=f"k.kind = 'written_report' AND {_JUDGED_CLOCK}", right="k.outcome = 'on_time'", how="minutes",
        ),
        Metric(
            "M22", "M22", "裁定及时率", "期限内裁定的 ÷ 应裁定的（裁定期限落在本期）", f"{_X}；争议因转警务、撤回而消失的不计",
            of="district", rows=CLOCKED, among=f"k.kind = 'ruling' AND {_JUDGED_CLOCK}",
            right="k.outcome = 'on_time'",
        ),
        Metric(
            "M22_again", "M22", "裁定后再争议", "裁定以后又起争议的件数；应当是0（R30）", _X, unit="count",
            of="district", better="low", rows=CLOCKED, among=f"k.kind = 'ruling' AND {_RULED_BEFORE}",
        ),
        Metric(
            "M23", "M23", "值班应答率", "接通的点验电话 ÷ 打出的点验电话；应答秒数取中位数", "不计：撤销的点验（R24、R50）",
            how="outside",
        ),
        Metric(
            "M24", "M24", "万人诉求比", "本期接报件 ÷ 街镇常住人口（万人）", f"{_X}；人口没有登记的街镇写“没有数据”",
            unit="per10k", of="district", better="none", rows=RECEIVED, among=_KEPT, how="inhabitants",
        ),
        Metric(
            "M25", "M25", "目录缺口率", "职责目录里没有对应事项的（归入“其他”或上报无目录项） ÷ 本期接报件", _X,
            of="district", better="low", rows=RECEIVED, among=_KEPT, right=_GAP,
        ),
    )
}  # fmt: skip

WEIGHED = ("M12", "M13", "M14")
"""What the composite score is made of, in the order of the weights."""
