"""How long things may take: limits, legal limits, holiday tables."""

from __future__ import annotations

from django.db import models

from .base import Dated


class LimitSetting(models.Model):
    """The length of a kind of clock (CONTRACT §4). A change never moves a running clock."""

    kind = models.CharField("时钟", max_length=40, unique=True)
    name = models.CharField("名称", max_length=60)
    length = models.CharField("时长", max_length=10)
    outside = models.CharField("值班外时长", max_length=10, blank=True)
    source = models.CharField("来源", max_length=20)
    clause = models.CharField("条款", max_length=300)
    changed_by = models.CharField("修改人", max_length=60, blank=True)

    class Meta:
        verbose_name = "时限"

    def __str__(self) -> str:
        return f"{self.kind} {self.length}"


class StatutoryLimit(Dated):
    """A legal limit for a matter (R34); a draft until a person confirms it."""

    matter = models.CharField("事项", max_length=40, db_index=True)
    length = models.CharField("时长", max_length=10)
    citation = models.CharField("依据", max_length=300)
    confirmed = models.BooleanField("已确认", default=False)
    stage = models.CharField("性质", max_length=10)
    mark = models.CharField("可信度", max_length=20)
    note = models.CharField("说明", max_length=300, blank=True)
    confirmed_by = models.CharField("确认人", max_length=60, blank=True)
    confirmed_at = models.DateTimeField("确认时间", null=True, blank=True)

    class Meta(Dated.Meta):
        verbose_name = "法定时限"

    def __str__(self) -> str:
        return f"{self.matter} {self.length}"


class CalendarYear(models.Model):
    """A year whose holidays and make-up workdays are known (R38)."""

    year = models.PositiveSmallIntegerField("年份", unique=True)
    version = models.CharField("版本", max_length=20)
    source = models.CharField("出处", max_length=300)
    loaded_by = models.CharField("装入人", max_length=60, blank=True)

    class Meta:
        verbose_name = "日历年"

    def __str__(self) -> str:
        return str(self.year)


class CalendarDay(models.Model):
    """A day that is not like its weekday: a working weekend, a day off in the week."""

    year = models.ForeignKey(CalendarYear, models.CASCADE, related_name="days")
    date = models.DateField("日期", unique=True)
    works = models.BooleanField("上班")
    name = models.CharField("名称", max_length=60, blank=True)

    class Meta:
        verbose_name = "日历日"

    def __str__(self) -> str:
        return str(self.date)
