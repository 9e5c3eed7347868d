"""A page of this room with the line of links above it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from liandong.screens.common.access import actor_of
from liandong.screens.common.page import render

from .sections import seen_by


def framed(
    request: HttpRequest, here: str, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """``here`` is the section's address."""
    sections = {"sections": seen_by(actor_of(request).role, here), "section": here}
    return render(request, template, sections | context, status=status)
