"""Who is asking: bearer tokens for programs, the session cookie for pages that only read.

One token, one role, at most one unit (CONTRACT §6). A machine's scopes narrow what it may do here:
register, append (a note on its own case), cancel, police_done, or unit:CODE (it then acts as that unit).
"""

from __future__ import annotations

from django.http import HttpRequest

from liandong.district import training
from liandong.district.accounts import actor_for, actor_for_token
from liandong.rules.model import Actor

from .problems import forbidden, unauthenticated

CASE_ROLES = frozenset(
    {"desk", "desk_lead", "unit", "duty_office", "inspector", "police_inspectorate", "integration"}
)
"""Roles that see cases at all (CONTRACT §1); the auditor sees the log, the others nothing."""
LOG_ROLES = CASE_ROLES | {"auditor"}


def acting(actor: Actor) -> Actor:
    """The actor the rules see: a machine with scope unit:CODE *is* that unit, under the machine's name."""
    if actor.role == "integration" and actor.unit:
        return Actor("unit", actor.name, actor.unit, actor.scopes)
    return actor


class Bearer:
    """Token authentication for django-ninja; also names the scheme in the OpenAPI document."""

    openapi_type = "http"
    openapi_security_schema = {"type": "http", "scheme": "bearer"}  # noqa: RUF012 - ninja reads it from the class
    openapi_name = "bearer"

    def __call__(self, request: HttpRequest) -> Actor:
        actor = actor_of(request)
        if actor is None:
            raise unauthenticated()
        return actor


def actor_of(request: HttpRequest) -> Actor | None:
    """The token's actor; for a GET without a token, the signed-in account's once it is trained (R56); else None."""
    header = request.headers.get("Authorization")
    if header is not None:
        scheme, _, token = header.partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token or not token.isascii() or len(token) > 500:
            return None
        actor = actor_for_token(token)
        return acting(actor) if actor else None
    user = getattr(request, "user", None)
    if request.method == "GET" and user is not None and user.is_authenticated and user.is_active:
        return acting(actor_for(user)) if training.ready(user) else None
    return None


def viewer(request: HttpRequest, roles: frozenset[str] | None = CASE_ROLES) -> Actor:
    """The authenticated actor, if its role has this route; else Problem 403.

    ``roles`` None: every role may ask, and visibility answers (a case one may not see is not there, 404).
    """
    actor: Actor = request.auth  # type: ignore[attr-defined]
    if roles is not None and actor.role not in roles:
        raise forbidden("您的角色没有这项权限；如确需办理，请向系统管理员核对账号角色。")
    return actor


def scoped(actor: Actor, scope: str) -> None:
    """Problem 403 unless a machine holds ``scope``; people pass."""
    if actor.role == "integration" and scope not in actor.scopes:
        raise forbidden(f"该接口账号没有 {scope} 权限，请由系统管理员为其增加权限。", code="wrong_role")
