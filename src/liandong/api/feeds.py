"""The log for others: routing suggestions, the feed, webhooks, tickets of the stream (CONTRACT §6)."""

from __future__ import annotations

import re

from django.http import HttpRequest, HttpResponse
from ninja import Router

from liandong.casework import history
from liandong.district.policy import current
from liandong.engine import cloudevents, outcalls, routing, tickets, webhook_letters, webhooks
from liandong.engine.models import Webhook
from liandong.rules.model import Actor
from liandong.triage.pack import RoutingPackError

from . import openapi
from .access import LOG_ROLES, viewer
from .answers import json_answer
from .problems import Problem, malformed, not_found
from .reading import bad_value, exact, json_object, limit_of, query

router = Router()
TEXT_LIMIT = 20_000
PLACE_KEYS = ("text", "township", "village", "lon", "lat")
IDENTITY = re.compile(r"[0-9a-f]{32}")
ROUTE_ROLES = frozenset({"desk", "desk_lead", "unit", "duty_office", "inspector", "integration"})


@router.post("/route", tags=["routing"], url_name="route", openapi_extra=openapi.route())
def route(request: HttpRequest) -> HttpResponse:
    """一段文字应由哪个单位办：紧急与否、禁止分流、建议单位及理由、地点、疑似重复。只作建议。"""
    actor = viewer(request, ROUTE_ROLES)
    fields = json_object(request)
    exact(fields, ("text",), ("place",))
    text, place = fields["text"], fields.get("place")
    if not isinstance(text, str) or len(text) > TEXT_LIMIT:
        raise bad_value("text", f"text 须为不超过 {TEXT_LIMIT} 字的文字。")
    if isinstance(place, dict):
        odd = [name for name, value in place.items() if not _fits(name, value)]
    else:
        odd = [] if place is None or isinstance(place, str) else ["place"]
    if odd:
        raise bad_value("place", "place 须为文字，或含 text、township、village、lon、lat 的对象。")
    where = {"text": place} if isinstance(place, str) else place
    try:
        return json_answer(routing.suggest(text, where, viewer=actor))
    except RoutingPackError as error:
        detail = "分流数据读不出，暂时没有建议：请人工判断，并请管理员修正数据包（详情见 readyz）。"
        raise Problem(503, "unavailable", detail) from error


@router.get("/feed", tags=["feed"], url_name="feed", openapi_extra=openapi.feed())
def feed(request: HttpRequest) -> HttpResponse:
    """您可以查看的全部事件，按提交次序；用 next 作为下一次的 after，不会漏掉晚提交的事件。"""
    actor = viewer(request, LOG_ROLES)
    values = query(request, {"after": r"[\x21-\x7e]{1,300}", "limit": r"[0-9]{1,4}"})
    limit = limit_of(values, default=100, most=200)
    try:
        page = history.feed(actor, values.get("after"), limit)
    except ValueError as error:
        raise malformed("after 不是本系统给出的游标，请从 next 原样取用。", "after") from error
    if _wants_batch(request):
        district = current().district
        batch = json_answer([cloudevents.event(item, district) for item in page.items])
        batch["Content-Type"] = f"{cloudevents.BATCH_TYPE}; charset=UTF-8"
        batch["Link"] = f'</api/v1/feed?after={page.next}&limit={limit}>; rel="next"'
        batch["Vary"] = "Accept"
        return batch
    return json_answer({"items": list(page.items), "next": page.next}, headers={"Vary": "Accept"})


def _wants_batch(request: HttpRequest) -> bool:
    """Whether the client names the batch of CloudEvents and does not like plain JSON better."""
    asked = request.headers.get("Accept", "")
    if cloudevents.BATCH_TYPE not in asked.lower():
        return False
    kinds = ["application/json", cloudevents.BATCH_TYPE]
    return request.get_preferred_type(kinds) == cloudevents.BATCH_TYPE


@router.post(
    "/stream-tickets", tags=["stream"], url_name="stream-ticket", openapi_extra=openapi.stream_ticket()
)
def stream_ticket(request: HttpRequest) -> HttpResponse:
    """一次性票据，60 秒内用于 GET /stream?ticket=…。"""
    actor = viewer(request, LOG_ROLES)
    exact(json_object(request))
    return json_answer({"ticket": tickets.issue(actor), "expires_in": tickets.LIFE_SECONDS}, status=201)


@router.get("/stream", tags=["stream"], url_name="stream", auth=None, openapi_extra=openapi.stream())
def stream(request: HttpRequest) -> HttpResponse:
    """实时事件流（server-sent events）。由 ASGI 前端直接提供；只有单独运行 WSGI 时才会到达这里。"""
    raise Problem(503, "unavailable", "实时流由 ASGI 前端提供，请用 liandong serve 启动。")


