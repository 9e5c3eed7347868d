"""For the caller: follow one's own case by its tracking code, without account and without personal data."""

from __future__ import annotations

import hashlib
import re

from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.throttling import SimpleRateThrottle

from liandong.casework import queries
from liandong.casework.execute import Refused, execute
from liandong.rules.model import Actor, Command

from . import openapi
from .answers import json_answer
from .problems import not_found, refused
from .reading import exact, json_object, query

router = Router(tags=["public"])
CODE = re.compile(r"[0-9A-Za-z_-]{16,64}")
CALLER = Actor("caller", "")


class ByAddress(SimpleRateThrottle):
    """So many requests for one network address (the server's own view of it, never a header a client may write)."""

    def get_cache_key(self, request: HttpRequest) -> str | None:
        """The bucket of this address."""
        return f"track:{self.rate}:{request.META.get('REMOTE_ADDR', '')}"


class ByCode(SimpleRateThrottle):
    """So many requests for one tracking code, whoever sends them."""

    def get_cache_key(self, request: HttpRequest) -> str | None:
        """The bucket of this path, which holds the code."""
        return f"track:{self.rate}:{hashlib.sha256(request.path.encode()).hexdigest()[:32]}"


@router.get(
    "/public/track/{tracking_code}",
    auth=None,
    throttle=[ByAddress("60/m")],
    url_name="track",
    openapi_extra=openapi.track(),
)
def track(request: HttpRequest, tracking_code: str) -> HttpResponse:
    """办到哪一步了：状态、日期、单位、答复；不含个人信息。"""
    query(request, {})
    found = queries.track(tracking_code) if CODE.fullmatch(tracking_code) else None
    if found is None:
        raise not_found()
    return json_answer(found)


@router.post(
    "/public/track/{tracking_code}/urge",
    auth=None,
    throttle=[ByAddress("10/m"), ByCode("3/h")],
    url_name="urge",
    openapi_extra=openapi.urge(),
)
def urge(request: HttpRequest, tracking_code: str) -> HttpResponse:
    """催办一次；每件每小时最多三次。"""
    exact(json_object(request))
    found = queries.track(tracking_code) if CODE.fullmatch(tracking_code) else None
    if found is None:
        raise not_found()
    try:
        execute(Command("urge", found["merged_into"] or found["no"], {}), CALLER)
    except Refused as refusal:
        raise refused(refusal.refusal) from refusal
    return json_answer(queries.track(tracking_code))
