"""工单流转 with 12345 (norms C1.3): it fetches the tickets that are for it, and answers them, once and in any order.

Only a machine whose token has the scope ``hotline``; it sees these tickets and nothing else of a case.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from liandong.district.intake import REPLIES
from liandong.district.policy import current
from liandong.engine.instants import now
from liandong.engine.intake import aside, outgoing
from liandong.engine.intake.problems import Unfit

from . import openapi
from .access import scoped, viewer
from .answers import json_answer
from .problems import Problem, malformed, not_found
from .reading import bad_value, exact, json_object, limit_of, query

router = Router(tags=["hotline"])
_TICKET = {
    "type": "object",
    "required": ["no", "digest", "ticket"],
    "properties": {
        "no": {"type": "string"},
        "digest": {
            "type": "string",
            "description": "SHA-256 of ticket as JSON with sorted keys and no blanks",
        },
        "ticket": {"type": "object", "description": "the neutral message of docs/integration.md"},
    },
}
_REPLY = {
    "type": "object",
    "additionalProperties": False,
    "required": ["message", "do"],
    "properties": {
        "message": {
            "type": "string",
            "minLength": 1,
            "maxLength": 120,
            "description": "your number of this answer",
        },
        "do": {"enum": list(REPLIES)},
        "ticket": {"type": "string", "maxLength": 200, "description": "your number of the ticket"},
        "at": openapi.INSTANT,
        "text": {"type": "string", "maxLength": 1900},
    },
}
_FETCH: dict[str, Any] = {
    "parameters": [openapi.LIMIT, openapi.parameter("after", {"type": "string"})],
    "responses": {200: openapi.ok(openapi.listing(_TICKET, paged=True)), **openapi.problems(400, 401, 403)},
}
_ANSWER: dict[str, Any] = {
    "requestBody": openapi.body(_REPLY),
    "responses": {
        200: openapi.ok(
            {"type": "object", "required": ["outcome"]}, "taken; the same message again does nothing"
        ),
        **openapi.problems(400, 401, 403, 404, 413, 415, 422),
    },
}


def _hotline(request: HttpRequest) -> None:
    scoped(viewer(request, frozenset({"integration"})), "hotline")


@router.get("/hotline/tickets", url_name="hotline_tickets", openapi_extra=_FETCH)
def tickets(request: HttpRequest) -> HttpResponse:
    """110转12345、对方还没有受理的工单，新的在前，用 next 翻页；受理或退回之后不再出现。取走即记为已发出。"""
    _hotline(request)
    values = query(request, {"after": r"[\x21-\x7e]{1,300}", "limit": r"[0-9]{1,4}"})
    try:
        found, following = outgoing.fetch(now(), current(), limit_of(values), values.get("after"))
    except ValueError as error:
        raise malformed(str(error) or "查询条件无效。", "after") from error
    items = [{"no": one.no, "digest": one.digest, "ticket": dict(one.values)} for one in found]
    return json_answer({"items": items, "next": following})


@router.post("/hotline/tickets/{no}/replies", url_name="hotline_reply", openapi_extra=_ANSWER)
def reply(request: HttpRequest, no: str) -> HttpResponse:
    """12345对一件工单的答复：受理（工单号）、进展、办结、退回；按消息编号只记一次，先后不限。"""
    _hotline(request)
    said = json_object(request, 64_000)
    exact(said, ("message", "do"), ("ticket", "at", "text"))
    for name, value in said.items():
        if not isinstance(value, str):
            raise bad_value(name, "应为文字。")
    if said["do"] not in REPLIES:
        raise bad_value("do", f"应为：{'、'.join(REPLIES)}。")
    record = {"message": said["message"], "do": said["do"], "ref": said.get("ticket"), "our_ref": no,
              "at": said.get("at"), "text": said.get("text")}  # fmt: skip
    try:
        outcome = outgoing.answer(record, now(), current())
    except Unfit as unfit:
        if unfit.reason == "unknown_code":
            raise not_found() from unfit
        raise Problem(
            422, "key_reused" if unfit.reason == "reused" else "bad_value", unfit.detail, rule="C1.3"
        ) from unfit
    return json_answer({"outcome": outcome.what, "detail": aside.said(outcome)})
