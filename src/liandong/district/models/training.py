"""Training before an account works (R56): what is taught to a role, and who passed it when."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from .base import Cited


class Course(Cited):
    """The course of one role: sections to read, questions to answer. A higher ``version`` asks everybody again."""

    role = models.CharField("角色", max_length=24, unique=True)
    version = models.PositiveIntegerField("版本")
    title = models.CharField("名称", max_length=60)
    pass_mark = models.PositiveSmallIntegerField("及格线（百分比）")
    renew_days = models.PositiveSmallIntegerField("换版后须在几天内通过")
    parts = models.JSONField("章节")
    questions = models.JSONField("题目")

    class Meta:
        verbose_name = "培训课程"

    def __str__(self) -> str:
        return f"{self.role} {self.version}"


class TrainingRecord(models.Model):
    """One attempt: trainee, unit, role, day, score (R56). Attempts that failed stand too."""

    account = models.CharField("账号", max_length=60, db_index=True)
    role = models.CharField("角色", max_length=24)
    unit = models.CharField("单位", max_length=40, blank=True)
    version = models.PositiveIntegerField("课程版本")
    at = models.DateTimeField("时间")
    score = models.PositiveSmallIntegerField("答对")
    total = models.PositiveSmallIntegerField("题数")
    passed = models.BooleanField("通过")

    class Meta:
        verbose_name = "培训记录"
        ordering: ClassVar[list[str]] = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.account} {self.version} {self.score}/{self.total}"
