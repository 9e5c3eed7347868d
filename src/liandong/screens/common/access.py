"""Who looks at a page: the signed-in account as an Actor, and which roles a page is for (CONTRACT §1).

Not signed in → the login page; another role's page → 403 with the way home; a case not visible → 404, as if it were not.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django_htmx.http import HttpResponseClientRedirect

from liandong.district import training
from liandong.district.accounts import Account, actor_for
from liandong.rules.model import Actor

from . import fragments

DESK = ("desk", "desk_lead")
UNIT = ("unit",)
DUTY = ("duty_office",)
NO_CASES = ("auditor", "sysadmin", "secadmin", "government", "reader")
CASES = (*DESK, *UNIT, *DUTY, "inspector", "police_inspectorate")
ROUTING = (*DUTY, "inspector", "sysadmin")
"""Who looks at how well routing does: figures without any case."""
HOTSPOTS = (*DESK, *DUTY, "inspector")
FIGURES = ("desk_lead", *DUTY, "inspector", "government")
"""Who reads the district's figures; each sees below them only the cases it may see anyway."""
REPORTS = ("desk_lead", *DUTY, "inspector", "government", "reader", *UNIT)
"""Who gets reports; each sees those addressed to it, the duty office and the inspector all (R69)."""
EVALUATION = FIGURES
"""Who reads the evaluation of all units; a unit reads its own, the government numbers without cases."""
BOARD = (*DESK, *DUTY, "inspector")
REGISTERS = (*DESK, *UNIT, *DUTY, "inspector", "government")
"""Who keeps or reads registers (台账); each register says itself what a role sees of it."""
SHIFTS = (*DESK, *UNIT, *DUTY)
"""Who works in shifts and hands over what is open (R24)."""
DISTRICT = ("sysadmin", "secadmin", "auditor")
"""Who administers the district, grants, and looks at what was changed; never two of them on one account."""

HOMES = {
    "desk": "/desk/",
    "desk_lead": "/desk/",
    "unit": "/unit/",
    "duty_office": "/duty/",
    "inspector": "/figures/",
    "police_inspectorate": "/cases/",
    "government": "/figures/",
    "reader": "/reports/",
    "sysadmin": "/district/",
    "secadmin": "/district/",
    "auditor": "/district/",
}

TRAINING = "/account/training"
UNTRAINED = (TRAINING, "/account/")
"""What an account opens before its course is passed (R56): the course, and its own password and language."""

View = Callable[..., HttpResponse]


def actor_of(request: HttpRequest) -> Actor:
    """The signed-in account as the Actor the rules know; looked up once a request."""
    found = getattr(request, "_actor", None)
    if found is None:
        found = actor_for(cast(Account, request.user))
        request._actor = found  # type: ignore[attr-defined]
    return found


def home(actor: Actor) -> str:
    """Where this role's work begins."""
    return HOMES.get(actor.role, "/account/")


def by_htmx(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of a page."""
    return bool(getattr(request, "htmx", False))


def to_login(request: HttpRequest) -> HttpResponse:
    """The login page, and back here afterwards; a page part asked for by htmx moves the whole page."""
    asked_by = getattr(request, "htmx", None)
    back = asked_by.current_url_abs_path if asked_by else request.get_full_path()
    address = f"{settings.LOGIN_URL}?{urlencode({'next': back or '/'})}"
    if asked_by:
        return HttpResponseClientRedirect(address)
    return HttpResponseRedirect(address)


def page(*roles: str) -> Callable[[View], View]:
    """A page for these roles (none named: for anybody signed in). Never cached: it shows people's matters."""

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return to_login(request)
            if getattr(request.user, "must_change_password", False) and request.path != "/account/":
                return HttpResponseRedirect("/account/")
            if not training.ready(request.user) and request.path not in UNTRAINED:
                return (
                    HttpResponseClientRedirect(TRAINING)
                    if by_htmx(request)
                    else HttpResponseRedirect(TRAINING)
                )
            if roles and actor_of(request).role not in roles:
                from .page import problem

                return problem(request, 403)
            if fragments.asked(request):
                response = fragments.answer(
                    request, actor_of(request), lambda: view(request, *args, **kwargs)
                )
            else:
                response = view(request, *args, **kwargs)
            response.headers.setdefault("Cache-Control", "no-store")
            return response

        return guarded

    return wrap
