"""Checking a vehicle's mark (R17, R18): what a patrol sees that scans its code, or types number and plate.

Open to everybody who stands before the vehicle and holds its code or reads number and plate off it: whether the mark is
good, whose it is, until when, whether the vehicle is on an urgent task. No case, no person. Looks are counted and remembered.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe
from ninja.throttling import SimpleRateThrottle

from liandong.district import training
from liandong.registers import lookups, marks
from liandong.rules import plates
from liandong.rules.codes import POLICE_UNIT
from liandong.rules.model import Actor
from liandong.screens.common.access import actor_of
from liandong.screens.common.page import render, unit_name
from liandong.screens.common.policy import current

STANDINGS: dict[str, tuple[str, str, Any, Any]] = {
    "valid": ("good", "check-circle-fill", _("有效"), _("标识有效。请核对车牌与下面显示的一致。")),
    "unit_ended": ("warn", "exclamation-triangle-fill", _("暂停使用"), _("所属单位已撤并，标识尚未转给承接单位，现在不享受便利条件。")),
    "expired": ("bad", "exclamation-octagon-fill", _("已到期"), _("标识已过有效期，不享受便利条件。")),
    "lost": ("bad", "exclamation-octagon-fill", _("已挂失"), _("这个标识已挂失作废，请查明来源并联系区公安局。")),
    "replaced": ("bad", "exclamation-octagon-fill", _("已作废"), _("这个标识挂失后已补发新号，原标识作废，请查明来源并联系区公安局。")),
    "revoked": ("bad", "exclamation-octagon-fill", _("已撤销"), _("标识已被撤销，不享受便利条件。")),
    "handed_in": ("bad", "exclamation-octagon-fill", _("已交回"), _("标识已交回，不应再使用，请查明来源。")),
}  # fmt: skip
"""Standing → tone, icon, word, what to do: the whole answer of a check in one line."""
HISTORY = 10


class _ByAddress(SimpleRateThrottle):
    """So many checks for one network address (the server's own view of it, never a header a client may write)."""

    def get_cache_key(self, request: HttpRequest) -> str | None:
        return f"mark:{self.rate}:{request.META.get('REMOTE_ADDR', '')}"


SCANS, TYPED = _ByAddress("60/m"), _ByAddress("15/m")


@require_safe
def scanned(request: HttpRequest, code: str) -> HttpResponse:
    """The page behind a QR code."""
    busy = _too_many(request, SCANS)
    if busy is not None:
        return busy
    now = timezone.now()
    return _answer(request, marks.check(code, now, current()), "code", now)


@csrf_exempt  # it changes nothing in anybody's name, and a patrol's phone needs no cookie for it
@require_http_methods(["GET", "HEAD", "POST"])
def typed(request: HttpRequest) -> HttpResponse:
    """Where a code cannot be read: number and plate, both or nothing, so that nobody learns plates by trying numbers."""
    if request.method != "POST":
        return _page(request, {})
    busy = _too_many(request, TYPED)
    if busy is not None:
        return busy
    now = timezone.now()
    number, plate = request.POST.get("number", "")[:60], request.POST.get("plate", "")[:40]
    asked = {"number": number, "plate": plate}
    if not number.strip() or plates.kind(plates.normal(plate)) is None:
        return _page(request, asked | {"wrong": True}, 422)
    return _answer(request, marks.check_typed(number, plate, now, current()), "typed", now, asked)


@require_safe
def bare(request: HttpRequest) -> HttpResponse:
    """The address without its last stroke."""
    return HttpResponseRedirect("/check/mark")


def _answer(
    request: HttpRequest,
    found: marks.Checked | None,
    how: str,
    now: datetime,
    asked: dict[str, Any] | None = None,
) -> HttpResponse:
    looker = _signed_in(request)
    lookups.note(found, how, str(looker) if looker else "", request.META.get("REMOTE_ADDR", ""), now)
    if found is None or found.standing not in STANDINGS:
        return _page(request, (asked or {}) | {"unknown": True, "how": how}, 404)
    tone, icon, word, advice = STANDINGS[found.standing]
    shown: dict[str, Any] = {
        "found": found,
        "tone": tone,
        "icon": icon,
        "word": word,
        "advice": advice,
        "plate": plates.shown(found.entry.data["plate"]),
        "unit": unit_name(found.entry.unit),
        "until": found.entry.data["valid_until"],
        "now": now,
    }
    if looker is not None and looker.role == "unit" and looker.unit == POLICE_UNIT:
        shown["history"] = marks.uses_of(looker, found.entry.no, current(), HISTORY)
        shown["file"] = found.entry.no
    return _page(request, (asked or {}) | shown)


def _signed_in(request: HttpRequest) -> Actor | None:
    user = request.user
    return actor_of(request) if user.is_authenticated and user.is_active and training.ready(user) else None


def _page(request: HttpRequest, shown: dict[str, Any], status: int = 200) -> HttpResponse:
    answer = render(
        request, "registers/mark_check.html", {**shown, "office": unit_name(POLICE_UNIT)}, status=status
    )
    answer["Cache-Control"] = "no-store"
    answer["X-Robots-Tag"] = "noindex"
    return answer


def _too_many(request: HttpRequest, throttle: _ByAddress) -> HttpResponse | None:
    if throttle.allow_request(request):
        return None
    answer = _page(request, {"busy": True}, 429)
    answer["Retry-After"] = str(max(1, round(throttle.wait() or 1)))
    return answer
