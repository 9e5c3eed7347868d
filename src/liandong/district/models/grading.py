"""What events are graded by, and what an incident can be answered with (R39, R52, R53)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from .base import Cited, Dated


class SeverityMeasure(models.Model):
    """A number that a norm grades by: persons, yuan."""

    code = models.CharField("代码", max_length=30, unique=True)
    name = models.CharField("名称", max_length=40)
    unit = models.CharField("单位", max_length=10)
    scale = models.PositiveIntegerField("一个填写单位合多少")
    more = models.CharField("再增加时的说法", max_length=60)

    class Meta:
        verbose_name = "分级数字"

    def __str__(self) -> str:
        return self.name


class EventKind(Cited, Dated):
    """A kind of event with the rows of its norm (``rules.grading.Row`` as JSON, conditions already read)."""

    code = models.CharField("代码", max_length=30)
    name = models.CharField("名称", max_length=40)
    norm = models.CharField("标准", max_length=120)
    above_includes = models.BooleanField("以上含本数")
    below_includes = models.BooleanField("以下含本数")
    confirmed = models.BooleanField("已与原文核对")
    note = models.CharField("说明", max_length=300, blank=True)
    rows = models.JSONField("各档")

    class Meta:
        verbose_name = "事件分级标准"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(fields=["code", "valid_from"], name="district_event_kind"),
        ]

    def __str__(self) -> str:
        return self.name


class RaisingFactor(Cited, Dated):
    """A sensitive circumstance or a development that raises a level by itself (R39)."""

    code = models.CharField("代码", max_length=30, unique=True)
    group = models.CharField("方面", max_length=20)
    name = models.CharField("名称", max_length=60)
    raises = models.PositiveSmallIntegerField("升几级")
    why = models.CharField("理由", max_length=120)
    confirmed = models.BooleanField("已核实")

    class Meta:
        verbose_name = "敏感与发展情形"
        constraints: ClassVar[list[models.BaseConstraint]] = Dated.Meta.constraints

    def __str__(self) -> str:
        return self.name


class Resource(Cited, Dated):
    """Something or somebody an incident can be answered with: a hospital, vehicle, team, equipment, partner channel."""

    code = models.CharField("编号", max_length=30)
    kind = models.CharField("种类", max_length=20)
    name = models.CharField("名称", max_length=80)
    unit = models.CharField("主管单位", max_length=20)
    contact = models.CharField("联系人", max_length=60, blank=True)
    phone = models.CharField("电话", max_length=40, blank=True)
    place = models.CharField("驻地", max_length=120, blank=True)
    capacity = models.JSONField("容量", default=dict, blank=True)
    shared = models.BooleanField("可同时支援多起", default=False)

    class Meta:
        verbose_name = "应急资源"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(fields=["code", "valid_from"], name="district_resource_code"),
        ]

    def __str__(self) -> str:
        return self.name
