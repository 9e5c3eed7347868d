"""Alive, and able to keep up: for load balancers and for the person on duty."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router

from liandong.engine import health

from . import openapi
from .answers import json_answer

router = Router(tags=["health"])


@router.get("/healthz", auth=None, url_name="healthz", openapi_extra=openapi.healthz())
def healthz(request: HttpRequest) -> HttpResponse:
    """进程活着。"""
    return json_answer({"status": "ok"})


@router.get("/readyz", auth=None, url_name="readyz", openapi_extra=openapi.readyz())
def readyz(request: HttpRequest) -> HttpResponse:
    """数据库、时钟、推送都跟得上；否则 503 并说明是哪一项。"""
    report = health.report()
    return json_answer(report, status=200 if report["status"] == "ready" else 503)
