"""The methods of GeoReport v2 (docs/integration.md says who this door is for, decision 066 what was settled)."""

from __future__ import annotations

import hashlib
import logging
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, re_path
from django.views.decorators.csrf import csrf_exempt

from liandong.casework import published
from liandong.casework.execute import Refused, execute
from liandong.district.accounts import actor_for_token
from liandong.district.policy import current
from liandong.engine import routing
from liandong.engine.instants import now
from liandong.rules.model import Actor, Command
from liandong.rules.policy import Policy

from ..public import ByAddress
from ..reading import KEY, NUMBER
from . import asking, services
from .answers import DEFINITION, DISCOVERY, FORMATS, REQUESTS, SERVICES, Failed, answer, failed

log = logging.getLogger("liandong.api")
CHANGESET = "2026-11-24T00:00:00+08:00"
"""When the shape of this door last changed."""
Method = Callable[..., HttpResponse]


class OfOpen311(ByAddress):
    """A bucket of its own for this door."""

    def get_cache_key(self, request: HttpRequest) -> str | None:
        """The bucket of this address and method."""
        return f"open311:{request.method}:{super().get_cache_key(request)}"


LIMITS = {"GET": "60/m", "POST": "60/m"}


def _door(**methods: Method) -> Method:
    """One address: its methods, the rate, and every error in the format that was asked for."""

    @csrf_exempt
    def view(request: HttpRequest, kind: str, **parts: str) -> HttpResponse:
        try:
            name = "GET" if request.method == "HEAD" else str(request.method)
            if name not in methods:
                raise Failed(
                    405, f"此地址只接受 {'、'.join(methods)}。", headers={"Allow": ", ".join(methods)}
                )
            limit = OfOpen311(LIMITS[name])
            if not limit.allow_request(request):
                seconds = max(1, int(limit.wait() or 1))
                raise Failed(
                    429, f"请求过于频繁，请 {seconds} 秒后再试。", headers={"Retry-After": str(seconds)}
                )
            return methods[name](request, kind, **parts)
        except Failed as error:
            return failed(error, kind)
        except Http404:
            return failed(Failed(404, "没有找到，请核对地址和编号。"), kind)
        except Exception:
            log.exception("%s open311 failed", request.method)
            return failed(Failed(500, "系统内部错误，已记录；请稍后重试。"), kind)

    return view


def discovery(request: HttpRequest, kind: str) -> HttpResponse:
    """Service discovery: where the endpoint is and what it speaks."""
    place = request.build_absolute_uri("/open311/v2")
    endpoint = {
        "specification": "http://wiki.open311.org/GeoReport_v2",
        "url": place,
        "changeset": CHANGESET,
        "type": "production",
        "formats": [media.partition(";")[0] for media in FORMATS.values()],
    }
    value = {
        "changeset": CHANGESET,
        "contact": "区公安局110报警服务台；紧急情况请直接拨打110",
        "key_service": "接口令牌由系统管理员签发（integration，权限 register）",
        "endpoints": [endpoint],
    }
    return answer(DISCOVERY, value, kind)


def all_services(request: HttpRequest, kind: str) -> HttpResponse:
    """GET services."""
    policy = current()
    asking.jurisdiction(request.GET, policy)
    return answer(SERVICES, services.listed(policy), kind)


def service(request: HttpRequest, kind: str, code: str) -> HttpResponse:
    """GET service definition."""
    policy = current()
    asking.jurisdiction(request.GET, policy)
    if code != published.UNKNOWN and code not in services.offered(policy):
        raise Failed(404, "service_code 没有找到，请从 services 中选。")
    return answer(DEFINITION, services.definition(code), kind)


def requests(request: HttpRequest, kind: str) -> HttpResponse:
    """GET service requests: the newest 1,000 of at most 90 days."""
    policy = current()
    asking.jurisdiction(request.GET, policy)
    wanted = asking.wanted(request.GET, datetime.now(UTC))
    return answer(REQUESTS, [_shown(one, policy) for one in published.listed(wanted, policy)], kind)


def one_request(request: HttpRequest, kind: str, number: str) -> HttpResponse:
    """GET service request."""
    policy = current()
    asking.jurisdiction(request.GET, policy)
    return answer(REQUESTS, [_shown(_found(number, policy), policy)], kind)


def token(request: HttpRequest, kind: str, number: str) -> HttpResponse:
    """GET service_request_id from a token: a POST gives the number at once, and the number is its own token."""
    policy = current()
    asking.jurisdiction(request.GET, policy)
    return answer(REQUESTS, [{"service_request_id": _found(number, policy).no, "token": number}], kind)


