"""Who may act: accounts with one role, API tokens, and the actor the rules see."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Sequence
from datetime import date

from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.utils import timezone

from liandong.rules.model import Actor

from . import policy
from .models import ROLES, SCOPES, USUAL_SCOPES, Account, ApiToken, Course

__all__ = [
    "DEMO_PASSWORD",
    "ROLES",
    "SCOPES",
    "USUAL_SCOPES",
    "Account",
    "AccountError",
    "ApiToken",
    "actor_for",
    "actor_for_token",
    "create_account",
    "demo_accounts",
    "issue_token",
    "revoke_token",
    "set_password",
]

DEMO_PASSWORD = "Liandong-2018"
"""The password of every demonstration account; `doctor` warns while such accounts exist."""

MIN_PASSWORD = 10


class AccountError(Exception):
    """An account or token that cannot be made so; the text says what to do instead (Chinese)."""


def create_account(
    username: str,
    role: str,
    unit: str | None = None,
    password: str | None = None,
    *,
    display_name: str = "",
    must_change_password: bool = True,
) -> Account:
    """Make an account with exactly one role (CONTRACT §1). Without a password it can use tokens only.

    ``unit`` is a unit's code and given exactly for the role ``unit``. Raises AccountError.
    """
    if not username or username.strip() != username or ":" in username or len(username) > 60:
        raise AccountError("账号名须为 1–60 个字，不含冒号，首尾无空格")
    check_role(role, unit)
    if Account.objects.filter(username=username).exists():
        raise AccountError(f"账号 {username} 已存在，请换一个名字；一个账号只有一个角色")
    account = Account(
        username=username,
        role=role,
        unit=unit or "",
        display_name=display_name or username,
        must_change_password=must_change_password and password is not None,
    )
    if password is None:
        account.set_unusable_password()
    else:
        check_password_rule(password)
        account.set_password(password)
    account.save()
    return account


def check_role(role: str, unit: str | None) -> None:
    """A known role, with a unit in the register exactly for the role unit. Raises AccountError."""
    if role not in ROLES:
        raise AccountError(f"没有角色 {role}，可用：{'、'.join(ROLES)}")
    if role == "unit":
        if not unit:
            raise AccountError("联动单位的账号须写单位代码，如 CG")
        if unit not in policy.current_pack().unit_by_code:
            raise AccountError(f"单位 {unit} 不在册，请先登记（R22）")
    elif unit:
        raise AccountError(f"角色 {role} 不属于联动单位，请去掉单位代码")


def check_password_rule(password: str) -> None:
    """At least ten characters with letters and digits. Raises AccountError."""
    has_letter = any(c.isalpha() for c in password)
    has_digit = any(c.isdigit() for c in password)
    if len(password) < MIN_PASSWORD or not (has_letter and has_digit):
        raise AccountError(f"密码至少 {MIN_PASSWORD} 位，须含字母和数字")


def set_password(account: Account, password: str) -> None:
    """Give an account a new password of its owner's choice. Raises AccountError."""
    check_password_rule(password)
    account.set_password(password)
    account.must_change_password = False
    account.save(update_fields=["password", "must_change_password"])


def actor_for(account: Account) -> Actor:
    """The actor behind a person's session."""
    return Actor(account.role, account.username, account.unit or None)


# -- tokens ----------------------------------------


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def issue_token(account: Account, name: str = "", scopes: Sequence[str] = ()) -> str:
    """A new API token; it is shown once, only its hash is kept.

    Scopes are for the role integration only: register, append, cancel, police_done, hotline, or one ``unit:CODE``.
    Raises AccountError.
    """
    if account.role == "integration":
        if not scopes:
            raise AccountError(f"接口令牌须写权限：{'、'.join(SCOPES)} 或 unit:代码")
        _check_scopes(scopes)
    elif scopes:
        raise AccountError(f"只有接口账号的令牌有权限范围，{account.role} 的令牌按角色行事")
    token = "ld_" + secrets.token_urlsafe(32)
    ApiToken.objects.create(account=account, name=name, hash=_hash(token), scopes=sorted(set(scopes)))
    return token


