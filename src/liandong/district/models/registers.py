"""What the pack sets for the registers (台账): patterns of numbers, limits, thresholds."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from .base import Cited


class RegisterSetting(Cited):
    """One setting of one register; ``value`` is JSON: a text, a number or a list of texts."""

    register = models.CharField("台账", max_length=40)
    key = models.CharField("名称", max_length=40)
    value = models.JSONField("值")

    class Meta:
        verbose_name = "台账设置"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["register", "key"], name="district_register_setting")
        ]

    def __str__(self) -> str:
        return f"{self.register}.{self.key}"
