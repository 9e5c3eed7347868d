"""Who is there: units, inner units, people, rosters, townships, hotlines."""

from __future__ import annotations

from django.db import models

from .base import Cited, Dated, Pair


class Unit(Dated, Cited):
    """A unit that can be dispatched to (R12); its code never changes, its name may."""

    code = models.CharField("代码", max_length=40, unique=True)
    kind = models.CharField("类别", max_length=20)
    successors = models.JSONField("承接单位", default=list, blank=True)
    aliases = models.JSONField("别名", default=list, blank=True)
    township = models.CharField("街镇代码", max_length=12, blank=True)

    class Meta(Dated.Meta):
        verbose_name = "单位"

    def __str__(self) -> str:
        return self.code


class UnitName(Dated):
    """A name for a time (trap 4: what was signed keeps the old name)."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="names")
    text = models.CharField("名称", max_length=100)

    class Meta(Dated.Meta):
        verbose_name = "单位名称"

    def __str__(self) -> str:
        return self.text


class SubUnit(Dated, Cited, Pair):
    """An inner unit of a unit (R48). 110 never dispatches to it (R12)."""

    code = models.CharField("代码", max_length=60, db_index=True)
    unit = models.CharField("单位", max_length=40, db_index=True)
    name = models.CharField("名称", max_length=100)

    class Meta(Dated.Meta):
        verbose_name = "内部单位"

    def __str__(self) -> str:
        return self.code


class Contact(Dated, Cited, Pair):
    """A unit's responsible person and liaison (R59)."""

    unit = models.CharField("单位", max_length=40, db_index=True)
    duty_phone = models.CharField("值班电话", max_length=30, blank=True)

    class Meta(Dated.Meta):
        verbose_name = "联系人"

    def __str__(self) -> str:
        return self.unit


class Shift(Dated, Cited):
    """A daily shift of a unit's roster (R24)."""

    unit = models.CharField("单位", max_length=40, db_index=True)
    starts = models.TimeField("起")
    ends = models.TimeField("止")
    post = models.CharField("岗位", max_length=10)
    person = models.CharField("值班员", max_length=60)
    phone = models.CharField("电话", max_length=30)

    class Meta(Dated.Meta):
        verbose_name = "值班"

    def __str__(self) -> str:
        return f"{self.unit} {self.starts:%H:%M}"


class Township(models.Model):
    """A township inside the district code; not ours where another body governs it (AMB21)."""

    code = models.CharField("代码", max_length=12, unique=True)
    name = models.CharField("名称", max_length=60)
    kind = models.CharField("类别", max_length=20)
    ours = models.BooleanField("属本区管辖")
    governed_by = models.CharField("管理机构", max_length=60)
    villages = models.JSONField("村（社区）", default=list, blank=True)
    source = models.CharField("出处", max_length=200, blank=True)

    class Meta:
        verbose_name = "街镇"

    def __str__(self) -> str:
        return self.name


class Hotline(Cited):
    """A published number that keeps serving as before (R14)."""

    number = models.CharField("号码", max_length=20, unique=True)
    name = models.CharField("名称", max_length=60)
    unit = models.CharField("单位", max_length=40, blank=True)
    purpose = models.CharField("用途", max_length=200)

    class Meta:
        verbose_name = "热线"

    def __str__(self) -> str:
        return self.number
