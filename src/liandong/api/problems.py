"""Errors at this door: RFC 9457 problem documents with the contract's ``code``, ``rule`` and a Chinese ``detail``.

CONTRACT §1 and §6 fix the numbers: not visible or not there 404 (one body for both, so that nobody learns
which), visible but not this role's 403, an allowed role refused by a rule 422, a stale version 409.
"""

from __future__ import annotations

import json
import math
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

from liandong.rules.model import Actor, Refusal
from liandong.rules.table import COMMANDS

MEDIA_TYPE = "application/problem+json"

STATUS_OF_REFUSAL = {"wrong_role": 403, "stale_version": 409}
"""Refusals of the rules that are not 422."""
OF_FIELDS = frozenset({"missing_field", "unknown_field", "bad_value", "received_in_future", "key_reused"})
"""What is said about the fields comes before any question of role (CONTRACT §3, order of checks)."""


class Problem(Exception):
    """An answer other than success. ``rule`` is "" where no clause stands behind it (transport errors)."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        rule: str = "",
        field: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status = status
        self.code = code
        self.detail = detail
        self.rule = rule
        self.field = field
        self.headers = headers or {}

    def body(self) -> dict[str, object]:
        """The problem document as plain values."""
        body: dict[str, object] = {
            "type": f"/api/v1/problems/{self.code}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "code": self.code,
            "rule": self.rule,
            "detail": self.detail,
        }
        if self.field is not None:
            body["field"] = self.field
        return body

    def response(self) -> HttpResponse:
        """The HTTP answer."""
        answer = HttpResponse(
            json.dumps(self.body(), ensure_ascii=False, separators=(",", ":")).encode(),
            status=self.status,
            content_type=MEDIA_TYPE,
        )
        for name, value in self.headers.items():
            answer[name] = value
        answer["Cache-Control"] = "no-store"
        return answer


def refused(refusal: Refusal, actor: Actor | None = None, command: str = "") -> Problem:
    """The problem for a refusal of the rules (CONTRACT §3 Refusals)."""
    status = STATUS_OF_REFUSAL.get(refusal.code, 422)
    if actor is not None and command in COMMANDS and refusal.code not in OF_FIELDS:
        # Some commands answer a role that may never give them with the rule itself (only_desk_disputes R30):
        # visible but not allowed to this role is 403 all the same (CONTRACT §1).
        role = "desk" if actor.role == "desk_lead" and "desk" in COMMANDS[command].who else actor.role
        status = status if role in COMMANDS[command].who else 403
    return Problem(status, refusal.code, refusal.detail, rule=refusal.rule, field=refusal.field)


def malformed(detail: str, field: str | None = None, code: str = "malformed") -> Problem:
    """400: the request cannot be read at all, or a query value makes no sense."""
    return Problem(400, code, detail, field=field)


def unauthenticated() -> Problem:
    """401: no token, an unknown one, or one that was taken back."""
    return Problem(
        401,
        "unauthenticated",
        "请在 Authorization 头中带上有效令牌（Bearer TOKEN）；令牌由系统管理员签发。",
        headers={"WWW-Authenticate": 'Bearer realm="liandong"'},
    )


def forbidden(detail: str, code: str = "wrong_role", rule: str = "R12") -> Problem:
    """403: this role (or this machine's scopes) has no business with this route."""
    return Problem(403, code, detail, rule=rule)


def not_found() -> Problem:
    """404: not visible or not there; the body never says which."""
    return Problem(404, "not_found", "没有找到。请核对编号；也可能不在您的查看范围内。")


def method_not_allowed(allowed: list[str]) -> Problem:
    """405 with the methods this path knows."""
    names = ", ".join(sorted(allowed))
    return Problem(405, "method_not_allowed", f"此地址只接受 {names}。", headers={"Allow": names})


def too_large(limit: int) -> Problem:
    """413: ``limit`` in bytes."""
    size = f"{limit // 1_000_000} MB" if limit >= 1_000_000 else f"{limit // 1000} kB"
    return Problem(413, "too_large", f"请求体超过上限（{size}），请缩短内容或另附附件。")


def unsupported_type(detail: str) -> Problem:
    """415: not a media type this door reads."""
    return Problem(415, "unsupported_type", detail)


def rate_limited(wait: float | None) -> Problem:
    """429; ``wait`` in seconds until the next request is heard."""
    seconds = max(1, math.ceil(wait or 1))
    return Problem(
        429, "rate_limited", f"请求过于频繁，请 {seconds} 秒后再试。", headers={"Retry-After": str(seconds)}
    )


def not_found_view(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Whatever lies under /api and is no route: a problem document, never a page."""
    return not_found().response()
