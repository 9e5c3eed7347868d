"""Signing in and out, the password, language and theme. Lockouts are counted by django-axes."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, login, logout, update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from liandong.district.accounts import MIN_PASSWORD, AccountError, set_password
from liandong.screens.common.access import actor_of, home, page
from liandong.screens.common.middleware import LANGUAGE_COOKIE, LANGUAGES
from liandong.screens.common.page import THEMES, problem, render

YEAR = 365 * 24 * 3600


def _safe(request: HttpRequest, address: str) -> str:
    """Only an address of this site; anything else leads home."""
    fits = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if fits else "/"


@sensitive_post_parameters("password")
@csrf_protect
@never_cache
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in with name and password; the session's key changes, so that a planted one is worth nothing."""
    back = _safe(request, request.POST.get("next") or request.GET.get("next") or "/")
    if request.user.is_authenticated:
        return HttpResponseRedirect(back)
    context: dict[str, Any] = {"next": back, "username": ""}
    if request.method == "POST":
        name = request.POST.get("username", "").strip()
        user = authenticate(request, username=name, password=request.POST.get("password", ""))
        if user is not None:
            login(request, user)
            return HttpResponseRedirect(back)
        context |= {"username": name, "wrong": _("用户名或密码不对。请核对后重试；多次输错会暂时锁定。")}
    return render(request, "account/login.html", context, status=401 if "wrong" in context else 200)


def locked_out(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """What django-axes answers after too many wrong passwords."""
    minutes = int(settings.AXES_COOLOFF_TIME * 60)
    wrong = _("密码连续输错太多次，已暂时锁定。请 {minutes} 分钟后再试，或请安全管理员解锁。").format(
        minutes=minutes
    )
    return render(request, "account/login.html", {"next": "/", "username": "", "wrong": wrong}, status=429)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out; the session is gone on the server as well."""
    logout(request)
    return HttpResponseRedirect(settings.LOGIN_URL)


@page()
def front(request: HttpRequest) -> HttpResponse:
    """The site's root leads everybody to their own work."""
    return HttpResponseRedirect(home(actor_of(request)))


@sensitive_post_parameters("old", "new", "again")
@page()
@require_http_methods(["GET", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """Who I am, my password, language and theme."""
    errors: list[str] = []
    if request.method == "POST":
        errors = _change_password(request)
        if not errors:
            messages.success(request, _("密码已修改。"))
            return HttpResponseRedirect("/account/")
    context = {
        "errors": errors,
        "minimum": MIN_PASSWORD,
        "must": getattr(request.user, "must_change_password", False),
    }
    return render(request, "account/account.html", context, status=422 if errors else 200)


def _change_password(request: HttpRequest) -> list[str]:
    """Change the password, or say in words why not."""
    user: Any = request.user
    old, new, again = (request.POST.get(name, "") for name in ("old", "new", "again"))
    if not user.check_password(old):
        return [_("现在的密码不对，请重新输入。")]
    if new != again:
        return [_("两次输入的新密码不一样，请重新输入。")]
    if new in (old, user.get_username()):
        return [_("新密码不能与现在的密码或用户名相同，请换一个。")]
    try:
        set_password(user, new)
    except AccountError as wrong:
        return [str(wrong)]
    update_session_auth_hash(request, user)
    return []


@require_POST
def preference(request: HttpRequest) -> HttpResponse:
    """Keep language and theme in this browser (cookies without anything personal), then back to the page."""
    answer = HttpResponseRedirect(_safe(request, request.POST.get("next", "/")))
    wishes = (("language", LANGUAGE_COOKIE, LANGUAGES), ("theme", "liandong_theme", THEMES))
    for field, cookie, known in wishes:
        if field not in request.POST:
            continue
        value = request.POST[field]
        if value in known:
            answer.set_cookie(
                cookie, value, max_age=YEAR, httponly=True, samesite="Lax", secure=request.is_secure()
            )
        elif not value:
            answer.delete_cookie(cookie)
        else:
            return problem(request, 404)
    return answer
