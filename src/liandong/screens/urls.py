"""Addresses of the pages, a list for each room; ``site`` includes them at the root."""

from __future__ import annotations

from django.conf import settings
from django.urls import include, path

from .common import assets
from .registers import mark_check

urlpatterns = [
    path("", include("liandong.screens.account.urls")),
    path("desk/", include("liandong.screens.desk.urls")),
    path("unit/", include("liandong.screens.unit.urls")),
    path("duty/", include("liandong.screens.duty.urls")),
    path("figures/", include("liandong.screens.figures.urls")),
    path("evaluation/", include("liandong.screens.evaluation.urls")),
    path("reports/", include("liandong.screens.reports.urls")),
    path("registers/", include("liandong.screens.registers.urls")),
    path("check/mark", mark_check.typed),
    path("check/mark/", mark_check.bare),
    path("check/mark/<str:code>", mark_check.scanned),
    path("district/", include("liandong.screens.administration.urls")),
    path("cases/", include("liandong.screens.case.urls")),
    path("incidents/", include("liandong.screens.incident.urls")),
    path(f"{settings.STATIC_URL.strip('/')}/<path:path>", assets.serve),
]
