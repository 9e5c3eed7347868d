"""Accounts and roles (三员分立): the system administrator asks, the security administrator grants, the auditor reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from liandong.district import account_changes, training
from liandong.district.accounts import ROLES, Account, AccountError
from liandong.district.models import AccountChange
from liandong.rules.model import Actor
from liandong.screens.common import labels
from liandong.screens.common.access import DISTRICT, actor_of, page
from liandong.screens.common.forms import unit_table
from liandong.screens.common.whole import whole

from .framing import framed

HERE = "/district/accounts"

SIZE = 50
STANDINGS = {
    "active": gettext_lazy("在用"),
    "waiting": gettext_lazy("待安全管理员审批"),
    "closed": gettext_lazy("停用"),
    "untrained": gettext_lazy("培训未通过"),
}


def roles() -> list[tuple[str, str]]:
    """Every role an account may have, with its name."""
    return [(code, labels.label(labels.ROLES, code)) for code in ROLES]


@page(*DISTRICT)
@require_safe
def accounts(request: HttpRequest) -> HttpResponse:
    """All accounts with role, last log-in, failed attempts, training; filters live in the address."""
    words, role, standing = (request.GET.get(name, "").strip() for name in ("q", "role", "standing"))
    found = Account.objects.order_by("username")
    if words:
        found = found.filter(
            Q(username__icontains=words) | Q(display_name__icontains=words) | Q(unit__iexact=words)
        )
    if role:
        found = found.filter(role=role)
    open_names = list(AccountChange.objects.filter(decided_at=None).values_list("account", flat=True))
    if standing == "active":
        found = found.filter(is_active=True)
    elif standing == "waiting":
        found = found.filter(username__in=open_names)
    elif standing == "closed":
        found = found.filter(is_active=False).exclude(username__in=open_names)
    elif standing == "untrained":
        found = found.filter(is_active=True, trained_version=0).exclude(role="integration")
    shown = Paginator(found, SIZE).get_page(request.GET.get("page"))
    failed = account_changes.failures([account.username for account in shown])
    lines = [
        {
            "account": account,
            "failed": failed.get(account.username, (0, None)),
            "waiting": account.username in open_names,
            "ready": training.ready(account),
        }
        for account in shown
    ]
    context = {
        "lines": lines, "shown": shown, "q": words, "role": role, "standing": standing, "roles": roles(),
        "standings": STANDINGS.items(), "open": _open(),
    }  # fmt: skip
    return framed(request, HERE, "administration/accounts.html", context)


def _open() -> list[AccountChange]:
    return list(AccountChange.objects.filter(decided_at=None).order_by("at"))


@sensitive_variables("password")
@page("sysadmin")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Ask for a new account; its first password is shown this once and works after the grant."""
    typed = {
        name: request.POST.get(name, "").strip() for name in ("username", "display_name", "role", "unit")
    }
    wrong = ""
    if request.method == "POST":
        try:
            password = account_changes.propose_create(
                actor_of(request), typed["username"], typed["role"], typed["unit"], typed["display_name"]
            )
        except AccountError as error:
            wrong = str(error)
        else:
            shown = {"username": typed["username"], "password": password, "granted": False}
            return framed(request, HERE, "administration/account_password.html", shown)
    context = {"typed": typed, "wrong": wrong, "roles": roles(), "units": unit_table(timezone.now()).items()}
    return framed(request, HERE, "administration/account_new.html", context, status=422 if wrong else 200)


@page(*DISTRICT)
@require_safe
def account(request: HttpRequest, name: str) -> HttpResponse:
    """One account: what it may, when it was used, its tokens, and everything that was changed about it."""
    row = get_object_or_404(Account, username=name)
    waiting = AccountChange.objects.filter(account=name, decided_at=None).first()
    count, latest = account_changes.failures([name]).get(name, (0, None))
    context = {
        "account": row,
        "failed": count,
        "failed_at": latest,
        "tokens": row.tokens.order_by("-id"),
        "changes": AccountChange.objects.filter(account=name)[:SIZE],
        "open": waiting,
        "open_name": labels.label(labels.ACCOUNT_CHANGES, waiting.what) if waiting else "",
        "ready": training.ready(row),
        "roles": roles(),
        "units": unit_table(timezone.now()).items(),
        "own": name == actor_of(request).name,
    }
    return framed(request, HERE, "administration/account.html", context)


Act = Callable[[Actor, Account, HttpRequest], "str | None"]
ACTS: dict[str, tuple[Act, Any]] = {
    "role": (
        lambda actor, row, r: account_changes.propose_role(
            actor, row, r.POST.get("role", ""), r.POST.get("unit", "").strip()
        ),
        gettext_lazy("已提交，等安全管理员审批。"),
    ),
    "enable": (
        lambda actor, row, r: account_changes.propose_enable(actor, row),
        gettext_lazy("已提交，等安全管理员审批。"),
    ),
    "disable": (
        lambda actor, row, r: account_changes.disable(actor, row, r.POST.get("reason", "")),
        gettext_lazy("账号已停用，令牌同时失效。"),
    ),
    "must_change": (
        lambda actor, row, r: account_changes.must_change(actor, row),
        gettext_lazy("下次打开页面时须先改密码。"),
    ),
    "unlock": (
        lambda actor, row, r: account_changes.unlock(actor, row),
        gettext_lazy("已解除锁定。"),
    ),
    "revoke": (
        lambda actor, row, r: account_changes.revoke(actor, whole(r.POST.get("token")) or 0),
        gettext_lazy("令牌已吊销。"),
    ),
    "password": (lambda actor, row, r: account_changes.reset_password(actor, row), ""),
}
"""What is done to an account from its page, and what is said afterwards."""


@sensitive_variables("answer")
@page("sysadmin", "secadmin")
@require_POST
def act(request: HttpRequest, name: str, what: str) -> HttpResponse:
    """Do one thing to an account; who may, and what waits for whom, says ``district.account_changes``."""
    if what not in ACTS:
        raise Http404(what)
    row = get_object_or_404(Account, username=name)
    do, said = ACTS[what]
    try:
        answer = do(actor_of(request), row, request)
    except AccountError as error:
        messages.warning(request, str(error))
    else:
        if answer:
            shown = {"username": name, "password": answer, "granted": True}
            return framed(request, HERE, "administration/account_password.html", shown)
        messages.success(request, said)
    return HttpResponseRedirect(f"/district/accounts/of/{name}")


@page("secadmin")
@require_POST
def decide(request: HttpRequest, key: int) -> HttpResponse:
    """Grant or refuse what the system administrator asked for."""
    approve = request.POST.get("approve") == "yes"
    try:
        change = account_changes.decide(actor_of(request), key, approve, request.POST.get("reason", ""))
    except AccountError as error:
        messages.warning(request, str(error))
    else:
        said = _("已同意：{name}。") if approve else _("未同意：{name}，申请人会看到理由。")
        messages.success(request, said.format(name=change.account))
    return HttpResponseRedirect("/district/accounts")


@page(*DISTRICT)
@require_safe
def changes(request: HttpRequest) -> HttpResponse:
    """Every change of every account, the newest first: who asked, who granted."""
    name = request.GET.get("account", "").strip()
    found = AccountChange.objects.all()
    if name:
        found = found.filter(account=name)
    shown = Paginator(found, SIZE).get_page(request.GET.get("page"))
    return framed(request, HERE, "administration/account_changes.html", {"shown": shown, "name": name})
