"""Successful answers: JSON in UTF-8, never cached."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse


def json_answer(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> HttpResponse:
    """One JSON document."""
    answer = HttpResponse(
        json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(),
        status=status,
        content_type="application/json; charset=utf-8",
    )
    answer["Cache-Control"] = "no-store"
    for name, value in (headers or {}).items():
        answer[name] = value
    return answer
