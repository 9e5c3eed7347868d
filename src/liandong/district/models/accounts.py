"""Accounts and API tokens: one role an account, a token only as a hash."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

ROLES = {
    "desk": "接警员/分流员",
    "desk_lead": "值班长",
    "unit": "联动单位",
    "duty_office": "区政府值班室",
    "inspector": "督检考评",
    "police_inspectorate": "督察",
    "auditor": "审计员",
    "sysadmin": "系统管理员",
    "secadmin": "安全管理员",
    "government": "区政府",
    "reader": "抄送",
    "integration": "接口",
}
"""The roles of CONTRACT §1 that an account can have; one column, so never two on one account."""

SCOPES = ("register", "append", "cancel", "police_done", "hotline")
"""What an integration may do; beside these ``unit:CODE`` acts for one unit."""
USUAL_SCOPES = SCOPES[:-1]
"""What a token has when nobody names scopes; ``hotline`` (12345: fetches tickets with callers) is given by name alone."""


class AccountManager(BaseUserManager["Account"]):
    """Finds accounts by name for Django's log-in."""


class Account(AbstractBaseUser):
    """A person or a machine that may act: exactly one role, and a unit exactly when the role is unit."""

    username = models.CharField("账号", max_length=60, unique=True)
    role = models.CharField("角色", max_length=24, choices=list(ROLES.items()))
    unit = models.CharField("单位", max_length=40, blank=True)
    display_name = models.CharField("姓名", max_length=60, blank=True)
    must_change_password = models.BooleanField("须改密码", default=True)
    is_active = models.BooleanField("启用", default=True)
    demonstration = models.BooleanField("演示账号", default=False)
    created_at = models.DateTimeField("建立时间", auto_now_add=True)
    trained_version = models.PositiveIntegerField("已通过的培训版本", default=0)
    train_by = models.DateField("须在此日前重新培训", null=True, blank=True)

    objects: ClassVar[AccountManager] = AccountManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = "账号"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(role__in=list(ROLES)), name="district_account_role"),
            models.CheckConstraint(
                condition=models.Q(role="unit") & ~models.Q(unit="")
                | ~models.Q(role="unit") & models.Q(unit=""),
                name="district_account_unit",
            ),
        ]

    def __str__(self) -> str:
        return self.username


class AccountChange(models.Model):
    """Who asked for a change of an account, who approved it: the record the auditor reads; rows are never deleted.

    A change that gives somebody rights waits (``decided_at`` empty) for an administrator of the other kind.
    """

    WHAT: ClassVar[dict[str, str]] = {
        "create": "新建账号",
        "role": "改角色",
        "enable": "重新启用",
        "disable": "停用",
        "unlock": "解除锁定",
        "password": "重设密码",
        "must_change": "要求改密码",
        "revoke_token": "吊销令牌",
    }

    account = models.CharField("账号", max_length=60, db_index=True)
    what = models.CharField("变更", max_length=20, choices=list(WHAT.items()))
    role = models.CharField("角色", max_length=24, blank=True)
    unit = models.CharField("单位", max_length=40, blank=True)
    detail = models.CharField("说明", max_length=200, blank=True)
    by = models.CharField("申请人", max_length=60)
    at = models.DateTimeField("申请时间")
    decided_by = models.CharField("审批人", max_length=60, blank=True)
    decided_at = models.DateTimeField("审批时间", null=True, blank=True)
    approved = models.BooleanField("同意", null=True, blank=True)
    reason = models.CharField("审批意见", max_length=200, blank=True)

    class Meta:
        verbose_name = "账号变更"
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["account"], name="district_account_one_open", condition=models.Q(decided_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.what}"


class ApiToken(models.Model):
    """A machine's key. Only the SHA-256 of the token is kept; the token itself is shown once."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="tokens")
    name = models.CharField("名称", max_length=60, blank=True)
    hash = models.CharField("摘要", max_length=64, unique=True)
    scopes = models.JSONField("权限", default=list, blank=True)
    created_at = models.DateTimeField("建立时间", auto_now_add=True)
    last_used_on = models.DateField("最近使用日", null=True, blank=True)
    revoked_at = models.DateTimeField("吊销时间", null=True, blank=True)

    class Meta:
        verbose_name = "接口令牌"

    def __str__(self) -> str:
        return f"{self.account_id} {self.name}"
