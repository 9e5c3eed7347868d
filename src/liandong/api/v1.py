"""The API object: routers, error handling, the OpenAPI document. There is no documentation page (it would need a CDN)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.response import HttpResponseBase, HttpResponseNotAllowed
from django.urls import URLPattern, URLResolver, re_path
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError

from . import (
    cases,
    feeds,
    files,
    health,
    hotline,
    openapi,
    openapi_registers,
    public,
    receipts,
    registers,
    reports,
    warnings,
)
from .access import Bearer
from .problems import (
    Problem,
    malformed,
    method_not_allowed,
    not_found,
    not_found_view,
    rate_limited,
    too_large,
    unauthenticated,
)
from .reading import BODY_LIMIT

log = logging.getLogger("liandong.api")


class Api(NinjaAPI):
    """NinjaAPI whose document names every command with its own fields."""

    def get_openapi_schema(self, *args: Any, **kwargs: Any) -> Any:
        """The OpenAPI 3.1 document."""
        schema = super().get_openapi_schema(*args, **kwargs)
        schema["paths"] = openapi_registers.refine(openapi.expand(schema["paths"]))
        known = schema["components"].setdefault("schemas", {})
        known |= {**openapi.COMPONENTS, **openapi_registers.components()}
        return schema


api = Api(
    title="Liandong 联动",
    version="1",
    description="非紧急求助警情分流系统接口。错误一律为 RFC 9457 problem+json，含 code、rule、detail。",
    docs_url=None,
    auth=Bearer(),
    urls_namespace="api-v1",
)
for prefix_router in (
    cases.router, registers.router, files.router, feeds.router, reports.router, public.router, receipts.router,
    health.router, warnings.router, hotline.router,
):  # fmt: skip
    api.add_router("", prefix_router)


@api.exception_handler(Problem)
def on_problem(request: HttpRequest, error: Problem) -> HttpResponse:
    """A problem raised on purpose."""
    return error.response()


@api.exception_handler(Http404)
def on_404(request: HttpRequest, error: Exception) -> HttpResponse:
    """Not there."""
    return not_found().response()


@api.exception_handler(ValidationError)
def on_invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """A path or query value of the wrong form."""
    place = error.errors[0].get("loc", ("",)) if error.errors else ("",)
    return malformed("请求参数无效，请核对。", str(place[-1])).response()


@api.exception_handler(AuthenticationError)
def on_unauthenticated(request: HttpRequest, error: Exception) -> HttpResponse:
    """No valid token."""
    return unauthenticated().response()


@api.exception_handler(Throttled)
def on_throttled(request: HttpRequest, error: Throttled) -> HttpResponse:
    """Too many requests."""
    return rate_limited(error.wait).response()


@api.exception_handler(HttpError)
def on_http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Whatever else the framework says."""
    return Problem(error.status_code, "malformed", "请求无法处理，请核对。").response()


@api.exception_handler(RequestDataTooBig)
def on_too_big(request: HttpRequest, error: Exception) -> HttpResponse:
    """A body beyond the limit."""
    return too_large(BODY_LIMIT).response()


@api.exception_handler(SuspiciousOperation)
def on_suspicious(request: HttpRequest, error: Exception) -> HttpResponse:
    """A request no honest client sends."""
    return malformed("请求无法处理，请核对。").response()


@api.exception_handler(UnreadablePostError)
def on_unreadable(request: HttpRequest, error: Exception) -> HttpResponse:
    """The client went away while it was still sending."""
    return malformed("请求体没有收完，请重新发送。").response()


@api.exception_handler(Exception)
def on_error(request: HttpRequest, error: Exception) -> HttpResponse:
    """Our own fault: logged whole, told without content."""
    log.exception("%s %s failed", request.method, request.resolver_match and request.resolver_match.route)
    return Problem(500, "internal", "系统内部错误，已记录；请稍后重试，仍不行请联系系统管理员。").response()


def _problems_only(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Turn the framework's bare 405 into a problem document."""

    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        answer = view(request, *args, **kwargs)
        if isinstance(answer, HttpResponseNotAllowed):
            return method_not_allowed(answer["Allow"].split(", ")).response()
        return answer

    wrapped.csrf_exempt = True  # type: ignore[attr-defined]
    return wrapped


def urlpatterns() -> list[URLPattern | URLResolver]:
    """All routes of the API, then the net that catches whatever is none."""
    patterns, _, _ = api.urls
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            pattern.callback = _problems_only(pattern.callback)
    return [*patterns, re_path(r"^(?P<rest>.*)$", _catch_all)]


def _catch_all(request: HttpRequest, rest: str = "") -> HttpResponse:
    return not_found_view(request, rest)


_catch_all.csrf_exempt = True  # type: ignore[attr-defined]
