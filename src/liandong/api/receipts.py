"""Receipts of gateways: what became of a message, told by the peer that carried it (issue 6, R4).

No token: the body is signed with the channel's receipt secret, the one before counts for a day after it was replaced.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.throttling import SimpleRateThrottle

from liandong.engine.channels import receipts
from liandong.engine.models import Channel

from .answers import json_answer
from .openapi import problems
from .problems import Problem, not_found
from .reading import json_object

router = Router(tags=["channels"])
LIMIT = 64_000
_ANSWER: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"type": "object"}}},
    },
    "parameters": [
        {"name": "receipt-timestamp", "in": "header", "required": True, "schema": {"type": "string"}},
        {"name": "receipt-signature", "in": "header", "required": True, "schema": {"type": "string"}},
    ],
    "responses": {
        200: {
            "description": "已记录（重复的回执同样答 200）",
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "properties": {"state": {"type": "string"}},
                        "required": ["state"],
                    }
                }
            },
        },
        **problems(400, 401, 404, 413, 415, 422, 429),
    },
}


class ByAddress(SimpleRateThrottle):
    """So many receipts from one network address."""

    def get_cache_key(self, request: HttpRequest) -> str | None:
        """The bucket of this address."""
        return f"receipt:{self.rate}:{request.META.get('REMOTE_ADDR', '')}"


@router.post(
    "/channels/{code}/receipts",
    auth=None,
    throttle=[ByAddress("6000/m")],
    url_name="channel_receipts",
    openapi_extra=_ANSWER,
)
def receipt(request: HttpRequest, code: str) -> HttpResponse:
    """短信网关的回执：已收到、已读或失败；签名为 v1,base64(HMAC-SHA256(密钥, 时间戳.正文))，五分钟内有效。"""
    channel = Channel.objects.filter(code=code).first() if len(code) <= 24 and code.isascii() else None
    if channel is None or not channel.receipt_secret:
        raise not_found()
    said = json_object(request, LIMIT)
    try:
        receipts.verify(
            channel,
            request.headers.get("receipt-timestamp", ""),
            request.headers.get("receipt-signature", ""),
            request.body,
        )
    except receipts.Forged as error:
        raise Problem(401, "unauthenticated", "回执的签名不对或已过期，请核对密钥和时钟。") from error
    try:
        return json_answer({"state": receipts.heard(channel, said)})
    except receipts.Unknown as error:
        raise Problem(422, "bad_value", str(error)) from error