def _check_scopes(scopes: Iterable[str]) -> None:
    units = {scope for scope in scopes if scope.startswith("unit:")}
    for scope in set(scopes) - units:
        if scope not in SCOPES:
            raise AccountError(f"没有权限 {scope}，可用：{'、'.join(SCOPES)} 或 unit:代码")
    if len(units) > 1:
        raise AccountError("一个令牌最多代表一个单位（契约 §6）")
    for scope in units:
        if scope.removeprefix("unit:") not in policy.current_pack().unit_by_code:
            raise AccountError(f"单位 {scope.removeprefix('unit:')} 不在册（R22）")


# Every request of the API passes here: bare SQL costs a quarter of the same query through the model layer.
_FIND = """
SELECT t.id, t.last_used_on, t.scopes, a.role, a.username, a.unit
FROM district_apitoken t JOIN district_account a ON a.id = t.account_id
WHERE t.hash = %s AND t.revoked_at IS NULL AND a.is_active
"""


def actor_for_token(token: str, today: date | None = None) -> Actor | None:
    """The actor behind a token, or None for one that is unknown, revoked or of a closed account.

    One indexed query; the day of its last use is written once a day.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FIND, [_hash(token)])
        found = cursor.fetchone()
    if found is None:
        return None
    key, last_used_on, written, role, username, unit = found
    scopes = json.loads(written) if isinstance(written, str) else written
    today = today or timezone.localdate()
    if last_used_on != today:
        ApiToken.objects.filter(pk=key).update(last_used_on=today)
    stands_for = next((s.removeprefix("unit:") for s in scopes if s.startswith("unit:")), None)
    return Actor(
        role, username, unit or stands_for, frozenset(s for s in scopes if not s.startswith("unit:"))
    )


def revoke_token(token_id: int) -> bool:
    """Revoke a token for good; False when there is none that still works."""
    return bool(ApiToken.objects.filter(pk=token_id, revoked_at=None).update(revoked_at=timezone.now()))


# -- demonstration ----------------------------------------

_DEMO = (
    ("desk", "desk", "示例接警员甲"),
    ("desk2", "desk", "示例接警员乙"),
    ("desk_lead", "desk_lead", "示例值班长甲"),
    ("desk_lead2", "desk_lead", "示例值班长乙"),
    ("duty_office", "duty_office", "示例值班室甲"),
    ("duty_office2", "duty_office", "示例值班室乙"),
    ("inspector", "inspector", "示例考评员"),
    ("police_inspectorate", "police_inspectorate", "示例督察"),
    ("auditor", "auditor", "示例审计员"),
    ("sysadmin", "sysadmin", "示例系统管理员"),
    ("secadmin", "secadmin", "示例安全管理员"),
    ("government", "government", "示例区政府"),
    ("reader", "reader", "示例抄送"),
    ("integration", "integration", "示例接警系统"),
)


@transaction.atomic
def demo_accounts() -> list[Account]:
    """One account a role (two where a second person is needed) and one a unit, named by its code in lower
    case. People bear DEMO_PASSWORD under one argon2 hash, made once: demonstration only;
    the machine has no password.

    Existing names are left alone. They count as trained (R56): a demonstration begins with work.
    """
    encoded, unusable = make_password(DEMO_PASSWORD), make_password(None)
    versions = dict(Course.objects.values_list("role", "version"))
    wanted = [(name, role, "", shown) for name, role, shown in _DEMO]
    wanted += [(u.code.lower(), "unit", u.code, u.name) for u in policy.current_pack().units]
    there = set(Account.objects.values_list("username", flat=True))
    Account.objects.bulk_create(
        Account(
            username=name,
            role=role,
            unit=unit,
            display_name=shown,
            password=unusable if role == "integration" else encoded,
            must_change_password=False,
            demonstration=True,
            trained_version=versions.get(role, 0),
        )
        for name, role, unit, shown in wanted
        if name not in there
    )
    return list(Account.objects.filter(demonstration=True).order_by("id"))
