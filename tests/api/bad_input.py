"""Bad input as a table: what is sent, what is answered. The test runs it; ``docs/bad-input.md`` is written from it.

``body`` is JSON values, ``raw`` bytes as they are. ``{no}`` is a case lying with CG in the state named by ``given``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from support.api import SAFE, a_request


class Bad(NamedTuple):
    """One bad input and its answer. ``given`` prepares a case: registered, dispatched, handling, closed or none."""

    title: str
    who: str
    path: str
    status: int
    code: str
    rule: str
    body: Any = None
    raw: bytes | None = None
    kind: str = "application/json"
    given: str = "none"
    method: str = "POST"
    headers: dict[str, str] = {}  # noqa: RUF012 - a NamedTuple's default, never written


REGISTER, DO = "/cases", "/cases/{no}/commands/"
DISPATCH = {"lead_unit": "CG", "class": "general", "matter": "CG-02", "basis": "职责"}
RETURN = {
    "reason_code": "not_our_duty",
    "explanation": "不属本局职责",
    "why_no_answer_now": "需现场核实",
    "suggested_unit": "unknown",
}
FEEDBACK = {"result": "resolved", "text": "已办", "contacted_caller": False}


def soon(minutes: int = 0) -> str:
    """An instant so many minutes from when the request is sent; ``timed`` puts it in."""
    return f"{{now{minutes:+d}}}"


EXTENSION = {
    "reason": "情况复杂",
    "told_caller_at": soon(0),
    "told_by": "王某",
    "promised_at": "2199-01-01",
}


def without(name: str) -> dict[str, Any]:
    """A good request without one field."""
    return {key: value for key, value in a_request().items() if key != name}


def table() -> list[Bad]:
    """Every row; built anew so that instants are of today."""
    chinese = '{"kind":"complaint","summary":"垃圾没人清运"}'
    many = "[" * 5000 + "]" * 5000
    return [
        # what cannot be read at all
        Bad("JSON 不完整", "desk", REGISTER, 400, "malformed", "", raw=b'{"kind": "help"'),
        Bad("不是 JSON", "desk", REGISTER, 400, "malformed", "", raw=b"kind=help"),
        Bad("JSON 数组而非对象", "desk", REGISTER, 400, "malformed", "", raw=b"[1, 2]"),
        Bad("JSON 文字而非对象", "desk", REGISTER, 400, "malformed", "", raw=b'"help"'),
        Bad("GBK 编码的请求体", "desk", REGISTER, 400, "malformed", "", raw=chinese.encode("gbk")),
        Bad("UTF-16 编码的请求体", "desk", REGISTER, 400, "malformed", "", raw=chinese.encode("utf-16")),
        Bad("Content-Type 声明为 GBK", "desk", REGISTER, 415, "unsupported_type", "", raw=chinese.encode("gbk"),
            kind="application/json; charset=gbk"),
        Bad("表单而非 JSON", "desk", REGISTER, 415, "unsupported_type", "", raw=b"kind=help",
            kind="application/x-www-form-urlencoded"),
        Bad("同一字段出现两次", "desk", REGISTER, 400, "malformed", "", raw=b'{"kind":"help","kind":"report"}'),
        Bad("NaN", "desk", REGISTER, 400, "malformed", "", raw=b'{"level": NaN}'),
        Bad("嵌套 5000 层", "desk", REGISTER, 400, "malformed", "", raw=f'{{"place": {many}}}'.encode()),
        Bad("残缺的代理对", "desk", REGISTER, 400, "malformed", "", raw=b'{"summary": "\\ud83d"}'),
        Bad("空字符", "desk", REGISTER, 400, "malformed", "", raw=b'{"summary": "a\\u0000b"}'),
        Bad("5000 位的整数", "desk", REGISTER, 400, "malformed", "", raw=b'{"level": ' + b"9" * 5000 + b"}"),
        Bad("请求体 2 MB", "desk", REGISTER, 413, "too_large", "", raw=b'{"content": "' + b"x" * 2_000_000 + b'"}'),
        Bad("幂等键含空格", "desk", REGISTER, 400, "malformed", "", body=a_request(), headers={"Idempotency-Key": "a b"}),
        Bad("没有令牌", "", REGISTER, 401, "unauthenticated", "", body=a_request()),
        # fields
        Bad("空请求体", "desk", REGISTER, 422, "missing_field", "R32"),
        *(
            Bad(f"缺少 {name}", "desk", REGISTER, 422, "missing_field", "R32", body=without(name))
            for name in ("kind", "summary", "safety", "received_at", "source")
        ),
        Bad("不认识的字段", "desk", REGISTER, 422, "unknown_field", "R32", body=a_request(urgent=True)),
        Bad("安全回答少一项", "desk", REGISTER, 422, "bad_value", "R32",
            body=a_request(safety={"life": "no", "property": "no"})),
        Bad("安全回答 maybe", "desk", REGISTER, 422, "bad_value", "R32",
            body=a_request(safety={**SAFE, "life": "maybe"})),
        Bad("安全回答 false", "desk", REGISTER, 422, "bad_value", "R32",
            body=a_request(safety={**SAFE, "life": False})),
        Bad("没有这种诉求类型", "desk", REGISTER, 422, "bad_value", "R32", body=a_request(kind="rant")),
        Bad("摘要是数字", "desk", REGISTER, 422, "bad_value", "R32", body=a_request(summary=110)),
        Bad("摘要全是空格", "desk", REGISTER, 422, "bad_value", "R32", body=a_request(summary="　 ")),
        Bad("摘要 1001 字", "desk", REGISTER, 422, "bad_value", "R32", body=a_request(summary="长" * 1001)),
        Bad("详情 20001 字", "desk", REGISTER, 422, "bad_value", "R32", body=a_request(content="长" * 20001)),
        Bad("控制字符", "desk", REGISTER, 422, "bad_value", "R32", body=a_request(summary="响铃\x07")),
        Bad("电话不是号码", "desk", REGISTER, 422, "bad_value", "R32",
            body=a_request(caller={"name": "某", "phone": "打我微信"})),
        Bad("来电人有不认识的键", "desk", REGISTER, 422, "bad_value", "R32",
            body=a_request(caller={"name": "某", "id_card": "1"})),
        Bad("经度 500", "desk", REGISTER, 422, "bad_value", "R32", body=a_request(place={"lon": 500, "lat": 29})),
        # impossible times
        Bad("没有时区的时间", "desk", REGISTER, 422, "bad_value", "R32",
            body=a_request(received_at="2018-06-01T09:00:00")),
        Bad("2 月 30 日", "desk", REGISTER, 422, "bad_value", "R32",
            body=a_request(received_at="2018-02-30T09:00:00+08:00")),
        Bad("25 点", "desk", REGISTER, 422, "bad_value", "R32",
            body=a_request(received_at="2018-06-01T25:00:00+08:00")),
        Bad("时间是数字", "desk", REGISTER, 422, "bad_value", "R32", body=a_request(received_at=1527814800)),
        Bad("公元 1 年", "desk", REGISTER, 422, "bad_value", "R32",
            body=a_request(received_at="0001-01-01T00:00:00+08:00")),
        Bad("接报在一小时后", "desk", REGISTER, 422, "received_in_future", "R42",
            body=a_request(received_at=soon(60))),
        # units, territory, safety
        Bad("没有这个单位", "desk", DO + "dispatch", 422, "unknown_unit", "R22",
            body={**DISPATCH, "lead_unit": "XX"}, given="registered"),
        Bad("派给 QT（不是单位）", "desk", DO + "dispatch", 422, "unknown_unit", "R22",
            body={**DISPATCH, "lead_unit": "QT"}, given="registered"),
        Bad("目录中没有的事项", "desk", DO + "dispatch", 422, "bad_value", "R32",
            body={**DISPATCH, "matter": "CG-99"}, given="registered"),
        Bad("万盛的地址", "desk", DO + "dispatch", 422, "not_our_territory", "AMB21", body=DISPATCH, given="wansheng"),
        Bad("安全回答有“不明”", "desk", DO + "dispatch", 422, "safety_not_clear", "I8", body=DISPATCH, given="unsafe"),
        Bad("派发为重大复杂", "desk", DO + "dispatch", 422, "complex_needs_promise", "R37",
            body={**DISPATCH, "class": "complex"}, given="registered"),
        Bad("绝不分流事项派给其他单位", "desk", DO + "dispatch", 422, "never_divert", "R19",
            body={**DISPATCH, "matter": "GA-08"}, given="registered"),
        # wrong state, wrong role, not yours
        Bad("未派发先签收", "lead", DO + "sign", 404, "not_found", "", body={"receiver": "王某"}, given="registered"),
        Bad("已签收再签收", "lead", DO + "sign", 422, "wrong_state", "I5", body={"receiver": "王某"}, given="handling"),
        Bad("未签收就反馈", "lead", DO + "feedback", 422, "wrong_state", "I5", body=FEEDBACK, given="dispatched"),
        Bad("已签收后撤回派发", "desk", DO + "recall", 422, "wrong_state", "I5", body={"reason": "派错"}, given="handling"),
        Bad("办理中审核反馈", "desk", DO + "accept_feedback", 422, "wrong_state", "I5", body={}, given="handling"),
        Bad("办结后退回", "lead", DO + "return", 422, "wrong_state", "I5", body=RETURN, given="closed"),
        Bad("撤回后再派发", "desk", DO + "dispatch", 422, "terminal", "I9", body=DISPATCH, given="withdrawn"),
        Bad("重复撤回", "desk", DO + "withdraw", 422, "terminal", "I9", body={"reason": "再撤"}, given="withdrawn"),
        Bad("单位派发", "lead", DO + "dispatch", 403, "wrong_role", "R12", body=DISPATCH, given="handling"),
        Bad("接警员替单位签收", "desk", DO + "sign", 403, "wrong_role", "R12", body={"receiver": "李"}, given="dispatched"),
        Bad("接警员作废（须值班长）", "desk", DO + "void", 403, "wrong_role", "R12",
            body={"reason": "误登"}, given="registered"),
        Bad("督检考评改案件", "inspector", DO + "withdraw", 403, "wrong_role", "R12",
            body={"reason": "无"}, given="dispatched"),
        Bad("单位自报争议", "lead", DO + "raise_dispute", 403, "only_desk_disputes", "R30",
            body={"unit_position": "一", "desk_position": "二"}, given="handling"),
        Bad("协办单位反馈", "assist", DO + "feedback", 422, "not_your_case", "R33", body=FEEDBACK, given="handling"),
        Bad("其他单位查看", "stranger", "/cases/{no}", 404, "not_found", "", given="handling", method="GET"),
        Bad("系统管理员查看", "sysadmin", "/cases/{no}", 404, "not_found", "", given="handling", method="GET"),
        Bad("没有第二人作废", "desk_lead", DO + "void", 422, "second_person_missing", "I7",
            body={"reason": "误登", "second": "desk_lead2"}, given="registered"),
        # rules of handling
        Bad("没有告知来电人就延期", "lead", DO + "request_extension", 422, "caller_not_told", "R37",
            body={**EXTENSION, "told_caller_at": None}, given="handling"),
        Bad("告知时间在将来", "lead", DO + "request_extension", 422, "caller_not_told", "R37",
            body={**EXTENSION, "told_caller_at": soon(120)}, given="handling"),
        Bad("承诺不晚于原期限", "lead", DO + "request_extension", 422, "promise_not_later", "R37",
            body={**EXTENSION, "promised_at": soon(5)}, given="handling"),
        Bad("没有待审的延期", "desk", DO + "decide_extension", 422, "nothing_pending", "I7",
            body={"approve": True, "reason": "同意"}, given="handling"),
        Bad("单位降级", "lead", DO + "set_level", 422, "level_down", "R44",
            body={"level": "none", "reason": "没事了"}, given="general"),
        Bad("三次联系前以联系不上为由挂起", "lead", DO + "request_suspension", 422, "bad_value", "R32",
            body={"reason": "caller_unreachable", "review_on": soon(60 * 48)}, given="handling"),
        Bad("旧版本号", "lead", DO + "sign", 409, "stale_version", "I6",
            body={"receiver": "王某", "version": 0}, given="dispatched"),
        Bad("版本号是文字", "lead", DO + "sign", 422, "bad_value", "I6",
            body={"receiver": "王某", "version": "1"}, given="dispatched"),
        Bad("别的工单的附件", "lead", DO + "note", 422, "bad_value", "R32",
            body={"text": "见附件", "attachments": ["0" * 32]}, given="handling"),
        Bad("并入自己", "desk", DO + "merge", 422, "bad_value", "R32",
            body={"target": "{no}", "reason": "重复"}, given="registered"),
        Bad("并入不存在的工单", "desk", DO + "merge", 422, "bad_value", "R32",
            body={"target": "QJFL-NONE", "reason": "重复"}, given="registered"),
        Bad("拆成一件", "desk", DO + "split", 422, "bad_value", "R32",
            body={"parts": [{"summary": "一"}], "reason": "两件事"}, given="registered"),
        # other routes
        Bad("没有这个操作", "desk", DO + "explode", 404, "not_found", "", body={}, given="registered"),
        Bad("直接调用时钟", "desk", DO + "run_clock", 404, "not_found", "", body={}, given="registered"),
        Bad("查询参数拼错", "desk", "/cases?stat=closed", 400, "malformed", "", method="GET"),
        Bad("查询参数两次", "desk", "/cases?state=closed&state=police", 400, "malformed", "", method="GET"),
        Bad("limit=1000", "desk", "/cases?limit=1000", 400, "malformed", "", method="GET"),
        Bad("游标被改", "desk", "/cases?after=AAAA", 400, "malformed", "", method="GET"),
        Bad("GBK 编码的查询", "desk", "/cases?q=%C0%AC%BB%F8", 400, "malformed", "", method="GET"),
        Bad("分流缺 text", "desk", "/route", 422, "missing_field", "R32", body={}),
        Bad("分流 text 是列表", "desk", "/route", 422, "bad_value", "R32", body={"text": ["a"]}),
        Bad("查看没写理由", "inspector", "/cases/{no}/reveal", 422, "missing_field", "R32",
            body={"field": "caller.phone"}, given="registered"),
        Bad("查看没有的字段", "inspector", "/cases/{no}/reveal", 422, "bad_value", "R32",
            body={"field": "caller.blood", "reason": "核对"}, given="registered"),
        Bad("回调指向本机", "desk", "/webhooks", 422, "bad_value", "R32", body={"url": "https://127.0.0.1/"}),
        Bad("不存在的追踪码", "", "/public/track/" + "0" * 32, 404, "not_found", "", method="GET"),
    ]  # fmt: skip
