"""Changing accounts by two administrators (三员分立): the system administrator asks, the security administrator grants.

What takes rights away counts at once; what gives rights waits for the other one. Every change is a row the auditor reads.
The command line of the machine's owner (``liandong user``) is not bound by this: it is needed before any account exists.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from axes.models import AccessAttempt
from axes.utils import reset as axes_reset
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from liandong.rules.model import Actor

from . import accounts
from .accounts import AccountError
from .models import Account, AccountChange, ApiToken

ADMINISTRATORS = ("sysadmin", "secadmin", "auditor")
"""The three whose accounts nobody of them may take over by a new password."""


def _only(actor: Actor, *roles: str) -> None:
    if actor.role not in roles:
        names = "、".join(accounts.ROLES[role] for role in roles)
        raise AccountError(f"这一步由{names}办理，您的角色不能办（三员分立）")


def _not_self(actor: Actor, username: str) -> None:
    if actor.name == username:
        raise AccountError("不能改自己的账号，请另一位管理员办理（I7）")


def _no_open(username: str) -> None:
    if AccountChange.objects.filter(account=username, decided_at=None).exists():
        raise AccountError(f"{username} 已有一项申请在等安全管理员审批，请等它批完")


def _record(actor: Actor, username: str, what: str, **more: Any) -> AccountChange:
    """A row that counts at once: whoever asked also decided."""
    now = timezone.now()
    return AccountChange.objects.create(
        account=username, what=what, by=actor.name, at=now, decided_by=actor.name, decided_at=now,
        approved=True, **more,
    )  # fmt: skip


def _ask(actor: Actor, username: str, what: str, **more: Any) -> AccountChange:
    return AccountChange.objects.create(account=username, what=what, by=actor.name, at=timezone.now(), **more)


def generated() -> str:
    """A random first password that satisfies the rule; it is shown once and changed at the first log-in."""
    return f"{secrets.token_urlsafe(9)}a7"


# -- asking ----------------------------------------


@transaction.atomic
def propose_create(actor: Actor, username: str, role: str, unit: str, display_name: str) -> str:
    """A new account that cannot sign in before it is granted; answers its first password, shown once. Raises AccountError."""
    _only(actor, "sysadmin")
    password = generated()
    account = accounts.create_account(username, role, unit or None, password, display_name=display_name)
    Account.objects.filter(pk=account.pk).update(is_active=False)
    _ask(actor, username, "create", role=role, unit=unit)
    return password


@transaction.atomic
def propose_role(actor: Actor, account: Account, role: str, unit: str) -> None:
    """Another role for an account: it counts once granted, and the new role's course comes first (R56)."""
    _only(actor, "sysadmin")
    _not_self(actor, account.username)
    _no_open(account.username)
    accounts.check_role(role, unit or None)
    if (role, unit) == (account.role, account.unit):
        raise AccountError("角色和单位没有变化，请选新的角色")
    before = accounts.ROLES[account.role] + (f" {account.unit}" if account.unit else "")
    _ask(actor, account.username, "role", role=role, unit=unit, detail=f"原为{before}")


@transaction.atomic
def propose_enable(actor: Actor, account: Account) -> None:
    """Open a closed account again, once granted."""
    _only(actor, "sysadmin")
    _not_self(actor, account.username)
    _no_open(account.username)
    if account.is_active:
        raise AccountError("这个账号本来就能用")
    _ask(actor, account.username, "enable", role=account.role, unit=account.unit)


# -- granting ----------------------------------------


@transaction.atomic
def decide(actor: Actor, key: int, approve: bool, reason: str) -> AccountChange:
    """Grant or refuse what another administrator asked for. Raises AccountError."""
    _only(actor, "secadmin")
    change = AccountChange.objects.select_for_update().filter(pk=key, decided_at=None).first()
    if change is None:
        raise AccountError("这项申请已经批过，请刷新页面")
    if actor.name in (change.by, change.account):
        raise AccountError("不能批自己的申请或自己的账号，请另一位安全管理员审批（I7）")
    if not approve and not reason.strip():
        raise AccountError("不同意须写明理由，申请人才知道怎么改")
    account = Account.objects.select_for_update().get(username=change.account)
    if approve and change.what == "role":
        account.role, account.unit, account.trained_version, account.train_by = (
            change.role, change.unit, 0, None,
        )  # fmt: skip
    if approve and change.what in ("create", "enable"):
        account.is_active = True
    account.save()
    change.decided_by, change.decided_at = actor.name, timezone.now()
    change.approved, change.reason = approve, reason.strip()[:200]
    change.save()
    return change


# -- what counts at once ----------------------------------------


@transaction.atomic
def disable(actor: Actor, account: Account, reason: str) -> None:
    """Close an account: no log-in, no token, from the next request on; what it did stays in the log."""
    _only(actor, "sysadmin", "secadmin")
    _not_self(actor, account.username)
    if not account.is_active:
        raise AccountError("这个账号已经停用")
    if account.role in ADMINISTRATORS:
        others = Account.objects.filter(role=account.role, is_active=True).exclude(pk=account.pk)
        if not others.exists():
            raise AccountError(f"这是最后一个{accounts.ROLES[account.role]}，请先建好接替的账号再停用")
    Account.objects.filter(pk=account.pk).update(is_active=False)
    _record(actor, account.username, "disable", detail=reason.strip()[:200])


def must_change(actor: Actor, account: Account) -> None:
    """The owner must choose a new password at the next page."""
    _only(actor, "sysadmin", "secadmin")
    Account.objects.filter(pk=account.pk).update(must_change_password=True)
    _record(actor, account.username, "must_change")


@transaction.atomic
def reset_password(actor: Actor, account: Account) -> str:
    """A new first password for somebody who forgot theirs; shown once. Not for administrators. Raises AccountError."""
    _only(actor, "sysadmin")
    _not_self(actor, account.username)
    if account.role in ADMINISTRATORS:
        raise AccountError("管理员的密码不能由别的管理员重设，请在服务器上用 liandong user password 重设")
    if account.role == "integration":
        raise AccountError("接口账号不用密码，请重新签发令牌")
    password = generated()
    account.set_password(password)
    account.must_change_password = True
    account.save(update_fields=["password", "must_change_password"])
    _record(actor, account.username, "password")
    return password


def unlock(actor: Actor, account: Account) -> None:
    """Lift the lock after too many wrong passwords."""
    _only(actor, "secadmin")
    axes_reset(username=account.username)
    _record(actor, account.username, "unlock")


def revoke(actor: Actor, key: int) -> None:
    """A token works no more. Raises AccountError."""
    _only(actor, "sysadmin", "secadmin")
    token = ApiToken.objects.select_related("account").filter(pk=key).first()
    if token is None or not accounts.revoke_token(key):
        raise AccountError("这个令牌已经失效")
    _record(actor, token.account.username, "revoke_token", detail=token.name or f"令牌 {key}")


# -- looking ----------------------------------------


def failures(usernames: list[str]) -> dict[str, tuple[int, datetime | None]]:
    """Failed log-ins since the last good one, and the latest of them, by account name. One query."""
    found: dict[str, tuple[int, datetime | None]] = {}
    rows = (
        AccessAttempt.objects.filter(username__in=usernames)
        .values("username", "attempt_time")
        .annotate(n=Sum("failures_since_start"))
    )
    for row in rows:
        count, latest = found.get(row["username"], (0, None))
        newest = row["attempt_time"] if latest is None else max(latest, row["attempt_time"])
        found[row["username"]] = (count + int(row["n"] or 0), newest)
    return found
