"""Who has passed the course of their role, who may not work yet (R56)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from liandong.district import training as rules
from liandong.district.models import Course, TrainingRecord
from liandong.screens.common import labels
from liandong.screens.common.access import page

from .framing import framed

HERE = "/district/training"

SEEN_BY = ("sysadmin", "secadmin", "auditor", "inspector")
RECORDS = 50


@page(*SEEN_BY)
@require_safe
def training(request: HttpRequest) -> HttpResponse:
    """The register: trainee, unit, role, day, score; the courses; those who still have to."""
    role = request.GET.get("role", "")
    every = rules.standings()
    shown = [one for one in every if not role or one.account.role == role]
    context = {
        "standings": shown[:500],
        "more": max(0, len(shown) - 500),
        "waiting": sum(not one.ready for one in every),
        "renewing": sum(one.ready and one.account.train_by is not None for one in every),
        "courses": Course.objects.order_by("id"),
        "records": TrainingRecord.objects.all()[:RECORDS],
        "role": role,
        "roles": [
            (course.role, labels.label(labels.ROLES, course.role)) for course in Course.objects.order_by("id")
        ],
    }
    return framed(request, HERE, "administration/training.html", context)
