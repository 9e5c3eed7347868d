"""Registers (台账) for machines: list, read, log, and every step of their tables (``rules.registers``).

The conventions are those of cases: not visible → 404, a role that has no business with a register or a step → 403, a stale
``version`` → 409, refused by a rule → 422. Numbers hold Chinese and 〔〕: in an address they stand percent-encoded.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from ninja import Router

from liandong.casework.execute import Refused
from liandong.district.policy import current
from liandong.engine.taking import taking
from liandong.registers import beside, files, queries
from liandong.registers.queries import Asking, Logged
from liandong.rules.model import Actor
from liandong.rules.register import Entry, Register, Step
from liandong.rules.registers import registers

from . import openapi_registers as openapi
from .access import viewer
from .answers import json_answer
from .problems import forbidden, malformed, not_found, refused
from .reading import bad_value, idempotency_key, json_object, limit_of, query, version_of

router = Router(tags=["registers"])

LIST_QUERY = {
    "state": r"[a-z_]{1,30}",
    "open": r"true|false",
    "overdue": r"true|false",
    "unit": r"[A-Za-z0-9_-]{1,40}",
    "party": r"[A-Za-z0-9_-]{1,40}",
    "case": r"[A-Za-z0-9-]{1,40}",
    "period": r"[0-9Q-]{4,12}",
    "after": r"[\x21-\x7e]{1,300}",
    "limit": r"[0-9]{1,4}",
}
NUMBER_LENGTH = 120


@router.get("/registers", url_name="registers", openapi_extra=openapi.all_registers())
def list_registers(request: HttpRequest) -> HttpResponse:
    """您可以查看的台账：状态、步骤、每步的字段。"""
    actor = viewer(request, None)
    query(request, {})
    seen = [table for table in registers().values() if queries.may_see(table, actor)]
    return json_answer({"items": [openapi.described(table) for table in seen]})


@router.get("/registers/{name}", url_name="register_entries", openapi_extra=openapi.entries())
def list_entries(request: HttpRequest, name: str) -> HttpResponse:
    """一本台账的条目，新的在前，用 next 翻页；个人信息按角色遮盖。"""
    actor, table = _table(request, name)
    values = query(request, LIST_QUERY)
    state = values.get("state", "")
    if state and state not in table.states:
        raise malformed(f"没有这个状态；可用：{'、'.join(table.states)}。", "state")
    asking = Asking(
        states=(state,) if state else (),
        is_open={"true": True, "false": False}.get(values.get("open", "")),
        overdue=values.get("overdue") == "true",
        unit=values.get("unit", ""),
        party=values.get("party", ""),
        case=values.get("case", "").upper(),
        period=values.get("period", ""),
    )
    try:
        page = queries.find(
            actor, table.name, asking, after=values.get("after"), limit=limit_of(values), policy=current()
        )
    except ValueError as error:
        raise malformed(str(error) or "查询条件无效。", "after") from error
    return json_answer({"items": [entry_shown(one) for one in page.items], "next": page.next})


@router.get("/registers/{name}/{no}", url_name="register_entry", openapi_extra=openapi.entry())
def get_entry(request: HttpRequest, name: str, no: str) -> HttpResponse:
    """一条：现状、各单位的期限、您现在可以办的步骤。"""
    actor, table = _table(request, name)
    query(request, {})
    return json_answer(_with_steps(actor, table, _visible(actor, table, no)))


@router.get("/registers/{name}/{no}/steps", url_name="register_log", openapi_extra=openapi.log())
def get_log(request: HttpRequest, name: str, no: str) -> HttpResponse:
    """一条的经过：每一步谁在何时做了什么，从头到尾，不能修改。"""
    actor, table = _table(request, name)
    query(request, {})
    _visible(actor, table, no)
    return json_answer(
        {"items": [_line(one) for one in queries.log(actor, table.name, no, policy=current())]}
    )


@router.post("/registers/{name}/steps/{step}", url_name="register_open", openapi_extra=openapi.opens())
def open_entry(request: HttpRequest, name: str, step: str) -> HttpResponse:
    """开立一条：该步骤的字段。返回 201 和新的一条；编号自动取得。"""
    actor, table = _table(request, name)
    return _take(request, actor, table, _step(table, step, opens=True), None)


@router.post("/registers/{name}/{no}/steps/{step}", url_name="register_step", openapi_extra=openapi.step())
def take_step(request: HttpRequest, name: str, no: str, step: str) -> HttpResponse:
    """在一条里办一步：该步骤的字段加 version（您所见的版本，不符则 409）。"""
    actor, table = _table(request, name)
    row = _step(table, step, opens=False)
    return _take(request, actor, table, row, _visible(actor, table, no))


def _table(request: HttpRequest, name: str) -> tuple[Actor, Register]:
    """Who asks and the register asked for; Problem 404 (none of that name), 403 (nothing in it is for this role)."""
    actor = viewer(request, None)
    table = registers().get(name)
    if table is None:
        raise not_found()
    if not queries.may_see(table, actor):
        raise forbidden(f"您的角色不查看{table.label}；如确需办理，请向系统管理员核对账号角色。")
    return actor, table


def _step(table: Register, name: str, *, opens: bool) -> Step:
    row = table.by_name.get(name)
    if row is None or row.opens is not opens:
        raise not_found()
    return row


def _visible(actor: Actor, table: Register, no: str) -> Entry:
    """The entry as this actor sees it, or Problem 404 (decided before anything else)."""
    readable = 0 < len(no) <= NUMBER_LENGTH and "\x00" not in no and no.isprintable()
    found = queries.get(actor, table.name, no, policy=current()) if readable else None
    if found is None:
        raise not_found()
    return found


def _take(
    request: HttpRequest, actor: Actor, table: Register, step: Step, entry: Entry | None
) -> HttpResponse:
    key = idempotency_key(request)
    fields = json_object(request)
    version = version_of(fields) if entry is not None else None
    no = entry.no if entry is not None else None
    if fields.get("attachments"):
        _own_files(table, no or "", actor, fields["attachments"])
    try:
        take, more = taking(table.name), {}
        if fields.get("attachments") and "attachments" in step.known:
            take, more = files.act_with, {"uploads": (), "take": take}
        done = take(
            table.name,
            step.name,
            fields,
            actor,
            **more,
            no=no,
            version=version,
            key=f"api-{key}" if key else "",
        )
    except Refused as error:
        refusal = error.refusal
        if refusal.code == "not_found" and refusal.field == "no":
            raise not_found() from error
        raise refused(refusal) from error
    shown = queries.get(actor, table.name, done.no, policy=current())
    body = (
        _with_steps(actor, table, shown)
        if shown
        else {"register": table.name, "no": done.no, "version": done.version}
    )
    if entry is not None:
        waits = bool(done.case) and beside.waiting(
            table.name, done.case
        )  # the other side's receipt (decision 060)
        return json_answer(body, status=202 if waits else 200)
    return json_answer(body, status=201, headers={"Location": _address(table, done.no)})


def _own_files(table: Register, no: str, actor: Actor, given: object) -> None:
    """Files are brought on the pages; a step may name again what its entry has."""
    known = files.usable(table.name, no, actor)
    if not isinstance(given, list) or not all(isinstance(one, str) and one in known for one in given):
        raise bad_value("attachments", "附件须是本条已有的或您刚上传的文件编号，请核对。")


def _address(table: Register, no: str) -> str:
    return f"/api/v1/registers/{table.name}/{quote(no, safe='')}"


def entry_shown(entry: Entry) -> dict[str, Any]:
    """An entry as JSON values."""
    return {
        "register": entry.register,
        "no": entry.no,
        "state": entry.state,
        "version": entry.version,
        "unit": entry.unit or None,
        "case": entry.case or None,
        "period": entry.period or None,
        "opened_at": plain(entry.opened_at),
        "opened_by": entry.opened_by,
        "due_at": plain(entry.due_at),
        "closed_at": plain(entry.closed_at),
        "owed": {
            unit: {"due_at": plain(one.due_at), "done_at": plain(one.done_at)}
            for unit, one in sorted(entry.owed.items())
        },
        "data": plain(dict(entry.data)),
    }


def _with_steps(actor: Actor, table: Register, entry: Entry) -> dict[str, Any]:
    options = queries.options(actor, table.name, entry, policy=current())
    return {**entry_shown(entry), "steps": [step.name for step, refusal in options if refusal is None]}


def _line(one: Logged) -> dict[str, Any]:
    return {
        "seq": one.seq,
        "step": one.step,
        "at": plain(one.at),
        "by": one.by,
        "state": one.state,
        "changed": plain(dict(one.changed)),
        "told": [{"to": to, "kind": kind} for to, kind in one.told],
    }


def plain(value: Any) -> Any:
    """Instants as ISO text with their offset, everything else as it is."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value