@router.post("/webhooks", tags=["webhooks"], url_name="webhooks", openapi_extra=openapi.create_webhook())
def create_webhook(request: HttpRequest) -> HttpResponse:
    """登记一个回调地址：此后您可查看的每个事件都会签名后推送（HMAC-SHA256，至少一次）。密钥只显示这一次。"""
    actor = viewer(request, LOG_ROLES)
    fields = json_object(request)
    exact(fields, ("url",), ("form",))
    url, form = fields["url"], fields.get("form", "plain")
    if not isinstance(url, str):
        raise bad_value("url", "url 须为网址。")
    if not isinstance(form, str) or form not in webhooks.FORMS:
        raise bad_value("form", "form 须为 plain 或 cloudevents。")
    try:
        hook, secret = webhooks.create(actor, url, form)
    except outcalls.Forbidden as error:
        raise bad_value("url", str(error)) from error
    except outcalls.Unreachable as error:
        raise bad_value("url", "该主机名无法解析，请核对网址。") from error
    except webhooks.TooMany as error:
        detail = f"每个账号最多 {webhooks.MOST_PER_ACCOUNT} 个回调，请先删除不用的。"
        raise bad_value("url", detail) from error
    where = {"Location": f"/api/v1/webhooks/{hook.id}"}
    return json_answer({**webhooks.described(hook), "secret": secret}, status=201, headers=where)


@router.get("/webhooks", tags=["webhooks"], url_name="webhooks", openapi_extra=openapi.list_webhooks())
def list_webhooks(request: HttpRequest) -> HttpResponse:
    """您登记的回调地址。"""
    actor = viewer(request, LOG_ROLES)
    query(request, {})
    return json_answer({"items": webhooks.listed(actor)})


@router.delete(
    "/webhooks/{identity}", tags=["webhooks"], url_name="webhook", openapi_extra=openapi.delete_webhook()
)
def delete_webhook(request: HttpRequest, identity: str) -> HttpResponse:
    """删除一个回调地址；未送出的不再送。"""
    webhooks.remove(_hook(viewer(request, LOG_ROLES), identity))
    return HttpResponse(status=204)


@router.post(
    "/webhooks/{identity}/rotate", tags=["webhooks"], url_name="rotate", openapi_extra=openapi.rotate()
)
def rotate(request: HttpRequest, identity: str) -> HttpResponse:
    """换一个密钥：新密钥只显示这一次；overlap_hours 小时之内（默认 24，最多 168）新旧密钥同时签名，0 为旧密钥立即作废。"""
    hook = _hook(viewer(request, LOG_ROLES), identity)
    fields = json_object(request)
    exact(fields, (), ("overlap_hours",))
    hours = fields.get("overlap_hours", webhooks.OVERLAP_HOURS)
    if isinstance(hours, bool) or not isinstance(hours, int) or not 0 <= hours <= webhooks.MOST_OVERLAP_HOURS:
        raise bad_value("overlap_hours", f"overlap_hours 须为 0 至 {webhooks.MOST_OVERLAP_HOURS} 的整数。")
    secret = webhooks.rotate(hook, hours)
    return json_answer({**webhooks.described(hook), "secret": secret})


@router.get(
    "/webhooks/{identity}/deliveries",
    tags=["webhooks"],
    url_name="deliveries",
    openapi_extra=openapi.deliveries(),
)
def deliveries(request: HttpRequest, identity: str) -> HttpResponse:
    """最近的推送：成功、等待、放弃及其原因。"""
    hook = _hook(viewer(request, LOG_ROLES), identity)
    values = query(request, {"limit": r"[0-9]{1,4}"})
    return json_answer({"items": webhooks.deliveries(hook, limit_of(values))})


@router.post(
    "/webhooks/{identity}/deliveries/{delivery}/retry",
    tags=["webhooks"],
    url_name="retry",
    openapi_extra=openapi.retry(),
)
def retry(request: HttpRequest, identity: str, delivery: str) -> HttpResponse:
    """把一次已放弃的推送重新排队。"""
    actor = viewer(request, LOG_ROLES)
    hook = _hook(actor, identity)
    exact(json_object(request))
    if not hook.active:
        raise Problem(422, "bad_value", f"这个回调已停用（{hook.reason}），请重新登记后从 GET /feed 补取。")
    if not IDENTITY.fullmatch(delivery) or not webhook_letters.resend(hook, str(actor), delivery):
        raise not_found()
    return json_answer({"id": delivery, "state": "pending"})


def _hook(actor: Actor, identity: str) -> Webhook:
    hook = webhooks.find(actor, identity) if IDENTITY.fullmatch(identity) else None
    if hook is None:
        raise not_found()
    return hook


def _fits(name: str, value: object) -> bool:
    """Whether a key of ``place`` is one we know with a value of its kind."""
    if value is None:
        return name in PLACE_KEYS
    if name in ("lon", "lat"):
        return isinstance(value, int | float) and not isinstance(value, bool)
    return name in PLACE_KEYS and isinstance(value, str) and len(value) <= 500
