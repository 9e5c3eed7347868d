"""Reports that were drawn up, for programs of their readers: the list, and one as JSON (part E, R69)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from liandong.engine.instants import iso
from liandong.engine.reports import archive
from liandong.rules.periods import KINDS

from . import openapi
from .access import viewer
from .answers import json_answer
from .problems import not_found
from .reading import limit_of, query

router = Router(tags=["reports"])
ROLES = frozenset(archive.READERS)
LONGEST = 15
"""Digits of a report's number."""
_QUERY = {
    "kind": "|".join(KINDS),
    "after": rf"[0-9]{{1,{LONGEST}}}",
    "limit": r"[0-9]{1,4}",
}
_ITEM: dict[str, Any] = {
    "type": "object",
    "required": ["id", "kind", "period", "title", "start", "end", "made_at", "running", "empty", "digest", "snapshot"],
    "properties": {"id": {"type": "integer"}, "kind": {"enum": list(KINDS)}, "period": {"type": "string"}},
}  # fmt: skip
_LIST = {
    "parameters": [
        openapi.parameter("kind", {"enum": list(KINDS)}),
        openapi.parameter(
            "after", {"type": "string", "pattern": f"^[0-9]{{1,{LONGEST}}}$"}, "the last answer's next"
        ),
        openapi.LIMIT,
    ],
    "responses": {200: openapi.ok(openapi.listing(_ITEM, paged=True)), **openapi.problems(400, 401, 403)},
}
_ONE = {
    "responses": {
        200: openapi.ok({"type": "object", "required": ["id", "digest", "report"]}),
        **openapi.problems(400, 401, 403, 404),
    }
}


@router.get("/reports", url_name="reports", openapi_extra=_LIST)
def list_reports(request: HttpRequest) -> HttpResponse:
    """送给您的报告，新的在前；用 next 作为下一次的 after。"""
    actor = viewer(request, ROLES)
    values = query(request, _QUERY)
    after = values.get("after")
    found, more = archive.find(
        actor, kind=values.get("kind", ""), before=int(after) if after else None, limit=limit_of(values)
    )
    return json_answer({"items": [_item(one) for one in found], "next": str(more) if more else None})


@router.get("/reports/{number}", url_name="report", openapi_extra=_ONE)
def get_report(request: HttpRequest, number: str) -> HttpResponse:
    """一份报告的全部内容。读取会留下回执。"""
    actor = viewer(request, ROLES)
    known = number.isascii() and number.isdecimal() and len(number) <= LONGEST
    found = archive.get(actor, int(number)) if known else None
    if found is None:
        raise not_found()
    kept, report = found
    archive.took(kept.id, actor, "json")
    return json_answer({**_item(kept), "report": report.to_json()})


def _item(one: archive.Kept) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": one.kind,
        "period": one.period,
        "title": one.title.replace("\n", ""),
        "start": iso(one.start_ms),
        "end": iso(one.end_ms),
        "made_at": iso(one.made_ms),
        "running": one.running,
        "empty": one.empty,
        "digest": one.digest,
        "snapshot": one.snapshot,
    }