def post_request(request: HttpRequest, kind: str) -> HttpResponse:
    """POST service request: registered with the three answers unknown, so that the desk looks before anything moves."""
    values = asking.form(request)
    actor = _actor(asking.one(values, "api_key"))
    policy = current()
    asking.jurisdiction(values, policy)
    known = services.offered(policy)
    code = asking.service_code(values, known)
    description = asking.one(values, "description")
    if len(description) > asking.DESCRIPTION_LIMIT:
        raise Failed(400, f"description 最多 {asking.DESCRIPTION_LIMIT} 字。")
    name = services.name_of(code, policy)
    fields: dict[str, Any] = {
        "kind": services.kind_of(known.get(code)),
        "summary": description[:200] or name,
        "content": f"{description}\n［Open311 所选类别：{name}（{code}）］".strip(),
        "safety": dict.fromkeys(("life", "property", "public"), "unknown"),
        "received_at": now().isoformat(),
        "place": asking.place(values),
    }
    caller = asking.caller(values)
    if caller:
        fields["caller"] = caller
    screen = routing.screen(fields)
    kept = screen is None or screen.flag or screen.danger_class is not None
    fields["source"] = {
        "channel": published.CHANNEL,
        "ref": f"{code}/{_key(request, actor)}{published.KEPT if kept else ''}",
    }
    try:
        done = execute(Command("register", None, fields, screen=screen), actor, policy=policy)
    except Refused as refusal:
        status = 403 if refusal.refusal.code == "wrong_role" else 400
        raise Failed(status, refusal.refusal.detail) from refusal
    notice = "已登记，由接警台分流；如有人身危险请立即拨打110。"
    value = {"service_request_id": done.no, "service_notice": notice, "account_id": None}
    return answer(REQUESTS, [value], kind, 201)


def _key(request: HttpRequest, actor: Actor) -> str:
    """What makes this sending one of a kind: the client's Idempotency-Key under its name, else a new number."""
    given = request.headers.get("Idempotency-Key", "")
    if not given:
        return uuid.uuid4().hex
    if not KEY.fullmatch(given):
        raise Failed(400, "Idempotency-Key 须为 1–200 个可见 ASCII 字符。")
    return hashlib.sha256(f"{actor}\n{given}".encode()).hexdigest()[:32]


def _actor(key: str) -> Actor:
    actor = actor_for_token(key) if key and key.isascii() and len(key) <= 500 else None
    if actor is None or actor.role != "integration" or "register" not in actor.scopes:
        raise Failed(403, "api_key 缺失或无效：须为有登记（register）权限的接口令牌。")
    return actor


def _found(number: str, policy: Policy) -> published.Published:
    found = published.one(number, policy) if NUMBER.fullmatch(number) else None
    if found is None:
        raise Failed(404, "service_request_id 没有找到，或不对外公开。")
    return found


def _shown(case: published.Published, policy: Policy) -> dict[str, Any]:
    """One request with the specification's names; nobody's words and no exact place."""
    name = services.name_of(case.matter, policy)
    return {
        "service_request_id": case.no,
        "status": "open" if case.open else "closed",
        "status_notes": case.notes,
        "service_name": name,
        "service_code": case.matter,
        "description": f"{case.township or '本区'}：{name}",
        "agency_responsible": case.unit,
        "service_notice": None,
        "requested_datetime": _text(case.received_at),
        "updated_datetime": _text(case.changed_at),
        "expected_datetime": _text(case.due_at),
        "address": case.township,
        "address_id": None,
        "zipcode": None,
        "lat": case.lat,
        "long": case.lon,
        "media_url": None,
    }


def _text(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None


def nothing(request: HttpRequest, kind: str = "xml", **_: str) -> HttpResponse:
    """Whatever is no address of this door."""
    return failed(
        Failed(404, "没有这个地址。可用：discovery、services、requests、tokens，加 .xml 或 .json。"), kind
    )


def urlpatterns() -> list[URLPattern]:
    """Every address; the format is the ending."""
    end = r"\.(?P<kind>xml|json)$"
    return [
        re_path(rf"^discovery{end}", _door(GET=discovery)),
        re_path(rf"^services{end}", _door(GET=all_services)),
        re_path(rf"^services/(?P<code>[A-Za-z0-9_-]{{1,40}}){end}", _door(GET=service)),
        re_path(rf"^requests{end}", _door(GET=requests, POST=post_request)),
        re_path(rf"^requests/(?P<number>[^/.]{{1,80}}){end}", _door(GET=one_request)),
        re_path(rf"^tokens/(?P<number>[^/.]{{1,80}}){end}", _door(GET=token)),
        re_path(rf"^.*{end}", csrf_exempt(nothing)),
        re_path(r"^.*$", csrf_exempt(nothing)),
    ]
