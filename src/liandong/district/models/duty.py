"""Who is on duty on a day, and how an outgoing shift hands over (R24)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

POSTS = {"main": "主班", "deputy": "副班"}


class RosterDay(models.Model):
    """A post of one day that differs from the daily shifts: a swap, a named person, or nobody (``person`` empty)."""

    unit = models.CharField("单位", max_length=40)
    day = models.DateField("日期")
    post = models.CharField("岗位", max_length=10, choices=list(POSTS.items()))
    starts = models.TimeField("起")
    ends = models.TimeField("止")
    person = models.CharField("值班员", max_length=60, blank=True)
    phone = models.CharField("电话", max_length=30, blank=True)
    note = models.CharField("说明", max_length=100, blank=True)
    by = models.CharField("排班人", max_length=60)
    at = models.DateTimeField("排班时间", auto_now=True)

    class Meta:
        verbose_name = "排班"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["unit", "day", "post", "starts"], name="district_roster_post"),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.day} {self.post}"


class Handover(models.Model):
    """What one shift left to the next. ``items`` are numbers, states and reasons; never a person or a word of a caller."""

    place = models.CharField("岗位", max_length=40)
    given_by = models.CharField("交班人", max_length=60)
    given_at = models.DateTimeField("交班时间")
    remark = models.TextField("交班说明", blank=True)
    items = models.JSONField("未办清单", default=list)
    read_by = models.DateTimeField("应接班时间")
    taken_by = models.CharField("接班人", max_length=60, blank=True)
    taken_at = models.DateTimeField("接班时间", null=True, blank=True)
    replaced_at = models.DateTimeField("被后一次交班取代", null=True, blank=True)

    class Meta:
        verbose_name = "交接班"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["place", "-given_at"], name="district_handover_place"),
            models.Index(
                fields=["read_by"],
                name="district_handover_open",
                condition=models.Q(taken_at=None, replaced_at=None),
            ),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(taken_by="") | ~models.Q(taken_by=models.F("given_by")),
                name="district_handover_two_people",
            )
        ]

    def __str__(self) -> str:
        return f"{self.place} {self.given_at:%Y-%m-%d %H:%M}"


class HouseRule(models.Model):
    """A length that the house keeps for itself: how soon a hand-over is read, how far ahead gaps are looked for."""

    kind = models.CharField("规则", max_length=40, unique=True)
    name = models.CharField("名称", max_length=60)
    length = models.CharField("时长", max_length=10)
    source = models.CharField("来源", max_length=20)
    clause = models.CharField("条款", max_length=300)

    class Meta:
        verbose_name = "内部规则"

    def __str__(self) -> str:
        return f"{self.kind} {self.length}"
