"""From which share of a limit on a page calls it pressing."""

from __future__ import annotations

from django.db import models

from .base import Cited


class UrgencyGrade(Cited):
    """A grade holds while at most ``upto`` percent of a limit are left."""

    code = models.CharField("紧急程度", max_length=10, unique=True)
    upto = models.PositiveSmallIntegerField("剩余百分比不超过")

    class Meta:
        verbose_name = "紧急程度"

    def __str__(self) -> str:
        return f"{self.code} {self.upto}"
