"""Where every request goes: the API under /api/v1, signs of life, and the pages of ``screens``."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import include, path, re_path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from liandong.api.answers import json_answer
from liandong.api.open311.views import urlpatterns as open311_urlpatterns
from liandong.api.problems import not_found_view
from liandong.api.v1 import urlpatterns as api_urlpatterns


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Alive; for load balancers that know no /api."""
    return json_answer({"status": "ok"})


urlpatterns = [
    path("healthz", healthz),
    path("api/v1/", include((api_urlpatterns(), "api-v1"))),
    path("open311/v2/", include((open311_urlpatterns(), "open311"))),
    re_path(r"^api(?:/(?P<rest>.*))?$", csrf_exempt(not_found_view)),
    path("", include("liandong.screens.urls")),
]
