"""Drafts of public warnings (CAP 1.2): data for the warning centre's own system, where a person publishes or not."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router

from liandong.engine import cap

from . import openapi
from .access import viewer
from .problems import Problem, not_found
from .reading import NUMBER, query

router = Router(tags=["warnings"])
WARNERS = frozenset({"duty_office", "desk_lead"})


@router.get("/cases/{no}/cap", url_name="cap", openapi_extra=openapi.cap())
def draft(request: HttpRequest, no: str) -> HttpResponse:
    """一件工单的预警稿（CAP 1.2 XML，草稿）：只由事项、街镇、等级生成，不含来电内容；发布由人在预警发布系统里进行。"""
    actor = viewer(request, WARNERS)
    query(request, {})
    try:
        made = cap.draft(no, actor) if NUMBER.fullmatch(no) else None
    except cap.NoWarning as error:
        raise Problem(422, "no_warning", str(error)) from error
    if made is None:
        raise not_found()
    answer = HttpResponse(made, content_type=f"{cap.MEDIA_TYPE}; charset=utf-8")
    answer["Cache-Control"] = "no-store"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
