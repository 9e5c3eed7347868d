"""What evaluation is measured with: weights, thresholds, the start of operation; inhabitants of the townships."""

from __future__ import annotations

from django.db import models

from .base import Cited


class Measure(Cited):
    """One setting of evaluation; ``value`` is a whole number or a day (ISO text)."""

    key = models.CharField("名称", max_length=40, unique=True)
    value = models.JSONField("值")

    class Meta:
        verbose_name = "考评设置"

    def __str__(self) -> str:
        return f"{self.key} = {self.value}"


class Inhabitants(Cited):
    """How many people live in a township, from a day on."""

    township = models.CharField("街镇代码", max_length=12)
    people = models.PositiveIntegerField("常住人口")
    valid_from = models.DateField("生效日")
    valid_to = models.DateField("失效日", null=True)

    class Meta:
        verbose_name = "常住人口"

    def __str__(self) -> str:
        return f"{self.township} {self.people}"
