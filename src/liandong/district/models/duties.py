"""Who answers for what: the duty catalogue (R22) and what is never diverted (R1)."""

from __future__ import annotations

from django.db import models

from .base import Cited, Dated


class DutyClass(Cited):
    """A class of the catalogue that is no unit: JZ, QT."""

    code = models.CharField("代码", max_length=20, unique=True)
    name = models.CharField("名称", max_length=60)
    expands = models.JSONField("包含的单位类别", default=list)
    note = models.CharField("说明", max_length=300, blank=True)

    class Meta:
        verbose_name = "类别"

    def __str__(self) -> str:
        return self.code


class DutyEntry(Dated, Cited):
    """One paragraph of the catalogue, as the notice prints it."""

    no = models.PositiveSmallIntegerField("序号")
    unit = models.CharField("单位", max_length=40)
    version = models.CharField("版本", max_length=20)
    text = models.TextField("原文")

    class Meta(Dated.Meta):
        verbose_name = "目录段"

    def __str__(self) -> str:
        return f"{self.no} {self.unit}"


class Duty(Dated):
    """One atomic matter of an entry."""

    code = models.CharField("代码", max_length=40, db_index=True)
    version = models.CharField("版本", max_length=20)
    unit = models.CharField("单位", max_length=40, db_index=True)
    entry_no = models.PositiveSmallIntegerField("目录段")
    name = models.CharField("名称", max_length=100)
    phrase = models.CharField("原文字样", max_length=200, blank=True)
    position = models.IntegerField("原文位置")
    kinds = models.JSONField("诉求类型", default=list)
    emergency = models.BooleanField("含紧急情形", default=False)
    never_divert = models.CharField("永不分流类别", max_length=10, blank=True)
    restricted = models.BooleanField("限制可见", default=False)
    stages = models.JSONField("环节", default=list, blank=True)
    clause = models.CharField("条款", max_length=300, blank=True)

    class Meta(Dated.Meta):
        verbose_name = "事项"

    def __str__(self) -> str:
        return self.code


class EmergencyClass(Cited):
    """A class that stays with the police (EB1–EB14) and who is told at the same time (R41)."""

    code = models.CharField("代码", max_length=10, unique=True)
    name = models.CharField("名称", max_length=60)
    triggers = models.JSONField("提示词", default=list)
    parallel = models.JSONField("同时通知的单位", default=list)
    outside = models.JSONField("同时通知的系统外机构", default=list)

    class Meta:
        verbose_name = "永不分流类别"

    def __str__(self) -> str:
        return self.code
