"""The one translation table: what the contract's names are called on a page.

Keys are the contract's codes (CONTRACT §2-§4), values the Chinese words of the field, translatable by gettext.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

ROLES = {
    "desk": _("接警分流员"),
    "desk_lead": _("值班长"),
    "unit": _("联动单位"),
    "duty_office": _("区政府值班室"),
    "inspector": _("督检考评"),
    "police_inspectorate": _("警务督察"),
    "auditor": _("审计员"),
    "sysadmin": _("系统管理员"),
    "secadmin": _("安全管理员"),
    "government": _("区政府"),
    "reader": _("抄送单位"),
    "integration": _("系统接口"),
    "system": _("系统时钟"),
    "caller": _("来电人"),
    "police": _("公安处警"),
}

STATES = {
    "registered": _("待分流"),
    "dispatched": _("待签收"),
    "handling": _("办理中"),
    "return_review": _("退回待审"),
    "disputed": _("争议待裁定"),
    "suspended": _("挂起"),
    "feedback_review": _("反馈待审"),
    "callback": _("待回访"),
    "police": _("转警务"),
    "closed": _("已办结"),
    "answered": _("直接答复"),
    "archived": _("已归档"),
    "merged": _("已合并"),
    "voided": _("已作废"),
    "withdrawn": _("已撤回"),
}

HOLDERS = {
    "desk": _("110报警服务台"),
    "unit": _("联动单位"),
    "duty_office": _("区政府值班室"),
    "police": _("公安处警"),
    "none": _("无（已结束）"),
}

CLOCKS = {
    "total": _("全程"),
    "triage": _("分流"),
    "sign": _("签收"),
    "handle": _("办理"),
    "contact": _("联系来电人"),
    "return_window": _("可退回期"),
    "return_decision": _("退回审核"),
    "ruling": _("裁定"),
    "decision": _("审批"),
    "review": _("反馈审核"),
    "callback": _("回访"),
    "suspension": _("挂起复查"),
    "police_feedback": _("公安反馈"),
    "ack": _("指令确认"),
    "assist": _("协办"),
    "supervision": _("督办答复"),
    "phone_report": _("电话报告"),
    "written_report": _("书面报告"),
}

CLOCK_SOURCES = {
    "notice": _("28号文"),
    "statute": _("法定"),
    "default": _("默认值，28号文未规定"),
    "promise": _("承诺期限"),
}

OUTCOMES = {
    "on_time": _("按时"),
    "late": _("超期"),
    "lapsed": _("期满"),
    "superseded": _("不再适用"),
}

COMMANDS = {
    "register": _("登记来电"),
    "amend": _("更正登记"),
    "set_safety": _("修改安全三问"),
    "reclassify": _("改定类别"),
    "answer": _("直接答复"),
    "dispatch": _("派发"),
    "recall": _("撤回派发"),
    "sign": _("签收"),
    "contact": _("记录联系"),
    "assign_inside": _("内部转派"),
    "add_assist": _("增加协办"),
    "assist_reply": _("协办回复"),
    "answer_now": _("现时答复"),
    "return": _("申请退回"),
    "reject_return": _("驳回退回"),
    "raise_dispute": _("报争议"),
    "designate": _("指定管辖"),
    "request_extension": _("申请延期"),
    "decide_extension": _("审批延期"),
    "request_suspension": _("申请挂起"),
    "decide_suspension": _("审批挂起"),
    "resume": _("恢复办理"),
    "feedback": _("反馈结果"),
    "reject_feedback": _("反馈退回补充"),
    "accept_feedback": _("反馈审核通过"),
    "call_back": _("回访"),
    "rework": _("重办"),
    "urge": _("催办"),
    "supervise": _("督办"),
    "answer_supervision": _("答复督办"),
    "lift_supervision": _("解除督办"),
    "set_level": _("调整响应等级"),
    "report_by_phone": _("电话报告"),
    "report_in_writing": _("书面报告"),
    "instruct": _("实时调度"),
    "acknowledge": _("确认指令"),
    "release": _("放行操作"),
    "to_police": _("转警务"),
    "police_done": _("公安处警反馈"),
    "merge": _("合并"),
    "split": _("拆分"),
    "void": _("作废"),
    "confirm": _("第二人确认"),
    "withdraw": _("来电人撤回"),
    "archive": _("归档"),
    "reopen": _("归档后重开"),
    "note": _("备注"),
    "recompute": _("重算期限"),
    "run_clock": _("时钟"),
}

EVENTS = {
    **COMMANDS,
    "merged_in": _("并入另一件"),
    "run_clock": _("时钟提醒"),
    "registered": _("登记来电"),
    "clock_fired": _("时钟提醒"),
    "warning": _("临期提醒"),
    "overdue": _("超期"),
    "reveal": _("查看隐私信息"),
    "revealed": _("查看隐私信息"),
    "append": _("再次来电补充"),
    "child_opened": _("由其它案件生成"),
}

FIELDS = {
    "kind": _("诉求类型"),
    "summary": _("标题"),
    "content": _("来电人原话"),
    "safety": _("安全三问"),
    "received_at": _("接报时间"),
    "source": _("来源"),
    "channel": _("来源渠道"),
    "ref": _("来源编号"),
    "incident_no": _("接警单号"),
    "place": _("地点"),
    "caller": _("来电人"),
    "level": _("响应等级"),
    "recording_ref": _("录音编号"),
    "reason": _("理由"),
    "second": _("第二人"),
    "class": _("类别"),
    "matter": _("事项"),
    "text": _("内容"),
    "knowledge": _("知识依据"),
    "lead_unit": _("主办单位"),
    "assist_units": _("协办单位"),
    "joint_units": _("联合处置单位"),
    "basis": _("依据"),
    "receiver": _("签收人"),
    "at": _("时间"),
    "method": _("方式"),
    "note": _("备注"),
    "to": _("交给"),
    "unit": _("单位"),
    "task": _("协办任务"),
    "reason_code": _("退回原因"),
    "explanation": _("说明"),
    "why_no_answer_now": _("为什么不能现时答复（R28）"),
    "suggested_unit": _("建议单位"),
    "unit_position": _("单位的意见"),
    "desk_position": _("服务台的意见"),
    "ruling": _("裁定"),
    "told_caller_at": _("告知来电人的时间"),
    "told_by": _("告知方式"),
    "promised_at": _("承诺办结时间"),
    "approve": _("是否同意"),
    "review_on": _("复查日期"),
    "result": _("处理结果"),
    "contacted_caller": _("是否已联系来电人"),
    "contacted_at": _("联系时间"),
    "reached": _("是否接通"),
    "satisfaction": _("满意度"),
    "solved": _("是否解决"),
    "grade": _("督办级别"),
    "requirement": _("督办要求"),
    "reply_due": _("答复期限"),
    "callee": _("接听人"),
    "document": _("报告文号或名称"),
    "units": _("单位"),
    "instruction": _("指令编号"),
    "command": _("操作"),
    "outcome": _("处警结果"),
    "remainder": _("遗留的非警务事项"),
    "target": _("并入案件"),
    "parts": _("拆分为"),
    "attachments": _("附件"),
    "changes": _("更正内容"),
    "name": _("姓名"),
    "phone": _("电话"),
    "village": _("村（社区）"),
    "township": _("街镇"),
    "life": _("是否危及生命安全？"),
    "property": _("是否危及财产安全？"),
    "public": _("是否危及公共安全？"),
    "anonymous": _("匿名"),
    "confidential": _("要求保密"),
    "contact_ok": _("可以回访"),
    "language": _("语言"),
    "lon": _("经度"),
    "lat": _("纬度"),
    "by": _("经办"),
    "returns": _("退回次数"),
    "cycle": _("重办次数"),
    "clock": _("时钟"),
    "fired": _("提醒"),
    "due_at": _("期限"),
    "second_by": _("第二人"),
    "value": _("内容"),
    "band": _("时段"),
    "percent": _("进度"),
    "previous": _("原案件"),
    "parent": _("上级案件"),
    "child": _("子案件"),
    "children": _("子案件"),
    "field": _("栏目"),
    "no": _("案件号"),
    "kind_of_clock": _("时钟"),
}

KINDS = {
    "consult": _("咨询"),
    "help": _("求助"),
    "complaint": _("投诉"),
    "report": _("举报"),
    "suggestion": _("建议"),
    "praise": _("表扬"),
    "dispute": _("纠纷"),
    "police_nonurgent": _("报警（非紧急）"),
    "other": _("其他"),
}

CLASSES = {"general": _("一般（2个工作日）"), "special": _("特殊（5个工作日）"), "complex": _("重大复杂")}
LEVELS = {
    "none": _("未定级"),
    "general": _("一般"),
    "larger": _("较大"),
    "major": _("重大"),
    "extreme": _("特别重大"),
}
YES_NO_UNKNOWN = {"yes": _("是"), "no": _("否"), "unknown": _("不清楚")}
RETURN_REASONS = {
    "not_our_duty": _("不属于本单位职责"),
    "not_our_area": _("不属于本辖区"),
    "other_lead": _("应由其他单位主办"),
    "needs_information": _("信息不足，无法办理"),
}
SUSPENSION_REASONS = {
    "awaiting_litigation": _("等待诉讼或仲裁结果"),
    "seasonal": _("受季节限制"),
    "funding": _("等待资金安排"),
    "awaiting_approval": _("等待上级审批"),
    "caller_unreachable": _("联系不上来电人（须有三次联系记录）"),
}
RESULTS = {
    "resolved": _("已解决"),
    "partly_resolved": _("部分解决"),
    "policy_forbids": _("未解决：政策不允许"),
    "conditions_forbid": _("未解决：条件不具备"),
    "explained": _("已解释"),
    "statutory_route": _("已转法定途径"),
    "not_found": _("查无此事"),
}
SATISFACTION = {
    "satisfied": _("满意"),
    "fairly_satisfied": _("基本满意"),
    "dissatisfied": _("不满意"),
    "unreached": _("未接通"),
    "declined": _("拒绝评价"),
}
SOLVED = {"yes": _("已解决"), "partly": _("部分解决"), "no": _("未解决")}
POLICE_OUTCOMES = {"handled": _("已处置"), "false_alarm": _("误报"), "not_police": _("不属于公安处置")}
GRADES = {"1": _("一级督办"), "2": _("二级督办"), "3": _("三级督办")}
CHANNELS = {
    "110": _("110电话"),
    "12110": _("12110短信"),
    "app": _("110APP"),
    "12345": _("12345转入"),
    "duty_office": _("值班室"),
    "site": _("现场移交"),
    "unit": _("单位转入"),
    "web": _("网络"),
    "paper": _("纸单补录"),
}
METHODS = {"phone": _("电话"), "visit": _("上门"), "message": _("短信"), "letter": _("书面")}
PENDING = {"extension": _("延期申请"), "suspension": _("挂起申请"), "void": _("作废待确认")}

CHOICES: dict[str, Mapping[str, Any]] = {
    "kind": KINDS,
    "class": CLASSES,
    "level": LEVELS,
    "reason_code": RETURN_REASONS,
    "result": RESULTS,
    "satisfaction": SATISFACTION,
    "solved": SOLVED,
    "outcome": POLICE_OUTCOMES,
    "grade": GRADES,
    "channel": CHANNELS,
    "life": YES_NO_UNKNOWN,
    "property": YES_NO_UNKNOWN,
    "public": YES_NO_UNKNOWN,
    "state": STATES,
    "command": COMMANDS,
}
"""Field name → what its codes are called. Codes that two fields share but name differently stand under both."""

DANGERS = {"life": _("危及生命"), "property": _("危及财产"), "public": _("危及公共安全")}
"""The three answers as marks and in the history: shorter than the questions."""

NOTICES = {
    "assigned": _("派单通知"),
    "assist": _("协办通知"),
    "warning_50": _("时限过半"),
    "warning_75": _("时限过四分之三"),
    "warning_90": _("时限只剩一成"),
    "overdue": _("已超期"),
    "returned": _("单位申请退回"),
    "return_rejected": _("退回被驳回"),
    "disputed": _("争议待裁定"),
    "ruled": _("已裁定"),
    "extension_asked": _("申请延期"),
    "extension_decided": _("延期已审批"),
    "suspension_asked": _("申请挂起"),
    "suspension_decided": _("挂起已审批"),
    "feedback": _("单位已反馈"),
    "feedback_rejected": _("反馈退回补充"),
    "rework": _("重办"),
    "urged": _("催办"),
    "supervised": _("督办"),
    "police": _("转警务"),
    "instructed": _("实时调度指令"),
    "level": _("等级变化"),
    "merged": _("合并"),
    "spike": _("敏感事项突增"),
}

MEANS = {"page": _("页面"), "sms": _("短信"), "email": _("邮件"), "call": _("电话"), "": _("未能发出")}
RECEIPTS = {
    "queued": _("待发"),
    "sent": _("已发出"),
    "received": _("已收到"),
    "read": _("已读"),
    "failed": _("失败"),
}
"""What became of a notice, and by which means it went."""
CHANNEL_CHANGES = {
    "created": _("新增"),
    "changed": _("修改"),
    "secret": _("更换密钥"),
    "receipt_secret": _("更换回执密钥"),
    "retried": _("重新启用"),
    "box": _("登记邮箱"),
    "called": _("打电话"),
    "resent": _("重新发送"),
    "set_aside": _("不再发送"),
}

ACCOUNT_CHANGES = {
    "create": _("新建账号"),
    "role": _("改角色"),
    "enable": _("重新启用"),
    "disable": _("停用账号"),
    "unlock": _("解除锁定"),
    "password": _("重设密码"),
    "must_change": _("要求改密码"),
    "revoke_token": _("吊销令牌"),
}
"""What was done to an account (三员分立)."""

MODEL_STATES = {"active": _("现用"), "retired": _("曾用"), "rejected": _("未采用")}
"""What became of a trained model."""


def label(table: Mapping[str, Any], code: object) -> str:
    """The word for a code; the code itself where the table does not know it (never an empty cell)."""
    if code is None or code == "":
        return "—"
    return str(table.get(str(code), code))


def by_name(text: object) -> str:
    """A word of a table below the pages (registers, metrics) in the reader's language: those tables know no gettext."""
    return gettext(str(text)) if text else ""
