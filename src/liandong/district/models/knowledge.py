"""What callers ask again and again, with the answer's owner and the day it must be looked at again."""

from __future__ import annotations

from django.db import models

from .base import Cited

STANDINGS = {"draft": "待确认", "confirmed": "已确认", "retired": "停用"}
"""How an entry stands: a draft is shown with a warning, a retired one no longer."""


class KnowledgeEntry(Cited):
    """One answer in plain words. ``owner`` is the unit that confirms and corrects it, ``unit`` the one that deals with it."""

    ref = models.CharField("编号", max_length=20, unique=True)
    version = models.PositiveIntegerField("版本", default=1)
    title = models.CharField("标题", max_length=100)
    text = models.TextField("答复")
    basis = models.CharField("依据", max_length=300, blank=True)
    words = models.JSONField("常用说法", default=list, blank=True)
    matters = models.JSONField("事项", default=list, blank=True)
    unit = models.CharField("办理单位", max_length=40, blank=True)
    hotline = models.CharField("热线", max_length=20, blank=True)
    owner = models.CharField("责任单位", max_length=40, db_index=True)
    review_on = models.DateField("复核日", db_index=True)
    public = models.BooleanField("可公开", default=False)
    standing = models.CharField("状态", max_length=10, choices=list(STANDINGS.items()), default="draft")
    confirmed_by = models.CharField("确认人", max_length=60, blank=True)
    confirmed_at = models.DateTimeField("确认时间", null=True, blank=True)
    changed_by = models.CharField("修改人", max_length=60, blank=True)
    used = models.PositiveIntegerField("引用次数", default=0)

    class Meta:
        verbose_name = "知识条目"

    def __str__(self) -> str:
        return self.ref


class KnowledgeVersion(models.Model):
    """An entry as it stood after a change: by whom, when, what was done."""

    ref = models.CharField("编号", max_length=20)
    version = models.PositiveIntegerField("版本")
    what = models.CharField("变更", max_length=100)
    by = models.CharField("操作人", max_length=60)
    at = models.DateTimeField("时间", auto_now_add=True)
    content = models.JSONField("内容")

    class Meta:
        verbose_name = "知识条目版本"
        constraints = (models.UniqueConstraint(fields=["ref", "version"], name="district_knowledge_version"),)

    def __str__(self) -> str:
        return f"{self.ref} {self.version}"


class LibraryStamp(models.Model):
    """The mark of knowledge, texts, courses and house rules: new after every change, so that every process reads again."""

    stamp = models.CharField("印记", max_length=32)

    class Meta:
        verbose_name = "资料印记"

    def __str__(self) -> str:
        return self.stamp
