"""Cases: register, list, read, reveal, and every command of the contract's table (CONTRACT §6)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from liandong.casework import history, queries
from liandong.casework import reveal as revealing
from liandong.casework.execute import Refused, execute
from liandong.district.policy import current
from liandong.engine import attachments, routing
from liandong.rules.model import Actor, Command
from liandong.rules.policy import Policy
from liandong.rules.table import COMMANDS

from . import openapi
from .access import viewer
from .answers import json_answer
from .problems import Problem, not_found, refused
from .reading import NUMBER, bad_value, exact, idempotency_key, json_object, limit_of, query, version_of

router = Router(tags=["cases"])

INTERNAL = frozenset({"register", "run_clock", "recompute"})
"""Rows of the table that are no command on a case at this door."""
DOORS = tuple(sorted(name for name in COMMANDS if name not in INTERNAL))
SCREENED = frozenset({"amend"})

LIST_QUERY = {
    "state": r"[a-z_]{1,30}",
    "holder": r"[A-Za-z0-9_:-]{1,60}",
    "unit": r"[A-Za-z0-9_-]{1,60}",
    "township": r"[^\x00-\x1f]{1,60}",
    "level": r"none|general|larger|major|extreme",
    "overdue": r"true|false",
    "q": r"[^\x00-\x08\x0e-\x1f]{1,100}",
    "after": r"[\x21-\x7e]{1,300}",
    "limit": r"[0-9]{1,4}",
}


@router.post("/cases", url_name="register", openapi_extra=openapi.register())
def register(request: HttpRequest) -> HttpResponse:
    """登记一件工单。同一 source 再次提交返回 200 和已有工单；文字不同的部分作为备注追加。"""
    actor = viewer(request)
    key = idempotency_key(request)
    fields = json_object(request)
    if fields.get("attachments"):
        raise bad_value("attachments", "附件属于工单：请先登记，再上传附件，在后续操作中引用。")
    command = Command("register", None, fields, screen=routing.screen(fields))
    policy = current()  # one reading of the settings for the whole request
    try:
        done = execute(command, actor, key=key, policy=policy)
    except Refused as refusal:
        raise refused(refusal.refusal, actor, "register") from refusal
    body = done.answer or _shown(done.no, actor, policy)
    where = {"Location": f"/api/v1/cases/{done.no}"}
    if done.forwarded:  # what was new in the text is under way as a note
        where["Liandong-Order"] = done.forwarded
    return json_answer(body, status=201 if done.created else 200, headers=where)


@router.get("/cases", url_name="cases", openapi_extra=openapi.list_cases())
def list_cases(request: HttpRequest) -> HttpResponse:
    """您可以查看的工单，按（接报时间、编号）排序，用 next 翻页。"""
    actor = viewer(request)
    values = query(request, LIST_QUERY)
    limit = limit_of(values)
    try:
        page = queries.list_cases(
            actor,
            state=values.get("state"),
            holder=values.get("holder"),
            unit=values.get("unit"),
            township=values.get("township"),
            level=values.get("level"),
            overdue={"true": True, "false": False}.get(values.get("overdue", "")),
            q=values.get("q"),
            after=values.get("after"),
            limit=limit,
        )
    except ValueError as error:
        raise Problem(400, "malformed", str(error) or "查询条件无效。") from error
    return json_answer({"items": list(page.items), "next": page.next})


@router.get("/cases/{no}", url_name="case", openapi_extra=openapi.get_case())
def get_case(request: HttpRequest, no: str) -> HttpResponse:
    """一件工单，按您的角色脱敏。"""
    actor = viewer(request, None)
    query(request, {})
    return json_answer(_visible(no, actor))


@router.get("/cases/{no}/events", url_name="events", openapi_extra=openapi.events())
def events(request: HttpRequest, no: str) -> HttpResponse:
    """工单的历史，从登记起；审计员只见记录、不见内容。"""
    actor = viewer(request, None)
    query(request, {})
    found = history.events_of(_number(no), actor)
    if found is None:
        raise not_found()
    return json_answer({"items": found})


@router.post("/cases/{no}/reveal", url_name="reveal", openapi_extra=openapi.reveal())
def reveal(request: HttpRequest, no: str) -> HttpResponse:
    """查看一项被隐去的信息：写明理由，留下记录。"""
    actor = viewer(request, None)
    fields = json_object(request)
    _visible(no, actor)
    exact(fields, ("field", "reason"))
    for name in ("field", "reason"):
        if not isinstance(fields[name], str) or not fields[name].strip() or len(fields[name]) > 500:
            raise bad_value(name, f"{name} 须为 1–500 字的文字。")
    try:
        value = revealing.reveal(no, fields["field"], fields["reason"], actor)
    except Refused as refusal:
        if refusal.refusal.code == "not_found":
            raise not_found() from refusal
        raise refused(refusal.refusal) from refusal
    return json_answer({"no": no, "field": fields["field"], "value": value})


@router.post("/cases/{no}/commands/{command}", url_name="command", openapi_extra=openapi.command(DOORS))
def command(request: HttpRequest, no: str, command: str) -> HttpResponse:
    """对一件工单执行一个操作：操作的字段加 version（您所见的版本，不符则 409）。"""
    actor = viewer(request, None)
    key = idempotency_key(request)
    if command not in DOORS:
        raise not_found()
    fields = json_object(request)
    policy = current()
    if not queries.is_visible(_number(no), actor, policy=policy):
        raise not_found()
    version = version_of(fields)
    stranger = attachments.unknown(no, fields.get("attachments"))
    if stranger is not None:
        raise bad_value("attachments", f"附件 {stranger[:40]} 不属于本工单，请先上传到本工单。")
    screen = routing.screen(fields) if command in SCREENED else None
    try:
        fields = queries.seen_only(command, fields, actor, policy)
        wish = Command(command, no, fields, version=version, screen=screen)
        done = execute(wish, actor, key=key, policy=policy)
    except Refused as refusal:
        if refusal.refusal.code == "not_found":
            raise not_found() from refusal
        raise refused(refusal.refusal, actor, command) from refusal
    if (
        done.forwarded
    ):  # the other network's instance owns the case: its receipt comes later (docs/decisions/060)
        return json_answer(_shown(no, actor, policy), status=202, headers={"Liandong-Order": done.forwarded})
    return json_answer(done.answer or _shown(no, actor, policy))


def _number(no: str) -> str:
    """A case number as it may be written; anything else is simply not there."""
    if not NUMBER.fullmatch(no):
        raise not_found()
    return no


def _visible(no: str, actor: Actor) -> dict[str, Any]:
    """The case as this actor sees it, or Problem 404 (CONTRACT §1: decided before anything else)."""
    case = queries.get_case(_number(no), actor)
    if case is None:
        raise not_found()
    return case


def _shown(no: str, actor: Actor, policy: Policy) -> dict[str, Any]:
    """The case after a command; it may have gone out of the actor's sight by that very command."""
    return queries.get_case(no, actor, policy=policy) or {"no": no}


__all__ = ["DOORS", "router"]
